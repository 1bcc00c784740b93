"""Several agents and the queues as the tests of their rules drive them: one decision at a time, no server."""

from collections.abc import Mapping
from typing import Any

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Agent, Contact
from bridge.acd.between_agents import enqueue
from bridge.acd.centre import Asked, Centre
from bridge.acd.commands import Act, Command, OfferCall, SetState, StartSession
from bridge.acd.qualifications import Qualification
from bridge.acd.routing import Abandon, Place, RoutingDecider
from bridge.acd.routing_state import ROUTING
from bridge.acd.skills import SKILLS, Skill
from bridge.journal.base import WIRE, Draft, Record
from bridge.journal.decider import Ids

from .line import SALES, START, in_short


class Floor:
    """Agents of these ids, logged in and Available. `said` is what the last command led to for each agent, in short."""

    def __init__(
        self,
        *agent_ids: str,
        skills: Mapping[str, Skill] = SKILLS,
        qualifications: Mapping[str, Qualification] | None = None,
    ) -> None:
        agents = AgentDecider(lambda: skills)
        self.rules = RoutingDecider(lambda: skills, lambda: qualifications or {})
        self.centre, self.now, self.ids = Centre(agents, self.rules), START, Ids(START)
        self.routing = self.rules.initial(ROUTING)
        self.agents: dict[str, Agent] = {}
        self.said: dict[str, list[str]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.queue_said: list[str] = []
        self.last: dict[str, list[Draft]] = {}
        for agent_id in agent_ids:
            self.log_in(agent_id)
            self.do(agent_id, SetState("Available"))
            self.wait(1)

    def log_in(self, agent_id: str) -> "Floor":
        self.agents.setdefault(agent_id, self.centre.agents.initial(f"agent/{agent_id}"))
        return self.do(agent_id, StartSession())

    def do(self, agent_id: str | None, command: Asked) -> "Floor":
        decided = self.centre.decide(self.routing, self.agents, agent_id, command, self.now, self.ids)
        self.last = decided.agents
        self.said, self.events = {}, {}
        for its_id, drafts in decided.agents.items():
            self.agents[its_id] = self.centre.agents.after(self.agents[its_id], drafts, self.now)
            records = [Record(0, self.now, None, draft.kind, draft.data) for draft in drafts]
            if records:
                self.said[its_id] = [in_short(record) for record in records if record.kind not in ("contact", "focus", "peer")]
                self.events[its_id] = [record.value() for record in records if record.kind == WIRE]
        self.routing = self.rules.after(self.routing, decided.routing, self.now)
        self.queue_said = [draft.kind for draft in decided.routing]
        return self

    def happens(self, agent_id: str, *events: dict[str, Any]) -> "Floor":
        """Raw events, as a tester posts them, and what follows from them."""
        return self.just_happens(agent_id, *events).do(None, None)

    def just_happens(self, agent_id: str, *events: dict[str, Any]) -> "Floor":
        """Raw events, of which nothing has followed yet."""
        drafts = [Draft.of(WIRE, one) for one in events]
        self.agents[agent_id] = self.centre.agents.after(self.agents[agent_id], drafts, self.now)
        return self

    def wait(self, seconds: float) -> "Floor":
        """Time passes; what falls due is done, for the agents and for the queues."""
        end = self.now + round(seconds * 1000)
        while due := [one for one in self._due() if one[0] <= end]:
            when, agent_id, command = min(due, key=lambda one: one[0])
            self.now = max(self.now, when)
            self.do(agent_id, command)
        self.now = end
        return self

    def _due(self) -> list[tuple[int, str | None, Any]]:
        timers: list[tuple[int, str | None, Any]] = [(when, None, command) for when, command in self.rules.due(self.routing)]
        for agent_id, agent in self.agents.items():
            timers += [(when, agent_id, command) for when, command in self.centre.agents.due(agent)]
        return timers

    # What the tests of several agents do and ask often

    def enqueue(self, new: Any = None, priority: int = 0) -> int:
        contact_id = self.ids.number()
        self.do(None, enqueue(OfferCall(skill_id=SALES) if new is None else new, contact_id, priority))
        return contact_id

    def abandon(self, contact_id: int) -> "Floor":
        return self.do(None, Abandon(contact_id))

    def place(self, contact_id: int) -> Place | None:
        return self.rules.place(self.routing, contact_id)

    def refusal(self, agent_id: str, command: Command) -> dict[str, Any]:
        """The refusal that the command is answered with, and nothing beside it."""
        before = dict(self.agents)
        self.do(agent_id, command)
        assert list(self.last) == [agent_id]
        [draft] = self.last[agent_id]
        assert draft.kind == "refused"
        assert {one: agent.contacts for one, agent in self.agents.items()} == {
            one: agent.contacts for one, agent in before.items()
        }
        value: dict[str, Any] = Record(0, self.now, None, draft.kind, draft.data).value()
        return value

    def contacts(self, agent_id: str) -> list[Contact]:
        return list(self.agents[agent_id].contacts.values())

    def statuses(self, agent_id: str) -> list[str]:
        return [contact.status for contact in self.contacts(agent_id)]

    def newest(self, agent_id: str) -> Contact:
        return self.contacts(agent_id)[-1]

    def state(self, agent_id: str) -> str:
        return self.agents[agent_id].current_state

    def active(self, agent_id: str, skill: str = SALES, **call: Any) -> int:
        """A customer's call, answered."""
        self.do(agent_id, OfferCall(skill_id=skill, **call))
        contact_id = self.newest(agent_id).id
        self.do(agent_id, Act("answer", contact_id))
        return contact_id
