"""Two agents at their desks, each in a browser of their own: consult, transfer, conference, and whom to choose for it."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import Probe, frame_of, open_desk, probe_of, probe_page
from tests.browser.test_accessible import NARROW, WIDE, Scheme, accessible
from tests.serving import Serve, Server, Site
from tests.tenant import Link, serve_live

SETTINGS = """
[[skill]]
id = 4101
name = "Support"
acw = 600

[[skill]]
id = 4102
name = "Sales"

[[agent]]
id = "1001"
name = "Robin Vale"

[[agent]]
id = "1002"
name = "Sam Ortiz"
"""
"""After-call work that outlasts any test, and agents with names."""


@pytest.fixture
def server(serve: Serve, site: Site, tmp_path: Path) -> Server:
    """A server whose panel is told who calls in its address, and whose agents 1001 and 1002 are Available."""
    (tmp_path / "bridge.toml").write_text(SETTINGS)
    panel = probe_page(site) + "?contact={ContactID}&ani={ANI}"
    server = serve("--config", str(tmp_path / "bridge.toml"), "--panel", panel, "--workspace", probe_page(site, "/all.html"))
    for agent in ("1001", "1002"):
        available(server, agent)
    return server


@pytest.fixture
def one(page: Page, server: Server) -> Page:
    """The desk of agent 1001."""
    open_desk(page, server.url, "1001")
    return page


@pytest.fixture
def two(browser: Browser, server: Server) -> Iterator[Page]:
    """The desk of agent 1002, in a browser that has nothing in common with the other."""
    context = browser.new_context()
    page = context.new_page()
    open_desk(page, server.url, "1002")
    yield page
    context.close()


def available(server: Server, agent: str) -> None:
    server.post(f"/api/v1/agents/{agent}/state", {"state": "Available"})


def talking(server: Server, agent: str = "1001", **contact: Any) -> str:
    """Let a customer's contact be at the agent, answered; its id."""
    about = {"ani": "8015551234", "skill": "Support", "customer": "Dana Whitfield", "variables": {"OrderID": "4711"}}
    its_id = server.call(agent, **(contact or about))
    server.act(its_id, "answer", agent)
    return its_id


def dialog(page: Page) -> Locator:
    return page.locator("#colleagues")


def options(page: Page) -> Locator:
    """Those that can be seen."""
    return dialog(page).get_by_role("option")


def chosen(page: Page) -> Locator:
    """The option that Enter would take."""
    return dialog(page).locator("[aria-selected=true]")


def press(page: Page, name: str) -> None:
    page.locator(".controls").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, whom: str) -> None:
    options(page).filter(has_text=whom).click()
    expect(dialog(page)).to_be_hidden()


def status(page: Page) -> Locator:
    return page.locator(".card .status")


def consulting(server: Server, one: Page, two: Page) -> str:
    """1001 consults 1002, who answers; the id of the customer's call."""
    customers = talking(server)
    press(one, "Consult")
    choose(one, "Sam Ortiz")
    two.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(status(one)).to_have_text("Active")
    expect(one.locator(".card h2")).to_have_text("Consult with Agent 1002 (Sam Ortiz)")
    return customers


# Consult


def test_a_consult_rings_at_the_other_desk_and_a_panel_pops_there_with_the_customers_number(
    server: Server, one: Page, two: Page
) -> None:
    call = talking(server)
    press(one, "Consult")
    expect(dialog(one).get_by_role("heading")).to_have_text("Consult about Dana Whitfield")
    choose(one, "Sam Ortiz")
    expect(one.locator(".card h2")).to_have_text("Consult with Agent 1002 (Sam Ortiz)")
    expect(status(one)).to_have_text("Dialing")
    expect(one.get_by_role("button", name="Consult", exact=True)).to_be_focused()  # where the person was
    assert server.status(call) == "Holding"
    ringing = two.locator("#incoming")
    expect(ringing).to_contain_text("Consult from Agent 1001 (Robin Vale)")
    expect(ringing).to_contain_text("about Dana Whitfield 8015551234")
    expect(two.locator("#say-urgent")).to_have_text("Incoming consult from Agent 1001 about Dana Whitfield")
    [contact] = server.get("/api/v1/agents/1002")["contacts"]
    assert frame_of(two).url.endswith(f"?contact={contact['contactId']}&ani=8015551234")


def test_both_desks_show_who_is_at_the_other_end_and_that_the_customer_waits(server: Server, one: Page, two: Page) -> None:
    consulting(server, one, two)
    expect(one.locator(".row .party")).to_have_text(["Dana Whitfield", "Sam Ortiz"])
    expect(one.locator(".row .status")).to_have_text(["On hold", "Active"])
    expect(one.locator(".row .detail")).to_have_text(["Support", "Consult · Dana Whitfield waits"])
    expect(one.locator(".identity p")).to_have_text("Dana Whitfield waits · Support")
    expect(two.locator(".card h2")).to_have_text("Consult with Agent 1001 (Robin Vale)")
    expect(two.locator(".identity p")).to_have_text("about Dana Whitfield · 8015551234 · Support")


def test_only_a_call_with_a_customer_has_buttons_for_what_the_customer_does(server: Server, one: Page, two: Page) -> None:
    consulting(server, one, two)
    customer = one.get_by_role("group", name="What the other party does")
    expect(customer).to_have_count(0)
    expect(two.get_by_role("group", name="What the other party does")).to_have_count(0)
    press(one, "Conference")
    one.locator(".row", has_text="Dana Whitfield").first.click()
    expect(status(one)).to_have_text("Joined")
    expect(customer.get_by_role("button")).to_have_text(["hangs up"])


def test_who_refuses_a_consult_leaves_the_other_with_the_customer_on_hold(server: Server, one: Page, two: Page) -> None:
    call = talking(server)
    press(one, "Consult")
    choose(one, "Sam Ortiz")
    two.locator("#incoming").get_by_role("button", name="Refuse").click()
    expect(one.locator(".notices")).to_contain_text("Consult with Agent 1002: no answer")
    expect(one.locator(".row")).to_have_count(1)
    expect(two.locator(".row")).to_have_count(0)
    expect(one.locator(".card h2")).to_have_text("Dana Whitfield")
    assert server.status(call) == "Holding"
    press(one, "Hold")
    expect(status(one)).to_have_text("Active")


def test_a_customer_who_hangs_up_meanwhile_leaves_the_agents_talking(server: Server, one: Page, two: Page) -> None:
    call = consulting(server, one, two)
    server.act(call, "customer/hangup")
    expect(one.locator(".row")).to_have_count(1)
    expect(one.locator(".card h2")).to_have_text("Consult with Agent 1002 (Sam Ortiz)")
    expect(one.locator(".identity p")).to_have_text("Outbound · Support")
    expect(status(two)).to_have_text("Active")
    expect(one.get_by_role("button", name="Transfer", exact=True)).to_be_disabled()
    press(one, "Hang up")
    expect(two.locator(".row")).to_have_count(0)


def test_a_desk_that_is_loaded_anew_in_the_middle_of_a_consult_goes_on_with_it(server: Server, one: Page, two: Page) -> None:
    consulting(server, one, two)
    one.reload()
    two.reload()
    expect(one.locator(".row .detail")).to_have_text(["Support", "Consult · Dana Whitfield waits"])
    expect(two.locator(".card h2")).to_have_text("Consult with Agent 1001 (Robin Vale)")
    press(one, "Connect and leave")
    expect(two.locator(".card h2")).to_have_text("Dana Whitfield")


def test_a_skill_is_consulted_and_whoever_serves_it_answers(server: Server, one: Page, two: Page) -> None:
    talking(server)
    server.post("/api/v1/agents/1002/state", {"state": "Unavailable"})
    press(one, "Consult")
    expect(options(one).filter(has_text="Sales")).to_contain_text("nobody free")
    choose(one, "Sales")
    expect(one.locator(".card h2")).to_have_text("Consult with Skill Sales")
    available(server, "1002")
    expect(two.locator("#incoming")).to_contain_text("Consult from Agent 1001 (Robin Vale)")
    expect(one.locator(".card h2")).to_have_text("Consult with Agent 1002 (Sam Ortiz)")


# Transfer, conference


def test_the_agent_connects_the_customer_with_the_colleague_and_leaves(server: Server, one: Page, two: Page) -> None:
    call = consulting(server, one, two)
    press(one, "Connect and leave")
    expect(one.locator(".state")).to_contain_text("After-call work")
    assert server.status(call) == "Disconnected"
    expect(two.locator(".card h2")).to_have_text("Dana Whitfield")
    expect(two.locator(".identity p")).to_have_text("8015551234 · Inbound · Support")
    expect(two.get_by_role("group", name="What the other party does")).to_be_visible()
    expect(two.get_by_role("button", name="Transfer", exact=True)).to_be_enabled()


def test_what_there_is_to_do_together_stays_in_its_place_and_says_why_it_cannot_be_done(
    server: Server, one: Page, two: Page
) -> None:
    call = talking(server)
    together = one.get_by_role("group", name="With colleagues").get_by_role("button")
    expect(together).to_have_text(["Consult", "Transfer", "Conference"])
    expect(together.nth(2)).to_have_attribute("title", "A conference joins two calls or more; agent 1001 has 1.")
    press(one, "Consult")
    choose(one, "Sam Ortiz")
    expect(together).to_have_text(["Consult", "Connect and leave", "Conference"])
    [dialing] = [one["contactId"] for one in server.get("/api/v1/agents/1001")["contacts"] if one["contactId"] != call]
    one.keyboard.press("Alt+Shift+G")
    expect(one.locator(".notices")).to_contain_text(f"A transfer is of calls that were answered; call {dialing} is Dialing.")
    assert server.status(call) == "Holding"


def test_in_a_conference_all_talk_and_who_leaves_leaves_the_others_talking(server: Server, one: Page, two: Page) -> None:
    call = consulting(server, one, two)
    press(one, "Conference")
    expect(one.locator(".row .status")).to_have_text(["Joined", "Joined"])
    expect(one.locator(".card h2")).to_have_text("Conference with Agent 1002 (Sam Ortiz)")
    expect(one.locator(".identity p")).to_have_text("with Dana Whitfield · Support")
    expect(two.locator(".card h2")).to_have_text("Conference with Agent 1001 (Robin Vale)")
    expect(two.locator(".identity p")).to_have_text("with Dana Whitfield · 8015551234 · Support")
    press(two, "Hang up")
    expect(two.locator(".row")).to_have_count(0)
    expect(one.locator(".card h2")).to_have_text("Dana Whitfield")
    expect(status(one)).to_have_text("Active")
    assert server.status(call) == "Active"


def test_who_began_a_conference_leaves_it_by_connecting_the_others(server: Server, one: Page, two: Page) -> None:
    consulting(server, one, two)
    press(one, "Conference")
    expect(status(one)).to_have_text("Joined")
    press(one, "Connect and leave")
    expect(one.locator(".state")).to_contain_text("After-call work")
    expect(two.locator(".card h2")).to_have_text("Dana Whitfield")
    expect(status(two)).to_have_text("Active")


def test_a_call_is_passed_on_at_once(server: Server, one: Page, two: Page) -> None:
    talking(server)
    press(one, "Transfer")
    expect(dialog(one).get_by_role("heading")).to_have_text("Transfer Dana Whitfield")
    choose(one, "Sam Ortiz")
    expect(one.locator(".state")).to_contain_text("After-call work")
    expect(two.locator("#incoming")).to_contain_text("Dana Whitfield 8015551234")
    two.keyboard.press("Alt+Shift+A")
    expect(two.locator(".card h2")).to_have_text("Dana Whitfield")


def test_a_chat_is_passed_on_with_what_was_written(server: Server, one: Page, two: Page) -> None:
    chat = talking(server, media="chat", skill="Sales", customer="Ann Example", text="Where is my order?")
    server.post(f"/api/v1/agents/1001/contacts/{chat}/messages", {"text": "I ask a colleague.", "from": "agent"})
    expect(one.locator(".transcript .said")).to_have_count(2)
    press(one, "Transfer")
    choose(one, "Sam Ortiz")
    expect(one.locator(".row")).to_have_count(0)
    expect(one.locator("#new-contact-button")).to_be_focused()  # not left with nothing
    two.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(two.locator(".transcript .said")).to_have_text(["Where is my order?", "I ask a colleague."])


def test_an_agent_without_a_call_calls_a_colleague(one: Page, two: Page) -> None:
    one.keyboard.press("Alt+Shift+N")
    one.get_by_role("button", name="Call a colleague").click()
    expect(one.locator("#new-contact")).to_be_hidden()
    choose(one, "Sam Ortiz")
    expect(two.locator("#incoming")).to_contain_text("Call from Agent 1001 (Robin Vale)")
    two.keyboard.press("Alt+Shift+A")
    expect(one.locator(".card h2")).to_have_text("Agent 1002 (Sam Ortiz)")
    expect(status(one)).to_have_text("Active")


# The dialog


def test_a_consult_and_a_conference_by_keyboard(server: Server, one: Page, two: Page) -> None:
    for agent in ("1003", "1004"):
        available(server, agent)
    talking(server, "1003")
    talking(server)
    expect(status(one)).to_have_text("Active")
    one.keyboard.press("Alt+Shift+U")
    box = one.get_by_role("combobox", name="Agent or skill")
    expect(box).to_be_focused()
    expect(options(one)).to_have_count(5)
    expect(chosen(one)).to_have_count(0)
    one.keyboard.press("Enter")
    expect(dialog(one).get_by_role("alert")).to_have_text("Choose an agent or a skill first.")
    one.keyboard.press("ArrowUp")
    expect(chosen(one)).to_contain_text("Sales")
    one.keyboard.press("ArrowDown")
    one.keyboard.press("ArrowDown")
    expect(chosen(one)).to_contain_text("Agent 1003")
    one.keyboard.press("Enter")
    expect(dialog(one).get_by_role("alert")).to_have_text("Agent 1003 is on a call.")
    one.keyboard.type("ortiz")
    expect(options(one)).to_have_count(1)
    expect(chosen(one)).to_contain_text("Sam Ortiz")
    expect(box).to_have_attribute("aria-activedescendant", "colleague-agent-1002")
    one.keyboard.press("Enter")
    expect(dialog(one)).to_be_hidden()
    expect(two.locator("#say-urgent")).to_contain_text("Incoming consult")
    two.keyboard.press("Alt+Shift+A")
    expect(status(one)).to_have_text("Active")
    one.keyboard.press("Alt+Shift+J")
    expect(status(one)).to_have_text("Joined")
    one.keyboard.press("Alt+Shift+G")
    expect(two.locator(".card h2")).to_have_text("Dana Whitfield")


def test_escape_closes_the_dialog_and_gives_the_focus_back(server: Server, one: Page) -> None:
    call = talking(server)
    consult = one.locator(".controls").get_by_role("button", name="Consult")
    consult.focus()
    one.keyboard.press("Enter")
    expect(options(one).first).to_be_visible()
    one.keyboard.press("Escape")
    expect(dialog(one)).to_be_hidden()
    expect(consult).to_be_focused()
    assert server.status(call) == "Active"


def test_the_dialog_stays_as_the_person_has_it_while_agents_come_and_go(server: Server, one: Page) -> None:
    talking(server)
    press(one, "Consult")
    box = one.get_by_role("combobox", name="Agent or skill")
    box.type("agent 1")
    available(server, "1004")
    expect(options(one)).to_have_text([re.compile(r"Agent 1004\s+Available")])
    one.keyboard.press("ArrowDown")
    expect(chosen(one)).to_contain_text("Agent 1004")
    server.post("/api/v1/agents/1003/state", {"state": "Unavailable", "reason": "Lunch"})
    expect(options(one)).to_have_text([re.compile(r"Agent 1003\s+Unavailable, Lunch"), re.compile("Agent 1004")])
    expect(chosen(one)).to_contain_text("Agent 1004")
    expect(box).to_have_value("agent 1")
    expect(box).to_be_focused()
    server.post("/api/v1/agents/1004/state", {"state": "LoggedOut"})
    expect(options(one)).to_have_count(1)
    expect(chosen(one)).to_have_count(0)  # Enter calls nobody whom the person did not choose
    talking(server, "1003")
    expect(options(one)).to_contain_text(["Agent 1003 is on a call."])


def test_the_dialog_says_that_its_contact_has_ended(server: Server, one: Page) -> None:
    call = talking(server)
    press(one, "Transfer")
    expect(options(one).first).to_be_visible()
    server.act(call, "customer/hangup")
    expect(dialog(one)).to_contain_text(f"A transfer is of a contact that was answered; call {call} is Disconnected.")
    expect(options(one)).to_have_count(0)


def test_a_page_that_comes_back_goes_on_with_the_list(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve(journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    talking(server)
    press(page, "Consult")
    expect(dialog(page)).to_contain_text("No other agent is logged in.")
    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    available(server, "1007")
    expect(options(page).filter(has_text="Agent 1007")).to_be_visible()


def test_a_live_tenant_lists_no_agents_and_one_is_called_by_the_id_that_is_typed(page: Page, serve: Serve) -> None:
    tenant = serve()
    for agent in ("1001", "1002"):
        available(tenant, agent)
    link = Link(tenant)
    live = serve_live(serve, link)
    page.goto(live.link)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    talking(tenant)
    expect(status(page)).to_have_text("Active")
    press(page, "Consult")
    expect(dialog(page)).to_contain_text("The tenant does not list its agents: type the id of one.")
    page.keyboard.type("1002")
    expect(options(page)).to_have_text(["Agent 1002", "Skill 1002"])
    expect(chosen(page)).to_have_text("Agent 1002")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_be_hidden()
    expect(page.locator(".row .status")).to_have_text(["On hold", "Dialing"])
    [consulted] = tenant.get("/api/v1/agents/1002")["contacts"]
    assert consulted["event"]["CallType"] == "Consult"
    link.down()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(browser: Browser, server: Server, scheme: Scheme, size: tuple[int, int]) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    open_desk(page, server.url)
    available(server, "1003")
    talking(server, "1003")
    talking(server)
    press(page, "Consult")
    expect(options(page).filter(has_text="is on a call")).to_be_visible()
    page.keyboard.press("ArrowDown")
    accessible(page)  # whom to choose
    page.keyboard.type("no such agent")
    expect(dialog(page)).to_contain_text("Nobody here is called that.")
    accessible(page)  # nobody
    page.keyboard.press("Escape")
    press(page, "Consult")
    choose(page, "Sam Ortiz")
    expect(status(page)).to_have_text("Dialing")
    accessible(page)  # a consult
    page.close()


# A whole shift


class Poller(threading.Thread):
    """A client of the Agent Session API that logs the agent in and polls until the session is over, as the vendor describes it:
    `events` are all that it was told, `answers` the statuses of its polls."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.events: list[Any] = []
        self.answers: list[int] = []
        self._http = httpx2.Client(base_url=server.url, timeout=30)
        token = self._http.post(
            "/inContactAuthorizationServer/Token", json={"grant_type": "password", "username": "1001", "password": "secret"}
        )
        self._headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        started = self._http.post(self._path(""), json={"stationId": "WebRTC"}, headers=self._headers)
        assert started.status_code == 202, started.text
        self._session: str = started.json()["sessionId"]

    def _path(self, below: str) -> str:
        return f"/inContactAPI/services/v23.0/agent-sessions{below}"

    def run(self) -> None:
        while self.answers[-1:] not in ([404], [409]):
            answer = self._http.get(self._path(f"/{self._session}/get-next-event?timeout=20"), headers=self._headers)
            self.answers.append(answer.status_code)
            if answer.status_code == 200:
                self._session = answer.json()["sessionId"]
                self.events += answer.json()["events"]
        self._http.close()


def in_short(event: dict[str, Any]) -> str:
    status = event.get("CurrentState") or event.get("Status") or ""
    final = "final" if event.get("FinalState") == "True" else ""
    acw = "ACW" if event.get("IsAcw") == "True" else ""
    return " ".join(part for part in (event["Type"], status, final, acw) if part)


def registered_for_all(page: Page) -> tuple[Probe, int]:
    """The workspace, once it is registered, and how many events it has been told of by then."""
    probe = probe_of(page, "all")
    probe.register("all")
    return probe, len(probe.events())


def test_two_desks_and_a_poller_agree_event_for_event_over_a_whole_shift(server: Server, one: Page, two: Page) -> None:
    other_tab = one.context.new_page()
    open_desk(other_tab, server.url)
    one.get_by_role("button", name="Agent", exact=False).first.click()
    one.get_by_role("button", name="Log out").click()
    expect(other_tab.locator(".state")).to_contain_text("Logged out")
    probes = [registered_for_all(tab) for tab in (one, other_tab)]
    poller = Poller(server)  # logs in
    poller.start()

    expect(one.locator(".state")).to_contain_text("Unavailable")
    one.locator("#state-button").click()
    one.get_by_role("button", name="Available", exact=True).click()
    expect(other_tab.locator(".state")).to_contain_text("Available")
    server.call(ani="8015551234", skill="Support", customer="Dana Whitfield")
    other_tab.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(status(one)).to_have_text("Active")
    press(one, "Hold")
    expect(status(other_tab)).to_have_text("On hold")
    press(other_tab, "Consult")
    choose(other_tab, "Sam Ortiz")
    two.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(status(one)).to_have_text("Active")
    press(one, "Connect and leave")
    expect(other_tab.locator(".state")).to_contain_text("After-call work")
    other_tab.get_by_role("button", name="End after-call work").click()
    expect(one.locator(".row")).to_have_count(0)
    one.locator("#state-button").click()
    one.get_by_role("button", name="Log out").click()

    poller.join(30)
    assert (poller.answers[-1], set(poller.answers[:-1])) == (409, {200})
    assert [in_short(event) for event in poller.events] == [
        "AgentSessionStart",
        "MchAgentSettingsChangeEvent",
        "AgentState Unavailable",
        "AgentLeg Dialing",
        "AgentLeg Active",
        "AgentState Available",
        "AgentState InboundContact",
        "CallContactEvent Incoming",
        "CallContactEvent Active",
        "CallContactEvent Holding",
        "AgentState OutboundConsult",
        "CallContactEvent Dialing",
        "CallContactEvent Active",
        "CallContactEvent Disconnected final",
        "CallContactEvent Disconnected",
        "AgentState Unavailable ACW",
        "CallContactEvent Disconnected final",
        "AgentState Available",
        "AgentLeg Disconnected final",
        "AgentSessionEnd",
    ]
    for probe, told in probes:
        probe.wait_for_event("AgentSessionEnd")
        assert probe.events()[told:] == poller.events
