"""The softphone panel at the desk: each command of max-post-message.md, section 2, is carried out where it fits, and not offered
where it does not (cxone-agent-session.md, section 3)."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.desk import frame_of, open_desk
from tests.serving import Serve, Server

COMMANDS = ("Answer", "Refuse", "Hold", "Mute", "Mask", "Record", "Hang up")
DANA, MARCUS = "+1 801-555-1234", "+1 212-555-0101"
OWNED_UP = 10_000
"""Milliseconds in which the panel has said that a command changed nothing; it waits some seconds itself."""


@pytest.fixture
def server(page: Page, serve: Serve) -> Server:
    """A desk whose calls bring the softphone as their panel; its agent is available."""
    server = serve("--panel", "/panels/softphone")
    open_desk(page, server.url)
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    return server


def phone_of(page: Page) -> FrameLocator:
    """The softphone in front."""
    return page.frame_locator(".panel:not(.behind) iframe[title=softphone]")


def button(phone: FrameLocator, name: str) -> Locator:
    return phone.get_by_role("button", name=name, exact=True)


def takes(phone: FrameLocator, *names: str) -> None:
    """Just these buttons can be pressed now."""
    for name in COMMANDS:
        expect(button(phone, name)).to_be_enabled(enabled=name in names)


def shows(phone: FrameLocator, status: str) -> None:
    expect(phone.locator("#status")).to_have_text(status)


def incoming(server: Server, *, skill: str = "Sales") -> str:
    """Dana calls. Sales has no after-call work."""
    return server.call(ani="8015551234", dnis="8005550199", skill=skill)


def test_who_is_logged_out_is_told_so(page: Page, serve: Serve) -> None:
    server = serve("--workspace", "/panels/softphone", "--workspace", "/panels/knowledge")
    open_desk(page, server.url)
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    states = [
        page.frame_locator(f"iframe[title={title}]").locator(place)
        for title, place in (("softphone", "#agent-state"), ("knowledge", "#state"))
    ]
    for state in states:
        expect(state).to_have_text("Available")
    page.locator(".state").click()
    page.get_by_role("button", name="Log out").click()
    for state in states:
        expect(state).to_have_text("Logged out")
    page.get_by_role("button", name="Log in").click()
    for state in states:
        expect(state).to_have_text("Unavailable")


def active(server: Server, *then: str) -> str:
    """A call with Dana, and what the agent did after answering it."""
    call = incoming(server)
    for verb in ("answer", *then):
        server.act(call, verb)
    return call


# The seven commands


def test_an_incoming_call_can_be_answered(page: Page, server: Server) -> None:
    call = incoming(server)
    phone = phone_of(page)
    shows(phone, "Incoming")
    takes(phone, "Answer", "Refuse")
    button(phone, "Answer").click()
    shows(phone, "Active")
    assert server.status(call) == "Active"
    takes(phone, "Hold", "Mute", "Mask", "Record", "Hang up")


def test_an_incoming_call_can_be_refused(page: Page, server: Server) -> None:
    call = incoming(server)
    button(phone_of(page), "Refuse").click()
    expect(page.locator(".state")).to_contain_text("Unavailable, Refused")
    assert server.status(call) is None


def test_hold_holds_and_again_resumes(page: Page, server: Server) -> None:
    call = active(server)
    phone = phone_of(page)
    button(phone, "Hold").click()
    shows(phone, "On hold")
    assert server.status(call) == "Holding"
    expect(phone.get_by_role("button", name="Hold", pressed=True)).to_be_enabled()
    takes(phone, "Hold", "Mute")
    button(phone, "Hold").click()
    shows(phone, "Active")
    assert server.status(call) == "Active"
    expect(phone.get_by_role("button", name="Hold", pressed=False)).to_be_enabled()


def test_mute_mutes_the_agent_and_again_unmutes(page: Page, server: Server) -> None:
    active(server)
    phone = phone_of(page)
    button(phone, "Mute").click()
    expect(phone.get_by_role("button", name="Mute", pressed=True)).to_be_enabled()
    assert server.get("/api/v1/agents/1001")["muted"] is True
    # What hanging up would do is another matter on CXone Agent.
    expect(phone.get_by_text("CXone Agent ignores Hang up while you are.")).to_be_visible()
    takes(phone, "Hold", "Mute", "Mask", "Record", "Hang up")
    button(phone, "Mute").click()
    expect(phone.get_by_role("button", name="Mute", pressed=False)).to_be_enabled()
    assert server.get("/api/v1/agents/1001")["muted"] is False
    expect(phone.get_by_text("You are muted.")).to_be_hidden()


def test_mask_pauses_the_recording_and_again_goes_on(page: Page, server: Server) -> None:
    call = active(server)
    phone = phone_of(page)
    button(phone, "Mask").click()
    shows(phone, "Active, recording masked")
    assert server.status(call) == "Masking"
    expect(phone.get_by_role("button", name="Mask", pressed=True)).to_be_enabled()
    takes(phone, "Mute", "Mask", "Record")
    button(phone, "Mask").click()
    shows(phone, "Active")
    assert server.status(call) == "Active"


def test_record_starts_a_recording_once(page: Page, server: Server) -> None:
    active(server)
    phone = phone_of(page)
    button(phone, "Record").click()
    expect(phone.get_by_role("button", name="Record", pressed=True)).to_be_disabled()
    assert [event["IsLogging"] for event in server.events() if event["Type"] == "CallContactEvent"][-1] == "True"
    takes(phone, "Hold", "Mute", "Mask", "Hang up")


def test_hang_up_ends_the_call(page: Page, server: Server) -> None:
    call = active(server)
    button(phone_of(page), "Hang up").click()
    expect(page.locator(".state")).to_contain_text("Available")
    assert server.status(call) is None


def test_a_call_that_is_dialed_can_only_be_hung_up(page: Page, server: Server) -> None:
    call = server.call(direction="outbound", dnis="2125550101", skill="Sales")
    phone = phone_of(page)
    shows(phone, "Dialing")
    expect(phone.get_by_role("heading", name=MARCUS)).to_be_visible()
    takes(phone, "Hang up")
    button(phone, "Hang up").click()
    expect(page.locator(".row")).to_have_count(0)
    assert server.status(call) is None


def test_a_call_in_after_call_work_takes_no_command(alone: Server, phone: FrameLocator) -> None:
    call = incoming(alone, skill="Support")
    alone.act(call, "answer")
    alone.act(call, "hangup")
    shows(phone, "After-call work")
    takes(phone)
    expect(phone.locator("#agent-clock")).to_have_text(re.compile(r"^0:0\d left$"))
    expect(phone.get_by_role("heading", name="No call")).to_be_visible()


def test_a_button_that_does_not_fit_posts_nothing(page: Page, server: Server) -> None:
    incoming(server)
    phone = phone_of(page)
    shows(phone, "Incoming")
    button(phone, "Hold").click(force=True)
    button(phone, "Answer").click()
    shows(phone, "Active")
    assert commands(server) == ["AnswerEvent"]


def test_a_toggle_pressed_twice_in_a_hurry_is_posted_once(page: Page, server: Server) -> None:
    active(server)
    phone = phone_of(page)
    shows(phone, "Active")
    button(phone, "Hold").evaluate("button => { button.click(); button.click(); }")
    shows(phone, "On hold")
    assert commands(server) == ["HoldEvent"]


def commands(server: Server) -> list[str]:
    """The commands that panels posted so far."""
    messages = [entry["message"] for entry in server.get("/api/v1/agents/1001/wire")["messages"] if entry["direction"] == "in"]
    types = [message["messageType"] for message in messages]
    return [kind for kind in types if kind.endswith("Event")]


# Which call is meant: a workspace sees them all


@pytest.fixture
def alone(page: Page, serve: Serve, tmp_path: Path) -> Server:
    """A desk with the softphone as its only workspace, and no panel that a call would put in front of it."""
    (tmp_path / "bridge.toml").write_text(
        '[[workspace]]\nname = "softphone"\nurl = "/panels/softphone"\n'
        '[[panel]]\nname = "never"\nurl = "/panels/crm"\nskills = ["Nobody\'s"]\n',
        encoding="utf-8",
    )
    server = serve("--config", str(tmp_path / "bridge.toml"))
    open_desk(page, server.url)
    return server


@pytest.fixture
def phone(page: Page, alone: Server) -> FrameLocator:
    """The softphone of that desk, registered."""
    phone = phone_of(page)
    expect(phone.locator("#agent-state")).to_have_text("Unavailable")
    return phone


def turn_to(page: Page, contact: str) -> None:
    """Choose a contact at the desk, which no panel is told."""
    row = page.locator(f".contacts button[data-contact='{contact}']")
    row.click()
    expect(row).to_have_attribute("aria-current", "true")


def rows(phone: FrameLocator) -> Locator:
    return phone.get_by_role("region", name="Calls").get_by_role("listitem")


def test_all_live_calls_are_listed_and_the_one_talked_on_is_presumed_to_be_in_focus(alone: Server, phone: FrameLocator) -> None:
    expect(phone.get_by_role("region", name="Calls")).to_contain_text("None.")
    first = active(alone)
    expect(rows(phone)).to_have_text([re.compile(r"^\+1 801-555-1234Active\d:\d\dSales · Inbound$")])
    expect(phone.get_by_text("The buttons act on the call in focus")).to_be_hidden()

    second = alone.call(ani="2125550101", skill="Support")
    expect(rows(phone).nth(1)).to_contain_text(re.compile(rf"^{re.escape(MARCUS)}Incoming"))
    expect(rows(phone).nth(0)).to_contain_text("Likely in focus")
    expect(phone.get_by_text("The buttons act on the call in focus at the desk, which no panel is told")).to_be_visible()
    expect(phone.get_by_role("heading", name=DANA)).to_be_visible()
    expect(phone.get_by_text(f"Incoming: {MARCUS} · Support")).to_be_visible()
    takes(phone, *COMMANDS)

    button(phone, "Answer").click()
    expect(rows(phone).nth(1)).to_contain_text("Likely in focus")
    expect(rows(phone).nth(0)).to_contain_text("On hold")
    expect(phone.get_by_role("heading", name=MARCUS)).to_be_visible()
    alone.act(second, "hangup")
    expect(phone.get_by_role("heading", name=DANA)).to_be_visible()
    assert alone.status(first) == "Holding"
    shows(phone, "On hold")


def test_a_command_that_acts_on_another_call_than_presumed_tells_which_is_in_focus(
    page: Page, alone: Server, phone: FrameLocator
) -> None:
    first = active(alone)
    alone.act(alone.call(ani="2125550101", skill="Sales"), "answer")
    expect(phone.get_by_role("heading", name=MARCUS)).to_be_visible()
    turn_to(page, first)
    button(phone, "Hold").click()  # which resumes the first, and so holds the second
    expect(phone.get_by_role("heading", name=DANA)).to_be_visible()
    shows(phone, "Active")
    expect(rows(phone).nth(0)).to_contain_text("Likely in focus")


def test_a_command_that_changed_nothing_is_owned_up_to(page: Page, alone: Server, phone: FrameLocator) -> None:
    active(alone)
    turn_to(page, alone.call(ani="2125550101", skill="Sales"))
    button(phone, "Hold").click()
    expect(button(phone, "Hold")).to_have_attribute("aria-busy", "true")
    notice = phone.locator("#notice")
    expect(notice).to_have_text(
        "Hold changed nothing. Another contact may be in focus at the desk, or a permission is missing.", timeout=OWNED_UP
    )
    expect(button(phone, "Hold")).not_to_have_attribute("aria-busy", "true")
    button(phone, "Mute").click(force=True)  # the next command takes the notice away
    expect(notice).to_be_hidden()


def test_a_contact_panel_is_of_its_own_call(page: Page, server: Server) -> None:
    active(server)
    second = server.call(ani="2125550101", skill="Sales")
    expect(phone_of(page).get_by_role("heading", name=DANA)).to_be_visible()
    turn_to(page, second)
    phone = phone_of(page)
    expect(phone.get_by_role("heading", name=MARCUS)).to_be_visible()
    takes(phone, "Answer", "Refuse")
    expect(rows(phone).nth(1)).to_contain_text("Likely in focus")


# The agent


def test_the_agents_state_and_the_one_asked_for_next_are_told(alone: Server, phone: FrameLocator) -> None:
    state = phone.locator("#agent-state")
    expect(state).to_have_text("Unavailable")
    alone.post("/api/v1/agents/1001/state", {"state": "Available"})
    expect(state).to_have_text("Available")
    expect(phone.locator("#agent-clock")).to_have_text(re.compile(r"^0:\d\d$"))
    expect(phone.locator("#next")).to_be_hidden()
    call = active(alone)
    expect(state).to_have_text("Working")
    alone.post("/api/v1/agents/1001/state", {"state": "Unavailable", "reason": "Lunch"})
    expect(phone.locator("#next")).to_have_text("Next: Unavailable · Lunch")
    alone.act(call, "hangup")
    expect(state).to_have_text("Unavailable · Lunch")
    expect(phone.locator("#next")).to_be_hidden()


def test_what_changed_is_told_to_those_who_do_not_see_it(alone: Server, phone: FrameLocator) -> None:
    said = phone.locator("#announcement")
    call = incoming(alone)
    expect(said).to_have_text(f"Incoming call from {DANA}. Sales, Inbound")
    alone.act(call, "answer")
    expect(said).to_have_text(f"{DANA}: Active")


# The keyboard, errors, everyone


def test_a_pressed_button_keeps_the_focus_when_it_no_longer_fits(page: Page, alone: Server, phone: FrameLocator) -> None:
    incoming(alone)
    shows(phone, "Incoming")
    button(phone, "Answer").focus()
    page.keyboard.press("Enter")
    shows(phone, "Active")
    expect(button(phone, "Answer")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button(phone, "Hold")).to_be_focused()
    page.keyboard.press("Space")
    shows(phone, "On hold")
    expect(button(phone, "Hold")).to_be_focused()


def test_a_refused_registration_is_told_in_words(page: Page, serve: Serve) -> None:
    server = serve("--workspace", "/panels/softphone?contactId=nobody")
    open_desk(page, server.url)
    phone = phone_of(page)
    expect(phone.locator("#notice")).to_have_text("MAX refused the registration: Invalid Contact Id")
    expect(phone.locator("#agent-state")).to_have_text("Not connected")
    takes(phone)


def test_outside_the_desk_it_says_where_it_belongs(page: Page, serve: Serve) -> None:
    page.goto(f"{serve().url}/panels/softphone")
    expect(page.locator("#notice")).to_contain_text("This page is on its own")


def test_a_skill_without_a_name_is_shown_by_its_id(alone: Server, phone: FrameLocator) -> None:
    alone.call(ani="8015551234", skill="5555")
    expect(phone.locator("#detail")).to_have_text("Skill 5555 · Inbound")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_on_the_softphone(page: Page, alone: Server, phone: FrameLocator, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate(AS_WIDE_AS, width)
    is_accessible(page, phone)
    active(alone, "mute", "record")
    alone.call(ani="2125550101", dnis="8005550142", skill="Support")
    alone.post("/api/v1/agents/1001/state", {"state": "Unavailable", "reason": "Lunch"})
    takes(phone, "Answer", "Refuse", "Hold", "Mute", "Mask", "Hang up")
    expect(phone.locator("#next")).to_be_visible()
    is_accessible(page, phone)


AS_WIDE_AS = """width => {
  const style = new CSSStyleSheet();
  style.replaceSync(`.frames { position: fixed; inset: 0 auto 0 0; z-index: 9; width: ${width}px } .ringer { display: none }`);
  document.adoptedStyleSheets = [style];
}"""
"""Give panels this width, above the rest of the desk."""


def is_accessible(page: Page, phone: FrameLocator) -> None:
    found = Axe().run(frame_of(page, "softphone"))
    assert found.violations_count == 0, found.generate_report()
    assert phone.locator("html").evaluate("html => html.scrollWidth <= innerWidth")
