"""Pages written as real ones are: the vendor's sample (`seed_sample.html`), and the habits of published panels
(`published_panel.html`; max-post-message.md, section 4)."""

from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Frame, Page, expect

from tests.browser.desk import ACK, POLLED, Probe, frame_of, kinds, loaded, open_desk, probe_page
from tests.serving import Serve, Server, Site

PAGES = Path(__file__).parent


def put(site: Site, name: str) -> str:
    """Put one of the pages beside this file on a site; its address."""
    return site.page(f"/{name}", (PAGES / name).read_text())


# The vendor's sample


WHOLE_CALL = [
    "message of 2",
    "AgentState InboundContact",
    "CallContactEvent Incoming",
    "message of 1",
    "CallContactEvent Active",
    "message of 1",
    "CallContactEvent Holding",
    "message of 1",
    "CallContactEvent Active",
    "message of 2",
    "CallContactEvent Disconnected",
    "AgentState Available",
]


def test_the_vendors_sample_in_a_workspace_sees_acknowledgement_states_and_a_whole_call(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve("--workspace", put(site, "seed_sample.html"))
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    open_desk(page, server.url)
    log = frame_of(page, "seed_sample").locator("#log li")
    expect(log).to_have_text(["message of 2", f"{ACK} Success", "AgentState Available"])
    call = server.call(ani="8015551234", skill="Sales")
    for verb in ("answer", "hold", "resume", "hangup"):
        server.act(call, verb)
    expect(log).to_have_text(["message of 2", f"{ACK} Success", "AgentState Available", *WHOLE_CALL])


def test_the_vendors_sample_in_a_contact_panel_sees_acknowledgement_states_and_its_whole_call(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve("--panel", put(site, "seed_sample.html") + "?contactId={ContactID}")
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    open_desk(page, server.url)
    call = server.call(ani="8015551234", skill="Sales")
    frame = frame_of(page, "seed_sample")
    log = frame.locator("#log li")
    states = ["message of 3", f"{ACK} Success", "AgentState InboundContact", "CallContactEvent Incoming"]
    expect(log).to_have_text(states)
    for verb in ("answer", "hold", "resume"):
        server.act(call, verb)
    expect(log).to_have_text([*states, *WHOLE_CALL[3:9]])
    # The panel closes with its contact, so that it has to say elsewhere that it heard of the end.
    heard = site.page("/heard.html", "<title>heard</title>")
    frame.evaluate(
        """(heard) => addEventListener("message", ({data}) => {
             if (data.events.some((event) => event.FinalState === "True")) fetch(heard);
           })""",
        heard,
    )
    with page.expect_request(heard):
        server.act(call, "hangup")
    expect(page.locator("iframe")).to_have_count(0)


def test_the_vendors_sample_without_a_contact_id_in_a_contact_panel_is_found_its_own(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve("--panel", put(site, "seed_sample.html"))
    open_desk(page, server.url)
    call = server.call(ani="8015551234")
    expect(frame_of(page, "seed_sample").locator("#log li").nth(1)).to_have_text(f"{ACK} Success")
    [sent] = server.wait_for_wire(lambda messages: messages[-1]["direction"] == "out")[1:]
    assert sent["message"]["contactId"] == int(call)


# Published panels


@pytest.fixture
def desk(page: Page, serve: Serve, site: Site) -> Server:
    server = serve("--workspace", put(site, "published_panel.html"))
    open_desk(page, server.url)
    return server


@pytest.fixture
def panel(desk: Server, page: Page) -> Frame:
    """The published panel once it has been acknowledged."""
    panel = frame_of(page, "published_panel")
    panel.wait_for_function("messages === 1", polling=POLLED)
    return panel


def follows(panel: Frame, contacts: dict[str, str]) -> None:
    """Wait until the panel knows these contacts in these statuses."""
    panel.wait_for_function(
        """(wanted) => JSON.stringify(Object.fromEntries(Object.entries(contacts).map(([id, {Status}]) => [id, Status])))
             === JSON.stringify(wanted)""",
        arg=contacts,
        polling=POLLED,
    )


def test_a_panel_that_merges_events_by_contact_follows_calls_to_their_end(desk: Server, panel: Frame) -> None:
    first = desk.call(skill="Sales")
    follows(panel, {first: "Incoming"})
    desk.act(first, "answer")
    second = desk.call(skill="Sales")
    follows(panel, {first: "Active", second: "Incoming"})
    desk.act(second, "refuse")
    follows(panel, {first: "Active"})
    desk.act(first, "hangup")
    follows(panel, {})


def test_a_panel_that_drops_a_contact_at_disconnected_knows_none_in_after_call_work(desk: Server, panel: Frame) -> None:
    call = desk.call(skill="Support")
    desk.act(call, "answer")
    follows(panel, {call: "Active"})
    desk.act(call, "hangup")
    follows(panel, {})
    assert desk.status(call) == "Disconnected"


def test_the_unregister_with_a_typo_unsubscribes_nothing_and_nothing_tells_the_panel(
    page: Page, desk: Server, panel: Frame
) -> None:
    said: list[ConsoleMessage] = []

    def hear(message: ConsoleMessage) -> None:
        said.append(message)

    page.on("console", hear)
    panel.get_by_role("button", name="Leave").click()
    desk.wait_for_wire(lambda messages: messages[-1]["message"].get("messageType") == "UnegisterFromClientEvents")
    call = desk.call()
    follows(panel, {call: "Incoming"})
    assert panel.evaluate("messages") == 2
    assert [message.text for message in said if message.type == "warning"] == []


def test_a_panel_that_registers_as_it_loads_gets_no_acknowledgement_after_a_reload_but_events_still(
    page: Page, desk: Server, panel: Frame
) -> None:
    call = desk.call()
    with page.expect_console_message(lambda message: "already subscribed" in message.text) as warned:
        panel.evaluate("void setTimeout(() => location.reload())")
    assert warned.value.text == "Error processing Client Event Subscription. Issuer: [PublishedPanel] has already subscribed."
    follows(panel, {})
    desk.act(call, "answer")
    follows(panel, {call: "Active"})
    assert panel.evaluate("messages") == 1


# What browsers do


def test_a_sandboxed_panel_whose_origin_is_null_registers_like_any_other(page: Page, serve: Serve, site: Site) -> None:
    inner = probe_page(site, "/inner.html")
    outer = site.page("/outer.html", f"<iframe title='inner' sandbox='allow-scripts' src='{inner}'></iframe>")
    server = serve("--workspace", outer)
    open_desk(page, server.url)
    frame = loaded(frame_of(page, "outer").locator("iframe").element_handle())
    assert frame.evaluate("origin") == "null"
    assert kinds(Probe(frame).register("agent")) == [ACK, "AgentState"]
