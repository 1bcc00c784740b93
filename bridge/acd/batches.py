"""What a decision writes: batches of records, in the order of cxone-agent-session.md, section 3.

A contact's event after its first is its last event with changed fields, so what a tester put into it stays.

The state to return to stands in the AgentState event's NextStates, where the platform puts what an agent asks for while on
contact. So an agent who was Unavailable when a call came is so again after it, and whoever reads the events knows as much as the
mock.
"""

from collections.abc import Mapping, Sequence

import msgspec

from bridge.acd.agent_state import Agent, Card, Contact, NextState, Outcome
from bridge.acd.commands import Offer, OfferCall, Peer, StartSession
from bridge.acd.custom_data import joined
from bridge.acd.events import Event, event, text
from bridge.acd.session_id import new_root
from bridge.acd.skills import Skill
from bridge.clock import iso
from bridge.journal.base import WIRE, Draft
from bridge.journal.decider import Ids

SETTABLE = ("Available", "Unavailable")
"""The states that an agent can ask for."""

REFUSED = NextState("Unavailable", "Refused")
"""The state after a call that the agent refused or let ring."""

ON_CONTACT = ("InboundContact", "OutboundContact", "InboundConsult", "OutboundConsult")
"""The states of an agent who works on a call."""

TALKING = ("Active", "Masking", "Joined")
"""The statuses of a call that the agent talks on: one at a time, but for those of a conference."""


def login(agent: Agent, station: StartSession, settings: Mapping[str, str], now: int, ids: Ids) -> list[Draft]:
    """The session begins; `settings` are fields of MchAgentSettingsChangeEvent."""
    return [
        Draft.of("session", {"token": new_root(ids.token(), agent.agent_id)}),
        wire(
            event(
                "AgentSessionStart",
                AgentId=agent.agent_id,
                StationId=station.station_id,
                StationPhoneNumber=station.station_phone_number,
                SessionId=str(ids.number()),
                **({"MaxConcurrentChats": settings["ChatThreshold"]} if "ChatThreshold" in settings else {}),
            )
        ),
        wire(event("MchAgentSettingsChangeEvent", **settings)),
        _state(NextState("Unavailable", ""), now),
        *dial_leg(ids),
    ]


def dial_leg(ids: Ids) -> list[Draft]:
    """The agent's phone rings, and is answered at once: the agent sits beside it."""
    leg = str(ids.number())
    return [wire(event("AgentLeg", AgentLegId=leg, Status=status)) for status in ("Dialing", "Active")]


def end_leg(agent: Agent) -> list[Draft]:
    return [wire({**(agent.leg or {}), "Status": "Disconnected", "FinalState": "True"})]


_REMOTE_END = {"supervisor": "RemoteLogoff", "timeout": "SessionTimeout"}


def logout(agent: Agent, by: str, now: int) -> list[Draft]:
    """The session ends, and with it whatever the agent still had; `by` is that of `EndSession`."""
    drafts = [last(contact, now) for contact in agent.contacts.values()]
    if agent.has_leg:
        drafts += end_leg(agent)
    message = _REMOTE_END.get(by)
    return [*drafts, wire(event("RemoteAgentSessionEnd", Message=message) if message else event("AgentSessionEnd"))]


def offer(agent: Agent, call: OfferCall, skill: Skill, now: int, ids: Ids, *, allow_dispositions: bool = False) -> list[Draft]:
    """A call rings at the agent or is answered by itself, or the agent dials. The one that is talked on from now on has the
    focus, and the others are on hold; so they are while the agent dials. `allow_dispositions`: there are some for its skill."""
    contact_id, inbound, time = str(call.contact_id or ids.number()), call.direction == "inbound", iso(now)
    manual = inbound and by_hand(call, skill)
    rings = inbound and manual
    first = event(
        "CallContactEvent",
        ContactID=contact_id,
        MasterID=call.master or call.parent or contact_id,
        Status="Incoming" if rings else "Active" if inbound else "Dialing",
        CallType="Consult" if call.consult else "Regular",
        DNIS=call.dnis,
        ANI=call.ani,
        Skill=call.skill_id,
        IsInbound=str(inbound),
        StartTimeUTC=time,
        StartTime=time,
        LastStateChangeTimeUTC=time,
        LastStateChangeTime=time,
        ScreenPopUrlVariables=[{name: value} for name, value in call.variables],
        Timeout=str(skill.refusal) if rings else "",
        AllowDispositions=str(allow_dispositions),
        CustomData=call.custom_data,
        ParentContactId=call.parent,
        IsRequireManualAccept=str(rings),
    )
    drafts = [] if rings else _hold_others(agent, None, now)
    drafts += _to_work(agent, _working(inbound, call.consult), now)
    drafts += [announcement(contact_id, call, skill), wire(first)]
    if call.peer is not None:
        drafts.append(peer(contact_id, call.peer))
    # A first contact has the focus anyway (`evolve`).
    return drafts if rings or agent.focus is None else [*drafts, focus(contact_id)]


def by_hand(new: Offer, skill: Skill) -> bool:
    """Whether the contact waits for the agent to answer it."""
    return skill.manual_accept if new.manual_accept is None else new.manual_accept


def peer(contact_id: int | str, other_end: Peer | None) -> Draft:
    """The other end of a call between agents; None: it is the customer now."""
    agent_id, peer_id = (None, None) if other_end is None else (other_end.agent_id, str(other_end.contact_id))
    return Draft.of("peer", {"contactId": str(contact_id), "agentId": agent_id, "peerId": peer_id})


def card(contact_id: int, new: Card) -> Draft:
    return Draft.of("card", {"contactId": str(contact_id), "name": new.name, "picture": new.picture})


def announcement(contact_id: str, new: Offer, skill: Skill, details: Mapping[str, str] | None = None) -> Draft:
    """What the contact's first event will not tell of it."""
    about = {
        "contactId": contact_id,
        "skill": new.skill_name or skill.name or None,
        "skillId": new.skill_id or None,
        "customer": new.customer,
    }
    return Draft.of("contact", {**about, "details": details} if details else about)


def status(agent: Agent, call: Contact, new: str, now: int) -> list[Draft]:
    """The call's status changes; one that the agent talks on from now on puts the others on hold."""
    held = _hold_others(agent, call, now) if new in TALKING and call.status not in TALKING else []
    return [*held, wire(changed(call, now, Status=new))]


def recording(call: Contact, now: int) -> list[Draft]:
    return [wire(changed(call, now, IsLogging="True"))]


def disposition(agent: Agent, contact: Contact, outcome: Outcome, now: int) -> list[Draft]:
    """What the agent notes of a contact. Nothing else is waited for in wrap-up, so that it ends, and after-call work with it."""
    noted = Draft.of("disposition", {"contactId": str(contact.id), **msgspec.to_builtins(outcome)})
    if not contact.is_wrap_up:
        return [noted]
    return [noted, *(to_state(agent, next_state(agent), now) if agent.is_acw else [last(contact, now)])]


def mute(muted: bool) -> list[Draft]:
    return [wire(event("Mute", AgentMuted=str(muted)))]


def end(agent: Agent, call: Contact, now: int, then: NextState, *, disconnect_code: str | None = None) -> list[Draft]:
    """A call ends for good. The last live one takes the mute with it and leaves the agent in the state `then`."""
    codes = {} if disconnect_code is None else {"DisconnectCode": disconnect_code}
    its_last, left = last(call, now, **codes), others(agent, call)
    return [its_last, *_left_alone(agent, call, left, now)] if left else [its_last, *_unmute(agent), *to_state(agent, then, now)]


def _left_alone(agent: Agent, ended: Contact, left: Sequence[Contact], now: int) -> list[Draft]:
    """One call alone is no conference, and the agent works on what is left: after a consult the call that it was about."""
    drafts = []
    talked_on = [call for call in left if call.status in TALKING]
    if ended.status in TALKING and [call.status for call in talked_on] == ["Joined"]:
        drafts.append(wire(changed(talked_on[0], now, Status="Active")))
    if (ended.is_consult or left[-1].is_consult) and agent.current_state in ON_CONTACT:
        working = _working_on(left[-1])
        if working != agent.current_state:
            drafts.append(_state(NextState(working, ""), now, then=agent.next_states))
    return drafts


def passed_on(agent: Agent, call: Contact, left: Contact, now: int) -> list[Draft]:
    """Who was at the other end of `left`, the other call of the agent in between, is at that of this one from now on. If that is
    the customer, a consult has become the agent's own work, with all that was noted meanwhile."""
    drafts, changes = [peer(call.id, left.peer)], {}
    if call.status == "Joined" and not talked_on_beside(agent, call):
        changes["Status"] = "Active"
    takes_over = left.peer is None and call.is_consult
    if takes_over:
        changes |= {"CallType": "Regular", "CustomData": joined(text(call.event, "CustomData"), text(left.event, "CustomData"))}
        if left.card is not None and call.card is None:
            drafts.append(card(call.id, left.card))
    if changes:
        drafts.append(wire(changed(call, now, **changes)))
    if takes_over and agent.current_state == _working_on(call):
        drafts.append(_state(NextState(_working(_is_inbound(call), False), ""), now, then=agent.next_states))
    return drafts


def _working(inbound: bool, consult: bool) -> str:
    return f"{'Inbound' if inbound else 'Outbound'}{'Consult' if consult else 'Contact'}"


def _working_on(call: Contact) -> str:
    return _working(_is_inbound(call), call.is_consult)


def _is_inbound(call: Contact) -> bool:
    return text(call.event, "IsInbound").lower() != "false"


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


def talked_on_beside(agent: Agent, call: Contact | None) -> list[Contact]:
    """The calls that the agent talks on beside this one, which is so in a conference alone."""
    return [other for other in others(agent, call) if other.status in TALKING]


def _to_work(agent: Agent, working: str, now: int) -> list[Draft]:
    """A call comes to the agent. It ends ACW; what was to come after that comes after the call."""
    if agent.current_state in ON_CONTACT and agent.live_calls:
        # A consult is work of its own while it lasts; a second call of a customer is more of the same.
        consults = working.endswith("Consult") and working != agent.current_state
        return [_state(NextState(working, ""), now, then=agent.next_states)] if consults else []
    was_unavailable = agent.current_state == "Unavailable" and not agent.is_acw
    then = [NextState("Unavailable", agent.reason)] if was_unavailable else agent.next_states
    return [*_end_wrap_ups(agent, now), _state(NextState(working, ""), now, then=then)]


def _hold_others(agent: Agent, call: Contact | None, now: int) -> list[Draft]:
    """An agent talks on one call at a time: a masked one is held as well."""
    return [wire(changed(other, now, Status="Holding")) for other in talked_on_beside(agent, call)]


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
