"""The queues at one moment, and the records of the stream `routing` that they are folded from.

A contact waits in the queue of its skill until it is offered to an agent. The records say all that the choice is made of, so that
after a restart the queue, who refused what and who is idle longest are as before:

    queued    {contactId, media, skillId, priority, details}   it waits; details are whatever the platform needs to present it
    described {contactId, details}                             those details have changed while it rang
    offered   {contactId, agentId, round, manualAccept}        it rings at an agent
    refused   {contactId, agentId}                             the agent refused it, or let it ring: it waits in its old place
    returned  {contactId}                                      the agent was logged out while it rang: likewise
    taken     {contactId}                                      the agent answered it, or it was answered by itself
    abandoned {contactId}                                      the customer left before anybody answered
    finished  {contactId}                                      it has left the agent, ACW included
    rested    {contactId, agentId}                             the agent may be offered it again (see `routing.REST`)
    agent     {agentId, state, contacts}                       an agent's readiness has changed; contacts are id: media

Contact ids in these are decimal text. `refused` here is a contact's; a command that no longer fits changes nothing, for the
agent's own stream tells people why it did not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec

from bridge.acd.events import contact_id
from bridge.acd.mappings import less
from bridge.acd.qualifications import LIMITS
from bridge.journal.base import Draft, Record

ROUTING = "routing"
"""The journal's stream."""

PRIORITY_POINT = 10 * 60 * 1000
"""Milliseconds of waiting that a point of priority is worth."""

REMEMBERED_HANDLING = 20
"""How many of a skill's last contacts an estimate is made of."""

Readiness = Literal["available", "acw", "unavailable", "logged-out"]


class RoutedContact(msgspec.Struct, frozen=True):
    """A contact that waits, rings, or is being handled. Times are milliseconds since 1970; `since` is when it arrived."""

    id: int
    media: str
    skill_id: str
    priority: int
    since: int
    details: msgspec.Raw
    agent_id: str | None = None
    """Whom it is offered to or was taken by; None while it waits."""
    taken_at: int | None = None
    round: int = 1
    refused_by: frozenset[str] = frozenset()
    """Who refused it in this round."""
    resting: Mapping[str, int] = {}
    """Who is not to be offered it for a while, and since when."""

    @property
    def order(self) -> tuple[int, int, int]:
        return self.since - self.priority * PRIORITY_POINT, self.since, self.id


class RoutedAgent(msgspec.Struct, frozen=True):
    """An agent who is logged in. `contacts` are by id with their medium, those offered included."""

    id: str
    readiness: Readiness
    contacts: Mapping[int, str]
    idle_since: int


class Routing(msgspec.Struct, frozen=True, dict=True):
    """The stream's state. `handling` is, by skill, how many milliseconds the last contacts were with an agent, ACW included."""

    contacts: Mapping[int, RoutedContact] = {}
    agents: Mapping[str, RoutedAgent] = {}
    handling: Mapping[str, tuple[int, ...]] = {}

    @cached_property
    def waiting(self) -> tuple[RoutedContact, ...]:
        """The contacts that are offered to nobody, the first to be served first."""
        queued = (contact for contact in self.contacts.values() if contact.agent_id is None)
        return tuple(sorted(queued, key=lambda contact: contact.order))

    @cached_property
    def with_agent(self) -> Mapping[str, Sequence[RoutedContact]]:
        """The contacts that ring at an agent or were taken there, by agent id."""
        by_agent: dict[str, list[RoutedContact]] = {}
        for contact in self.contacts.values():
            if contact.agent_id is not None:
                by_agent.setdefault(contact.agent_id, []).append(contact)
        return by_agent


# Records, written and read


class _Queued(msgspec.Struct, rename="camel"):
    contact_id: str
    media: str
    skill_id: str
    priority: int
    details: msgspec.Raw = msgspec.Raw(b"null")


class _Described(msgspec.Struct, rename="camel"):
    contact_id: str
    details: msgspec.Raw


class _Offered(msgspec.Struct, rename="camel"):
    contact_id: str
    agent_id: str
    round: int
    manual_accept: bool


class _OfContact(msgspec.Struct, rename="camel"):
    contact_id: str


class _OfBoth(msgspec.Struct, rename="camel"):
    contact_id: str
    agent_id: str


class _Agent(msgspec.Struct, rename="camel"):
    agent_id: str
    state: Readiness
    contacts: dict[str, str]


def queued(contact_id: int, media: str, skill_id: str, priority: int, details: msgspec.Raw) -> Draft:
    return Draft.of("queued", _Queued(str(contact_id), media, skill_id, priority, details))


def described(contact_id: int, details: msgspec.Raw) -> Draft:
    return Draft.of("described", _Described(str(contact_id), details))


def offered(contact_id: int, agent_id: str, its_round: int, manual_accept: bool) -> Draft:
    return Draft.of("offered", _Offered(str(contact_id), agent_id, its_round, manual_accept))


def of_contact(kind: Literal["returned", "taken", "abandoned", "finished"], contact_id: int) -> Draft:
    return Draft.of(kind, _OfContact(str(contact_id)))


def of_both(kind: Literal["refused", "rested"], contact_id: int, agent_id: str) -> Draft:
    """Of a contact and an agent."""
    return Draft.of(kind, _OfBoth(str(contact_id), agent_id))


def agent(agent_id: str, readiness: Readiness, contacts: Mapping[int, str]) -> Draft:
    return Draft.of("agent", _Agent(agent_id, readiness, {str(its_id): media for its_id, media in contacts.items()}))


def after(state: Routing, drafts: Iterable[Draft], now: int) -> Routing:
    """The state once these have been appended."""
    for draft in drafts:
        state = evolve(state, Record(0, now, None, draft.kind, draft.data))
    return state


def evolve(state: Routing, record: Record) -> Routing:
    """The state after a record. Never raises: a record that does not fit leaves it as it is."""
    if (known := _RECORDS.get(record.kind)) is None:
        return state
    decoder, fold = known
    try:
        data = decoder.decode(record.data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return state
    return fold(state, data, record.at)


def _queued(state: Routing, data: _Queued, at: int) -> Routing:
    its_id = contact_id(data.contact_id)
    if its_id is None or its_id in state.contacts or data.media not in LIMITS:
        return state
    contact = RoutedContact(its_id, data.media, data.skill_id, data.priority, at, data.details)
    return msgspec.structs.replace(state, contacts={**state.contacts, its_id: contact})


def _described(state: Routing, data: _Described, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    return state if contact is None else _with(state, contact, details=data.details)


def _offered(state: Routing, data: _Offered, at: int) -> Routing:
    contact, agent = _contact(state, data.contact_id), state.agents.get(data.agent_id)
    if contact is None or contact.agent_id is not None or agent is None:
        return state
    refused_by = contact.refused_by if data.round == contact.round else frozenset[str]()
    state = _with(state, contact, agent_id=agent.id, round=data.round, refused_by=refused_by)
    return _with_agent(state, agent, contacts={**agent.contacts, contact.id: contact.media})


def _refused(state: Routing, data: _OfBoth, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.agent_id != data.agent_id or contact.taken_at is not None:
        return state
    refused_by, resting = contact.refused_by | {data.agent_id}, {**contact.resting, data.agent_id: at}
    return _with(_let_go(state, contact), contact, agent_id=None, refused_by=refused_by, resting=resting)


def _returned(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.taken_at is not None:
        return state
    return _with(_let_go(state, contact), contact, agent_id=None)


def _taken(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.agent_id is None or contact.taken_at is not None:
        return state
    return _with(state, contact, taken_at=at, refused_by=frozenset(), resting={})


def _abandoned(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.taken_at is not None:
        return state
    state = _let_go(state, contact)
    return msgspec.structs.replace(state, contacts=less(state.contacts, contact.id))


def _finished(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.agent_id is None or contact.taken_at is None:
        return state
    state = _let_go(state, contact)
    if (agent := state.agents.get(contact.agent_id)) is not None:
        state = _with_agent(state, agent, idle_since=at)
    times = (*state.handling.get(contact.skill_id, ()), max(0, at - contact.taken_at))[-REMEMBERED_HANDLING:]
    return msgspec.structs.replace(
        state, contacts=less(state.contacts, contact.id), handling={**state.handling, contact.skill_id: times}
    )


def _rested(state: Routing, data: _OfBoth, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    return state if contact is None else _with(state, contact, resting=less(contact.resting, data.agent_id))


def _agent(state: Routing, data: _Agent, at: int) -> Routing:
    if data.state == "logged-out":
        return msgspec.structs.replace(state, agents=less(state.agents, data.agent_id))
    before = state.agents.get(data.agent_id)
    contacts = {its_id: media for number, media in data.contacts.items() if (its_id := contact_id(number)) is not None}
    became_available = data.state == "available" and (before is None or before.readiness != "available")
    has_finished = before is not None and bool(before.contacts.keys() - contacts.keys())
    idle_since = at if before is None or became_available or has_finished else before.idle_since
    if became_available:
        for contact in state.contacts.values():
            if data.agent_id in contact.resting:
                state = _with(state, contact, resting=less(contact.resting, data.agent_id))
    agent = RoutedAgent(data.agent_id, data.state, contacts, idle_since)
    return msgspec.structs.replace(state, agents={**state.agents, agent.id: agent})


_RECORDS: Mapping[str, tuple[msgspec.json.Decoder[Any], Callable[[Routing, Any, int], Routing]]] = {
    kind: (msgspec.json.Decoder(shape), fold)
    for kind, shape, fold in (
        ("queued", _Queued, _queued),
        ("described", _Described, _described),
        ("offered", _Offered, _offered),
        ("refused", _OfBoth, _refused),
        ("returned", _OfContact, _returned),
        ("taken", _OfContact, _taken),
        ("abandoned", _OfContact, _abandoned),
        ("finished", _OfContact, _finished),
        ("rested", _OfBoth, _rested),
        ("agent", _Agent, _agent),
    )
}


def _contact(state: Routing, number: str) -> RoutedContact | None:
    its_id = contact_id(number)
    return None if its_id is None else state.contacts.get(its_id)


def _with(state: Routing, contact: RoutedContact, **changes: Any) -> Routing:
    changed = msgspec.structs.replace(contact, **changes)
    return msgspec.structs.replace(state, contacts={**state.contacts, contact.id: changed})


def _with_agent(state: Routing, agent: RoutedAgent, **changes: Any) -> Routing:
    return msgspec.structs.replace(state, agents={**state.agents, agent.id: msgspec.structs.replace(agent, **changes)})


def _let_go(state: Routing, contact: RoutedContact) -> Routing:
    """The contact is no longer with the agent who had it, if anybody had."""
    agent = None if contact.agent_id is None else state.agents.get(contact.agent_id)
    return state if agent is None else _with_agent(state, agent, contacts=less(agent.contacts, contact.id))
