"""One agent on the platform: the state that wire events tell.

Wire events are the state. They are folded whoever wrote them, the mock, a tester, a tenant or a recording, so all that the desk
and the decisions need is read from events (cxone-agent-session.md, section 2). Own record kinds hold only what no event says:

    session  {token, upstream?}                        the API session id, before its AgentSessionStart; upstream: a tenant's
    contact  {contactId, skill, skillId, customer, details?}
                                                       before the contact's first event; all but the first may be null
    focus    {contactId}                               the contact that the agent turned to
    card     {contactId, name, picture}                null leaves what is there
    peer     {contactId, agentId, peerId}              the other end of a call between agents; null: there is none (any more)
    transcript {contactId, from, text, at?, agentId?}  a message that the agent or the customer wrote; at: before this record;
                                                       agentId: which agent
    typing   {contactId, from, isTyping}               whether one of them types
    disposition {contactId, name, ...}                 how it came out, as in `Outcome`; it replaces one noted before
    refused  {command, contactId, code, reason}        a command that changed nothing, and why
    attended {}                                        somebody was there; it changes nothing
    replay   {recordingId, speed, messages, played, anew}
                                                       a recording is played to the agent, of whose messages that many have been;
                                                       anew: the state is told anew. recordingId null: it is over and done with
    upstream {address, trouble, since, sessionOf}      how it stands with the live tenant, as in `Upstream`
    asked    {request, command, contactId, words, method, path, parameters, after}
                                                       a call to the tenant, before it is made; `after` is what its success adds
    told     {request, outcome, reason}                how that went: done, refused, unknown; no call is ever made again
    over     {reason}                                  the tenant's session ended without an event that says so
    anew     {}                                        the tenant tells everything anew; its AgentSessionStart is not the first

Contact ids in these are decimal text: they may exceed what JavaScript reads exactly.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import msgspec

from bridge.acd.commands import Peer, Sender
from bridge.acd.events import Event, Head, contact_id, decode, event, head, is_true, seconds, text
from bridge.acd.mappings import less
from bridge.acd.media import CALL, DIGITAL, Medium, medium_of
from bridge.clock import iso
from bridge.journal.base import WIRE, Record

SENDERS: Mapping[str, Sender] = {"agent": "agent", "customer": "customer"}
"""Who can have written something."""

Kind = TypeVar("Kind")

LONGEST_TRANSCRIPT = 200
"""Messages of a contact that the state keeps, the newest."""


class Card(msgspec.Struct, frozen=True):
    """What the contact card shows of the customer."""

    name: str | None = None
    picture: str | None = None


class Message(msgspec.Struct, frozen=True):
    """What somebody wrote. `number` counts the contact's messages from 1, `at` is milliseconds since 1970. `agent_id` is that of
    the agent who wrote it; "" where the customer did."""

    number: int
    sender: Sender
    text: str
    at: int
    agent_id: str = ""


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """How a contact came out, as the agent noted it: the fields of `Dispose`. `name` is the primary disposition's."""

    primary_id: str
    name: str
    notes: str = ""
    secondary_id: str = ""
    preview_id: str = ""
    commitment_amount: str = ""
    callback_time: str = ""
    callback_number: str = ""


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
    announced_skill: str = ""
    """The skill's id, as it was known before the first event: that of a digital contact tells its name alone."""
    customer: str | None = None
    card: Card | None = None
    details: Mapping[str, str] = {}
    """What is known of it beside its events, for people."""
    messages: tuple[Message, ...] = ()
    typing: Mapping[str, int] = {}
    """Who types, and when that was said last."""
    playback: Playback | None = None
    outcome: Outcome | None = None
    peer: Peer | None = None
    """The other end, where it is a call between agents."""

    @cached_property
    def event(self) -> Event:
        # What has a head but cannot be decoded whole keeps what its head said, so that commands can still end it.
        return decode(self.raw) or {"Type": self.type, "ContactID": str(self.id), "Status": self.status}

    @property
    def medium(self) -> Medium:
        return medium_of(self.type)

    @property
    def skill_id(self) -> str:
        """ "" where nobody told it."""
        return text(self.event, "Skill") or text(self.event, "SkillId") or self.announced_skill

    @property
    def is_call(self) -> bool:
        return self.medium is CALL

    @property
    def is_live_call(self) -> bool:
        """Whether it is a call that still occupies the agent; a call in wrap-up is there, but no longer live."""
        return self.is_call and self.status not in ("Disconnected", "CallBackDisconnected")

    @property
    def is_consult(self) -> bool:
        """Whether it is a call between agents about a customer's."""
        return self.is_call and text(self.event, "CallType") == "Consult"

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


class Upstream(msgspec.Struct, frozen=True, rename="camel"):
    """The live tenant behind an agent. `trouble` is what is wrong, in sentences ("": nothing), `since` when that began, in
    milliseconds since 1970. `session_of` is the agent whose session this server works with, where it is another one."""

    address: str
    trouble: str = ""
    since: int = 0
    session_of: str = ""


class TenantRequest(msgspec.Struct, frozen=True, rename="camel"):
    """A call to the tenant: `path` is below the session, `words` say in a sentence what was asked for. `unknown` says why nobody
    knows whether it was carried out; "" while its answer is awaited."""

    request: str
    command: str
    contact_id: str | None
    words: str
    method: str
    path: str
    parameters: Mapping[str, Any]
    after: tuple[str, Mapping[str, Any]] | None = None
    """The kind and the data of the record that its success adds."""
    unknown: str = ""


class Replay(msgspec.Struct, frozen=True, rename="camel"):
    """A recording that is played to an agent: `played` of its `messages` so far."""

    recording_id: str
    speed: float
    messages: int
    played: int

    @property
    def is_over(self) -> bool:
        """Whether all of it has been played."""
        return self.played >= self.messages


class Announcement(NamedTuple):
    """What is known of a contact before its first event."""

    skill_name: str | None
    skill_id: str
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
    upstream: Upstream | None = None
    """None: the platform behind it is no live tenant."""
    requests: Mapping[str, TenantRequest] = {}
    """The calls to the tenant that have no answer, or of which nobody knows what became, oldest first."""
    replay: Replay | None = None
    """The recording that is played to this agent, or was and still shows: nobody decides, and there is no session."""
    untold: "Agent | None" = None
    """What was known when the platform began to tell everything anew. Contacts that it tells of again go on as they were."""
    begins_late: bool = False
    """Whether everything is being told anew, and the AgentSessionStart that says so is still to come."""

    @cached_property
    def state(self) -> Event | None:
        return None if self.state_raw is None else decode(self.state_raw)

    @cached_property
    def leg(self) -> Event | None:
        return None if self.leg_raw is None else decode(self.leg_raw)

    @property
    def has_leg(self) -> bool:
        """Whether the agent's phone is connected, or about to be."""
        return self.leg is not None and text(self.leg, "Status") != "Disconnected"

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
    medium = medium_of(read.Type)
    # The vendor lists no FinalState for digital contacts: one that says nothing of it has ended.
    is_final = is_true(read.FinalState) or (medium is DIGITAL and read.FinalState is None)
    if status == medium.last_status and is_final:
        if known is None:
            return agent
        return _without(_seen(agent, str(its_id)), msgspec.structs.replace(known, status=status, raw=record.data))
    focus = its_id if agent.focus is None else agent.focus
    if known is None and agent.untold is not None and (known := agent.untold.contacts.get(its_id)) is not None:
        focus = its_id if agent.untold.focus == its_id else focus
    if known is None or known.raw != record.data:  # what is only told again settles nothing
        agent = _seen(agent, None if known is None else str(its_id))
    if known is None:
        told = agent.announced.get(its_id, Announcement(None, "", None))
        contact = Contact(
            its_id,
            read.Type,
            status,
            record.data,
            record.at,
            record.at,
            skill_name=told.skill_name,
            announced_skill=told.skill_id,
            customer=told.customer,
            details=told.details,
        )
    else:
        since = known.status_since if status == known.status else record.at
        contact = msgspec.structs.replace(known, type=read.Type, status=status, raw=record.data, status_since=since)
    return msgspec.structs.replace(
        agent,
        contacts={**agent.contacts, its_id: contact},
        focus=focus,
        announced=less(agent.announced, its_id) if its_id in agent.announced else agent.announced,
    )


def _without(agent: Agent, ended: Contact) -> Agent:
    remaining = less(agent.contacts, ended.id)
    focus = agent.focus if agent.focus != ended.id else next(reversed(remaining), None)
    return msgspec.structs.replace(agent, contacts=remaining, focus=focus, ended=ended)


def _session_start(agent: Agent, record: Record) -> Agent:
    # The session's token was recorded before; a resync sends this event again and then tells everything anew.
    return msgspec.structs.replace(agent, begins_late=False) if agent.begins_late else _told_anew(agent)


def _told_anew(agent: Agent) -> Agent:
    # Only a live tenant tells anew of the same contacts.
    is_retold = agent.upstream is not None and agent.session is not None
    untold = msgspec.structs.replace(agent, untold=None, announced={}, requests={}) if is_retold else None
    return Agent(
        agent.agent_id, agent.session, upstream=agent.upstream, requests=agent.requests, replay=agent.replay, untold=untold
    )


def _session_end(agent: Agent, record: Record) -> Agent:
    end = decode(record.data)
    by_server = text(end, "Message") if end.get("Type") == "RemoteAgentSessionEnd" else ""
    return _logged_out(agent, by_server, record.at)


def _logged_out(agent: Agent, by_server: str, at: int) -> Agent:
    state = event("AgentState", CurrentState="LoggedOut", StartTimeUTC=iso(at))
    return Agent(
        agent.agent_id,
        state_raw=msgspec.Raw(msgspec.json.encode(state)),
        logged_out=by_server,
        upstream=agent.upstream,
        requests={its_id: asked for its_id, asked in agent.requests.items() if not asked.unknown},
        replay=agent.replay,
    )


def _state(agent: Agent, record: Record) -> Agent:
    known = agent.state_raw if agent.untold is None or agent.state_raw is not None else agent.untold.state_raw
    return msgspec.structs.replace(agent if record.data == known else _seen(agent, None), state_raw=record.data)


def _leg(agent: Agent, record: Record) -> Agent:
    return msgspec.structs.replace(agent, leg_raw=record.data)


def _mute(agent: Agent, record: Record) -> Agent:
    muted = is_true(decode(record.data).get("AgentMuted"))
    return agent if muted == agent.muted else msgspec.structs.replace(_seen(agent, None), muted=muted)


def _seen(agent: Agent, its_contact: str | None) -> Agent:
    """The agent once an event told something new of a contact, or with None of the agent: what became of requests shows there."""
    if not any(asked.unknown and asked.contact_id == its_contact for asked in agent.requests.values()):
        return agent
    left = {key: asked for key, asked in agent.requests.items() if not asked.unknown or asked.contact_id != its_contact}
    return msgspec.structs.replace(agent, requests=left)


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
    upstream = agent.upstream if data.get("upstream") is True else None
    return msgspec.structs.replace(agent, session=text(data, "token") or None, upstream=upstream)


def _announce(agent: Agent, data: Event, at: int) -> Agent:
    its_id = contact_id(data.get("contactId"))
    if its_id is None:
        return agent
    told = data.get("details")
    details = {name: value for name, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}
    announcement = Announcement(text(data, "skill") or None, text(data, "skillId"), text(data, "customer") or None, details)
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


def _peer(agent: Agent, data: Event, at: int) -> Agent:
    peer_id, agent_id = contact_id(data.get("peerId")), data.get("agentId")
    peer = None if peer_id is None else Peer(agent_id if isinstance(agent_id, str) else None, peer_id)
    return _with(agent, contact_id(data.get("contactId")), peer=peer)


def _message(agent: Agent, data: Event, at: int) -> Agent:
    its_id, sender = contact_id(data.get("contactId")), SENDERS.get(text(data, "from"))
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None or sender is None:
        return agent
    number = contact.messages[-1].number + 1 if contact.messages else 1
    then, writer = data.get("at"), text(data, "agentId") or agent.agent_id if sender == "agent" else ""
    new = Message(number, sender, text(data, "text"), then if isinstance(then, int) else at, writer)
    messages = (*contact.messages, new)[-LONGEST_TRANSCRIPT:]
    return _with(agent, its_id, messages=messages, typing=less(contact.typing, sender))


def _typing(agent: Agent, data: Event, at: int) -> Agent:
    its_id, sender = contact_id(data.get("contactId")), SENDERS.get(text(data, "from"))
    contact = None if its_id is None else agent.contacts.get(its_id)
    if contact is None or sender is None:
        return agent
    stopped = less(contact.typing, sender)
    return _with(agent, its_id, typing={**stopped, sender: at} if data.get("isTyping") is True else stopped)


def replay_of(data: Event) -> Replay | None:
    """What is played, by the data of a `replay` record; None: nothing any more."""
    try:
        return msgspec.convert(data, Replay)
    except msgspec.ValidationError:
        return None


def _replay(agent: Agent, data: Event, at: int) -> Agent:
    replay = replay_of(data)
    if replay is not None and (replay.played == 0 or data.get("anew") is True):
        return Agent(agent.agent_id, replay=replay)
    return msgspec.structs.replace(agent, replay=replay)


def _disposition(agent: Agent, data: Event, at: int) -> Agent:
    try:
        outcome = msgspec.convert(data, Outcome)
    except msgspec.ValidationError:
        return agent
    return _with(agent, contact_id(data.get("contactId")), outcome=outcome)


def _upstream(agent: Agent, data: Event, at: int) -> Agent:
    return msgspec.structs.replace(agent, upstream=_converted(data, Upstream) or agent.upstream)


def _asked(agent: Agent, data: Event, at: int) -> Agent:
    asked = _converted(data, TenantRequest)
    return agent if asked is None else msgspec.structs.replace(agent, requests={**agent.requests, asked.request: asked})


def _told(agent: Agent, data: Event, at: int) -> Agent:
    asked = agent.requests.get(text(data, "request"))
    if asked is None:
        return agent
    left = less(agent.requests, asked.request)
    if data.get("outcome") == "unknown" and asked.command != "typing":
        left[asked.request] = msgspec.structs.replace(asked, unknown=text(data, "reason"))
    return msgspec.structs.replace(agent, requests=left)


def _anew(agent: Agent, data: Event, at: int) -> Agent:
    return msgspec.structs.replace(_told_anew(agent), begins_late=True)


def _over(agent: Agent, data: Event, at: int) -> Agent:
    return _logged_out(agent, text(data, "reason"), at)


def _converted(data: Event, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return None


_OWN_RECORDS: Mapping[str, Callable[[Agent, Event, int], Agent]] = {
    "session": _session,
    "contact": _announce,
    "focus": _focus,
    "card": _card,
    "peer": _peer,
    "transcript": _message,
    "typing": _typing,
    "disposition": _disposition,
    "replay": _replay,
    "upstream": _upstream,
    "asked": _asked,
    "told": _told,
    "over": _over,
    "anew": _anew,
}
