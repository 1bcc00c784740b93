"""A wire event comes in over the control API and reaches a panel."""

import statistics
import time
from collections.abc import Sequence
from itertools import chain

from benchmarks.base import Effort, Pair, benchmark, in_turns
from benchmarks.events import call_contact_event
from benchmarks.stage import Side, both_sides

EVENTS_PER_TURN = 25
PINGS_PER_TURN = 5


@benchmark(unit="us", goal=1.25)
async def event_to_panel(effort: Effort) -> Sequence[Pair]:
    """From writing the POST of one event to the panel's handler, one event at a time. p50 of all.

    Floor: a route hands the body to the page's socket, the page posts it to the panel. The panel's report of the event takes
    a while to arrive (150 to 200 us on two cores), which would draw the ratio towards 1: half of a round trip on the same
    socket, one median for both sides, is taken off both figures.
    """
    return [await _repetition(effort.rounds) for _ in range(effort.repetitions)]


async def _repetition(rounds: int) -> Pair:
    body = b"[" + call_contact_event(100_000_000_001) + b"]"
    pings = []

    async def turn(side: Side) -> list[float]:
        times = []
        for _ in range(PINGS_PER_TURN):
            asked = time.perf_counter_ns()
            await side.panel.ask("follow", every=1)
            pings.append((time.perf_counter_ns() - asked) / 1000)
        async with side.connection() as connection:
            for _ in range(EVENTS_PER_TURN):
                posted = time.perf_counter_ns()
                await connection.post(body)
                times.append(((await side.panel.report()).at - posted) / 1000)
        return times

    async with both_sides("chain", ["all"]) as (product, floor):
        value, least = await in_turns(rounds, lambda: turn(product), lambda: turn(floor))
    report = statistics.median(pings) / 2
    return Pair(*(statistics.median(chain.from_iterable(times)) - report for times in (value, least)))
