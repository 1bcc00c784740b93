"""The mock platform over a journal that outlives it."""

import asyncio

from bridge.acd.agent import AgentDecider
from bridge.acd.commands import Attend, OfferCall
from bridge.acd.mock import UNATTENDED, MockPlatform
from bridge.clock import VirtualClock
from bridge.journal import MemoryJournal
from bridge.journal.base import WIRE
from bridge.journal.runner import Runner


def platform(journal: MemoryJournal, clock: VirtualClock) -> MockPlatform:
    return MockPlatform(Runner(journal, clock, {"agent": AgentDecider()}))


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
