"""What a decision writes: batches of records, in the order of cxone-agent-session.md, section 3.

A contact's event after its first is its last event with changed fields, so what a tester put into it stays.

The state to return to stands in the AgentState event's NextStates, where the platform puts what an agent asks for while on
contact. So an agent who was Unavailable when a call came is so again after it, and whoever reads the events knows as much as the
mock.
"""

from collections.abc import Mapping, Sequence

from bridge.acd.agent_state import Agent, Contact, NextState
from bridge.acd.commands import Offer, OfferCall
from bridge.acd.events import Event, event
from bridge.acd.session_id import new_root
from bridge.acd.skills import Skill
from bridge.clock import iso
from bridge.journal.base import WIRE, Draft
from bridge.journal.decider import Ids

SETTABLE = ("Available", "Unavailable")
"""The states that an agent can ask for."""

REFUSED = NextState("Unavailable", "Refused")
"""The state after a call that the agent refused or let ring."""

_ON_CONTACT = ("InboundContact", "OutboundContact")
_TALKING = ("Active", "Masking")


def login(agent: Agent, now: int, ids: Ids) -> list[Draft]:
    leg = str(ids.number())
    return [
        Draft.of("session", {"token": new_root(ids.token(), agent.agent_id)}),
        wire(event("AgentSessionStart", AgentId=agent.agent_id, SessionId=str(ids.number()))),
        wire(event("MchAgentSettingsChangeEvent")),
        _state(NextState("Unavailable", ""), now),
        wire(event("AgentLeg", AgentLegId=leg, Status="Dialing")),
        wire(event("AgentLeg", AgentLegId=leg, Status="Active")),
    ]


_REMOTE_END = {"supervisor": "RemoteLogoff", "timeout": "SessionTimeout"}


def logout(agent: Agent, by: str, now: int) -> list[Draft]:
    """The session ends, and with it whatever the agent still had; `by` is that of `EndSession`."""
    drafts = [last(contact, now) for contact in agent.contacts.values()]
    if agent.leg is not None and agent.leg.get("Status") != "Disconnected":
        drafts.append(wire({**agent.leg, "Status": "Disconnected", "FinalState": "True"}))
    message = _REMOTE_END.get(by)
    return [*drafts, wire(event("RemoteAgentSessionEnd", Message=message) if message else event("AgentSessionEnd"))]


def offer(agent: Agent, call: OfferCall, skill: Skill, now: int, ids: Ids) -> list[Draft]:
    """A call rings at the agent, or the agent dials: then the call talked on is held, and the new one has the focus."""
    contact_id, inbound, time = str(ids.number()), call.direction == "inbound", iso(now)
    first = event(
        "CallContactEvent",
        ContactID=contact_id,
        MasterID=contact_id,
        Status="Incoming" if inbound else "Dialing",
        DNIS=call.dnis,
        ANI=call.ani,
        Skill=call.skill_id,
        IsInbound=str(inbound),
        StartTimeUTC=time,
        StartTime=time,
        LastStateChangeTimeUTC=time,
        LastStateChangeTime=time,
        ScreenPopUrlVariables=[{name: value} for name, value in call.variables],
        Timeout=str(skill.refusal) if inbound else "",
        IsRequireManualAccept=str(inbound),
    )
    drafts = [] if inbound else _hold_others(agent, None, now)
    drafts += _to_work(agent, "InboundContact" if inbound else "OutboundContact", now)
    drafts += [announcement(contact_id, call, skill), wire(first)]
    # A first contact has the focus anyway (`evolve`).
    return drafts if inbound or agent.focus is None else [*drafts, focus(contact_id)]


def announcement(contact_id: str, new: Offer, skill: Skill, details: Mapping[str, str] | None = None) -> Draft:
    """What the contact's first event will not tell of it."""
    about = {"contactId": contact_id, "skill": new.skill_name or skill.name or None, "customer": new.customer}
    return Draft.of("contact", {**about, "details": details} if details else about)


def status(agent: Agent, call: Contact, new: str, now: int) -> list[Draft]:
    """The call's status changes; one that the agent talks on from now on puts the others on hold."""
    held = _hold_others(agent, call, now) if new in _TALKING else []
    return [*held, wire(changed(call, now, Status=new))]


def recording(call: Contact, now: int) -> list[Draft]:
    return [wire(changed(call, now, IsLogging="True"))]


def mute(muted: bool) -> list[Draft]:
    return [wire(event("Mute", AgentMuted=str(muted)))]


def end(agent: Agent, call: Contact, now: int, then: NextState, *, disconnect_code: str | None = None) -> list[Draft]:
    """A call ends for good. The last live one takes the mute with it and leaves the agent in the state `then`."""
    codes = {} if disconnect_code is None else {"DisconnectCode": disconnect_code}
    its_last = last(call, now, **codes)
    return [its_last] if others(agent, call) else [its_last, *_unmute(agent), *to_state(agent, then, now)]


def wrap_up(agent: Agent, call: Contact, seconds: int, now: int) -> list[Draft]:
    """The last live call ends, and after-call work begins; what was to come after the call comes after that."""
    return [
        wire(changed(call, now, Status="Disconnected", FinalState="False")),
        *_unmute(agent),
        _state(NextState("Unavailable", ""), now, then=agent.next_states, acw=seconds),
    ]


def to_state(agent: Agent, target: NextState, now: int) -> list[Draft]:
    """The agent leaves work behind, wrap-ups included."""
    return [*_end_wrap_ups(agent, now), _state(target, now)]


def queue_state(agent: Agent, target: NextState, now: int) -> list[Draft]:
    """The agent stays in the present state; `target` replaces what was to come after it."""
    present = {**event("AgentState", StartTimeUTC=iso(now)), **(agent.state or {})}
    return [wire({**present, "NextStates": _aswire([target])})]


def next_state(agent: Agent) -> NextState:
    """The state after the present work: the one asked for, else Available."""
    return next((asked for asked in agent.next_states if asked.state in SETTABLE), NextState("Available", ""))


def focus(contact_id: int | str) -> Draft:
    return Draft.of("focus", {"contactId": str(contact_id)})


def others(agent: Agent, call: Contact | None) -> list[Contact]:
    """The live calls beside this one."""
    return [other for other in agent.live_calls if call is None or other.id != call.id]


def _to_work(agent: Agent, working: str, now: int) -> list[Draft]:
    """A call comes to the agent. It ends ACW; what was to come after that comes after the call."""
    if agent.current_state in _ON_CONTACT and agent.live_calls:
        return []
    was_unavailable = agent.current_state == "Unavailable" and not agent.is_acw
    then = [NextState("Unavailable", agent.reason)] if was_unavailable else agent.next_states
    return [*_end_wrap_ups(agent, now), _state(NextState(working, ""), now, then=then)]


def _hold_others(agent: Agent, call: Contact | None, now: int) -> list[Draft]:
    """An agent talks on one call at a time: a masked one is held as well."""
    return [wire(changed(other, now, Status="Holding")) for other in others(agent, call) if other.status in _TALKING]


def _end_wrap_ups(agent: Agent, now: int) -> list[Draft]:
    return [last(call, now) for call in agent.wrap_ups]


def _unmute(agent: Agent) -> list[Draft]:
    return mute(False) if agent.muted else []


def last(contact: Contact, now: int, **changes: str) -> Draft:
    return wire(changed(contact, now, Status=contact.medium.last_status, FinalState="True", **changes))


def changed(contact: Contact, now: int, **changes: str) -> Event:
    """The contact's last event with changed fields. The fields that tell of a change of status follow, where it has them."""
    old = contact.event
    if changes.get("Status", contact.status) == contact.status:
        return {**old, **changes}
    stamps = {"LastStateChangeTimeUTC": iso(now), "LastStateChangeTime": iso(now)}
    return {**old, **{field: stamp for field, stamp in stamps.items() if field in old}, **changes}


def _state(state: NextState, now: int, *, then: Sequence[NextState] = (), acw: int | None = None) -> Draft:
    return wire(
        event(
            "AgentState",
            CurrentState=state.state,
            CurrentOutReason=state.reason,
            StartTimeUTC=iso(now),
            IsAcw=str(acw is not None),
            AcwTimeout="" if acw is None else str(acw),
            NextStates=_aswire(then),
        )
    )


def _aswire(states: Sequence[NextState]) -> list[dict[str, str]]:
    return [{"State": state, "OutReason": reason} for state, reason in states]


def wire(its_event: Event) -> Draft:
    return Draft.of(WIRE, its_event)
