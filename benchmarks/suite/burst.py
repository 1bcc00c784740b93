"""Very many events at once for one panel."""

import asyncio
import statistics
import time
from collections.abc import Sequence

from benchmarks.base import Effort, Pair, benchmark, in_turns
from benchmarks.events import call_contact_event
from benchmarks.stage import Side, both_sides

COUNT = 10_000
EVENTS = b"[" + b",".join(call_contact_event(100_000_000_001 + number % 4) for number in range(COUNT)) + b"]"
"""10,000 events of 500 bytes that tell of four calls."""


@benchmark(unit="events/s", goal=3.5, better="more")
async def burst(effort: Effort) -> Sequence[Pair]:
    """From writing one POST of all the events to the report of the panel that has handled the last.

    Floor: the events are in the parent page already; a POST tells it to begin, and it posts a message for each event.
    """
    return [await _repetition(effort.rounds // 4) for _ in range(effort.repetitions)]


async def _repetition(rounds: int) -> Pair:
    async def turn(side: Side, body: bytes) -> float:
        await side.panel.ask("follow", every=COUNT)
        async with side.connection() as connection:
            posted = time.perf_counter_ns()
            await connection.post(body)
            seconds = ((await side.panel.report()).at - posted) / 1e9
        # The product draws its desk after the panel has its events; that is not the floor's time.
        await asyncio.sleep(0.5)
        return COUNT / seconds

    async with both_sides("burst", ["all"]) as (product, floor):
        async with floor.connection() as connection:
            await connection.post(EVENTS)
        value, least = await in_turns(rounds, lambda: turn(product, EVENTS), lambda: turn(floor, b"begin"))
    return Pair(statistics.median(value), statistics.median(least))
