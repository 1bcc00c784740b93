"""The recordings that a server keeps (`bridge/recordings/kept.py`)."""

import asyncio

from bridge.clock import VirtualClock
from bridge.journal import MemoryJournal
from bridge.recordings.kept import Recordings
from tests.recordings.test_file import ACKNOWLEDGED, HEADER, text


def test_two_that_come_in_the_same_second_have_different_ids() -> None:
    async def run() -> list[str]:
        chances = iter(["aaaa", "aaaa", "bbbb"])
        recordings = Recordings(MemoryJournal(), VirtualClock(), lambda: next(chances))
        file = text(HEADER, {"at": 0, "events": [ACKNOWLEDGED]})
        return [(await recordings.keep(file)).recording_id for _ in range(2)]

    assert [one[-4:] for one in asyncio.run(run())] == ["aaaa", "bbbb"]
