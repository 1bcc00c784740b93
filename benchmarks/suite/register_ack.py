"""A panel registers and is acknowledged."""

import statistics
from collections.abc import Sequence
from itertools import chain

from benchmarks.base import Effort, Pair, benchmark, in_turns
from benchmarks.stage import Side, both_sides

# Without a contact there is no state to send: the answer is the acknowledgement alone, on both sides.
TYPES = ["contacts"]


@benchmark(unit="us", goal=1.8)
async def register_ack(effort: Effort) -> Sequence[Pair]:
    """From posting Register to the acknowledgement, in the panel's clock; the panel is of another site than the desk.

    Floor: the parent page answers by itself, so it is the round trip of `window.postMessage`. p50 of the means of batches,
    because of the clock's ticks (`pages/panel.js`).
    """
    return [await _repetition("raw", effort.rounds) for _ in range(effort.repetitions)]


@benchmark(unit="us", goal=1.15)
async def register_ack_echo(effort: Effort) -> Sequence[Pair]:
    """The same. Floor: the parent page carries every message to a server that answers with ready bytes, and its answer back."""
    return [await _repetition("echo", effort.rounds) for _ in range(effort.repetitions)]


async def _repetition(floor_page: str, rounds: int) -> Pair:
    async def turn(side: Side) -> list[float]:
        means: list[float] = await side.panel.ask("registrations", types=TYPES, batches=4, size=25)
        return means

    async with both_sides(floor_page, TYPES) as (product, floor):
        value, least = await in_turns(rounds, lambda: turn(product), lambda: turn(floor))
    return Pair(statistics.median(chain.from_iterable(value)), statistics.median(chain.from_iterable(least)))
