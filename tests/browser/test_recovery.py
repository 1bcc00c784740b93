"""The killed server, the cut socket, the reset: nothing is lost and nothing happens twice."""

import re
from pathlib import Path

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.desk import POLLED, Probe, frame_of, open_desk, probe_of, probe_page, statuses
from tests.serving import Serve, Site


def test_a_server_killed_in_a_call_comes_back_with_it_and_the_panel_loses_and_doubles_nothing(
    page: Page, serve: Serve, site: Site, tmp_path: Path
) -> None:
    server = serve("--workspace", probe_page(site), journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("all")
    first = server.call(ani="8015551234")
    server.act(first, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")

    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    expect(page.locator(".card .status")).to_have_text("Active")

    page.get_by_role("button", name="Hold", exact=True).click()
    probe.wait_for_event("CallContactEvent", Status="Holding")
    second = server.call(ani="8015550142")
    probe.wait_for_event("CallContactEvent", ContactID=second)
    of_calls = [event for event in server.events() if event["Type"] == "CallContactEvent"]
    assert [event for event in probe.events() if event["Type"] == "CallContactEvent"] == of_calls
    assert statuses(of_calls) == [(first, "Incoming"), (first, "Active"), (first, "Holding"), (second, "Incoming")]


def test_what_happened_while_the_page_was_away_reaches_the_panel_once(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    sockets: list[WebSocketRoute] = []
    away = False

    def route(socket: WebSocketRoute) -> None:
        if away:
            socket.close(code=1001)
            return
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket(re.compile("/socket$"), route)
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("contacts")
    call = server.call()
    probe.wait_for_event("CallContactEvent", Status="Incoming")

    away = True
    sockets[0].close(code=1001)
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    server.act(call, "answer")
    server.act(call, "mask")
    away = False
    probe.wait_for_event("CallContactEvent", Status="Masking")
    server.act(call, "unmask")
    probe.frame.wait_for_function("received.length >= 4 || received.at(-1).events.at(-1).Status === 'Active'", polling=POLLED)
    assert statuses(probe.events()) == [(call, status) for status in ("Incoming", "Active", "Masking", "Active")]


def test_a_toggle_posted_while_the_page_is_away_is_dropped_with_a_notice(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    call = server.call()
    server.act(call, "answer")
    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")

    probe.post({"messageType": "HoldEvent"})
    expect(page.locator("#notices")).to_contain_text("HoldEvent from a panel was dropped")


def test_a_registration_posted_while_the_page_is_away_is_answered_when_it_is_back(
    page: Page, serve: Serve, site: Site, tmp_path: Path
) -> None:
    server = serve("--workspace", probe_page(site), journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    probe = probe_of(page)
    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")

    probe.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["agent"]})
    server.start()
    assert [event.get("Type") for event in probe.next(0)["events"]] == [None, "AgentState"]


def test_a_command_whose_answer_was_lost_is_not_carried_out_twice(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    mute = False

    def route(socket: WebSocketRoute) -> None:
        to_server = socket.connect_to_server()

        def from_server(message: str | bytes) -> None:
            if mute and '"t":"ok"' in str(message):
                socket.close(code=1001)
                to_server.close(code=1001)
            else:
                socket.send(message)

        to_server.on_message(from_server)

    page.route_web_socket(re.compile("/socket$"), route)
    open_desk(page, server.url)
    call = server.call()
    server.act(call, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")

    mute = True
    with page.expect_websocket(lambda socket: True):  # the page comes back
        probe_of(page).post({"messageType": "HoldEvent"})
        expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
        mute = False
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    expect(page.locator(".card .status")).to_have_text("On hold")
    assert [event["Status"] for event in server.events() if event["Type"] == "CallContactEvent"] == [
        "Incoming",
        "Active",
        "Holding",
    ]


def test_a_reset_begins_a_new_history_and_loads_the_panels_anew(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe_of(page).register("all")
    server.call()
    expect(page.locator(".row")).to_have_count(1)

    server.post("/api/v1/reset")
    expect(page.locator(".row")).to_have_count(0)
    expect(page.locator("#notices")).to_contain_text("new history")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    probe = probe_of(page)
    assert probe.received() == []
    assert [event.get("Type") for event in probe.register("agent")["events"]] == [None, "AgentState"]


def test_two_tabs_of_one_desk_agree(page: Page, serve: Serve) -> None:
    server = serve()
    other = page.context.new_page()
    for tab in (page, other):
        open_desk(tab, server.url)
    server.call(ani="8015551234")
    page.locator("#incoming").get_by_role("button", name="Answer").click()

    for tab in (page, other):
        expect(tab.locator(".card .status")).to_have_text("Active")
        expect(tab.locator("#incoming")).to_be_hidden()
        expect(frame_of(tab, "CRM").get_by_role("heading", name="Dana Whitfield")).to_be_visible()


def test_a_reload_of_the_desk_shows_what_was_there_and_the_panel_registers_anew(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call(ani="8015551234")
    server.act(call, "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")

    page.reload()
    expect(page.locator(".card .status")).to_have_text("Active")
    crm = page.frame_locator("iframe[title=CRM]")
    expect(crm.get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    expect(crm.get_by_text("Active", exact=True)).to_be_visible()


def test_a_panel_that_chatters_does_not_keep_the_desk_from_coming_back(
    page: Page, serve: Serve, site: Site, tmp_path: Path
) -> None:
    server = serve("--workspace", probe_page(site), journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("agent")
    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")

    probe.frame.evaluate(
        """() => {
          const post = (message) => parent.postMessage(message, "*");
          for (let i = 0; i < 1500; i++) {
            post({type: "chatter", pad: "x".repeat(900)});
            post({messageType: "ContactCardData", contactCardData: {name: "x".repeat(900)}});
          }
        }"""
    )
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    expect(page.locator("#notices p")).to_have_count(0)
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    probe.wait_for_event("AgentState", CurrentState="Available")


def test_a_network_that_fell_silent_is_noticed_and_what_happened_meanwhile_comes(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    silent = False

    def route(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()
        upstream.on_message(lambda message: None if silent else socket.send(message))
        socket.on_message(lambda message: None if silent else upstream.send(message))

    page.route_web_socket(re.compile("/socket$"), route)
    page.clock.install()
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("contacts")
    silent = True
    call = server.call(skill="Sales")
    page.clock.run_for(30_000)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    silent = False
    page.clock.run_for(20_000)
    probe.wait_for_event("CallContactEvent", Status="Incoming")
    assert statuses(probe.events()) == [(call, "Incoming")]


def test_a_contact_that_comes_again_while_its_panel_lingers_has_a_panel_of_its_own(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", probe_page(site))
    open_desk(page, server.url)
    event = {"Type": "CallContactEvent", "ContactID": "501", "FinalState": "False"}

    def happen(**fields: str) -> None:
        server.post("/api/v1/agents/1001/events", [{**event, **fields}])

    happen(Status="Active")
    probe_of(page).register("contact")
    ended = page.locator("iframe").element_handle()
    happen(Status="Disconnected", FinalState="True")
    expect(page.get_by_role("tab")).to_have_count(0)
    happen(Status="Active")
    expect(page.locator(".panel:not(.behind) iframe")).to_have_count(1)
    frame = page.locator(".panel:not(.behind) iframe").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_load_state()
    again = Probe(frame)
    again.register("contact")
    page.wait_for_function("frame => !frame.isConnected", arg=ended)
    happen(Status="Holding")
    again.wait_for_event("CallContactEvent", Status="Holding")


def test_the_focus_stays_on_the_desk_when_the_panel_that_had_it_closes(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", probe_page(site))
    open_desk(page, server.url)
    call = server.call(skill="Sales")
    server.act(call, "answer")
    page.get_by_role("tab").focus()
    server.act(call, "hangup")
    expect(page.get_by_role("button", name="New contact")).to_be_focused()
