"""What all open overview pages show, rendered once for all of them and off the path of events."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, NamedTuple

from bridge.acd.platform import Floor, Platform
from bridge.clock import pace
from bridge.configuration import Configured
from bridge.desk.frames import frame
from bridge.journal.base import Journal
from bridge.supervisor.overview import overview

if TYPE_CHECKING:
    from bridge.supervisor.view import View

log = logging.getLogger(__name__)

EVENTS_FIRST = 0.004
"""Seconds that a change waits to be rendered: desks and panels are told of it before."""

BETWEEN_RENDERINGS = 0.246
"""Seconds between two renderings, which with `EVENTS_FIRST` makes 4 a second."""

BETWEEN_FAILURES = 5.0
"""Seconds before an overview that could not be rendered is tried again."""


class _Shown(NamedTuple):
    """A view, and how many there were before."""

    number: int
    view: "View | None"


class Feed:
    """While a page is open, whatever happens in the journal leads to a new view, at most 4 times a second."""

    def __init__(self, platform: Platform, journal: Journal, configured: Configured) -> None:
        self._platform, self._journal, self._configured = platform, journal, configured
        self._floor: Floor | None = None
        self._shown = _Shown(0, None)
        self._frames: dict[int, str] = {}
        self._watchers: set[asyncio.Event] = set()
        self._rendering: asyncio.Task[None] | None = None
        configured.listen(self._show)

    async def watch(self) -> AsyncGenerator[str, None]:
        """`view` frames: the first with everything, each further one with what changed since the one before. A page that is slow
        gets fewer, and misses nothing. Ends when the history starts afresh."""
        news, epoch, has = asyncio.Event(), self._journal.epoch, _Shown(0, None)
        news.set()
        self._watchers.add(news)
        if self._rendering is None:
            self._rendering = asyncio.create_task(self._keep_rendering())
        try:
            while True:
                await news.wait()
                news.clear()
                if epoch != self._journal.epoch:
                    return
                text, has = self._frame(has), self._shown
                if text:
                    yield text
        finally:
            self._watchers.discard(news)
            if not self._watchers and self._rendering is not None:
                self._rendering.cancel()
                self._rendering, self._floor, self._shown = None, None, _Shown(0, None)

    def _frame(self, has: _Shown) -> str:
        """What leads from a view to the newest; "" where they read the same. Pages that keep up all have the same one."""
        from bridge.supervisor.view import changes

        if self._shown.view is None:
            return ""
        if has.number not in self._frames:
            changed = changes(has.view, self._shown.view)
            self._frames[has.number] = "" if changed is None else frame("view", changed=changed)
        return self._frames[has.number]

    async def _keep_rendering(self) -> None:
        while True:
            try:
                return await self._render_changes()
            except Exception:
                log.exception("rendering the overview failed")
                await pace(BETWEEN_FAILURES)

    async def _render_changes(self) -> None:
        epoch = None
        while epoch != self._journal.epoch:  # a reset ends the news, and begins another history
            epoch = self._journal.epoch
            async with self._journal.news(self._journal.head) as news:
                self._floor = await self._platform.floor()
                self._show()
                async for _ in news:
                    await pace(EVENTS_FIRST)
                    self._floor = await self._platform.floor()
                    self._show()
                    await pace(BETWEEN_RENDERINGS)

    def _show(self) -> None:
        """Render the newest floor, if anybody watches; it or the configuration has changed."""
        if self._floor is None:
            return
        from bridge.supervisor.view import view  # templates are first needed when a page is open

        configuration, problem = self._configured.now, self._configured.problem
        newest = view(overview(self._floor, configuration), configuration, problem)
        self._shown, self._frames = _Shown(self._shown.number + 1, newest), {}
        for watcher in self._watchers:
            watcher.set()
