"""One agent on the platform: the state that wire events tell.

Wire events are the state. They are folded whoever wrote them, the mock, a tester, a tenant or a recording, so all that the desk
and the decisions need is read from events (cxone-agent-session.md, section 2). Own record kinds hold only what no event says:

    session  {token}                                   the API session id, before its AgentSessionStart
    contact  {contactId, skill, customer}              before the contact's first event; either may be null
    focus    {contactId}                               the contact that the agent turned to
    card     {contactId, name, picture}                null leaves what is there
    refused  {command, contactId, code, reason}        a command that changed nothing, and why
    attended {}                                        somebody was there; it changes nothing

Contact ids in these are decimal text: they may exceed what JavaScript reads exactly.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

import msgspec

from bridge.acd.events import Event, Head, contact_id, decode, event, head, is_true, text
from bridge.clock import iso
from bridge.journal.base import WIRE, Record

CALL = "CallContactEvent"
VOICEMAIL = "VoiceMailContactEvent"


class Card(msgspec.Struct, frozen=True):
    """What the contact card shows of the customer."""

    name: str | None = None
    picture: str | None = None


class Contact(msgspec.Struct, frozen=True, dict=True):
    """A contact that has not ended. `raw` is its last event, `since` and `status_since` are milliseconds since 1970."""

    id: int
    type: str
    status: str
    raw: msgspec.Raw
    since: int
    status_since: int
    skill_name: str | None = None
    customer: str | None = None
    card: Card | None = None

    @cached_property
    def event(self) -> Event:
        # What has a head but cannot be decoded whole keeps what its head said, so that commands can still end it.
        return decode(self.raw) or {"Type": self.type, "ContactID": str(self.id), "Status": self.status}

    @property
    def is_call(self) -> bool:
        return self.type == CALL

    @property
    def is_live_call(self) -> bool:
        """Whether it is a call that still occupies the agent; a call in wrap-up is there, but no longer live."""
        return self.type == CALL and self.status not in ("Disconnected", "CallBackDisconnected")

    @property
    def is_wrap_up(self) -> bool:
        return self.type == CALL and not self.is_live_call


class Announcement(NamedTuple):
    """What is known of a contact before its first event."""

    skill_name: str | None
    customer: str | None


class NextState(NamedTuple):
    state: str
    reason: str


class Agent(msgspec.Struct, frozen=True, dict=True):
    """An agent at one moment. `session` is the API session id, `contacts` are oldest first, `focus` is one of them or None."""

    agent_id: str
    session: str | None = None
    state_raw: msgspec.Raw | None = None
    """The last AgentState event as it came; None says that nothing is known."""
    leg_raw: msgspec.Raw | None = None
    """The last AgentLeg event as it came."""
    muted: bool = False
    contacts: Mapping[int, Contact] = {}
    focus: int | None = None
    ended: Contact | None = None
    """The contact that ended last, with its last event."""
    logged_out: str = ""
    """Why the server ended the session (`SessionTimeout`); "" where the agent did, or there is one."""
    announced: Mapping[int, Announcement] = {}

    @cached_property
    def state(self) -> Event | None:
        return None if self.state_raw is None else decode(self.state_raw)

    @cached_property
    def leg(self) -> Event | None:
        return None if self.leg_raw is None else decode(self.leg_raw)

    @property
    def current_state(self) -> str:
        """Available, Unavailable, InboundContact and so on; "" while nothing is known."""
        return text(self.state or {}, "CurrentState")

    @property
    def reason(self) -> str:
        return text(self.state or {}, "CurrentOutReason")

    @property
    def is_acw(self) -> bool:
        return self.current_state == "Unavailable" and is_true((self.state or {}).get("IsAcw"))

    @property
    def next_states(self) -> tuple[NextState, ...]:
        """The states to come after this one, the next first."""
        listed = (self.state or {}).get("NextStates")
        return tuple(
            NextState(one["State"], text(one, "OutReason"))
            for one in (listed if isinstance(listed, list) else ())
            if isinstance(one, dict) and isinstance(one.get("State"), str)
        )

    @property
    def live_calls(self) -> list[Contact]:
        return [contact for contact in self.contacts.values() if contact.is_live_call]

    @property
    def wrap_ups(self) -> list[Contact]:
        return [contact for contact in self.contacts.values() if contact.is_wrap_up]


def evolve(agent: Agent, record: Record) -> Agent:
    """The agent after a record. Never raises: a record that says nothing of the agent leaves it as it is."""
    if record.kind == WIRE:
        read = head(record.data)
        if not isinstance(read.Type, str):
            return agent
        if (fold_agent := _AGENT_EVENTS.get(read.Type)) is not None:
            return fold_agent(agent, record)
        if read.Type.endswith("ContactEvent") and (its_id := read.contact_id) is not None:
            return _contact_event(agent, record, read, its_id)
        return agent
    if (fold_own := _OWN_RECORDS.get(record.kind)) is not None:
        return fold_own(agent, decode(record.data))
    return agent


def _contact_event(agent: Agent, record: Record, read: Head, its_id: int) -> Agent:
    status = read.Status if isinstance(read.Status, str) else ""
    known = agent.contacts.get(its_id)
    if status == last_status(read.Type) and is_true(read.FinalState):
        return agent if known is None else _without(agent, msgspec.structs.replace(known, status=status, raw=record.data))
    if known is None:
        skill_name, customer = agent.announced.get(its_id, (None, None))
        contact = Contact(its_id, read.Type, status, record.data, record.at, record.at, skill_name, customer)
    else:
        since = known.status_since if status == known.status else record.at
        contact = msgspec.structs.replace(known, type=read.Type, status=status, raw=record.data, status_since=since)
    return msgspec.structs.replace(
        agent,
        contacts={**agent.contacts, its_id: contact},
        focus=its_id if agent.focus is None else agent.focus,
        announced=_less(agent.announced, its_id) if its_id in agent.announced else agent.announced,
    )


def last_status(contact_type: str) -> str:
    """The status in which a contact ends, once FinalState is true as well."""
    return "Discarded" if contact_type == VOICEMAIL else "Disconnected"


def _without(agent: Agent, ended: Contact) -> Agent:
    remaining = _less(agent.contacts, ended.id)
    focus = agent.focus if agent.focus != ended.id else next(reversed(remaining), None)
    return msgspec.structs.replace(agent, contacts=remaining, focus=focus, ended=ended)


Value = TypeVar("Value")


def _less(mapping: Mapping[int, Value], key: int) -> dict[int, Value]:
    return {other: value for other, value in mapping.items() if other != key}


def _session_start(agent: Agent, record: Record) -> Agent:
    # The session's token was recorded before; a resync sends this event again and then tells everything anew.
    return Agent(agent.agent_id, agent.session)


def _session_end(agent: Agent, record: Record) -> Agent:
    state = event("AgentState", CurrentState="LoggedOut", StartTimeUTC=iso(record.at))
    end = decode(record.data)
    by_server = text(end, "Message") if end.get("Type") == "RemoteAgentSessionEnd" else ""
    return Agent(agent.agent_id, state_raw=msgspec.Raw(msgspec.json.encode(state)), logged_out=by_server)


def _state(agent: Agent, record: Record) -> Agent:
    return msgspec.structs.replace(agent, state_raw=record.data)


def _leg(agent: Agent, record: Record) -> Agent:
    return msgspec.structs.replace(agent, leg_raw=record.data)


def _mute(agent: Agent, record: Record) -> Agent:
    return msgspec.structs.replace(agent, muted=is_true(decode(record.data).get("AgentMuted")))


_AGENT_EVENTS: Mapping[str, Callable[[Agent, Record], Agent]] = {
    "AgentSessionStart": _session_start,
    "AgentSessionEnd": _session_end,
    "RemoteAgentSessionEnd": _session_end,
    "AgentState": _state,
    "AgentLeg": _leg,
    "Mute": _mute,
}


def _session(agent: Agent, data: Event) -> Agent:
    return msgspec.structs.replace(agent, session=text(data, "token") or None)


def _announce(agent: Agent, data: Event) -> Agent:
    its_id = contact_id(data.get("contactId"))
    if its_id is None:
        return agent
    announcement = Announcement(text(data, "skill") or None, text(data, "customer") or None)
    return msgspec.structs.replace(agent, announced={**agent.announced, its_id: announcement})


def _focus(agent: Agent, data: Event) -> Agent:
    its_id = contact_id(data.get("contactId"))
    return msgspec.structs.replace(agent, focus=its_id) if its_id in agent.contacts else agent


def _card(agent: Agent, data: Event) -> Agent:
    its_id = contact_id(data.get("contactId"))
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None:
        return agent
    old = contact.card or Card()
    card = Card(text(data, "name") or old.name, text(data, "picture") or old.picture)
    return msgspec.structs.replace(agent, contacts={**agent.contacts, contact.id: msgspec.structs.replace(contact, card=card)})


_OWN_RECORDS: Mapping[str, Callable[[Agent, Event], Agent]] = {
    "session": _session,
    "contact": _announce,
    "focus": _focus,
    "card": _card,
}
