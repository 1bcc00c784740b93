"""The platform that decides for itself."""

from collections.abc import Sequence

import msgspec

from bridge.acd.agent_state import Agent
from bridge.acd.commands import Command, EndSession, StartSession
from bridge.acd.platform import stream_of
from bridge.journal.base import WIRE, Draft, Record
from bridge.journal.runner import Runner

UNATTENDED = 30 * 60 * 1000
"""Milliseconds without a change, or a word of somebody who attends it, after which a session ends at the next start."""


class MockPlatform:
    """A `Platform` whose every answer is decided by `AgentDecider`, which the runner holds."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def start(self) -> None:
        """End the sessions that nobody attended for `UNATTENDED`: nobody shall meet yesterday's call by surprise. Then let time
        go on for all others."""
        runner = self._runner
        for stream in runner.journal.open_streams():
            if stream.startswith(stream_of("")) and runner.clock.now() - await runner.last_change(stream) >= UNATTENDED:
                agent, _ = await runner.state(stream)
                if agent.session is not None:
                    await runner.execute(stream, EndSession("timeout"))
        await runner.start()

    async def attend(self, agent_id: str) -> None:
        await self._runner.execute(stream_of(agent_id), StartSession())

    async def agent(self, agent_id: str) -> tuple[Agent, int]:
        return await self._runner.state(stream_of(agent_id))

    async def execute(self, agent_id: str, command: Command, cause: str | None = None) -> list[Record]:
        return await self._runner.execute(stream_of(agent_id), command, cause)

    async def inject(self, agent_id: str, events: Sequence[msgspec.Raw], cause: str | None = None) -> list[Record]:
        return await self._runner.append_raw(stream_of(agent_id), [Draft(WIRE, event) for event in events], cause)
