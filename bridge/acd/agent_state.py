"""One agent on the platform: the state that wire events tell.

Wire events are the state. They are folded whoever wrote them, the mock, a tester, a tenant or a recording, so all that the desk
and the decisions need is read from events (cxone-agent-session.md, section 2). Own record kinds hold only what no event says:

    session  {token}                                   the API session id, before its AgentSessionStart
    contact  {contactId, skill, customer, details?}    before the contact's first event; skill and customer may be null
    focus    {contactId}                               the contact that the agent turned to
    card     {contactId, name, picture}                null leaves what is there
    transcript {contactId, from, text}                 a message that the agent or the customer wrote
    typing   {contactId, from, isTyping}               whether one of them types
    refused  {command, contactId, code, reason}        a command that changed nothing, and why
    attended {}                                        somebody was there; it changes nothing

Contact ids in these are decimal text: they may exceed what JavaScript reads exactly.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import msgspec

from bridge.acd.events import Event, Head, contact_id, decode, event, head, is_true, seconds, text
from bridge.acd.media import CALL, Medium, medium_of
from bridge.clock import iso
from bridge.journal.base import WIRE, Record

SENDERS = ("agent", "customer")

LONGEST_TRANSCRIPT = 200
"""Messages of a contact that the state keeps, the newest."""


class Card(msgspec.Struct, frozen=True):
    """What the contact card shows of the customer."""

    name: str | None = None
    picture: str | None = None


class Message(msgspec.Struct, frozen=True):
    """What somebody wrote. `number` counts the contact's messages from 1, `at` is milliseconds since 1970."""

    number: int
    sender: str
    text: str
    at: int


class Playback(msgspec.Struct, frozen=True):
    """How a voicemail stood at a moment: `position` in seconds, `at` in milliseconds since 1970."""

    paused: bool
    position: int
    at: int


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
    details: Mapping[str, str] = {}
    """What is known of it beside its events, for people."""
    messages: tuple[Message, ...] = ()
    typing: Mapping[str, int] = {}
    """Who types, and when that was said last."""
    playback: Playback | None = None

    @cached_property
    def event(self) -> Event:
        # What has a head but cannot be decoded whole keeps what its head said, so that commands can still end it.
        return decode(self.raw) or {"Type": self.type, "ContactID": str(self.id), "Status": self.status}

    @property
    def medium(self) -> Medium:
        return medium_of(self.type)

    @property
    def is_call(self) -> bool:
        return self.medium is CALL

    @property
    def is_live_call(self) -> bool:
        """Whether it is a call that still occupies the agent; a call in wrap-up is there, but no longer live."""
        return self.is_call and self.status not in ("Disconnected", "CallBackDisconnected")

    @property
    def is_wrap_up(self) -> bool:
        return self.is_call and not self.is_live_call

    @property
    def plays(self) -> bool:
        return self.playback is not None and not self.playback.paused

    @property
    def duration(self) -> int | None:
        """Seconds of a voicemail; None where nobody knows."""
        return seconds(self.event, "FileDuration") or None

    def position(self, now: int) -> int:
        """The second at which a voicemail stands."""
        if self.playback is None:
            return 0
        passed = 0 if self.playback.paused else max(0, now - self.playback.at) // 1000
        position = self.playback.position + passed
        return position if self.duration is None else min(position, self.duration)


class Announcement(NamedTuple):
    """What is known of a contact before its first event."""

    skill_name: str | None
    customer: str | None
    details: Mapping[str, str] = {}


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
        return fold_own(agent, decode(record.data), record.at)
    return agent


def _contact_event(agent: Agent, record: Record, read: Head, its_id: int) -> Agent:
    status = read.Status if isinstance(read.Status, str) else ""
    known = agent.contacts.get(its_id)
    if status == medium_of(read.Type).last_status and is_true(read.FinalState):
        return agent if known is None else _without(agent, msgspec.structs.replace(known, status=status, raw=record.data))
    if known is None:
        told = agent.announced.get(its_id, Announcement(None, None))
        contact = Contact(
            its_id,
            read.Type,
            status,
            record.data,
            record.at,
            record.at,
            skill_name=told.skill_name,
            customer=told.customer,
            details=told.details,
        )
    else:
        since = known.status_since if status == known.status else record.at
        contact = msgspec.structs.replace(known, type=read.Type, status=status, raw=record.data, status_since=since)
    return msgspec.structs.replace(
        agent,
        contacts={**agent.contacts, its_id: contact},
        focus=its_id if agent.focus is None else agent.focus,
        announced=_less(agent.announced, its_id) if its_id in agent.announced else agent.announced,
    )


def _without(agent: Agent, ended: Contact) -> Agent:
    remaining = _less(agent.contacts, ended.id)
    focus = agent.focus if agent.focus != ended.id else next(reversed(remaining), None)
    return msgspec.structs.replace(agent, contacts=remaining, focus=focus, ended=ended)


Key = TypeVar("Key")
Value = TypeVar("Value")


def _less(mapping: Mapping[Key, Value], key: Key) -> dict[Key, Value]:
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


def _playback(agent: Agent, record: Record) -> Agent:
    event = decode(record.data)
    playback = Playback(is_true(event.get("PlayBackPaused")), seconds(event, "PlayBackPosition") or 0, record.at)
    return _with(agent, head(record.data).contact_id, playback=playback)


def _with(agent: Agent, its_id: int | None, **changes: Any) -> Agent:
    """The agent with something changed of a contact, if it is there."""
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None:
        return agent
    return msgspec.structs.replace(agent, contacts={**agent.contacts, contact.id: msgspec.structs.replace(contact, **changes)})


_AGENT_EVENTS: Mapping[str, Callable[[Agent, Record], Agent]] = {
    "AgentSessionStart": _session_start,
    "AgentSessionEnd": _session_end,
    "RemoteAgentSessionEnd": _session_end,
    "AgentState": _state,
    "AgentLeg": _leg,
    "Mute": _mute,
    "VoiceMailPlayBackEvent": _playback,
}


def _session(agent: Agent, data: Event, at: int) -> Agent:
    return msgspec.structs.replace(agent, session=text(data, "token") or None)


def _announce(agent: Agent, data: Event, at: int) -> Agent:
    its_id = contact_id(data.get("contactId"))
    if its_id is None:
        return agent
    told = data.get("details")
    details = {name: value for name, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}
    announcement = Announcement(text(data, "skill") or None, text(data, "customer") or None, details)
    return msgspec.structs.replace(agent, announced={**agent.announced, its_id: announcement})


def _focus(agent: Agent, data: Event, at: int) -> Agent:
    its_id = contact_id(data.get("contactId"))
    return msgspec.structs.replace(agent, focus=its_id) if its_id in agent.contacts else agent


def _card(agent: Agent, data: Event, at: int) -> Agent:
    its_id = contact_id(data.get("contactId"))
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None:
        return agent
    old = contact.card or Card()
    return _with(agent, its_id, card=Card(text(data, "name") or old.name, text(data, "picture") or old.picture))


def _message(agent: Agent, data: Event, at: int) -> Agent:
    its_id, sender = contact_id(data.get("contactId")), data.get("from")
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None or sender not in SENDERS:
        return agent
    number = contact.messages[-1].number + 1 if contact.messages else 1
    messages = (*contact.messages, Message(number, sender, text(data, "text"), at))[-LONGEST_TRANSCRIPT:]
    return _with(agent, its_id, messages=messages, typing=_less(contact.typing, sender))


def _typing(agent: Agent, data: Event, at: int) -> Agent:
    its_id, sender = contact_id(data.get("contactId")), data.get("from")
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None or sender not in SENDERS:
        return agent
    stopped = _less(contact.typing, sender)
    return _with(agent, its_id, typing={**stopped, sender: at} if data.get("isTyping") is True else stopped)


_OWN_RECORDS: Mapping[str, Callable[[Agent, Event, int], Agent]] = {
    "session": _session,
    "contact": _announce,
    "focus": _focus,
    "card": _card,
    "transcript": _message,
    "typing": _typing,
}
