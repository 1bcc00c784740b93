"""One agent on the platform: what follows from a command, and which timers a state wants (cxone-agent-session.md, section 3).

While a call is live, one in wrap-up not counted, the agent is on contact: a state that the agent asks for waits, and ACW begins
only when the last live call has ended. Contacts of other media come beside calls and leave the agent's state as it is
(`beside_calls.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.acd import batches, beside_calls
from bridge.acd.agent_state import Agent, Contact, NextState, evolve
from bridge.acd.commands import (
    Act,
    Attend,
    Command,
    CustomerAct,
    EndAcw,
    EndPlayback,
    EndSession,
    EndTyping,
    Focus,
    Offer,
    OfferCall,
    PanelCommand,
    RefusalTimeout,
    Say,
    SetCard,
    SetState,
    StartSession,
    Typing,
)
from bridge.acd.events import is_true, seconds, text
from bridge.acd.media import MEDIA, nouns
from bridge.acd.skills import SKILLS, UNKNOWN_SKILL, Skill
from bridge.clock import milliseconds
from bridge.journal.base import Draft, Record
from bridge.journal.decider import Ids

# The verb that a panel's message means: the first that the call allows.
_PANEL_VERBS = {
    "AnswerEvent": ("answer",),
    "RefuseEvent": ("refuse",),
    "HoldEvent": ("hold", "resume"),
    "MuteEvent": ("mute", "unmute"),
    "MaskEvent": ("mask", "unmask"),
    "RecordEvent": ("record",),
    "HangupEvent": ("hangup",),
}
_STATUS_AFTER = {"answer": "Active", "hold": "Holding", "resume": "Active", "mask": "Masking", "unmask": "Active"}
_CONVERSATION = ("Active", "Holding", "Masking", "Joined")
_DISCONNECT_CODES = {"busy": "Busy", "no-answer": "NoAnswer"}


TYPING_LASTS = 10_000
"""Milliseconds after which somebody of whose typing no more is said has stopped."""

Timer = RefusalTimeout | EndPlayback | EndTyping | EndAcw


def allowed_verbs(agent: Agent, contact: Contact, by: str = "desk") -> frozenset[str]:
    """What the agent may do with a contact now; `by` is "desk" or "api"."""
    return contact.medium.allowed(contact.status, by) - _pointless(agent, contact)


def _pointless(agent: Agent, contact: Contact) -> set[str]:
    """Verbs that ask for what is so already."""
    pointless = {"mute" if agent.muted else "unmute", "play" if contact.plays else "pause"}
    return pointless | {"record"} if is_true(contact.event.get("IsLogging")) else pointless


class _Refused(Exception):
    """The command does not fit the state. `reason` says so in a sentence."""

    def __init__(self, code: str, reason: str, contact_id: int | None = None) -> None:
        super().__init__(reason)
        self.code, self.reason, self.contact_id = code, reason, contact_id


class AgentDecider:
    """The `Decider` of `agent/<id>` streams. `skills` gives those of the moment by id, which say how calls ring and wrap up;
    `unknown` says it for all others."""

    def __init__(self, skills: Callable[[], Mapping[str, Skill]] = lambda: SKILLS, unknown: Skill = UNKNOWN_SKILL) -> None:
        self._skills, self._unknown = skills, unknown

    def initial(self, stream: str) -> Agent:
        return Agent(stream.partition("/")[2])

    def evolve(self, state: Agent, record: Record) -> Agent:
        return evolve(state, record)

    def is_open(self, state: Agent) -> bool:
        return state.session is not None or bool(self.due(state))

    def due(self, state: Agent) -> Sequence[tuple[int, Timer]]:
        timers: list[tuple[int, Timer]] = []
        for contact in state.contacts.values():
            if contact.status == "Incoming" and (when := _refused_at(contact)) is not None:
                timers.append((when, RefusalTimeout(contact.id, when)))
            if contact.playback is not None and contact.plays and contact.duration is not None:
                when = contact.playback.at + 1000 * max(0, contact.duration - contact.playback.position)
                timers.append((when, EndPlayback(contact.id, when)))
            for sender, said in contact.typing.items():
                when = said + TYPING_LASTS
                timers.append((when, EndTyping(contact.id, sender, when)))
        if state.is_acw and (when := _deadline(state.state or {}, "AcwTimeout")) is not None:
            timers.append((when, EndAcw(when)))
        return timers

    def decide(self, state: Agent, command: Command, now: int, ids: Ids) -> list[Draft]:
        try:
            return self._decide(state, command, now, ids)
        except _Refused as refused:
            about = refused.contact_id
            return [
                Draft.of(
                    "refused",
                    {
                        "command": _name(command),
                        "contactId": None if about is None else str(about),
                        "code": refused.code,
                        "reason": refused.reason,
                    },
                )
            ]

    def _decide(self, agent: Agent, command: Command, now: int, ids: Ids) -> list[Draft]:
        match command:
            case StartSession():
                return [] if agent.session else batches.login(agent, now, ids)
            case Attend():
                return [Draft.of("attended", {})] if agent.session else []
            case RefusalTimeout(contact_id, due):
                if (due, command) not in self.due(agent):
                    return []
                return _refuse(agent, agent.contacts[contact_id], now)
            case EndPlayback(contact_id, due):
                return beside_calls.pause(agent.contacts[contact_id], now) if (due, command) in self.due(agent) else []
            case EndTyping(contact_id, sender, due):
                return [beside_calls.typing(contact_id, sender, False)] if (due, command) in self.due(agent) else []
            case EndAcw(int(due)):
                return batches.to_state(agent, batches.next_state(agent), now) if (due, command) in self.due(agent) else []
            case Focus(contact_id):
                # Recorded even if nothing changes: without a record the command would be done again when it is sent again.
                return [batches.focus(_contact(agent, contact_id).id)]
            case SetCard():
                return _set_card(agent, command)
        if agent.session is None:
            raise _Refused("no-session", f"Agent {agent.agent_id} is logged out; start a session first.")
        match command:
            case EndSession(by, end_contacts):
                if agent.contacts and not end_contacts:
                    raise _Refused("wrong-state", f"Agent {agent.agent_id} cannot log out: {_still_there(agent)}.")
                return batches.logout(agent, by, now)
            case SetState(state, reason):
                return _set_state(agent, state, reason, now)
            case EndAcw():
                if not agent.is_acw:
                    raise _Refused("wrong-state", f"Agent {agent.agent_id} is not in after-call work.")
                return batches.to_state(agent, batches.next_state(agent), now)
            case OfferCall():
                return batches.offer(agent, command, self._skill(command.skill_id), now, ids)
            case Offer():
                return beside_calls.offer(agent, command, self._skill(command.skill_id), now, ids)
            case Act(verb, contact_id, by, position):
                contact = _contact_with(agent, contact_id, verb)
                return self._act(agent, verb, contact, by, now, position)
            case PanelCommand(message_type):
                call = _call_for_panel(agent, message_type)
                allowed = allowed_verbs(agent, call)
                verbs = _PANEL_VERBS[message_type]
                return self._act(agent, next((verb for verb in verbs if verb in allowed), verbs[0]), call, "desk", now)
            case CustomerAct("hangup", contact_id) if _contact(agent, contact_id).medium.has_messages:
                return beside_calls.end(_written_with(agent, contact_id, "customer"), now)
            case CustomerAct(verb, contact_id):
                return self._customer_act(agent, verb, _call(agent, contact_id, verb), now)
            case Say(contact_id, its_text, sender):
                return [beside_calls.message(_written_with(agent, contact_id, sender).id, sender, its_text)]
            case Typing(contact_id, is_typing, sender):
                contact = _written_with(agent, contact_id, sender)
                changes = is_typing or sender in contact.typing
                return [beside_calls.typing(contact_id, sender, is_typing)] if changes else []

    def _skill(self, skill_id: str) -> Skill:
        return self._skills().get(skill_id, self._unknown)

    def _act(self, agent: Agent, verb: str, contact: Contact, by: str, now: int, position: int | None = None) -> list[Draft]:
        seeks = position is not None and verb == "play" and contact.plays and verb in contact.medium.allowed(contact.status, by)
        if verb not in allowed_verbs(agent, contact, by) and not seeks:
            raise _Refused("wrong-state", why_not(agent, contact, verb, by), contact.id)
        match verb:
            case "refuse":
                return _refuse(agent, contact, now)
            case "hangup":
                return self._hang_up(agent, contact, now)
            case "mute" | "unmute":
                return batches.mute(verb == "mute")
            case "record":
                return batches.recording(contact, now)
            case "end":
                return beside_calls.end(contact, now)
            case "play":
                return beside_calls.play(contact, now, position)
            case "pause":
                return beside_calls.pause(contact, now)
        new = _STATUS_AFTER[verb]
        drafts = batches.status(agent, contact, new, now) if contact.is_call else beside_calls.status(contact, new, now)
        return [*drafts, batches.focus(contact.id)] if verb == "answer" and contact.id != agent.focus else drafts

    def _customer_act(self, agent: Agent, verb: str, call: Contact, now: int) -> list[Draft]:
        if verb == "hangup":
            if not call.is_live_call:
                raise _Refused("wrong-state", f"hangup needs a call that is live; {_is(call)}.", call.id)
            return self._hang_up(agent, call, now)
        if call.status != "Dialing":
            raise _Refused("wrong-state", f"{verb} needs a call that is Dialing; {_is(call)}.", call.id)
        if verb == "answer":
            return batches.status(agent, call, "Active", now)
        return batches.end(agent, call, now, batches.next_state(agent), disconnect_code=_DISCONNECT_CODES[verb])

    def _hang_up(self, agent: Agent, call: Contact, now: int) -> list[Draft]:
        acw = self._skill(text(call.event, "Skill")).acw
        # A call that nobody answered leaves no work behind.
        if acw == 0 or call.status not in _CONVERSATION or batches.others(agent, call):
            return batches.end(agent, call, now, batches.next_state(agent))
        return batches.wrap_up(agent, call, acw, now)


def _name(command: Command) -> str:
    match command:
        case Act(verb):
            return verb
        case PanelCommand(message_type):
            return message_type
        case CustomerAct(verb):
            return f"customer {verb}"
        case Say():
            return "message"
        case Typing():
            return "typing"
    return type(command).__name__


def _contact(agent: Agent, contact_id: int) -> Contact:
    contact = agent.contacts.get(contact_id)
    if contact is None:
        raise _Refused("unknown-contact", f"Agent {agent.agent_id} has no contact {contact_id}.", contact_id)
    return contact


def _contact_with(agent: Agent, contact_id: int, verb: str) -> Contact:
    """The contact, of a medium that has the verb."""
    contact = _contact(agent, contact_id)
    if not contact.medium.has(verb):
        raise _wrong_media(contact, f"{verb} is for {nouns([medium for medium in MEDIA if medium.has(verb)])}")
    return contact


def _call(agent: Agent, contact_id: int, command: str) -> Contact:
    contact = _contact(agent, contact_id)
    if not contact.is_call:
        raise _wrong_media(contact, f"{command} is for calls")
    return contact


def _written_with(agent: Agent, contact_id: int, sender: str) -> Contact:
    """The contact, in which this one can write now: the customer while it is there, the agent while the agent has answered it."""
    contact = _contact(agent, contact_id)
    if not contact.medium.has_messages:
        raise _wrong_media(contact, f"Messages are for {nouns([medium for medium in MEDIA if medium.has_messages])}")
    if contact.status == contact.medium.last_status or (sender == "agent" and contact.status != "Active"):
        raise _Refused(
            "wrong-state", f"The {sender} writes in {contact.medium.a} that {_needed(sender)}; {_is(contact)}.", contact_id
        )
    return contact


def _needed(sender: str) -> str:
    return "is Active" if sender == "agent" else "has not ended"


def _wrong_media(contact: Contact, what_for: str) -> _Refused:
    return _Refused("wrong-media", f"{what_for}; contact {contact.id} came as {contact.type}.", contact.id)


def _call_for_panel(agent: Agent, message_type: str) -> Contact:
    """The incoming call that shows the accept/reject dialog, or the contact in focus (max-post-message.md, section 2)."""
    if message_type in ("AnswerEvent", "RefuseEvent"):
        incoming = [call for call in agent.live_calls if call.status == "Incoming"]
        if not incoming:
            raise _Refused("no-contact", f"{message_type} needs a call that is Incoming; there is none.")
        return next((call for call in incoming if call.id == agent.focus), incoming[0])
    if agent.focus is None:
        raise _Refused("no-contact", f"{message_type} acts on the contact in focus; there is none.")
    return _call(agent, agent.focus, message_type)


def _still_there(agent: Agent) -> str:
    first = next(iter(agent.contacts))
    return f"contact {first} is still there" if len(agent.contacts) == 1 else f"{len(agent.contacts)} contacts are still there"


def why_not(agent: Agent, contact: Contact, verb: str, by: str = "desk") -> str:
    """Why the verb, which is none of `allowed_verbs`, does not fit the contact: a sentence."""
    medium = contact.medium
    if verb not in medium.allowed(contact.status, by):
        needed = " or ".join(status for status in medium.verbs if verb in medium.allowed(status, by))
        return f"{verb} needs {medium.a} that is {needed}; {_is(contact)}."
    if verb == "record":
        return f"Call {contact.id} is being recorded already; a recording cannot be stopped."
    if verb in ("play", "pause"):
        return f"Voicemail {contact.id} is {'being played already' if contact.plays else 'not being played'}."
    return f"Agent {agent.agent_id} is {'muted already' if agent.muted else 'not muted'}."


def _is(contact: Contact) -> str:
    return f"{contact.medium.noun} {contact.id} is {contact.status or 'without a status'}"


def _refuse(agent: Agent, contact: Contact, now: int) -> list[Draft]:
    if contact.is_call:
        return batches.end(agent, contact, now, batches.REFUSED)
    return beside_calls.refuse(agent, contact, now)


def _set_state(agent: Agent, state: str, reason: str, now: int) -> list[Draft]:
    if state not in batches.SETTABLE:
        raise _Refused("invalid-state", f"An agent can ask for {' or '.join(batches.SETTABLE)}, not for {state!r}.")
    target = NextState(state, reason if state == "Unavailable" else "")
    return batches.queue_state(agent, target, now) if agent.live_calls else batches.to_state(agent, target, now)


def _set_card(agent: Agent, command: SetCard) -> list[Draft]:
    contact_id = agent.focus if command.contact_id is None else command.contact_id
    if contact_id is None or (command.contact_id is None and not agent.contacts[contact_id].is_call):
        raise _Refused("no-contact", "A contact card without a contact id is for the call in focus; there is none.")
    contact = _contact(agent, contact_id)
    return [Draft.of("card", {"contactId": str(contact.id), "name": command.name, "picture": command.picture})]


def _refused_at(contact: Contact) -> int | None:
    """When nobody will have answered it in time. A call rings by itself only where it must be answered by hand."""
    if not contact.is_call:
        return _deadline(contact.event, "RefusalTimeout")
    return _deadline(contact.event, "Timeout") if is_true(contact.event.get("IsRequireManualAccept")) else None


def _deadline(event: Mapping[str, Any], seconds_field: str) -> int | None:
    """When the seconds of a field, counted from the event's start, are over; None for what cannot be read or sets no limit."""
    started, limit = milliseconds(text(event, "StartTimeUTC") or text(event, "StartTime")), seconds(event, seconds_field)
    return started + 1000 * limit if started is not None and limit else None
