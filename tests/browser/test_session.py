"""The agent's session at the desk: logging out and in, an end by the server, calls that did not come about, the ring."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Serve, Site


def test_the_agent_logs_out_and_in_again(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("all")
    page.locator("#state-button").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    probe.wait_for_event("AgentSessionEnd")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".state")).to_contain_text("Unavailable")
    probe.wait_for_event("AgentSessionStart")
    tokens = [event["sessionToken"] for message in probe.received() for event in message["events"] if "sessionToken" in event]
    assert len(set(tokens)) == len(tokens) == 2


def test_a_reload_logs_in_again(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.post("/api/v1/agents/1001/state", {"state": "LoggedOut"})
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.reload()
    expect(page.locator(".state")).to_contain_text("Unavailable")


def test_a_session_that_the_server_ends_is_said_with_its_reason(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.call(ani="8015551234")
    server.post("/api/v1/agents/1001/state", {"state": "LoggedOut", "reason": "RemoteLogoff"})
    expect(page.locator(".notices")).to_contain_text("The server ended your session: a supervisor logged you out")
    expect(page.get_by_text("You are logged out: a supervisor logged you out.")).to_be_visible()
    expect(page.locator("#incoming")).to_be_hidden()
    expect(page.locator("iframe[title=CRM]")).to_have_count(0)


def test_a_number_that_is_busy_is_said_to_be(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.call(direction="outbound", dnis="8005550199")
    page.get_by_role("button", name="is busy").click()
    expect(page.locator(".notices")).to_contain_text("8005550199: busy")


def test_after_call_work_is_ended_with_one_button(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call(skill="Support")
    server.act(call, "answer")
    server.act(call, "hangup")
    page.get_by_role("button", name="End after-call work").click()
    expect(page.locator(".state")).not_to_contain_text("After-call work")
    expect(page.locator(".row")).to_have_count(0)


def test_a_call_rings_in_the_title_and_aloud_unless_silenced(page: Page, serve: Serve) -> None:
    # Sound itself cannot be heard here: what the page asks of the browser's audio is counted.
    page.add_init_script("""
      window.tones = 0;
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...args) { window.tones += 1; return start.apply(this, args); };
    """)
    server = serve()
    open_desk(page, server.url)
    page.get_by_role("button", name="Ring").click()
    page.get_by_role("button", name="Ring").click()
    call = server.call()
    expect(page).to_have_title(re.compile("Incoming call"))
    page.wait_for_function("tones >= 2")
    server.act(call, "answer")
    expect(page).not_to_have_title(re.compile("Incoming call"))

    page.get_by_role("button", name="Ring").click()
    page.reload()
    expect(page.get_by_role("button", name="Ring")).to_have_attribute("aria-pressed", "false")
    page.locator("body").click(position={"x": 700, "y": 500})
    server.call()
    expect(page).to_have_title(re.compile("Incoming call"))
    assert page.evaluate("tones") == 0
