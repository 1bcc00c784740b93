"""One call reaches one panel: what a person at the desk and a panel see of it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import frame_of, open_desk, probe_of, probe_page, statuses
from tests.serving import Serve, Site


def test_new_contact_pops_the_crm_panel_with_the_callers_record(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)

    page.get_by_role("button", name="New contact").click()
    page.get_by_label("ANI").fill("801-555-1234")
    page.get_by_role("button", name="Let it arrive").click()

    crm = page.frame_locator("iframe[title=CRM]")
    expect(crm.get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")


def test_the_panel_follows_answer_hold_and_hang_up(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call(ani="8015551234", skill="Support")
    crm = page.frame_locator("iframe[title=CRM]")

    page.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(crm.get_by_text("Active", exact=True)).to_be_visible()
    assert server.status(call) == "Active"

    page.get_by_role("button", name="Hold", exact=True).click()
    expect(crm.get_by_text("On hold", exact=True)).to_be_visible()
    assert server.status(call) == "Holding"
    page.get_by_role("button", name="Hold", pressed=True).click()
    expect(crm.get_by_text("Active", exact=True)).to_be_visible()

    page.get_by_role("button", name="Hang up").click()
    expect(page.locator(".state")).to_contain_text("After-call work")
    expect(page.locator("iframe[title=CRM]")).to_have_count(0)
    expect(page.locator(".state")).not_to_contain_text("After-call work")
    assert server.status(call) is None


def test_the_panels_own_hold_button_holds_the_call(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call(ani="8015551234")
    server.act(call, "answer")
    crm = page.frame_locator("iframe[title=CRM]")

    crm.get_by_role("button", name="Hold").click()
    expect(page.locator(".card .status")).to_have_text("On hold")
    assert server.status(call) == "Holding"


def test_a_refused_call_closes_its_panel_and_makes_the_agent_unavailable(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.call(ani="8015551234")

    page.locator("#incoming").get_by_role("button", name="Refuse").click()
    expect(page.locator("#incoming")).to_be_hidden()
    expect(page.locator("iframe[title=CRM]")).to_have_count(0)
    expect(page.locator(".state")).to_contain_text("Unavailable, Refused")


def test_an_outbound_call_goes_as_the_other_party_wants(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    page.get_by_role("button", name="New contact").click()
    page.get_by_label("The agent dials").check()
    expect(page.get_by_label("DNIS")).to_have_value("8015551234")
    page.get_by_role("button", name="Dial", exact=True).click()

    expect(page.locator(".card .status")).to_have_text("Dialing")
    page.get_by_role("button", name="answers", exact=True).click()
    expect(page.locator(".card .status")).to_have_text("Active")


def test_a_contact_panel_lives_as_long_as_its_contact(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", probe_page(site) + "?id={ContactID}&ani={ANI}&skill={Skill}&order={OrderID}")
    open_desk(page, server.url)
    call = server.call(ani="+1 801", skill="Sales", variables={"OrderID": "a&b"})

    frame = frame_of(page)
    assert frame.url.endswith(f"?id={call}&ani=%2B1%20801&skill=Sales&order=a%26b")
    server.act(call, "answer")
    server.act(call, "hangup")
    expect(page.locator("iframe")).to_have_count(0)


def test_a_workspace_is_open_without_a_contact_and_sees_the_whole_call(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("contacts")

    call = server.call(ani="8015551234", skill="Sales")
    for verb in ("answer", "hold", "resume", "mask", "unmask", "record", "hangup"):
        server.act(call, verb)
    probe.wait_for_event("CallContactEvent", Status="Disconnected", FinalState="True")
    assert statuses(probe.events()) == [
        (call, status) for status in ("Incoming", "Active", "Holding", "Active", "Masking", "Active", "Active", "Disconnected")
    ]


def test_a_button_that_does_not_fit_the_call_does_nothing(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call()
    server.act(call, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")
    page.get_by_role("button", name="Hold", exact=True).click()

    expect(page.get_by_role("button", name="Hang up")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Hang up").dispatch_event("click")
    page.get_by_role("button", name="Hold", pressed=True).click()
    expect(page.locator(".card .status")).to_have_text("Active")
    assert [event["Status"] for event in server.events() if event["Type"] == "CallContactEvent"] == [
        "Incoming",
        "Active",
        "Holding",
        "Active",
    ]


def test_the_agent_picks_a_state_with_its_reason(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)

    page.locator("#state-button").click()
    page.get_by_role("button", name="Available", exact=True).click()
    expect(page.locator(".state")).to_contain_text("Available")
    page.locator("#state-button").click()
    page.get_by_role("button", name="Unavailable, Lunch").click()
    expect(page.locator(".state")).to_contain_text("Unavailable, Lunch")
    agent = server.get("/api/v1/agents/1001")
    assert (agent["state"], agent["reason"]) == ("Unavailable", "Lunch")


def test_what_matters_is_said_to_those_who_do_not_see_it(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call(ani="8015551234", customer="Ann Example")

    expect(page.locator("#say-urgent")).to_have_text(re.compile("Incoming call from Ann Example"))
    server.act(call, "answer")
    expect(page.locator("#say-polite")).to_have_text(re.compile("Active"))


def test_a_contacts_panel_comes_to_the_front_of_a_workspace(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site), "--panel", "/panels/crm")
    open_desk(page, server.url)
    server.call(ani="8015551234")

    expect(page.get_by_role("tab", selected=True)).to_have_text("crm")
    expect(page.get_by_role("tab").first).to_have_text("crm")
    expect(page.frame_locator("iframe[title=crm]").get_by_role("heading", name="Dana Whitfield")).to_be_visible()


def test_a_slow_panel_hears_of_the_end_of_its_contact(page: Page, serve: Serve, site: Site) -> None:
    end = site.page("/end.html", "<title>ends</title>")
    panel = site.page(
        "/slow.html",
        f"""<script>
          addEventListener("message", ({{data}}) => {{
            for (const until = performance.now() + 40; performance.now() < until;);
            if (data.events.some((event) => event.FinalState === "True")) fetch("{end}");
          }});
          parent.postMessage({{messageType: "RegisterForClientEvents", subscriptionTypes: ["contact"]}}, "*");
        </script>""",
    )
    server = serve("--panel", panel)
    open_desk(page, server.url)
    call = server.call(skill="Sales")
    server.act(call, "answer")
    server.wait_for_wire(lambda messages: any(message["direction"] == "out" for message in messages))
    with page.expect_request(end):
        for verb in ("hold", "resume", "hangup"):
            server.act(call, verb)
    expect(page.locator("iframe")).to_have_count(0)
