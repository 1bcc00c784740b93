"""Plays recordings into agents' streams, at the pace at which they were made or at another.

Each message is one command, decided on the agent's state as all others are (`replayed.py`), so the journal says how far it has
come. A server that was killed in the middle goes on with the next message when it starts again; the time between does not count.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from bridge.acd.agent_state import Agent, Replay
from bridge.acd.commands import PlayMessage, StartReplay
from bridge.acd.platform import stream_of
from bridge.clock import Clock, let_others_run
from bridge.journal.base import Journal, Record

LONGEST_WAIT = 10**15
"""Milliseconds: further ahead nothing is due. A speed close to 0 leads beyond all numbers."""


class ToPlay(NamedTuple):
    """A message: `at` in milliseconds since the recording started, its events but for an acknowledgement, which says that they
    tell the state (`anew`)."""

    at: int
    anew: bool
    events: tuple[msgspec.Raw, ...]


class Replayable(Protocol):
    """A platform to whose agents recordings can be played."""

    async def agent(self, agent_id: str) -> tuple[Agent, int]: ...

    async def play(self, agent_id: str, command: StartReplay | PlayMessage) -> list[Record]:
        """What the command leads to on the agent's stream; nothing follows from it elsewhere."""
        ...


Load = Callable[[str], Awaitable[Sequence[ToPlay] | None]]
"""Gives the messages of a recording by its id; None where there is none."""


class Replays:
    """What is played on this server. Use one in one event loop."""

    def __init__(self, platform: Replayable, journal: Journal, clock: Clock, load: Load) -> None:
        self._platform, self._journal, self._clock, self._load = platform, journal, clock, load
        self._playing: dict[str, _Playing] = {}

    async def start(self) -> None:
        """Go on with what was being played when the server stopped."""
        for stream in self._journal.open_streams():
            if not stream.startswith(stream_of("")):
                continue
            agent, _ = await self._platform.agent(stream.removeprefix(stream_of("")))
            if agent.replay is not None and not agent.replay.is_over:
                messages = await self._load(agent.replay.recording_id)
                if messages is not None:
                    await self._play(agent.agent_id, agent.replay, messages)

    def stop(self) -> None:
        """Play nothing more."""
        for playing in self._playing.values():
            playing.stop()
        self._playing.clear()

    async def begin(self, agent_id: str, recording_id: str, messages: Sequence[ToPlay], speed: float) -> list[Record]:
        """Play a recording to an agent. Returns once all that is due at once has been played, at speed 0 all; the records are
        those of the beginning, or the refusal."""
        records = await self._platform.play(agent_id, StartReplay(recording_id, len(messages), speed))
        if not any(record.kind == "refused" for record in records):
            await self._play(agent_id, Replay(recording_id, speed, len(messages), 0), messages)
        return records

    async def agent_of(self, recording_id: str) -> str | None:
        """An agent to whom this recording is being played."""
        for agent_id in list(self._playing):
            agent, _ = await self._platform.agent(agent_id)
            if agent.replay is not None and agent.replay.recording_id == recording_id:
                return agent_id
        return None

    async def _play(self, agent_id: str, replay: Replay, messages: Sequence[ToPlay]) -> None:
        if (before := self._playing.pop(agent_id, None)) is not None:
            before.stop()
        self._playing[agent_id] = playing = _Playing(replay, messages, self._clock.now())
        await self._go_on(agent_id, playing)

    async def _go_on(self, agent_id: str, playing: "_Playing") -> None:
        """Play what is due, and come back for what is not."""
        while not playing.is_stopped and (message := playing.next) is not None:
            if playing.due > self._clock.now():
                playing.cancel = self._clock.call_at(playing.due, lambda: self._go_on(agent_id, playing))
                return
            command = PlayMessage(playing.recording_id, playing.played + 1, message.events, message.anew)
            if not await self._platform.play(agent_id, command):
                break  # the agent was logged out meanwhile, or the history was reset
            playing.played += 1
            await let_others_run()
        if self._playing.get(agent_id) is playing:
            del self._playing[agent_id]


class _Playing:
    """A recording on its way to an agent, from the message after those that were played; that one is due at `now`."""

    def __init__(self, replay: Replay, messages: Sequence[ToPlay], now: int) -> None:
        self.recording_id, self.played = replay.recording_id, replay.played
        self.is_stopped = False
        self.cancel: Callable[[], None] | None = None
        self._messages, self._speed, self._begun_at = messages, replay.speed, now
        self._first = 0 if self.next is None else self.next.at

    @property
    def next(self) -> ToPlay | None:
        return self._messages[self.played] if self.played < len(self._messages) else None

    @property
    def due(self) -> int:
        """When the next message is to be played."""
        if self.next is None or self._speed == 0:
            return self._begun_at
        return self._begun_at + round(min((self.next.at - self._first) / self._speed, LONGEST_WAIT))

    def stop(self) -> None:
        self.is_stopped = True
        if self.cancel is not None:
            self.cancel()
