"""The mock platform over a journal that outlives it."""

import asyncio
from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.acd.commands import Act, Attend, CallAgent, CallSkill, EndSession, OfferCall, OfferChat, OfferEmail, SetState
from bridge.acd.mock import UNATTENDED, MockPlatform
from bridge.acd.qualifications import Qualification
from bridge.clock import VirtualClock, let_others_run
from bridge.journal import Change, MemoryJournal, Record
from bridge.journal.base import WIRE
from bridge.journal.runner import FOLD_AFTER

AGENT_IDS = st.sampled_from(["1001", "1002", "1003", "1004"])


def platform(journal: MemoryJournal, clock: VirtualClock) -> MockPlatform:
    return MockPlatform(journal, clock)


async def after(minutes: int, *, attended_at: int | None = None) -> tuple[str, int, str]:
    """The agent's state, contacts and last wire event when the platform starts again so long after a call came in."""
    journal, clock = MemoryJournal(), VirtualClock()
    before = platform(journal, clock)
    await before.attend("1001")
    await before.execute("1001", OfferCall(ani="8015551234"))
    minute = UNATTENDED // 30
    if attended_at is not None:
        later = VirtualClock(clock.now() + attended_at * minute)
        await platform(journal, later).execute("1001", Attend())
    again = platform(journal, VirtualClock(clock.now() + minutes * minute))
    await again.start()
    agent, _ = await again.agent("1001")
    wire = [record.value() for record in await journal.read("agent/1001") if record.kind == WIRE]
    return agent.current_state, len(agent.contacts), wire[-1]["Type"]


def test_a_session_unattended_for_half_an_hour_ends_with_its_calls_at_the_next_start() -> None:
    assert asyncio.run(after(30)) == ("LoggedOut", 0, "RemoteAgentSessionEnd")


def test_a_session_attended_a_while_ago_goes_on() -> None:
    assert asyncio.run(after(0))[:2] == ("InboundContact", 1)
    assert asyncio.run(after(35, attended_at=20))[0] != "LoggedOut"


def test_an_agent_logged_out_stays_so() -> None:
    async def run() -> int:
        journal, clock = MemoryJournal(), VirtualClock()
        first = platform(journal, clock)
        await first.attend("1001")
        again = platform(journal, VirtualClock(clock.now() + UNATTENDED))
        await again.start()
        version = journal.head
        await platform(journal, VirtualClock(clock.now() + 3 * UNATTENDED)).start()
        return journal.head - version

    assert asyncio.run(run()) == 0


# The queues


def chat(customer: str | None = None) -> OfferChat:
    return OfferChat(skill_id="4102", customer=customer)


async def available(platform: MockPlatform, *agents: str) -> None:
    for agent in agents:
        await platform.attend(agent)
        await platform.execute(agent, SetState("Available"))


async def holders(platform: MockPlatform, contact_id: int) -> dict[str, str]:
    """Who has the contact, and with which status."""
    agents = (await platform.floor()).agents
    return {agent.agent_id: agent.contacts[contact_id].status for agent in agents.values() if contact_id in agent.contacts}


def test_what_rings_for_too_long_goes_to_the_next_agent_in_the_same_step() -> None:
    async def run() -> None:
        journal, clock = MemoryJournal(), VirtualClock()
        mock = platform(journal, clock)
        await available(mock, "1001", "1002")
        call = await mock.enqueue(OfferCall(skill_id="4102"))
        assert await holders(mock, call) == {"1001": "Incoming"}
        versions = journal.version("agent/1001"), journal.version("agent/1002")
        await clock.advance(30_000)
        assert await holders(mock, call) == {"1002": "Incoming"}
        [refused, offered] = [await journal.read(f"agent/100{n}", version) for n, version in enumerate(versions, 1)]
        assert offered[0].offset == refused[-1].offset + 1, "one append"

    asyncio.run(run())


def test_what_raw_events_did_to_a_ringing_contact_is_felt_in_the_queue() -> None:
    async def run() -> None:
        journal, clock = MemoryJournal(), VirtualClock()
        mock = platform(journal, clock)
        await available(mock, "1001", "1002")
        first = await mock.enqueue(chat())
        gone = {"Type": "ChatContactEvent", "ContactID": str(first), "Status": "Disconnected", "FinalState": "True"}
        await mock.inject("1001", [msgspec.Raw(msgspec.json.encode(gone))])
        assert await holders(mock, first) == {}
        await clock.advance(FOLD_AFTER)
        assert await holders(mock, first) == {"1002": "Incoming"}

    asyncio.run(run())


def test_after_a_restart_the_queue_is_as_before() -> None:
    async def run() -> None:
        journal, clock = MemoryJournal(), VirtualClock()
        before = platform(journal, clock)
        first, second = await before.enqueue(chat(customer="Ada")), await before.enqueue(chat())
        await before.stop()
        after = platform(journal, clock)
        await after.start()
        routing = (await after.floor()).routing
        assert [contact.id for contact in routing.waiting] == [first, second]
        await available(after, "1001")
        agent, _ = await after.agent("1001")
        assert agent.contacts[first].customer == "Ada"

    asyncio.run(run())


def test_nobody_meets_yesterdays_queue() -> None:
    async def run() -> None:
        journal, clock = MemoryJournal(), VirtualClock()
        await platform(journal, clock).enqueue(chat())
        again = platform(journal, VirtualClock(clock.now() + UNATTENDED))
        await again.start()
        assert (await again.floor()).routing.waiting == ()

    asyncio.run(run())


def test_a_customer_can_leave_wherever_the_contact_is() -> None:
    async def run() -> None:
        mock = platform(MemoryJournal(), VirtualClock())
        waiting = await mock.enqueue(chat())
        assert await mock.abandon(waiting)
        await available(mock, "1001")
        ringing, talked = await mock.enqueue(chat()), await mock.enqueue(chat())
        await mock.execute("1001", Act("answer", talked))
        assert await mock.abandon(ringing)
        assert await mock.abandon(talked)
        assert (await mock.floor()).agents["1001"].contacts == {}
        assert not await mock.abandon(waiting)
        email = await mock.enqueue(OfferEmail(skill_id="4102"))
        await mock.execute("1001", Act("answer", email))
        assert not await mock.abandon(email), "nobody is at its other end"

    asyncio.run(run())


def test_a_call_between_agents_that_rings_is_left_by_who_called() -> None:
    async def run() -> None:
        mock = platform(MemoryJournal(), VirtualClock())
        await available(mock, "1001", "1002")
        await mock.execute("1001", CallSkill("4102"))
        [rings] = (await mock.agent("1002"))[0].contacts
        assert await mock.abandon(rings)
        assert [len((await mock.agent(agent))[0].contacts) for agent in ("1001", "1002")] == [0, 0]

    asyncio.run(run())


class Elsewhere(MemoryJournal):
    """A journal that is so far away that others have their turn during every call."""

    async def read(self, stream: str, after: int = 0) -> list[Record]:
        await let_others_run()
        records = await super().read(stream, after)
        await let_others_run()
        return records

    async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
        await let_others_run()
        return await super().append(changes, at=at, cause=cause)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from(["in", "out", "chat", "call"]), AGENT_IDS), min_size=2), max_size=6))
def test_commands_that_come_at_once_leave_every_contact_in_one_place(turns: list[list[tuple[str, str]]]) -> None:
    async def carry_out(mock: MockPlatform, what: str, agent: str) -> None:
        match what:
            case "in":
                await available(mock, agent)
            case "out":
                await mock.execute(agent, EndSession())
            case "chat":
                await mock.enqueue(chat())
            case "call":
                await mock.execute(agent, CallAgent("1001"))

    async def run() -> None:
        mock = platform(Elsewhere(), VirtualClock())
        for turn in turns:
            await asyncio.gather(*(carry_out(mock, what, agent) for what, agent in turn))
        floor = await mock.floor()
        for routed in floor.routing.contacts.values():
            assert list(await holders(mock, routed.id)) == ([] if routed.agent_id is None else [routed.agent_id])
        for agent in floor.agents.values():
            for call in agent.live_calls:
                assert call.peer is not None
                assert call.peer.contact_id in floor.agents[call.peer.agent_id or ""].contacts

    asyncio.run(run())


def test_a_changed_configuration_counts_for_what_waits() -> None:
    async def run() -> None:
        allowed = {"1001": Qualification(frozenset())}
        mock = MockPlatform(MemoryJournal(), VirtualClock(), qualifications=lambda: allowed)
        await available(mock, "1001")
        waiting = await mock.enqueue(chat())
        assert await holders(mock, waiting) == {}
        allowed["1001"] = Qualification(frozenset({"4102"}))
        await mock.settle()
        assert await holders(mock, waiting) == {"1001": "Incoming"}

    asyncio.run(run())


def test_an_agents_limits_are_told_at_login() -> None:
    async def run() -> None:
        allowed = {"1001": Qualification(limits={"chat": 5, "email": 1}, total=6)}
        journal = MemoryJournal()
        mock = MockPlatform(journal, VirtualClock(), qualifications=lambda: allowed)
        await mock.attend("1001")
        events = [record.value() for record in await journal.read("agent/1001") if record.kind == WIRE]
        start, settings = events[:2]
        assert start["MaxConcurrentChats"] == settings["ChatThreshold"] == settings["SmsThreshold"] == "5"
        assert (settings["EmailThreshold"], settings["VoiceThreshold"], settings["TotalContactCount"]) == ("1", "1", "6")

    asyncio.run(run())


def test_a_command_seen_twice_is_done_once_in_all_streams() -> None:
    async def run() -> None:
        mock = platform(MemoryJournal(), VirtualClock())
        await available(mock, "1001", "1002")
        for _ in range(2):
            await mock.execute("1001", CallAgent("1002"), "page/a/1")
        assert [len((await mock.agent(agent))[0].contacts) for agent in ("1001", "1002")] == [1, 1]

    asyncio.run(run())
