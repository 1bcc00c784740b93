"""One agent on the platform: what follows from a command, and which timers a state wants (cxone-agent-session.md, section 3).

While a call is live, one in wrap-up not counted, the agent is on contact: a state that the agent asks for waits, and ACW begins
only when the last live call has ended.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.acd import batches
from bridge.acd.agent_state import Agent, Contact, NextState, evolve
from bridge.acd.commands import (
    Act,
    Attend,
    Command,
    CustomerAct,
    EndAcw,
    EndSession,
    Focus,
    OfferCall,
    PanelCommand,
    RefusalTimeout,
    SetCard,
    SetState,
    StartSession,
)
from bridge.acd.events import is_true, text
from bridge.acd.skills import SKILLS, UNKNOWN_SKILL, Skill
from bridge.clock import milliseconds
from bridge.journal.base import Draft, Record
from bridge.journal.decider import Ids

# Which verbs a call's status allows (the table of section 3); any other status allows none.
_TABLE = """
Incoming  answer refuse
Dialing                                                            hangup
Active                  hold        mute unmute mask        record hangup
Holding                      resume mute unmute
Masking                             mute unmute      unmask record
Joined                              mute unmute mask        record hangup
"""
_VERBS = {status: frozenset(verbs) for status, *verbs in map(str.split, _TABLE.strip().splitlines())}
# What the REST API and the control API may do beyond that.
_ALSO_BY_API = {"Holding": frozenset({"hangup"}), "Masking": frozenset({"hangup"})}

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


def allowed_verbs(agent: Agent, contact: Contact, by: str = "desk") -> frozenset[str]:
    """What the agent may do with a contact now; `by` is "desk" or "api". None of the verbs applies to other media than calls."""
    if not contact.is_call:
        return frozenset()
    pointless = {"mute" if agent.muted else "unmute"}
    if is_true(contact.event.get("IsLogging")):
        pointless.add("record")
    return _verbs(contact.status, by) - pointless


def _verbs(status: str, by: str) -> frozenset[str]:
    verbs = _VERBS.get(status, frozenset())
    return verbs | _ALSO_BY_API.get(status, frozenset()) if by == "api" else verbs


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

    def due(self, state: Agent) -> Sequence[tuple[int, RefusalTimeout | EndAcw]]:
        timers: list[tuple[int, RefusalTimeout | EndAcw]] = []
        for call in state.live_calls:
            if call.status == "Incoming" and is_true(call.event.get("IsRequireManualAccept")):
                when = _deadline(call.event, "Timeout")
                if when is not None:
                    timers.append((when, RefusalTimeout(call.id, when)))
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
                return batches.end(agent, agent.contacts[contact_id], now, batches.REFUSED)
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
            case Act(verb, contact_id, by):
                return self._act(agent, verb, _call(agent, contact_id, verb), by, now)
            case PanelCommand(message_type):
                call = _call_for_panel(agent, message_type)
                allowed = allowed_verbs(agent, call)
                verbs = _PANEL_VERBS[message_type]
                return self._act(agent, next((verb for verb in verbs if verb in allowed), verbs[0]), call, "desk", now)
            case CustomerAct(verb, contact_id):
                return self._customer_act(agent, verb, _call(agent, contact_id, verb), now)

    def _skill(self, skill_id: str) -> Skill:
        return self._skills().get(skill_id, self._unknown)

    def _act(self, agent: Agent, verb: str, call: Contact, by: str, now: int) -> list[Draft]:
        if verb not in allowed_verbs(agent, call, by):
            raise _Refused("wrong-state", why_not(agent, call, verb, by), call.id)
        match verb:
            case "refuse":
                return batches.end(agent, call, now, batches.REFUSED)
            case "hangup":
                return self._hang_up(agent, call, now)
            case "mute" | "unmute":
                return batches.mute(verb == "mute")
            case "record":
                return batches.recording(call, now)
        drafts = batches.status(agent, call, _STATUS_AFTER[verb], now)
        return [*drafts, batches.focus(call.id)] if verb == "answer" and call.id != agent.focus else drafts

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
    return type(command).__name__


def _contact(agent: Agent, contact_id: int) -> Contact:
    contact = agent.contacts.get(contact_id)
    if contact is None:
        raise _Refused("unknown-contact", f"Agent {agent.agent_id} has no contact {contact_id}.", contact_id)
    return contact


def _call(agent: Agent, contact_id: int, command: str) -> Contact:
    contact = _contact(agent, contact_id)
    if not contact.is_call:
        raise _Refused("wrong-media", f"{command} is for calls; contact {contact_id} came as {contact.type}.", contact_id)
    return contact


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


def why_not(agent: Agent, call: Contact, verb: str, by: str = "desk") -> str:
    """Why the verb, which is none of `allowed_verbs`, does not fit the call: a sentence."""
    if verb not in _verbs(call.status, by):
        needed = " or ".join(status for status in _VERBS if verb in _verbs(status, by))
        return f"{verb} needs a call that is {needed}; {_is(call)}."
    if verb == "record":
        return f"Call {call.id} is being recorded already; a recording cannot be stopped."
    return f"Agent {agent.agent_id} is {'muted already' if agent.muted else 'not muted'}."


def _is(call: Contact) -> str:
    return f"call {call.id} is {call.status or 'without a status'}"


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


def _deadline(event: Mapping[str, Any], seconds_field: str) -> int | None:
    """When the seconds of a field, counted from StartTimeUTC, are over; None for what cannot be read or sets no limit."""
    started, seconds = milliseconds(text(event, "StartTimeUTC")), text(event, seconds_field)
    if started is None or not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 6) or int(seconds) == 0:
        return None
    return started + 1000 * int(seconds)
