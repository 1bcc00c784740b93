"""One agent on the platform: what follows from a command, and which timers a state wants (cxone-agent-session.md, section 3).

While a call is live, one in wrap-up not counted, the agent is on contact: a state that the agent asks for waits, and ACW begins
only when the last live call has ended. Contacts of other media come beside calls and leave the agent's state as it is
(`beside_calls.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.acd import batches, beside_calls, custom_data, replayed
from bridge.acd.agent_state import Agent, Contact, NextState, Outcome, evolve
from bridge.acd.commands import (
    Act,
    Attend,
    CallAgent,
    CallSkill,
    Command,
    ConferenceCalls,
    CustomerAct,
    DialLeg,
    Dispose,
    EndAcw,
    EndLeg,
    EndPlayback,
    EndSession,
    EndTyping,
    Focus,
    MuteLeg,
    Offer,
    OfferCall,
    PanelCommand,
    PanelMessage,
    PlayMessage,
    RefusalTimeout,
    Say,
    SetCard,
    SetCustomData,
    SetState,
    StartReplay,
    StartSession,
    Transfer,
    TransferCalls,
    Typing,
    Verb,
)
from bridge.acd.dispositions import DISPOSITIONS, Disposition, fitting, skill_of, why_no_disposition
from bridge.acd.events import is_true, seconds, text
from bridge.acd.media import CALL, MEDIA, nouns
from bridge.acd.skills import SKILLS, UNKNOWN_SKILL, Skill
from bridge.clock import milliseconds
from bridge.journal.base import Draft, Record
from bridge.journal.decider import Ids

# The verb that a panel's message means: the first that the call allows.
_PANEL_VERBS: Mapping[PanelMessage, tuple[Verb, ...]] = {
    "AnswerEvent": ("answer",),
    "RefuseEvent": ("refuse",),
    "HoldEvent": ("hold", "resume"),
    "MuteEvent": ("mute", "unmute"),
    "MaskEvent": ("mask", "unmask"),
    "RecordEvent": ("record",),
    "HangupEvent": ("hangup",),
}
_STATUS_AFTER = {"answer": "Active", "hold": "Holding", "resume": "Active", "mask": "Masking", "unmask": "Active"}
CONVERSATION = ("Active", "Holding", "Masking", "Joined")
"""The statuses of a call that was answered."""

_DISCONNECT_CODES = {"busy": "Busy", "no-answer": "NoAnswer"}


TYPING_LASTS = 10_000
"""Milliseconds after which somebody of whose typing no more is said has stopped."""

Timer = RefusalTimeout | EndPlayback | EndTyping | EndAcw


def allowed_verbs(agent: Agent, contact: Contact, by: str = "desk") -> frozenset[str]:
    """What the agent may do with a contact now; `by` is "desk" or "api"."""
    if agent.replay is not None:
        return frozenset()
    return contact.medium.allowed(contact.status, by) - _pointless(agent, contact)


def _pointless(agent: Agent, contact: Contact) -> set[str]:
    """Verbs that ask for what is so already."""
    pointless = {"mute" if agent.muted else "unmute", "play" if contact.plays else "pause"}
    return pointless | {"record"} if is_true(contact.event.get("IsLogging")) else pointless


class Refused(Exception):
    """The command does not fit the state. `reason` says so in a sentence, `code` for programs."""

    def __init__(self, code: str, reason: str, contact_id: int | None = None) -> None:
        super().__init__(reason)
        self.code, self.reason, self.contact_id = code, reason, contact_id

    def record(self, command: Command) -> Draft:
        """What is written in place of what the command would have led to."""
        about = None if self.contact_id is None else str(self.contact_id)
        return Draft.of("refused", {"command": _name(command), "contactId": about, "code": self.code, "reason": self.reason})


class AgentDecider:
    """The `Decider` of `agent/<id>` streams. `skills` gives those of the moment by id, which say how calls ring and wrap up;
    `unknown` says it for all others. `settings` gives an agent's fields of MchAgentSettingsChangeEvent,
    `dispositions` what can be noted of a contact.

    What several agents are party to is decided in `centre.py`.
    """

    def __init__(
        self,
        skills: Callable[[], Mapping[str, Skill]] = lambda: SKILLS,
        unknown: Skill = UNKNOWN_SKILL,
        settings: Callable[[str], Mapping[str, str]] = lambda agent_id: {},
        dispositions: Callable[[], Sequence[Disposition]] = lambda: DISPOSITIONS,
    ) -> None:
        self._skills, self._unknown, self._settings, self._dispositions = skills, unknown, settings, dispositions

    def initial(self, stream: str) -> Agent:
        return Agent(stream.partition("/")[2])

    def evolve(self, state: Agent, record: Record) -> Agent:
        return evolve(state, record)

    def after(self, agent: Agent, drafts: Sequence[Draft], now: int) -> Agent:
        """The agent once these have been appended."""
        for draft in drafts:
            agent = self.evolve(agent, Record(0, now, None, draft.kind, draft.data))
        return agent

    def is_open(self, state: Agent) -> bool:
        return state.session is not None or state.replay is not None or bool(self.due(state))

    def due(self, state: Agent) -> Sequence[tuple[int, Timer]]:
        if state.replay is not None:
            return []  # the recording says when
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
        except Refused as refused:
            return [refused.record(command)]

    def _decide(self, agent: Agent, command: Command, now: int, ids: Ids) -> list[Draft]:
        match command:
            case StartSession(ends_replay=False) if agent.replay is not None:
                return []
            case StartSession() if agent.replay is not None:
                left = replayed.leave(agent, "agent", now)
                return [*left, *batches.login(agent, command, self._settings(agent.agent_id), now, ids)]
            case StartReplay():
                if (reason := replayed.why_no_replay(agent)) is not None:
                    raise Refused("no-replay", reason)
                return replayed.start(agent, command, now)
            case PlayMessage():
                return replayed.play(agent, command)
            case EndSession() if agent.replay is not None:
                return replayed.leave(agent, command.by, now)
            case Typing() if agent.replay is not None:
                return []  # of no matter, and said with every key
            case StartSession():
                return [] if agent.session else batches.login(agent, command, self._settings(agent.agent_id), now, ids)
            case Attend():
                return [Draft.of("attended", {})] if agent.session or agent.replay is not None else []
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
                return [batches.focus(contact_of(agent, contact_id).id)]
            case SetCard():
                return _set_card(agent, command)
        check_session(agent)
        match command:
            case EndSession(ended_by, end_contacts):
                if agent.contacts and not end_contacts:
                    raise Refused("wrong-state", f"Agent {agent.agent_id} cannot log out: {_still_there(agent)}.")
                return batches.logout(agent, ended_by, now)
            case SetState(state, reason):
                return _set_state(agent, state, reason, now)
            case EndAcw():
                if not agent.is_acw:
                    raise Refused("wrong-state", f"Agent {agent.agent_id} is not in after-call work.")
                return batches.to_state(agent, batches.next_state(agent), now)
            case OfferCall():
                allow = not command.consult and any(one.fits(command.skill_id) for one in self._dispositions())
                return batches.offer(agent, command, self.skill(command.skill_id), now, ids, allow_dispositions=allow)
            case Offer():
                return beside_calls.offer(agent, command, self.skill(command.skill_id), now, ids)
            case DialLeg():
                if agent.has_leg:
                    raise Refused("wrong-state", f"The phone of agent {agent.agent_id} is connected already.")
                return batches.dial_leg(ids)
            case EndLeg():
                _check_leg(agent)
                return batches.end_leg(agent)
            case MuteLeg(muted):
                _check_leg(agent)
                if agent.muted == muted:
                    raise Refused("wrong-state", f"Agent {agent.agent_id} is {'muted already' if muted else 'not muted'}.")
                return batches.mute(muted)
            case Act(verb, contact_id, by, position):
                contact = _contact_with(agent, contact_id, verb)
                return self._act(agent, verb, contact, by, now, position)
            case PanelCommand():
                act = panel_act(agent, command)
                return self._act(agent, act.verb, agent.contacts[act.contact_id], act.by, now)
            case CustomerAct("hangup", contact_id) if contact_of(agent, contact_id).medium.has_messages:
                return beside_calls.end(_written_with(agent, contact_id, "customer"), now)
            case CustomerAct("hangup", contact_id) if not contact_of(agent, contact_id).is_call:
                leaving = nouns([medium for medium in MEDIA if medium is CALL or medium.has_messages])
                raise _wrong_media(contact_of(agent, contact_id), f"The customer leaves {leaving}")
            case CustomerAct(verb, contact_id):
                call = call_of(agent, contact_id, verb)
                if call.peer is not None:
                    raise Refused(
                        "wrong-state", f"No customer is at the other end of call {call.id}: it is between agents.", call.id
                    )
                return self._customer_act(agent, verb, call, now)
            case Say(contact_id, its_text, sender):
                return [beside_calls.message(_written_with(agent, contact_id, sender).id, sender, its_text)]
            case Typing(contact_id, is_typing, sender):
                contact = _written_with(agent, contact_id, sender)
                changes = is_typing or sender in contact.typing
                return [beside_calls.typing(contact_id, sender, is_typing)] if changes else []
            case Dispose(contact_id):
                contact = contact_of(agent, contact_id)
                return batches.disposition(agent, contact, self._outcome(contact, command), now)
            case SetCustomData(contact_id, values):
                return _set_custom_data(contact_of(agent, contact_id), dict(values), now)
            case CallAgent() | CallSkill() | TransferCalls() | ConferenceCalls() | Transfer():
                raise TypeError(f"{_name(command)} takes more than one agent: centre.py decides it")

    def skill(self, skill_id: str) -> Skill:
        """How contacts of this skill ring and wrap up."""
        return self._skills().get(skill_id, self._unknown)

    def skill_of(self, contact: Contact) -> str:
        """The id of the contact's skill, "" where nothing tells it."""
        return skill_of(contact, self._skills())

    def _outcome(self, contact: Contact, command: Dispose) -> Outcome:
        """What the command notes. Raises `Refused` where the contact takes no disposition, or not these."""
        if (reason := why_no_disposition(contact)) is not None:
            raise Refused("wrong-state", reason, contact.id)
        names = {one.id: one.name for one in fitting(self._dispositions(), contact, self._skills())}
        for its_id in (command.primary_id, *filter(None, (command.secondary_id, command.preview_id))):
            if its_id not in names:
                known = ", ".join(f"{one} ({name})" for one, name in names.items()) or "none"
                raise Refused(
                    "unknown-disposition",
                    f"{contact.medium.noun.capitalize()} {contact.id} takes no disposition {its_id!r}; there is {known}.",
                    contact.id,
                )
        return Outcome(
            command.primary_id,
            names[command.primary_id],
            command.notes,
            command.secondary_id,
            command.preview_id,
            command.commitment_amount,
            command.callback_time,
            command.callback_number,
        )

    def _act(self, agent: Agent, verb: str, contact: Contact, by: str, now: int, position: int | None = None) -> list[Draft]:
        seeks = position is not None and verb == "play" and contact.plays and verb in contact.medium.allowed(contact.status, by)
        if verb not in allowed_verbs(agent, contact, by) and not seeks:
            raise Refused("wrong-state", why_not(agent, contact, verb, by), contact.id)
        match verb:
            case "refuse":
                return _refuse(agent, contact, now)
            case "hangup":
                return self.hang_up(agent, contact, now)
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
        if verb == "unmask" and batches.talked_on_beside(agent, contact):
            new = "Joined"
        drafts = batches.status(agent, contact, new, now) if contact.is_call else beside_calls.status(contact, new, now)
        return [*drafts, batches.focus(contact.id)] if verb == "answer" and contact.id != agent.focus else drafts

    def _customer_act(self, agent: Agent, verb: str, call: Contact, now: int) -> list[Draft]:
        if verb == "hangup":
            if not call.is_live_call:
                raise Refused("wrong-state", f"hangup needs a call that is live; {is_what(call)}.", call.id)
            return self.hang_up(agent, call, now)
        if call.status != "Dialing":
            raise Refused("wrong-state", f"{verb} needs a call that is Dialing; {is_what(call)}.", call.id)
        if verb == "answer":
            return batches.status(agent, call, "Active", now)
        return batches.end(agent, call, now, batches.next_state(agent), disconnect_code=_DISCONNECT_CODES[verb])

    def hang_up(self, agent: Agent, call: Contact, now: int) -> list[Draft]:
        """A live call ends, whoever ended it."""
        acw = self.skill(call.skill_id).acw
        # A call that nobody answered leaves no work behind, and a consult none of its own.
        if acw == 0 or call.is_consult or call.status not in CONVERSATION or batches.others(agent, call):
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
        case Dispose():
            return "disposition"
        case SetCustomData():
            return "custom-data"
    return type(command).__name__


def check_session(agent: Agent) -> None:
    """Raises `Refused` for an agent who is logged out, or to whom a recording is played."""
    if agent.replay is not None:
        raise Refused("replay", replayed.CANNOT_COMMAND)
    if agent.session is None:
        raise Refused("no-session", f"Agent {agent.agent_id} is logged out; start a session first.")


def _check_leg(agent: Agent) -> None:
    if not agent.has_leg:
        raise Refused("wrong-state", f"The phone of agent {agent.agent_id} is not connected: dial it first.")


def contact_of(agent: Agent, contact_id: int) -> Contact:
    """The contact. Raises `Refused` where the agent has none with this id."""
    contact = agent.contacts.get(contact_id)
    if contact is None:
        raise Refused("unknown-contact", f"Agent {agent.agent_id} has no contact {contact_id}.", contact_id)
    return contact


def _contact_with(agent: Agent, contact_id: int, verb: str) -> Contact:
    """The contact, of a medium that has the verb."""
    contact = contact_of(agent, contact_id)
    if not contact.medium.has(verb):
        raise _wrong_media(contact, f"{verb} is for {nouns([medium for medium in MEDIA if medium.has(verb)])}")
    return contact


def call_of(agent: Agent, contact_id: int, command: str) -> Contact:
    """The contact, which is a call. Raises `Refused`."""
    contact = contact_of(agent, contact_id)
    if not contact.is_call:
        raise _wrong_media(contact, f"{command} is for calls")
    return contact


def _written_with(agent: Agent, contact_id: int, sender: str) -> Contact:
    """The contact, in which this one can write now: the customer while it is there, the agent while the agent has answered it."""
    contact = contact_of(agent, contact_id)
    if not contact.medium.has_messages:
        raise _wrong_media(contact, f"Messages are for {nouns([medium for medium in MEDIA if medium.has_messages])}")
    if contact.status == contact.medium.last_status or (sender == "agent" and contact.status != "Active"):
        raise Refused(
            "wrong-state", f"The {sender} writes in {contact.medium.a} that {_needed(sender)}; {is_what(contact)}.", contact_id
        )
    return contact


def _needed(sender: str) -> str:
    return "is Active" if sender == "agent" else "has not ended"


def _wrong_media(contact: Contact, what_for: str) -> Refused:
    return Refused("wrong-media", f"{what_for}; contact {contact.id} came as {contact.type}.", contact.id)


def panel_act(agent: Agent, command: PanelCommand) -> Act:
    """What a panel's command is to do now, whether that fits the call or not. Raises `Refused` where there is no call for it."""
    call = _call_for_panel(agent, command.message_type)
    allowed, verbs = allowed_verbs(agent, call), _PANEL_VERBS[command.message_type]
    return Act(next((verb for verb in verbs if verb in allowed), verbs[0]), call.id)


def _call_for_panel(agent: Agent, message_type: str) -> Contact:
    """The incoming call that shows the accept/reject dialog, or the contact in focus (max-post-message.md, section 2)."""
    if message_type in ("AnswerEvent", "RefuseEvent"):
        incoming = [call for call in agent.live_calls if call.status == "Incoming"]
        if not incoming:
            raise Refused("no-contact", f"{message_type} needs a call that is Incoming; there is none.")
        return next((call for call in incoming if call.id == agent.focus), incoming[0])
    if agent.focus is None:
        raise Refused("no-contact", f"{message_type} acts on the contact in focus; there is none.")
    return call_of(agent, agent.focus, message_type)


def _still_there(agent: Agent) -> str:
    first = next(iter(agent.contacts))
    return f"contact {first} is still there" if len(agent.contacts) == 1 else f"{len(agent.contacts)} contacts are still there"


def why_not(agent: Agent, contact: Contact, verb: str, by: str = "desk") -> str:
    """Why the verb, which is none of `allowed_verbs`, does not fit the contact: a sentence."""
    if agent.replay is not None:
        return replayed.CANNOT_COMMAND
    medium = contact.medium
    if verb not in medium.allowed(contact.status, by):
        needed = " or ".join(status for status in medium.verbs if verb in medium.allowed(status, by))
        return f"{verb} needs {medium.a} that is {needed}; {is_what(contact)}."
    if verb == "record":
        return f"Call {contact.id} is being recorded already; a recording cannot be stopped."
    if verb in ("play", "pause"):
        return f"Voicemail {contact.id} is {'being played already' if contact.plays else 'not being played'}."
    return f"Agent {agent.agent_id} is {'muted already' if agent.muted else 'not muted'}."


def is_what(contact: Contact) -> str:
    """`call 4711 is Holding`: the half of a sentence that says what stands in the way."""
    return f"{contact.medium.noun} {contact.id} is {contact.status or 'without a status'}"


def _refuse(agent: Agent, contact: Contact, now: int) -> list[Draft]:
    if contact.is_call:
        return batches.end(agent, contact, now, batches.REFUSED)
    return beside_calls.refuse(agent, contact, now)


def _set_state(agent: Agent, state: str, reason: str, now: int) -> list[Draft]:
    if state not in batches.SETTABLE:
        raise Refused("invalid-state", f"An agent can ask for {' or '.join(batches.SETTABLE)}, not for {state!r}.")
    target = NextState(state, reason if state == "Unavailable" else "")
    return batches.queue_state(agent, target, now) if agent.live_calls else batches.to_state(agent, target, now)


def _set_card(agent: Agent, command: SetCard) -> list[Draft]:
    contact_id = agent.focus if command.contact_id is None else command.contact_id
    if contact_id is None or (command.contact_id is None and not agent.contacts[contact_id].is_call):
        raise Refused("no-contact", "A contact card without a contact id is for the call in focus; there is none.")
    contact = contact_of(agent, contact_id)
    return [Draft.of("card", {"contactId": str(contact.id), "name": command.name, "picture": command.picture})]


def _set_custom_data(contact: Contact, values: Mapping[str, str], now: int) -> list[Draft]:
    if not custom_data.fits(contact.medium):
        raise _wrong_media(contact, f"Custom data is for {nouns([medium for medium in MEDIA if custom_data.fits(medium)])}")
    data = custom_data.merged(text(contact.event, "CustomData"), values)
    if len(data) > custom_data.LONGEST:
        raise Refused(
            "invalid-data", f"A contact has {custom_data.LONGEST} characters of custom data at most, not {len(data)}.", contact.id
        )
    return [batches.wire(batches.changed(contact, now, CustomData=data))]


def _refused_at(contact: Contact) -> int | None:
    """When nobody will have answered it in time. A call rings by itself only where it must be answered by hand."""
    if not contact.is_call:
        return _deadline(contact.event, "RefusalTimeout")
    return _deadline(contact.event, "Timeout") if is_true(contact.event.get("IsRequireManualAccept")) else None


def _deadline(event: Mapping[str, Any], seconds_field: str) -> int | None:
    """When the seconds of a field, counted from the event's start, are over; None for what cannot be read or sets no limit."""
    started, limit = milliseconds(text(event, "StartTimeUTC") or text(event, "StartTime")), seconds(event, seconds_field)
    return started + 1000 * limit if started is not None and limit else None
