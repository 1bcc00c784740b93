"""Who is at the other end of a call between agents, and whom there is to choose from: `bridge/desk/colleagues.py`."""

import asyncio
from typing import Any

import msgspec
import pytest

from bridge.acd.agent_state import Agent, Upstream
from bridge.acd.platform import Floor
from bridge.acd.qualifications import Qualification
from bridge.acd.routing_state import RoutedContact, Routing
from bridge.acd.skills import Skill
from bridge.clock import let_others_run
from bridge.configuration import AgentDetails, Configuration
from bridge.desk.colleagues import choice, other_end
from bridge.desk.view import announcements, colleagues
from bridge.journal.base import WIRE, Draft
from tests.server import App, Desk

from . import agent, call, evolved, state
from .test_view import HOSTILE, Html

SKILLS = {"4101": Skill("4101", "Support"), "4102": Skill("4102", "Sales")}
NAMED = Configuration(skills=SKILLS, agents={"1002": AgentDetails("1002", "Sam Ortiz", frozenset({"Sales"}))})


def peer(contact_id: int, agent_id: str | None, peer_id: int = 201) -> Draft:
    return Draft.of("peer", {"contactId": str(contact_id), "agentId": agent_id, "peerId": str(peer_id)})


def consult(status: str = "Active", **fields: Any) -> dict[str, Any]:
    return call(102, status, CallType="Consult", **fields)


def customer(contact_id: int, name: str) -> Draft:
    return Draft.of("contact", {"contactId": str(contact_id), "skill": "Support", "customer": name})


def asking(waiting: str = "Holding", own: str = "Active") -> Agent:
    """An agent on a customer's call who consults 1002."""
    dialed = consult(own, IsInbound="False", DNIS="1002", ParentContactId="101")
    return agent(state(), customer(101, "Dana"), call(101, waiting), dialed, peer(102, "1002"))


def asked(status: str = "Active") -> Agent:
    """An agent whom 1001 consults."""
    return agent(state(), customer(102, "Dana"), consult(status, ANI="801", IsInbound="True"), peer(102, "1001"))


def colleague(agent_id: str, *happened: dict[str, Any]) -> Agent:
    drafts = [Draft.of("session", {"token": "t"}), *(Draft.of(WIRE, one) for one in happened)]
    return evolved(Agent(agent_id), drafts)


def floor(*agents: Agent, waiting: str | None = None) -> Floor:
    contacts = {} if waiting is None else {7: RoutedContact(7, "call", waiting, 0, 1, msgspec.Raw(b"null"))}
    return Floor(Routing(contacts=contacts), {one.agent_id: one for one in agents})


# The other end


@pytest.mark.parametrize(
    ("agent", "heading", "regarding"),
    [
        (asking(), "Consult with Agent 1002 (Sam Ortiz)", "Dana waits"),
        (asking("Active", "Dialing"), "Consult with Agent 1002 (Sam Ortiz)", "about Dana"),
        (asking("Joined", "Joined"), "Conference with Agent 1002 (Sam Ortiz)", "with Dana"),
        (asked(), "Consult with Agent 1001", "about Dana"),
        (asked("Joined"), "Conference with Agent 1001", "with Dana"),
        (agent(call(102, IsInbound="False", DNIS="1002"), peer(102, "1002")), "Agent 1002 (Sam Ortiz)", ""),
        (agent(customer(102, "Skill Sales"), consult(IsInbound="False"), peer(102, None)), "Consult with Skill Sales", ""),
        (agent(consult(IsInbound="False", DNIS="1002")), "Consult with 1002", ""),  # as a live tenant tells it
    ],
)
def test_the_other_end_of_a_call_between_agents(agent: Agent, heading: str, regarding: str) -> None:
    other = other_end(agent, agent.contacts[102], NAMED.agents)
    assert other is not None
    assert (other.heading, other.regarding) == (heading, regarding)


def test_a_customers_call_is_none_of_them() -> None:
    mine = asking()
    assert other_end(mine, mine.contacts[101], NAMED.agents) is None


def test_a_consult_that_rings_is_said_with_who_calls_and_about_whom() -> None:
    assert announcements(agent(state()), asked("Incoming")).urgent == ["Incoming consult from Agent 1001 about Dana"]


# Whom to choose


def test_all_others_who_are_logged_in_are_listed_in_places_that_stay() -> None:
    others = [colleague("1010", state()), colleague("1002", state("Unavailable", CurrentOutReason="Lunch"))]
    listed = choice(asking(), "consult", 101, floor(asking(), *others, Agent("1009")), NAMED)
    assert [(one.id, one.name, one.words) for one in listed.agents] == [
        ("1002", "Sam Ortiz", "Unavailable, Lunch"),
        ("1010", "", "Available"),
    ]


def test_who_is_on_a_call_is_listed_with_why_not_and_can_be_given_a_chat() -> None:
    busy = colleague("1002", call())
    writing = agent({"Type": "ChatContactEvent", "ContactID": "101", "Status": "Active"})
    [for_a_call] = choice(asking(), "consult", 101, floor(busy), NAMED).agents
    [for_a_chat] = choice(writing, "transfer", 101, floor(busy), NAMED).agents
    assert (for_a_call.why_not, for_a_chat.why_not) == ("Agent 1002 is on a call.", None)


def test_a_skill_has_those_who_serve_it_and_are_free_and_those_who_wait() -> None:
    others = [colleague("1002", state()), colleague("1003", state()), colleague("1004", state(), call())]
    allowed = {"1003": AgentDetails("1003", skills=frozenset({"Support"}))}
    configured = Configuration(skills=SKILLS, agents={**NAMED.agents, **allowed})
    assert configured.qualifications["1003"] == Qualification(frozenset({"4101"}))
    listed = choice(asking(), "consult", 101, floor(*others, waiting="4102"), configured)
    assert [(one.name, one.free, one.waiting) for one in listed.skills] == [("Support", 1, 0), ("Sales", 1, 1)]


@pytest.mark.parametrize(
    ("contact_id", "reason"),
    [
        (101, "A consult is about a call that was answered; call 101 is Incoming."),
        (999, "The contact has ended."),
    ],
)
def test_what_stands_in_the_way_is_said_in_place_of_a_list(contact_id: int, reason: str) -> None:
    html = Html(colleagues(agent(state(), call(status="Incoming")), "consult", contact_id, floor(), NAMED))
    assert html.text == reason


def test_of_a_live_tenants_agents_nobody_here_knows() -> None:
    live = agent(Draft.of("upstream", Upstream("tenant.example")), call())
    listed = choice(live, "consult", 101, floor(live, colleague("1002", state())), NAMED)
    assert (listed.agents, [one.free for one in listed.skills]) == ([], [None, None])


def test_text_with_html_in_it_is_text() -> None:
    def html(name: str) -> Html:
        configured = Configuration(skills={"1": Skill("1", name)}, agents={"1002": AgentDetails("1002", name)})
        other = colleague("1002", state("Unavailable", CurrentOutReason=name))
        return Html(colleagues(asking(), "consult", 101, floor(other), configured))

    assert HOSTILE in html(HOSTILE).text
    assert html(HOSTILE).shape == html("Sam").shape


# What a page is told


def listed(desk: Desk) -> str:
    """The next list."""
    while "colleagues" not in (changed := desk.next("view")["changed"]):
        pass
    html: str = changed["colleagues"]
    return html


def listeners(app: App) -> int:
    """How many wait for whatever happens to anybody."""
    return len(app.journal._listeners)


def until_listeners(app: App, number: int) -> None:
    async def wait() -> None:
        async with asyncio.timeout(10):
            while listeners(app) != number:
                await let_others_run()

    assert app.portal is not None
    app.portal.call(wait)


def test_a_page_is_told_who_comes_and_goes_while_its_dialog_is_open_and_no_longer() -> None:
    with App() as app, app.desk() as desk:
        assert listeners(app) == 0
        desk.send({"t": "choose", "verb": "dial"})
        assert "No other agent is logged in." in listed(desk)
        app.post("/api/v1/agents/1002/state", json={"state": "Available"})
        assert 'data-agent="1002"' in listed(desk)
        desk.send({"t": "choose"})
        until_listeners(app, 0)


def test_a_page_that_chooses_for_another_contact_is_told_for_that_one() -> None:
    with App() as app, app.desk() as desk:
        call, other = app.call(), app.call()
        app.act(call, "answer")
        desk.send({"t": "choose", "verb": "consult", "contact": call})
        assert "No other agent is logged in." in listed(desk)
        desk.send({"t": "choose", "verb": "consult", "contact": other})
        assert f"call {other} is Incoming" in listed(desk)
        until_listeners(app, 1)
