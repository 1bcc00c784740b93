"""Recordings played to agents of a server: at their pace, each message whole and once, whatever becomes of the server."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bridge.acd.commands import EndSession, SetState
from bridge.acd.mock import UNATTENDED, MockPlatform
from bridge.acd.platform import refusal
from bridge.acd.replay import Replays
from bridge.acd.replayed import CANNOT_COMMAND
from bridge.clock import VirtualClock
from bridge.journal import Journal, MemoryJournal, SqliteJournal
from bridge.journal.base import WIRE
from bridge.recordings.kept import Recordings
from tests.recordings.test_file import ACKNOWLEDGED, HEADER, text

STREAM = "agent/2001"
PACE = [0, 0, 1000, 1000, 4000]
"""When the messages of `RECORDING` came, in milliseconds."""


def numbered(number: int) -> dict[str, Any]:
    return {"Type": "Numbered", "number": number}


def file(pace: Sequence[int] = PACE) -> bytes:
    """A recording of an acknowledgement and messages of two events each, at these times."""
    messages = [[ACKNOWLEDGED], *([numbered(place), numbered(-place)] for place in range(1, len(pace)))]
    return text(HEADER, *({"at": at, "events": events} for at, events in zip(pace, messages, strict=True)))


class Bridge:
    """A server's parts, as far as they play recordings."""

    def __init__(self, journal: Journal, clock: VirtualClock | None = None) -> None:
        self.journal, self.clock = journal, clock or VirtualClock()
        self.platform = MockPlatform(journal, self.clock)
        self.recordings = Recordings(journal, self.clock)
        self.replays = Replays(self.platform, journal, self.clock, self.recordings.to_play)

    async def start(self) -> None:
        await self.platform.start()
        await self.replays.start()

    async def play(self, speed: float = 1, recording: bytes | None = None) -> str:
        """Play a recording to the agent; its id."""
        kept = await self.recordings.keep(file() if recording is None else recording)
        await self.play_again(kept.recording_id, speed)
        return kept.recording_id

    async def play_again(self, recording_id: str, speed: float = 1) -> None:
        messages = await self.recordings.to_play(recording_id)
        assert messages is not None
        await self.replays.begin("2001", recording_id, messages, speed)

    async def played(self) -> list[int]:
        """The numbers that have been played, in order."""
        return [abs(record.value()["number"]) for record in await self.journal.read(STREAM) if record.kind == WIRE][::2]


def test_it_takes_as_long_as_it_took() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play()
        assert await bridge.played() == [1]
        await bridge.clock.advance(999)
        assert await bridge.played() == [1]
        await bridge.clock.advance(1)
        assert await bridge.played() == [1, 2, 3]
        await bridge.clock.advance(2999)
        assert await bridge.played() == [1, 2, 3]
        await bridge.clock.advance(1)
        assert await bridge.played() == [1, 2, 3, 4]

    asyncio.run(run())


def test_ten_times_as_fast_takes_a_tenth() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play(speed=10)
        await bridge.clock.advance(399)
        assert await bridge.played() == [1, 2, 3]
        await bridge.clock.advance(1)
        assert await bridge.played() == [1, 2, 3, 4]

    asyncio.run(run())


def test_next_to_no_speed_takes_next_to_forever() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play(speed=1e-320)
        await bridge.clock.advance(10**12)
        assert await bridge.played() == [1]

    asyncio.run(run())


def test_at_once_takes_no_time() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play(speed=0)
        assert await bridge.played() == [1, 2, 3, 4]
        agent, _ = await bridge.platform.agent("2001")
        assert agent.replay is not None
        assert agent.replay.is_over

    asyncio.run(run())


def test_a_follower_gets_each_message_whole() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        seen: list[list[int]] = []

        async def follow() -> None:
            nonlocal seen
            async with bridge.journal.follow(STREAM) as follower:
                async for records in follower:
                    seen += [[record.value()["number"] for record in records if record.kind == WIRE]]

        following = asyncio.create_task(follow())
        await bridge.play(speed=0)
        await bridge.clock.run()
        following.cancel()
        assert [number for batch in seen for number in batch] == [1, -1, 2, -2, 3, -3, 4, -4]
        assert all(len(batch) % 2 == 0 for batch in seen)

    asyncio.run(run())


def test_the_time_until_the_first_message_is_left_out() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play(recording=file([5000, 5000, 5500]))
        assert await bridge.played() == [1]
        await bridge.clock.advance(500)
        assert await bridge.played() == [1, 2]

    asyncio.run(run())


def test_logging_the_agent_out_ends_it() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        recording_id = await bridge.play()
        assert await bridge.replays.agent_of(recording_id) == "2001"
        await bridge.platform.execute("2001", EndSession())
        assert await bridge.replays.agent_of(recording_id) is None
        await bridge.clock.run()
        assert await bridge.played() == [1]

    asyncio.run(run())


def test_a_raw_event_is_refused_as_commands_are_and_disturbs_nothing() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play()
        event = msgspec.Raw(msgspec.json.encode(numbered(99)))
        refused = refusal(await bridge.platform.inject("2001", [event]))
        assert refused is not None
        commanded = refusal(await bridge.platform.execute("2001", SetState("Available")))
        assert commanded is not None
        assert (refused.code, refused.reason) == (commanded.code, commanded.reason) == ("replay", CANNOT_COMMAND)
        await bridge.clock.run()
        await bridge.platform.inject("2001", [event])
        assert await bridge.played() == [1, 2, 3, 4], "nor is one taken at its end, while what was last still shows"
        await bridge.platform.execute("2001", EndSession())
        assert refusal(await bridge.platform.inject("2001", [event])) is None
        assert (await bridge.played())[-1] == 99

    asyncio.run(run())


def test_a_reset_ends_it() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play()
        await bridge.journal.reset()
        await bridge.clock.run()
        assert await bridge.journal.read(STREAM) == []

    asyncio.run(run())


def test_after_it_was_ended_it_can_be_played_anew_at_its_own_pace() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        recording_id = await bridge.play()
        await bridge.platform.execute("2001", EndSession())
        await bridge.clock.advance(500)
        await bridge.play_again(recording_id)
        await bridge.clock.advance(999)
        assert await bridge.played() == [1, 1]
        await bridge.clock.run()
        assert await bridge.played() == [1, 1, 2, 3, 4]

    asyncio.run(run())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.mark.parametrize(("advance", "next_played"), [(0, [1, 2, 3]), (1000, [1, 2, 3, 4]), (3999, [1, 2, 3, 4])])
def test_a_server_that_stopped_in_the_middle_goes_on_with_the_next_message(
    path: Path, advance: int, next_played: list[int]
) -> None:
    async def run() -> None:
        bridge = Bridge(SqliteJournal(path))
        await bridge.play()
        await bridge.clock.advance(advance)
        assert await bridge.played() != next_played
        await bridge.journal.close()  # as a killed server leaves it: nobody has said that it stops

        later = VirtualClock(bridge.clock.now() + 60_000)
        again = Bridge(SqliteJournal(path), later)
        await again.start()
        assert await again.played() == next_played, "at once: the time between does not count"
        await later.run()
        assert await again.played() == [1, 2, 3, 4]
        await again.journal.close()

    asyncio.run(run())


def test_one_that_was_played_at_once_is_played_to_its_end_at_the_next_start(path: Path) -> None:
    async def run() -> None:
        bridge = Bridge(SqliteJournal(path))
        playing = asyncio.create_task(bridge.play(speed=0))
        async with bridge.journal.follow(STREAM) as follower:
            await anext(follower)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        assert await bridge.played() != [1, 2, 3, 4]
        await bridge.journal.close()
        again = Bridge(SqliteJournal(path))
        await again.start()
        assert await again.played() == [1, 2, 3, 4]
        await again.journal.close()

    asyncio.run(run())


def test_one_that_nobody_attended_is_over_at_the_next_start(path: Path) -> None:
    async def run() -> None:
        bridge = Bridge(SqliteJournal(path))
        await bridge.play()
        await bridge.journal.close()
        again = Bridge(SqliteJournal(path), VirtualClock(bridge.clock.now() + UNATTENDED))
        await again.start()
        agent, _ = await again.platform.agent("2001")
        assert agent.replay is None
        await again.clock.run()
        assert await again.played() == [1]
        await again.journal.close()

    asyncio.run(run())


def test_what_is_played_stops_with_the_server() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        await bridge.play()
        bridge.replays.stop()
        await bridge.clock.run()
        assert await bridge.played() == [1]

    asyncio.run(run())


def test_what_is_played_at_once_stops_with_the_server_too() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        playing = asyncio.create_task(bridge.play(speed=0))
        async with bridge.journal.news() as news:
            while not await bridge.played():
                await anext(news)
        bridge.replays.stop()
        await playing
        assert len(await bridge.played()) < 4

    asyncio.run(run())


def test_json_is_not_parsed_and_printed_on_the_way() -> None:
    async def run() -> None:
        bridge = Bridge(MemoryJournal())
        spelt = '{"Type": "Numbered", "number": 1.50, "e": "\\u00e9"}'
        line = f'{{"at":0,"events":[{json.dumps(ACKNOWLEDGED)}, {spelt}]}}'
        await bridge.play(speed=0, recording=text(HEADER, line.encode()))
        [event] = [record for record in await bridge.journal.read(STREAM) if record.kind == WIRE]
        assert bytes(event.data) == spelt.encode()

    asyncio.run(run())
