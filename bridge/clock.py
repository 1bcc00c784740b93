"""Time, as everything in deskbridge asks for it: milliseconds since 1970 (UTC), and timers.

Domain timers (a refusal time-out, ACW) go through a `Clock`, so that a test can move time. Transport time-outs (a held poll, a
heartbeat) are real in any case and use asyncio itself.
"""

import asyncio
import heapq
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

Timer = Callable[[], Awaitable[None]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(milliseconds: int) -> str:
    """The time as wire events spell it: `2026-11-21T08:00:00.000Z` (cxone-agent-session.md, section 2)."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(iso_text: str) -> int | None:
    """The inverse of `iso`; None for text that is no time. A time without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(iso_text)
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


async def let_others_run() -> None:
    """One turn of the loop: whoever has been woken runs before the caller goes on."""
    await asyncio.sleep(0)


class Clock(ABC):
    @abstractmethod
    def now(self) -> int:
        """Milliseconds since 1970 (UTC)."""

    @abstractmethod
    def call_at(self, when: int, timer: Timer) -> Callable[[], None]:
        """Run `timer` once at `when` (at once if that has passed); returns what cancels it: it then does not begin any more."""


class RealClock(Clock):
    def __init__(self) -> None:
        self._running: set[asyncio.Future[None]] = set()

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def call_at(self, when: int, timer: Timer) -> Callable[[], None]:
        loop = asyncio.get_running_loop()
        handle: asyncio.TimerHandle | None = None
        cancelled = False

        def wait() -> None:
            # The loop's clock and the system's can disagree after a suspend: look again before firing.
            nonlocal handle
            left = when - self.now()
            if left > 0:
                handle = loop.call_later(left / 1000, wait)
                return
            task = loop.create_task(fire())
            self._running.add(task)  # the loop itself holds tasks weakly
            task.add_done_callback(self._running.discard)

        async def fire() -> None:
            if not cancelled:
                await timer()

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True
            if handle is not None:
                handle.cancel()

        wait()
        return cancel


class VirtualClock(Clock):
    """Time that stands still until a test moves it."""

    def __init__(self, now: int = 1_767_225_600_000) -> None:
        self._now = now
        self._order = itertools.count()
        self._timers: list[tuple[int, int, Timer]] = []
        self._waiting: set[int] = set()

    def now(self) -> int:
        return self._now

    def call_at(self, when: int, timer: Timer) -> Callable[[], None]:
        number = next(self._order)
        heapq.heappush(self._timers, (when, number, timer))
        self._waiting.add(number)
        return lambda: self._waiting.discard(number)

    async def advance(self, milliseconds: int) -> None:
        """Move time on; every timer on the way fires at its own time, those that a timer sets included."""
        end = self._now + milliseconds
        while self._next_until(end) is not None:
            await self._fire()
        self._now = end

    async def run(self, horizon: int = 24 * 3600 * 1000) -> None:
        """Move time to whatever is due next until nothing is due within `horizon` milliseconds from now."""
        end = self._now + horizon
        while self._next_until(end) is not None:
            await self._fire()

    def _next_until(self, end: int) -> int | None:
        while self._timers and self._timers[0][1] not in self._waiting:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers and self._timers[0][0] <= end else None

    async def _fire(self) -> None:
        when, number, timer = heapq.heappop(self._timers)
        self._waiting.discard(number)
        self._now = max(self._now, when)
        await timer()
        await let_others_run()


async def pace(seconds: float) -> None:
    """Wait in real time: for the pace of a transport, never for something to happen."""
    await asyncio.sleep(seconds)
