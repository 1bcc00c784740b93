"""The platform that decides for itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Agent
from bridge.acd.beside_calls import named
from bridge.acd.between_agents import enqueue
from bridge.acd.centre import Asked, Centre, agents_in
from bridge.acd.commands import Act, Command, CustomerAct, EndSession, Offer, PlayMessage, StartReplay, StartSession
from bridge.acd.dispositions import DISPOSITIONS, Disposition
from bridge.acd.platform import Floor, refusal, stream_of
from bridge.acd.qualifications import ANYTHING, Qualification, settings_of
from bridge.acd.routing import Abandon, RoutingDecider
from bridge.acd.routing_state import ROUTING
from bridge.acd.skills import SKILLS, Skill
from bridge.clock import Clock
from bridge.journal.base import WIRE, Draft, Journal, Record
from bridge.journal.decider import Ids
from bridge.journal.runner import Runner

UNATTENDED = 30 * 60 * 1000
"""Milliseconds without a change, or a word of somebody who attends it, after which a session ends at the next start."""

AGENTS = stream_of("")
"""What the names of all agents' streams begin with."""


class MockPlatform:
    """A `Platform` whose every answer is decided by a `Centre`. Its timers go the same way: whatever happens to an agent is felt
    in the queues and by other agents in the same step.

    `skills` and `qualifications` (those by skill's id, these by agent's) and `dispositions` give what is set up at the moment.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        skills: Callable[[], Mapping[str, Skill]] = lambda: SKILLS,
        qualifications: Callable[[], Mapping[str, Qualification]] = dict,
        dispositions: Callable[[], Sequence[Disposition]] = lambda: DISPOSITIONS,
    ) -> None:
        agents = AgentDecider(
            skills,
            settings=lambda agent_id: settings_of(qualifications().get(agent_id, ANYTHING)),
            dispositions=dispositions,
        )
        self.routing = RoutingDecider(skills, qualifications)
        self._centre = Centre(agents, self.routing)
        self._runner = Runner(journal, clock, {"agent": agents, ROUTING: self.routing}, self._fire)

    async def start(self) -> None:
        """End the sessions that nobody attended for `UNATTENDED`, and the queues of then: nobody shall meet yesterday's call by
        surprise. End those of a live tenant, whose calls are not to be decided here. Then let time go on for all others."""
        runner, oldest = self._runner, self._runner.clock.now() - UNATTENDED
        streams = self._present()
        last_changes = {stream: await runner.last_change(stream) for stream in (ROUTING, *streams)}
        for stream in streams:
            agent, _ = await runner.state(stream)
            is_tenants = agent.session is not None and agent.upstream is not None
            if is_tenants or (last_changes[stream] <= oldest and (agent.session is not None or agent.replay is not None)):
                await self.execute(agent.agent_id, EndSession("agent" if is_tenants else "timeout"))
        if max(last_changes.values()) <= oldest:
            for contact in (await self.floor()).routing.waiting:
                await self._change(None, Abandon(contact.id))
        await runner.start()
        await self.settle()

    async def stop(self) -> None:
        """Let no timer fire any more."""
        self._runner.stop()

    async def settle(self) -> None:
        """Let happen what is still to follow from what has: the configuration may have changed."""
        await self._change(None, None)

    async def attend(self, agent_id: str) -> None:
        await self.execute(agent_id, StartSession(ends_replay=False))

    async def agent(self, agent_id: str) -> tuple[Agent, int]:
        return await self._runner.state(stream_of(agent_id))

    async def execute(self, agent_id: str, command: Command, cause: str | None = None) -> list[Record]:
        return (await self._change(agent_id, command, cause))[stream_of(agent_id)]

    async def outcome(self, agent_id: str, records: list[Record]) -> list[Record]:
        return records

    async def inject(self, agent_id: str, events: Sequence[msgspec.Raw], cause: str | None = None) -> list[Record]:
        """Refused, as an offer is, to an agent to whom a recording is played: what it says happens, and nothing else."""
        agent = self._runner.last_state(stream_of(agent_id))  # not folded anew: raw events go to their readers first
        if agent is not None and agent.replay is not None:
            return await self._runner.execute(stream_of(agent_id), Offer(), cause)
        return await self._runner.append_raw(stream_of(agent_id), [Draft(WIRE, event) for event in events], cause)

    async def play(self, agent_id: str, command: StartReplay | PlayMessage) -> list[Record]:
        """What a recording that is played leads to on this agent's stream. Nobody else feels it (`replay.py`)."""
        return await self._runner.execute(stream_of(agent_id), command)

    async def floor(self) -> Floor:
        routing, _ = await self._runner.state(ROUTING)
        agents = [(await self._runner.state(stream))[0] for stream in self._present()]
        return Floor(routing, {agent.agent_id: agent for agent in agents if agent.session or agent.replay or agent.contacts})

    async def enqueue(self, new: Offer, priority: int = 0, cause: str | None = None) -> int:
        new_id = self._runner.new_id
        routed = (await self._change(None, enqueue(named(new, new_id), new_id(), priority), cause))[ROUTING]
        queued = next(record for record in routed if record.kind == "queued")  # of the first time, if `cause` was seen before
        return int(queued.value()["contactId"])

    async def abandon(self, contact_id: int) -> bool:
        routing, _ = await self._runner.state(ROUTING)
        contact = routing.contacts.get(contact_id)
        if contact is None:
            return False
        if contact.agent_id is None:
            await self._change(None, Abandon(contact_id))
            return True
        agent, _ = await self.agent(contact.agent_id)
        caller = agent.contacts[contact_id].peer if contact_id in agent.contacts else None
        if caller is not None and caller.agent_id is not None:
            records = await self.execute(caller.agent_id, Act("hangup", caller.contact_id, by="api"))
        else:
            records = await self.execute(contact.agent_id, CustomerAct("hangup", contact_id))
        return refusal(records) is None

    def _present(self) -> list[str]:
        """The streams of the agents who may be party to anything. Whom the queues know is among them: they learn of a log-out in
        the append that closes the agent's stream."""
        return sorted(stream for stream in self._runner.journal.open_streams() if stream.startswith(AGENTS))

    async def _change(self, agent_id: str | None, command: Asked, cause: str | None = None) -> Mapping[str, list[Record]]:
        def decide(states: Mapping[str, Any], now: int, ids: Ids) -> Mapping[str, Sequence[Draft]]:
            agents = {stream.removeprefix(AGENTS): agent for stream, agent in states.items() if stream != ROUTING}
            decided = self._centre.decide(states[ROUTING], agents, agent_id, command, now, ids)
            return {**{stream_of(one): drafts for one, drafts in decided.agents.items()}, ROUTING: decided.routing}

        own = [] if agent_id is None else [stream_of(agent_id)]
        named = [stream_of(one) for one in sorted(agents_in(command))]
        return await self._runner.change(list(dict.fromkeys([*own, *named, ROUTING])), decide, cause, self._present)

    async def _fire(self, stream: str, command: Any, cause: str) -> None:
        """A timer of an agent's stream or of the queues, or what follows from raw events."""
        agent_id = stream.removeprefix(AGENTS) if stream.startswith(AGENTS) else None
        if command is None:
            await self.settle()
        else:
            await self._change(agent_id, command, cause)
