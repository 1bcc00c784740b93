"""An agent on the platform as the tests of its rules drive it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Contact
from bridge.acd.commands import Act, Command, OfferCall, StartSession
from bridge.acd.events import event
from bridge.clock import iso
from bridge.journal.base import WIRE, Draft, Record
from bridge.journal.decider import Ids

START = 1_767_225_600_000
SUPPORT, SALES = "4101", "4102"  # with 3 seconds of ACW, without


class Line:
    """An agent on the platform, with time that moves when it is told to."""

    def __init__(self, *, logged_in: bool = True) -> None:
        self.decider, self.now, self.ids = AgentDecider(), START, Ids(START)
        self.agent = self.decider.initial("agent/1001")
        self.records: list[Record] = []
        self.last: list[Record] = []
        if logged_in:
            self.do(StartSession())

    def do(self, command: Command) -> "Line":
        return self.append(self.decider.decide(self.agent, command, self.now, self.ids))

    def append(self, drafts: Iterable[Draft]) -> "Line":
        self.last = [
            Record(len(self.records) + place, self.now, None, draft.kind, draft.data) for place, draft in enumerate(drafts, 1)
        ]
        self.records += self.last
        for record in self.last:
            self.agent = self.decider.evolve(self.agent, record)
        return self

    def happens(self, *events: dict[str, Any]) -> "Line":
        """Raw events, as a tester posts them."""
        return self.append(Draft.of(WIRE, one) for one in events)

    def wait(self, seconds: float) -> "Line":
        """Time passes; what falls due is done."""
        end = self.now + round(seconds * 1000)
        while due := [(when, command) for when, command in self.decider.due(self.agent) if when <= end]:
            when, command = min(due, key=lambda timer: timer[0])
            self.now = max(self.now, when)
            self.do(command)
        self.now = end
        return self

    @property
    def events(self) -> list[dict[str, Any]]:
        """The wire events of the last command."""
        return [record.value() for record in self.last if record.kind == WIRE]

    @property
    def said(self) -> list[str]:
        """The last command's records, in short."""
        return [in_short(record) for record in self.last]

    @property
    def refusal(self) -> dict[str, Any]:
        [record] = self.last
        assert record.kind == "refused"
        value: dict[str, Any] = record.value()
        return value

    @property
    def newest(self) -> Contact:
        return list(self.agent.contacts.values())[-1]

    @property
    def statuses(self) -> list[str]:
        return [contact.status for contact in self.agent.contacts.values()]

    def incoming(self, skill: str = SALES) -> int:
        return self.do(OfferCall(skill_id=skill)).newest.id

    def active(self, skill: str = SALES) -> int:
        contact_id = self.incoming(skill)
        self.do(Act("answer", contact_id))
        return contact_id

    def dialing(self, skill: str = SALES) -> int:
        return self.do(OfferCall("outbound", dnis="8015550100", skill_id=skill)).newest.id


def in_short(record: Record) -> str:
    value = record.value()
    if record.kind != WIRE:
        return record.kind
    match value["Type"]:
        case "AgentState":
            words = [value["CurrentState"], value["CurrentOutReason"], "ACW" if value["IsAcw"] == "True" else ""]
        case "Mute":
            words = [value["AgentMuted"]]
        case _:
            words = [value.get("Status", ""), "final" if value.get("FinalState") == "True" else ""]
    return " ".join([value["Type"], *filter(None, words)])


def call_event(status: str, contact_id: str = "77", **fields: str) -> dict[str, Any]:
    return event("CallContactEvent", ContactID=contact_id, Status=status, Skill=SALES, StartTimeUTC=iso(START), **fields)


def wire(value: Any, at: int = START) -> Record:
    return Record(1, at, None, WIRE, msgspec.Raw(msgspec.json.encode(value)))
