"""One agent's desk: what all its open pages show, rendered once for all of them and off the path of events."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bridge.access import panel_key
from bridge.acd.agent_state import Agent
from bridge.acd.commands import Attend
from bridge.acd.platform import Platform, stream_of
from bridge.clock import pace
from bridge.configuration import Configured
from bridge.desk.reach import Reach
from bridge.desk.wirelog import WireLog
from bridge.journal.base import Journal

if TYPE_CHECKING:
    from bridge.desk.view import Said, View

log = logging.getLogger(__name__)

FRAMES_FIRST = 0.004
"""Seconds that a change waits to be rendered: what panels are owed of it goes out before."""

BETWEEN_RENDERINGS = 0.046
"""Seconds between two renderings, which with `FRAMES_FIRST` makes 20 a second."""

BETWEEN_FAILURES = 5.0
"""Seconds before a desk that could not be rendered is tried again."""

ATTENDED_EVERY = 300.0
"""Seconds after which an open page says again that somebody attends the agent's session."""


class Desk:
    """`wire` is the log of this desk's post messages, kept while the server runs. While somebody watches, the agent's state is
    rendered, each change once for all that watch."""

    def __init__(self, agent_id: str, platform: Platform, journal: Journal, configured: Configured, reach: Reach) -> None:
        self.reach = reach
        self.agent_id, self.platform, self.journal, self.configured = agent_id, platform, journal, configured
        self.wire = WireLog()
        self._watchers: set[_Watcher] = set()
        self._rendered: tuple[Agent, int] | None = None
        self._shown: View | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def watch(self) -> AsyncIterator[tuple["View", "Said"]]:
        """The view at once, and then whenever it changed the newest one, with all that is to be said since the last. A watcher
        that is slow misses views and no words."""
        watcher = _Watcher()
        self._watchers.add(watcher)
        if self._shown is not None:
            watcher.tell(self._shown, None)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._keep_rendering()), asyncio.create_task(self._keep_attending())]
        try:
            while True:
                yield await watcher.next()
        finally:
            self._watchers.discard(watcher)
            if not self._watchers:
                for task in self._tasks:
                    task.cancel()
                self._tasks, self._rendered, self._shown = [], None, None

    def render_anew(self) -> None:
        """What the view is made of besides the agent's state has changed."""
        if self._rendered is not None:
            self._tell(*self._rendered, None)

    async def _keep_attending(self) -> None:
        while True:
            await pace(ATTENDED_EVERY)
            await self.platform.execute(self.agent_id, Attend())

    async def _keep_rendering(self) -> None:
        while True:
            try:
                return await self._render_changes()
            except Exception:
                log.exception("rendering the desk of agent %s failed", self.agent_id)
                await pace(BETWEEN_FAILURES)

    async def _render_changes(self) -> None:
        from bridge.desk.view import announcements  # templates are first needed when a page is open

        epoch = None
        while epoch != self.journal.epoch:  # a reset ends the following, and begins another history
            epoch = self.journal.epoch
            before, version = await self.platform.agent(self.agent_id)
            self._tell(before, version, None)
            async with self.journal.follow(stream_of(self.agent_id), version) as follower:
                async for _ in follower:
                    await pace(FRAMES_FIRST)
                    agent, version = await self.platform.agent(self.agent_id)
                    self._tell(agent, version, announcements(before, agent))
                    before = agent
                    await pace(BETWEEN_RENDERINGS)

    def _tell(self, agent: Agent, version: int, said: "Said | None") -> None:
        from bridge.desk.view import view

        self._rendered = agent, version
        key = panel_key(self.journal.epoch)
        self._shown = view(agent, version, self.configured.now, self.configured.problem, key)
        for watcher in self._watchers:
            watcher.tell(self._shown, said)


class _Watcher:
    """The newest view that a page has not seen, and what it has not said."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._urgent: list[str] = []
        self._polite: list[str] = []
        self._notices: list[str] = []
        self._news = asyncio.Event()

    def tell(self, view: "View", said: "Said | None") -> None:
        self._view = view
        if said is not None:
            self._urgent += said.urgent
            self._polite += said.polite
            self._notices += said.notices
        self._news.set()

    async def next(self) -> tuple["View", "Said"]:
        from bridge.desk.view import Said

        while self._view is None:
            self._news.clear()
            await self._news.wait()
        view, said = self._view, Said(self._urgent, self._polite, self._notices)
        self._view, self._urgent, self._polite, self._notices = None, [], [], []
        return view, said


class Desks:
    """The desks that were ever opened or asked about, by agent."""

    def __init__(self, platform: Platform, journal: Journal, configured: Configured) -> None:
        self._desks: dict[str, Desk] = {}
        self._platform, self._journal, self._configured = platform, journal, configured
        self._reach = Reach()
        configured.listen(self._render_anew)

    def of(self, agent_id: str) -> Desk:
        if agent_id not in self._desks:
            self._desks[agent_id] = Desk(agent_id, self._platform, self._journal, self._configured, self._reach)
        return self._desks[agent_id]

    def _render_anew(self) -> None:
        for desk in self._desks.values():
            desk.render_anew()

    def forget_wires(self) -> None:
        """Begin every wire log anew."""
        for desk in self._desks.values():
            desk.wire.clear()
