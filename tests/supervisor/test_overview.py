"""What a supervisor sees of a moment (`bridge/supervisor/overview.py`), and how it reads (`view.py`)."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from bridge.acd.commands import (
    Act,
    CustomerAct,
    EndSession,
    OfferCall,
    OfferChat,
    OfferEmail,
    OfferVoicemail,
    OfferWorkItem,
    PlayMessage,
    SetState,
    StartReplay,
)
from bridge.acd.mock import MockPlatform
from bridge.acd.platform import Floor
from bridge.acd.routing_state import RoutedContact, Routing
from bridge.acd.skills import Skill
from bridge.clock import VirtualClock
from bridge.configuration import AgentDetails, Configuration
from bridge.journal import MemoryJournal
from bridge.supervisor.overview import ContactRow, Overview, overview
from bridge.supervisor.view import View, changes, view

SUPPORT, SALES = Skill("4101", "Support", acw=30), Skill("4102", "Sales")
SKILLS = {skill.id: skill for skill in (SUPPORT, SALES)}
CALL = OfferCall(skill_id=SUPPORT.id, skill_name="Support", ani="8015551234", customer="Ada Example")


class Centre:
    """A contact centre whose time the test moves."""

    def __init__(self, *agents: AgentDetails) -> None:
        self.clock = VirtualClock()
        self.configuration = Configuration(skills=SKILLS, agents={agent.id: agent for agent in agents})
        self.platform = MockPlatform(
            MemoryJournal(), self.clock, lambda: self.configuration.skills, lambda: self.configuration.qualifications
        )

    async def available(self, *agents: str) -> None:
        for agent in agents:
            await self.platform.attend(agent)
            await self.platform.execute(agent, SetState("Available"))

    async def seen(self) -> Overview:
        return overview(await self.platform.floor(), self.configuration)

    async def contact(self, contact_id: int) -> ContactRow:
        return (await self.seen()).contacts[contact_id]

    async def shown(self) -> View:
        return view(await self.seen(), self.configuration)


def centre(*agents: AgentDetails) -> Callable[[Callable[[Centre], Awaitable[None]]], Callable[[], None]]:
    """Runs the coroutine with a contact centre in which these agents are set up."""

    def decorate(test: Callable[[Centre], Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            asyncio.run(test(Centre(*agents)))  # type: ignore[arg-type]

        run.__doc__ = test.__doc__
        return run

    return decorate


# Agents


@centre()
async def test_an_agent_who_is_logged_in_is_seen_with_state_reason_and_since_when(centre: Centre) -> None:
    await centre.platform.attend("7")
    await centre.platform.execute("7", SetState("Unavailable", "Lunch"))
    agent = (await centre.seen()).agents["7"]
    assert (agent.activity, agent.state, agent.reason, agent.words) == (
        "unavailable",
        "Unavailable",
        "Lunch",
        "Unavailable, Lunch",
    )
    assert (agent.since, agent.until, agent.contacts, agent.has, agent.skills) == (centre.clock.now(), None, 0, "", None)


@centre(AgentDetails("2", "Robin Vale"))
async def test_an_agent_who_was_set_up_is_seen_when_logged_out_too(centre: Centre) -> None:
    agent = (await centre.seen()).agents["2"]
    assert (agent.name, agent.activity, agent.words) == ("Robin Vale", "logged-out", "Logged out")


@centre()
async def test_an_agent_nobody_set_up_is_seen_while_logged_in(centre: Centre) -> None:
    await centre.platform.attend("7")
    assert "7" in (await centre.seen()).agents
    await centre.platform.execute("7", EndSession())
    assert (await centre.seen()).agents == {}


@centre(AgentDetails("10"), AgentDetails("9"))
async def test_agents_come_in_the_order_of_their_ids(centre: Centre) -> None:
    assert [*(await centre.seen()).agents] == ["9", "10"]


@centre()
async def test_what_an_agent_has_is_counted_by_medium(centre: Centre) -> None:
    await centre.available("7")
    for new in (CALL, OfferChat(), OfferChat()):
        await centre.platform.execute("7", new)
    agent = (await centre.seen()).agents["7"]
    assert (agent.contacts, agent.has) == (3, "1 call, 2 chats")


@centre()
async def test_after_call_work_has_an_end_and_a_state_to_come(centre: Centre) -> None:
    await centre.available("7")
    call = await centre.platform.enqueue(CALL)
    await centre.platform.execute("7", Act("answer", call))
    await centre.platform.execute("7", SetState("Unavailable", "Lunch"))
    await centre.platform.execute("7", CustomerAct("hangup", call))
    agent = (await centre.seen()).agents["7"]
    assert (agent.activity, agent.words, agent.then) == ("acw", "After-call work", "Unavailable Lunch")
    assert agent.until == centre.clock.now() + 30_000


@centre(AgentDetails("7", skills=frozenset({"sales", "4101"}), limits={"chat": 5, "call": 1}, total=6))
async def test_an_agents_skills_and_limits_are_told_where_they_were_set_up(centre: Centre) -> None:
    agent = (await centre.seen()).agents["7"]
    assert (agent.skills, agent.limits) == (("Sales", "Support"), "1 call, 5 chats, 6 in all")


@centre(AgentDetails("1"))
async def test_agents_are_counted_by_what_they_do(centre: Centre) -> None:
    await centre.available("2", "3", "4")
    await centre.platform.execute("4", SetState("Unavailable"))
    await centre.platform.execute("2", CALL)
    activities = (await centre.seen()).activities
    assert dict(activities) == {"logged-out": 1, "working": 1, "available": 1, "unavailable": 1}


@centre()
async def test_an_agent_replayed_to_is_told_as_that_and_counts_for_nobody(centre: Centre) -> None:
    call = await centre.platform.enqueue(CALL)
    state = {"Type": "AgentState", "CurrentState": "Available", "StartTimeUTC": "2025-11-21T12:45:00.000Z"}
    told = {"Type": "CallContactEvent", "ContactID": str(call), "Status": "Active"}
    await centre.platform.play("7", StartReplay("20261121-124500-3f9a", 2, 1))
    assert (await centre.seen()).agents["7"].replay == "Replay 0 of 2"
    events = tuple(msgspec.Raw(msgspec.json.encode(event)) for event in (state, told))
    await centre.platform.play("7", PlayMessage("20261121-124500-3f9a", 1, events, True))
    seen = await centre.seen()
    agent = seen.agents["7"]
    assert (agent.words, agent.replay, agent.has, agent.since) == ("Available", "Replay 1 of 2", "1 call", None)
    assert seen.activities == {}
    assert (seen.contacts[call].stage, seen.contacts[call].agents) == ("waiting", ())
    assert "Replay 1 of 2" in (await centre.shown()).tables["agents"]["7"]["state"]


# Queues


@centre(AgentDetails("7", skills=frozenset({"Sales"})))
async def test_a_queue_tells_how_many_wait_since_when_and_for_whom(centre: Centre) -> None:
    await centre.available("7", "8")
    await centre.platform.execute("8", CALL)
    first = centre.clock.now()
    await centre.platform.enqueue(CALL)
    await centre.clock.advance(5_000)
    await centre.platform.enqueue(CALL)
    seen = await centre.seen()
    support, sales = seen.queues["4101"], seen.queues["4102"]
    assert (support.skill, support.waiting, support.since, support.free, support.staff) == ("Support", 2, first, 0, 1)
    assert (sales.skill, sales.waiting, sales.since, sales.free, sales.staff) == ("Sales", 0, None, 1, 2)
    assert (seen.waiting, seen.waiting_since) == (2, first)


@centre()
async def test_a_skill_nobody_set_up_has_a_queue_while_somebody_waits_for_it(centre: Centre) -> None:
    await centre.platform.enqueue(OfferCall(skill_id="99"))
    assert [*(await centre.seen()).queues] == ["4101", "4102", "99"]


@centre()
async def test_the_queue_of_a_skill_nobody_set_up_has_the_name_that_came_with_who_waits(centre: Centre) -> None:
    await centre.platform.enqueue(OfferCall(skill_id="99"))
    assert (await centre.seen()).queues["99"].skill == "99"
    call = await centre.platform.enqueue(OfferCall(skill_id="99", skill_name="Returns"))
    seen = await centre.seen()
    assert (seen.queues["99"].skill, seen.contacts[call].skill) == ("Returns", "Returns")


@centre()
async def test_a_call_that_comes_now_waits_for_nobody_where_an_agent_is_free(centre: Centre) -> None:
    assert (await centre.seen()).queues["4101"].estimate is None
    await centre.available("7")
    assert (await centre.seen()).queues["4101"].estimate == 0


@centre()
async def test_a_call_that_comes_now_waits_longer_than_the_last_of_those_that_wait(centre: Centre) -> None:
    await centre.available("7")
    handled = await centre.platform.enqueue(CALL)
    await centre.platform.execute("7", Act("answer", handled))
    await centre.clock.advance(70_000)
    await centre.platform.execute("7", CustomerAct("hangup", handled))
    await centre.clock.advance(30_000)
    await centre.platform.execute("7", Act("answer", await centre.platform.enqueue(CALL)))
    urgent = await centre.platform.enqueue(CALL, 5)
    usual = await centre.platform.enqueue(CALL)
    seen = await centre.seen()
    assert [(seen.contacts[one].position, seen.contacts[one].estimate) for one in (urgent, usual)] == [(1, 100), (2, 200)]
    assert seen.queues["4101"].estimate == 300


# Contacts


@centre(AgentDetails("7", "Robin Vale"))
async def test_a_contact_waits_rings_and_is_handled(centre: Centre) -> None:
    arrived = centre.clock.now()
    call = await centre.platform.enqueue(CALL, 2)
    waiting = await centre.contact(call)
    assert (waiting.stage, waiting.words, waiting.agents, waiting.position, waiting.priority) == ("waiting", "Waiting", (), 1, 2)
    await centre.clock.advance(4_000)
    await centre.available("7")
    ringing = await centre.contact(call)
    assert (ringing.stage, ringing.words, ringing.agents, ringing.position) == (
        "ringing",
        "Ringing",
        (("7", "Robin Vale"),),
        None,
    )
    await centre.platform.execute("7", Act("answer", call))
    handled = await centre.contact(call)
    assert (handled.stage, handled.words, handled.agents) == ("handled", "Active", (("7", "Robin Vale"),))
    for row in (waiting, ringing, handled):
        assert (row.party, row.address, row.skill, row.media, row.since) == (
            "Ada Example",
            "8015551234",
            "Support",
            "call",
            arrived,
        )
    assert [row.can_leave for row in (waiting, ringing, handled)] == [True, True, False]


@centre()
async def test_a_contact_that_never_waited_is_seen_at_its_agent(centre: Centre) -> None:
    await centre.available("7")
    await centre.platform.execute("7", OfferCall(direction="outbound", dnis="8015550100"))
    [row] = (await centre.seen()).contacts.values()
    assert (row.stage, row.party, row.can_leave, row.agents) == ("handled", "8015550100", False, (("7", ""),))


@centre()
async def test_who_wrote_an_email_that_rings_cannot_take_it_back(centre: Centre) -> None:
    await centre.available("7")
    chat, email = [
        await centre.platform.enqueue(new(skill_id=SUPPORT.id, sender="ada@example.com")) for new in (OfferChat, OfferEmail)
    ]
    rows = [await centre.contact(one) for one in (chat, email)]
    assert [(row.stage, row.can_leave) for row in rows] == [("ringing", True), ("ringing", False)]


@pytest.mark.parametrize(
    ("new", "party", "noun"),
    [
        (OfferCall(ani="8015551234"), "8015551234", "call"),
        (OfferChat(sender="ada@example.com"), "ada@example.com", "chat"),
        (OfferEmail(sender="ada@example.com"), "ada@example.com", "email"),
        (OfferVoicemail(sender="8015551234"), "8015551234", "voicemail"),
        (OfferWorkItem(customer="Ada"), "Ada", "work item"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_who_waits_is_known_by_name_or_address(new: Any, party: str, noun: str) -> None:
    async def waiting() -> ContactRow:
        centre = Centre()
        return await centre.contact(await centre.platform.enqueue(msgspec.structs.replace(new, skill_id="4102")))

    row = asyncio.run(waiting())
    assert (row.party, row.noun, row.skill) == (party, noun, "Sales")


def test_a_contact_that_waits_with_details_that_nobody_can_read_is_known_by_its_number() -> None:
    odd = RoutedContact(5, "hologram", "4101", 0, 0, msgspec.Raw(b'{"type":"OfferHologram"}'))
    row = overview(Floor(Routing({5: odd}), {}), Configuration(skills=SKILLS)).contacts[5]
    assert (row.party, row.noun, row.skill) == ("Contact 5", "hologram", "Support")


@centre()
async def test_contacts_come_by_age(centre: Centre) -> None:
    late, early = await centre.platform.enqueue(CALL, 9), 0
    await centre.clock.advance(1_000)
    late, early = await centre.platform.enqueue(CALL, 9), late
    assert [*(await centre.seen()).contacts] == [early, late]


# How it reads, and what is sent of it


def texts(cells: Any) -> dict[str, str]:
    """The text of a row's cells."""
    return {column: " ".join(re.sub("<[^>]*>", "", html).split()) for column, html in cells.items()}


@centre(AgentDetails("7", "Robin Vale"))
async def test_an_agents_row_leads_to_the_desk_and_has_a_menu(centre: Centre) -> None:
    await centre.available("7")
    row = (await centre.shown()).tables["agents"]["7"]
    assert texts(row) == {"agent": "Robin Vale 7", "state": "Available", "time": "", "contacts": "", "skills": "any"}
    assert 'href="/desk/7"' in row["agent"]
    assert 'class="set"' in row["state"]
    assert f'data-since="{centre.clock.now()}"' in row["time"]


@centre(AgentDetails("7"))
async def test_who_is_logged_out_has_no_menu(centre: Centre) -> None:
    assert "<button" not in (await centre.shown()).tables["agents"]["7"]["state"]


@centre()
async def test_a_customer_can_hang_up_until_somebody_answers(centre: Centre) -> None:
    call = await centre.platform.enqueue(CALL)
    chat = await centre.platform.enqueue(OfferChat(skill_id="4101"))
    shown = await centre.shown()
    leaves = [texts(shown.tables["contacts"][str(one)])["leave"] for one in (call, chat)]
    assert leaves == ["hangs up", "leaves"]
    await centre.available("7")
    assert texts((await centre.shown()).tables["contacts"][str(call)])["leave"] == "hangs up"
    await centre.platform.execute("7", Act("answer", call))
    assert texts((await centre.shown()).tables["contacts"][str(call)])["leave"] == ""


@centre(AgentDetails("7", '<img src=x onerror="1">'))
async def test_text_with_html_in_it_is_text(centre: Centre) -> None:
    await centre.platform.enqueue(OfferCall(skill_id="4101", customer="<b>Ada</b>", ani='"><script>'))
    shown = await centre.shown()
    everything = str(shown)
    assert "&lt;img" in everything
    assert "&lt;b&gt;Ada" in everything
    assert not re.search("<img|<b>Ada|<script", everything)


@centre()
async def test_a_page_that_shows_nothing_is_told_everything(centre: Centre) -> None:
    await centre.available("7")
    shown = await centre.shown()
    told = changes(None, shown)
    assert told is not None
    assert (told.whole, told.tables, told.regions) == (True, shown.tables, shown.regions)


@centre()
async def test_where_nothing_changed_there_is_nothing_to_tell(centre: Centre) -> None:
    await centre.available("7")
    before = await centre.shown()
    await centre.clock.advance(60_000)  # times tick in the page
    assert changes(before, await centre.shown()) is None


@centre()
async def test_a_queue_that_moves_up_costs_a_cell_a_contact(centre: Centre) -> None:
    first, second, third = [await centre.platform.enqueue(CALL) for _ in range(3)]
    before = await centre.shown()
    await centre.platform.abandon(first)
    told = changes(before, await centre.shown())
    assert told is not None
    assert not told.whole
    contacts = told.tables["contacts"]
    assert contacts[str(first)] is None
    assert {key: [*cells] for key, cells in contacts.items() if cells is not None} == {
        str(second): ["place"],
        str(third): ["place"],
    }
    assert [*told.tables["queues"]] == ["4101"]
    assert "agents" not in told.tables
    assert told.said == "2 contacts waiting, 0 agents available"


@centre()
async def test_how_things_stand_is_said_when_that_has_changed(centre: Centre) -> None:
    await centre.available("7")
    before = await centre.shown()
    call = await centre.platform.enqueue(CALL)
    ringing = await centre.shown()
    told = changes(before, ringing)
    assert told is not None
    assert told.said == "0 contacts waiting, 0 agents available"
    await centre.platform.execute("7", Act("answer", call))
    told = changes(ringing, await centre.shown())
    assert told is not None
    assert told.said is None


@centre()
async def test_a_new_row_is_told_with_all_its_cells(centre: Centre) -> None:
    before = await centre.shown()
    call = await centre.platform.enqueue(CALL)
    after = await centre.shown()
    told = changes(before, after)
    assert told is not None
    assert told.tables["contacts"] == {str(call): after.tables["contacts"][str(call)]}
