"""One event for many panels."""

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import chain

from benchmarks.base import Effort, Pair, benchmark, in_turns
from benchmarks.browser import find_chromium
from benchmarks.devtools import DevTools, devtools
from benchmarks.events import call_contact_event
from benchmarks.processes import HERE
from benchmarks.stage import Side, servers

PANELS = 16
EVENTS_PER_TURN = 25
BETWEEN_EVENTS = 0.02
"""Seconds. A report of each event would be sent by one panel while the others still wait for theirs."""

ARRIVALS = (HERE / "pages" / "arrivals.js").read_text()


@benchmark(unit="us", goal=1.15)
async def fanout_panels(effort: Effort) -> Sequence[Pair]:
    """From the arrival of an event's frame at the parent page, before the page's own handler, to the last of 16 panels' handlers;
    one event at a time, p50 of all.

    Floor: the parent page posts a message to each panel as the frame arrives. Both ends are marks in the browser's trace
    (`devtools.py`), which cost both sides some microseconds each.
    """
    return [await _repetition(effort.rounds) for _ in range(effort.repetitions)]


async def _repetition(rounds: int) -> Pair:
    body = b"[" + call_contact_event(100_000_000_001) + b"]"

    async def turn(side: Side, browser: DevTools) -> list[int]:
        await side.ask("mark", every=EVENTS_PER_TURN)
        async with browser.marks() as marks, side.connection() as connection:
            for _ in range(EVENTS_PER_TURN):
                await connection.post(body)
                await asyncio.sleep(BETWEEN_EVENTS)
            await asyncio.gather(*(panel.report() for panel in side.panels))
        handled = zip(*(marks[panel.name] for panel in side.panels), strict=True)
        return [max(times) - arrived for arrived, times in zip(marks["arrived"], handled, strict=True)]

    async with servers("fanout", PANELS) as sides, AsyncExitStack() as stack:
        program = find_chromium()
        product, floor = [(side, await stack.enter_async_context(devtools(program))) for side in sides]
        for side, browser in (product, floor):
            await browser.show(side.page, ARRIVALS)
            await side.ask("subscribe", types=["all"])
        value, least = await in_turns(rounds, lambda: turn(*product), lambda: turn(*floor))
    return Pair(statistics.median(chain.from_iterable(value)), statistics.median(chain.from_iterable(least)))
