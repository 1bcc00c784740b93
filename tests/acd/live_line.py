"""An agent of a live tenant as the tests of its rules drive it."""

from typing import Any

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Upstream
from bridge.acd.commands import Command
from bridge.acd.dispositions import DISPOSITIONS
from bridge.acd.live.answers import Outcome
from bridge.acd.live.decider import Ask, LiveCommand, LiveDecider, Stand, Tell
from bridge.acd.skills import SKILLS
from bridge.clock import iso
from bridge.journal.base import WIRE, Draft, Record
from bridge.journal.decider import Ids
from tests.acd.line import START

TENANT = Upstream("cluster.example")


class LiveLine:
    """`last` are the records of what was done last."""

    def __init__(self, *, logged_in: bool = True) -> None:
        self.decider = LiveDecider(AgentDecider(), lambda: SKILLS, lambda: DISPOSITIONS)
        self.agent = self.decider.initial("agent/1001")
        self.ids, self._offset, self._requests = Ids(START), 0, 0
        self.last: list[Record] = []
        self.do(Stand(TENANT))
        if logged_in:
            self.append(Draft.of("session", {"token": "token", "upstream": True}))
            self.happens({"Type": "AgentSessionStart", "AgentId": "1001"}, {"Type": "AgentState", "CurrentState": "Available"})

    def append(self, *drafts: Draft) -> "LiveLine":
        self.last = []
        for draft in drafts:
            self._offset += 1
            self.last.append(Record(self._offset, START, None, draft.kind, draft.data))
            self.agent = self.decider.evolve(self.agent, self.last[-1])
        return self

    def happens(self, *events: dict[str, Any]) -> "LiveLine":
        """Events of the tenant's."""
        return self.append(*(Draft.of(WIRE, one) for one in events))

    def do(self, command: LiveCommand) -> "LiveLine":
        return self.append(*self.decider.decide(self.agent, command, START, self.ids))

    def ask(self, command: Command) -> "LiveLine":
        self._requests += 1
        return self.do(Ask(command, f"request-{self._requests}"))

    def tell(self, outcome: Outcome) -> "LiveLine":
        """How the newest call went."""
        return self.do(Tell(f"request-{self._requests}", outcome))

    def call(self, status: str = "Active", contact_id: int = 77, **fields: str) -> "LiveLine":
        """A call of the tenant's is so now."""
        about = {"ContactID": str(contact_id), "Skill": "4102", "StartTimeUTC": iso(START)}
        return self.happens({"Type": "CallContactEvent", "Status": status, "FinalState": "False", **about, **fields})

    @property
    def said(self) -> list[str]:
        return [record.kind for record in self.last]

    @property
    def asked(self) -> dict[str, Any]:
        [record] = [record for record in self.last if record.kind == "asked"]
        value: dict[str, Any] = record.value()
        return value

    @property
    def refusal(self) -> dict[str, Any]:
        [record] = [record for record in self.last if record.kind == "refused"]
        value: dict[str, Any] = record.value()
        return value

    @property
    def unknown(self) -> list[str]:
        """What nobody knows of."""
        return [request.unknown for request in self.agent.requests.values() if request.unknown]
