"""All agents and the queues together: what one command leads to, wherever it is felt. Pure.

A command is decided for its agent (`agent.py`), or between agents (`between_agents.py`); then whatever follows from it elsewhere
is decided as well, until nothing more does: routing learns how the agents stand now and makes offers (`routing.py`), offers come
to agents, and the other end of a call between agents follows this one. All of it is appended in one step or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from bridge.acd import between_agents
from bridge.acd.agent import AgentDecider, Refused
from bridge.acd.agent_state import Agent
from bridge.acd.commands import (
    CallAgent,
    CallSkill,
    Command,
    ConferenceCalls,
    CustomerAct,
    Offer,
    Transfer,
    TransferCalls,
)
from bridge.acd.routing import Abandon, EndRest, Enqueue, RoutingDecider, Standing, standing_of
from bridge.acd.routing_state import Routing
from bridge.journal.base import Draft
from bridge.journal.decider import Ids

ROUNDS = 100
"""How often something may follow from what followed: far more than it takes, so that no rule can stop the server."""


Asked = Command | Enqueue | Abandon | EndRest | None
"""A command to an agent or to the queues; None: nothing but what is still to follow from what has happened."""


def agents_in(command: Asked) -> set[str]:
    """The agents that a command names beside its own."""
    named = command.target_id if isinstance(command, CallAgent | Transfer) else None
    return set() if named is None else {named}


class Decided(NamedTuple):
    """Drafts for the queues' stream and, by agent id, for those of agents."""

    routing: list[Draft]
    agents: dict[str, list[Draft]]


class Centre:
    """Decides by the deciders of the two kinds of streams."""

    def __init__(self, agents: AgentDecider, routing: RoutingDecider) -> None:
        self.agents, self.routing = agents, routing
        self._standings: dict[str, tuple[Agent, Standing]] = {}

    def decide(
        self, routing: Routing, agents: Mapping[str, Agent], agent_id: str | None, command: Asked, now: int, ids: Ids
    ) -> Decided:
        """What a command leads to. `agents` are all that may be party to it, `agent_id` is whose command it is, None for the
        queues'."""
        moment = _Moment(self, routing, agents, now, ids)
        if command is not None:
            self._follow_up(moment, [])  # raw events may have come since the last change: they happened before the command
        routed: list[Enqueue | Abandon] = []
        match command:
            case None:
                pass
            case Enqueue() | Abandon():
                routed.append(command)
            case EndRest():
                moment.write_routing(self.routing.decide(moment.routing, command, now, ids))
            case _:
                assert agent_id is not None
                try:
                    routed += self._command(moment, moment.agents[agent_id], command)
                except Refused as refused:
                    moment.write(agent_id, [refused.record(command)])
        self._follow_up(moment, routed)
        return moment.decided

    def _command(self, moment: "_Moment", agent: Agent, command: Command) -> list[Enqueue | Abandon]:
        """What routing is to be told."""
        agents, now, ids = moment.agents, moment.now, moment.ids
        match command:
            case CallAgent():
                moment.offer(between_agents.call_agent(agents, agent, command, ids))
            case CallSkill():
                mine, waiting = between_agents.call_skill(agent, command, ids)
                moment.offer([mine])
                return [waiting]
            case TransferCalls():
                moment.write_all(between_agents.transfer_calls(agents, self.agents, agent, now))
            case ConferenceCalls():
                moment.write(agent.agent_id, between_agents.conference_calls(agent, now))
            case Transfer():
                gone, waiting = between_agents.transfer(agents, self.agents, agent, command, now, ids)
                moment.write(agent.agent_id, gone)
                return [waiting]
            case _:
                own = self.agents.decide(agent, command, now, ids)
                moment.write(agent.agent_id, own)
                refused = any(draft.kind == "refused" for draft in own)
                if isinstance(command, CustomerAct) and command.verb == "hangup" and not refused:
                    return [Abandon(command.contact_id)]  # of a contact that rings; else it says nothing
        return []

    def _standing(self, agent: Agent) -> Standing:
        """That of an agent who has not changed since is not made again: of many, few do."""
        known = self._standings.get(agent.agent_id)
        if known is None or known[0] is not agent:
            known = self._standings[agent.agent_id] = agent, standing_of(agent)
        return known[1]

    def _follow_up(self, moment: "_Moment", routed: Sequence[Enqueue | Abandon]) -> None:
        for _ in range(ROUNDS):
            gone = [Abandon(contact.id) for contact in between_agents.callers_gone(moment.agents, moment.routing)]
            described = between_agents.what_became(moment.before, moment.agents, moment.routing)
            settled = self.routing.settle(
                moment.routing, [*routed, *gone, *described], map(self._standing, moment.agents.values()), moment.now
            )
            routed = []
            moment.write_routing(settled.drafts)
            moment.offer(
                (
                    offered.agent_id,
                    msgspec.structs.replace(between_agents.offer_of(offered.details), manual_accept=offered.manual_accept),
                )
                for offered in settled.offers
            )
            followed = between_agents.follow_up(moment.agents, self.agents, moment.routing, moment.now)
            if followed is not None:
                moment.write(*followed)
            elif not settled.offers:  # an offer may end its agent's after-call work, which routing has yet to learn
                return


class _Moment:
    """The states as they become while it is decided, and the drafts so far."""

    def __init__(self, centre: Centre, routing: Routing, agents: Mapping[str, Agent], now: int, ids: Ids) -> None:
        self._centre, self.now, self.ids = centre, now, ids
        self.routing, self.agents, self.before = routing, dict(agents), agents
        self.decided = Decided([], {})

    def write(self, agent_id: str, drafts: Sequence[Draft]) -> None:
        self.agents[agent_id] = self._centre.agents.after(self.agents[agent_id], drafts, self.now)
        self.decided.agents.setdefault(agent_id, []).extend(drafts)

    def write_all(self, drafts: Mapping[str, Sequence[Draft]]) -> None:
        for agent_id, its_drafts in drafts.items():
            self.write(agent_id, its_drafts)

    def write_routing(self, drafts: Sequence[Draft]) -> None:
        self.routing = self._centre.routing.after(self.routing, drafts, self.now)
        self.decided.routing.extend(drafts)

    def offer(self, offers: Iterable[tuple[str, Offer]]) -> None:
        for agent_id, new in offers:
            self.write(agent_id, self._centre.agents.decide(self.agents[agent_id], new, self.now, self.ids))
