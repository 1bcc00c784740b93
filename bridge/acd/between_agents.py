"""What agents do with each other's help: calls from one to another, consult, conference and transfer (cxone-agent-session.md,
section 3).

A call between agents is two contacts, one at each agent, with ids of their own and one MasterID. Each names the other as its
`peer`. What an agent does to one end is done to it alone; that the other end follows is for `follow_up`, which compares the two
and so also notices what a timer or a raw event did. A consult is such a call with a customer's call waiting at the agent who
asked; the other agent's end carries that customer's number, skill and screen-pop variables, so that panels pop there as well.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from bridge.acd import batches
from bridge.acd.agent import CONVERSATION, AgentDecider, Refused, call_of, check_session, contact_of, is_what
from bridge.acd.agent_state import Agent, Contact
from bridge.acd.commands import (
    CallAgent,
    CallSkill,
    Offer,
    OfferCall,
    OfferChat,
    OfferDigital,
    OfferEmail,
    OfferVoicemail,
    OfferWorkItem,
    Peer,
    Transfer,
    Written,
)
from bridge.acd.events import text
from bridge.acd.routing import Describe, Enqueue
from bridge.acd.routing_state import RoutedContact, Routing
from bridge.journal.base import Draft
from bridge.journal.decider import Ids

Agents = Mapping[str, Agent]
OfferTo = tuple[str, Offer]
"""An agent's id, and what comes to the agent."""

_offers = msgspec.json.Decoder(OfferCall | OfferChat | OfferDigital | OfferWorkItem | OfferVoicemail | OfferEmail)


def enqueue(new: Offer, contact_id: int, priority: int = 0, agent_id: str | None = None) -> Enqueue:
    """What puts a contact into its skill's queue, or has it ring at this agent first."""
    details = msgspec.json.encode(msgspec.structs.replace(new, contact_id=contact_id))
    return Enqueue(contact_id, new.media, new.skill_id, priority, msgspec.Raw(details), agent_id)


def offer_of(details: msgspec.Raw) -> Offer:
    """What `enqueue` was given."""
    offer: Offer = _offers.decode(details)
    return offer


def call_agent(agents: Agents, caller: Agent, command: CallAgent, ids: Ids) -> Sequence[OfferTo]:
    """The two ends of a call from one agent to another. Raises `Refused`."""
    check_session(caller)
    if command.target_id == caller.agent_id:
        raise Refused("wrong-state", "An agent cannot call themself.")
    target = _reached(agents, command.target_id, "call")
    about = _about(caller, command)
    mine, theirs = ids.number(), ids.number()
    outbound = _call_out(caller, about, target.agent_id, f"Agent {target.agent_id}", mine, Peer(target.agent_id, theirs))
    return [(caller.agent_id, outbound), (target.agent_id, _call_in(caller, about, target.agent_id, mine, theirs))]


def call_skill(caller: Agent, command: CallSkill, ids: Ids) -> tuple[OfferTo, Enqueue]:
    """The caller's end, and the other one for the queue. Raises `Refused`."""
    check_session(caller)
    about = _about(caller, command)
    mine, theirs = ids.number(), ids.number()
    name = command.skill_name or command.skill_id
    outbound = _call_out(caller, about, name, f"Skill {name}", mine, Peer(None, theirs))
    inbound = msgspec.structs.replace(
        _call_in(caller, about, name, mine, theirs),
        skill_id=command.skill_id,
        skill_name=command.skill_name,
        manual_accept=None,
    )
    return (caller.agent_id, outbound), enqueue(inbound, theirs)


def _about(caller: Agent, command: CallAgent | CallSkill) -> Contact | None:
    """The call that a consult is about."""
    if not command.consult:
        return None
    if command.parent_id is None:
        talked_on = [call for call in caller.live_calls if call.status in batches.TALKING]
        if not talked_on:
            raise Refused("no-contact", f"A consult is about a call that is talked on; agent {caller.agent_id} has none.")
        return next((call for call in talked_on if call.id == caller.focus), talked_on[0])
    about = call_of(caller, command.parent_id, "A consult")
    _check_answered(about)
    return about


def _check_answered(about: Contact) -> None:
    if about.status not in CONVERSATION:
        raise Refused("wrong-state", f"A consult is about a call that was answered; {is_what(about)}.", about.id)


def _call_out(caller: Agent, about: Contact | None, dialed: str, whom: str, its_id: int, peer: Peer) -> OfferCall:
    return OfferCall(
        direction="outbound",
        ani=caller.agent_id,
        dnis=dialed,
        customer=whom,
        contact_id=its_id,
        peer=peer,
        master=str(its_id) if about is None else _master(about),
        parent="" if about is None else str(about.id),
        consult=about is not None,
        skill_id="" if about is None else about.skill_id,
        skill_name=None if about is None else about.skill_name,
    )


def _call_in(caller: Agent, about: Contact | None, dialed: str, caller_call: int, its_id: int) -> OfferCall:
    peer = Peer(caller.agent_id, caller_call)
    if about is None:
        who = f"Agent {caller.agent_id}"
        return OfferCall(
            ani=caller.agent_id,
            dnis=dialed,
            customer=who,
            contact_id=its_id,
            master=str(caller_call),
            peer=peer,
            manual_accept=True,
        )
    again = offered_again(about)
    assert isinstance(again, OfferCall)
    return msgspec.structs.replace(again, contact_id=its_id, peer=peer, consult=True, manual_accept=True)


def _master(call: Contact) -> str:
    return text(call.event, "MasterID") or str(call.id)


def transfer_calls(agents: Agents, decider: AgentDecider, caller: Agent, now: int) -> dict[str, list[Draft]]:
    """The caller's two calls end; those to whom they led talk on. After-call work is that of the customer's call. Raises
    `Refused`."""
    check_session(caller)
    calls = _connectable(caller)
    drafts: dict[str, list[Draft]] = {}
    for call, other in (calls, reversed(calls)):
        far_agent, far = _far_end(agents, call)
        if far_agent is not None and far is not None:
            drafts.setdefault(far_agent.agent_id, []).extend(batches.passed_on(far_agent, far, other, now))
    to_agent, customers = sorted(calls, key=lambda call: call.peer is None)
    first = batches.last(to_agent, now)
    alone = decider.after(caller, [first], now)
    drafts[caller.agent_id] = [first, *decider.hang_up(alone, alone.contacts[customers.id], now)]
    return drafts


def conference_calls(caller: Agent, now: int) -> list[Draft]:
    """All of the caller's calls are joined, and the other ends follow once they are talked on. Raises `Refused`."""
    check_session(caller)
    return [_became(call, "Joined", now) for call in _joinable(caller) if call.status != "Joined"]


def _became(call: Contact, status: str, now: int) -> Draft:
    return batches.wire(batches.changed(call, now, Status=status))


def _connectable(caller: Agent) -> list[Contact]:
    """The two calls that a transfer connects."""
    calls = _talkable(caller, "A transfer")
    if len(calls) != 2:
        raise Refused("wrong-state", f"A transfer connects two calls; agent {caller.agent_id} has {len(calls)}.")
    return calls


def _joinable(caller: Agent) -> list[Contact]:
    """The calls that a conference joins, not all of which are joined yet."""
    calls = _talkable(caller, "A conference")
    if len(calls) < 2:
        raise Refused("wrong-state", f"A conference joins two calls or more; agent {caller.agent_id} has {len(calls)}.")
    if all(call.status == "Joined" for call in calls):
        raise Refused("wrong-state", f"The calls of agent {caller.agent_id} are joined already.")
    return calls


def _talkable(caller: Agent, what: str) -> list[Contact]:
    """The live calls, all of which have been answered."""
    for call in caller.live_calls:
        if call.status not in CONVERSATION:
            raise Refused("wrong-state", f"{what} is of calls that were answered; {is_what(call)}.", call.id)
    return caller.live_calls


def transfer(
    agents: Agents, decider: AgentDecider, agent: Agent, command: Transfer, now: int, ids: Ids
) -> tuple[list[Draft], Enqueue]:
    """A contact leaves the agent for another, or for a queue, where it goes as well if the other does not take it. A call gets
    another id there, since its old one can still be in wrap-up. Raises `Refused`."""
    check_session(agent)
    contact = contact_of(agent, command.contact_id)
    again = msgspec.structs.replace(_passable(contact), skill_id=decider.skill_of(contact))
    its_id = ids.number() if contact.is_call else contact.id
    if command.target_id is None:
        skill_name = command.skill_name or decider.skill(command.skill_id).name
        again = msgspec.structs.replace(again, skill_id=command.skill_id, skill_name=skill_name or None)
    else:
        if command.target_id == agent.agent_id:
            raise Refused("wrong-state", f"Agent {agent.agent_id} has {contact.medium.noun} {contact.id} already.", contact.id)
        _reached(agents, command.target_id, contact.medium.name, contact.id)
    if contact.is_call:
        gone = decider.hang_up(agent, contact, now)
    else:
        gone = [batches.last(contact, now)]
        if contact.medium.name == "workitem":
            gone.insert(0, batches.wire(batches.changed(contact, now, Status="Transfer")))
    return gone, enqueue(again, its_id, agent_id=command.target_id)


def _passable(contact: Contact) -> Offer:
    """What another agent is offered of a contact that can be passed on."""
    verb = "hangup" if contact.is_call else "end"
    answered = verb in contact.medium.allowed(contact.status) and contact.status not in ("Dialing", contact.medium.last_status)
    if not answered and contact.status not in ("Holding", "Masking"):
        raise Refused("wrong-state", f"A transfer is of a contact that was answered; {is_what(contact)}.", contact.id)
    if contact.peer is not None or contact.status == "Joined":
        raise Refused(
            "wrong-state", f"Call {contact.id} is between agents: transfer it with the call of the customer.", contact.id
        )
    return offered_again(contact)


def _reached(agents: Agents, agent_id: str, media: str, contact_id: int | None = None) -> Agent:
    """The other agent, who can be called or given a contact of this medium."""
    target = agents.get(agent_id)
    if target is None or target.session is None:
        raise Refused("unknown-agent", f"Agent {agent_id} is not logged in.")
    if media == "call" and target.live_calls:
        raise Refused("wrong-state", f"Agent {agent_id} is on a call.", contact_id)
    return target


Together = Literal["dial", "consult", "transfer", "transfer-calls", "conference-calls"]
"""What an agent does with others, as the control API calls it."""


def why_not_together(agent: Agent, verb: Together, contact: Contact | None) -> str | None:
    """What about the agent, or about the contact that it would be done with, stands in the way: a sentence; None: nothing."""
    try:
        check_session(agent)
        match verb:
            case "consult" if contact is not None:
                _check_answered(contact)
            case "transfer" if contact is not None:
                _passable(contact)
            case "transfer-calls":
                _connectable(agent)
            case "conference-calls":
                _joinable(agent)
    except Refused as refused:
        return refused.reason
    return None


def why_not_reached(target: Agent, media: str) -> str | None:
    """Why this agent cannot be called, or given a contact of another medium: a sentence; None: that can be."""
    try:
        _reached({target.agent_id: target}, target.agent_id, media)
    except Refused as refused:
        return refused.reason
    return None


def offered_again(contact: Contact) -> Offer:
    """What would bring the contact, as it is now, to another agent."""
    event = contact.event
    variables = tuple(
        (name, value)
        for variable in event.get("ScreenPopUrlVariables") or ()
        if isinstance(variable, dict)
        for name, value in variable.items()
        if isinstance(value, str)
    )
    said = _said(contact)
    about: dict[str, Any] = {
        "skill_id": contact.skill_id,
        "skill_name": contact.skill_name,
        "customer": _customer(contact),
        "custom_data": text(event, "CustomData"),
    }
    match contact.medium.name:
        case "call":
            numbers = text(event, "ANI"), text(event, "DNIS")
            ani, dnis = numbers if text(event, "IsInbound").lower() != "false" else reversed(numbers)
            return OfferCall(ani=ani, dnis=dnis, variables=variables, parent=str(contact.id), master=_master(contact), **about)
        case "chat":
            sender, recipient = text(event, "FromAddress"), text(event, "PointOfContactAddress")
            return OfferChat(sender=sender, recipient=recipient, transcript=said, room_id=text(event, "RoomId"), **about)
        case "digital":
            return OfferDigital(channel=text(event, "ChannelType"), transcript=said, case_id=text(event, "DFOContactId"), **about)
        case "workitem":
            kind, payload = text(event, "WorkItemType"), text(event, "WorkItemPayload")
            return OfferWorkItem(kind, payload, variables, text(event, "WorkItemId"), **about)
        case "voicemail":
            sender, recipient, file = text(event, "From"), text(event, "To"), text(event, "FileName")
            return OfferVoicemail(sender, recipient, file, contact.duration, **about)
        case "email":
            told = contact.details
            return OfferEmail(told.get("from", ""), told.get("to", ""), told.get("subject", ""), **about)
    raise Refused(
        "wrong-media", f"Contact {contact.id} came as {contact.type}, of which too little is known to pass it on.", contact.id
    )


def _said(contact: Contact) -> Any:
    return tuple(Written(one.sender, one.text, one.at, one.agent_id) for one in contact.messages)


def _customer(contact: Contact) -> str | None:
    return (contact.card.name if contact.card else None) or contact.customer


def what_became(before: Agents, agents: Agents, routing: Routing) -> list[Describe]:
    """What is to be known of contacts that ring no more where they were offered, should they be offered again: what was written
    and noted meanwhile."""
    changed = []
    for routed in routing.contacts.values():
        if routed.agent_id is None or routed.taken_at is not None or routed.agent_id not in before:
            continue
        contact = before[routed.agent_id].contacts.get(routed.id)
        if contact is not None and routed.id not in agents[routed.agent_id].contacts:
            new = offer_of(routed.details)
            about: dict[str, Any] = {"custom_data": text(contact.event, "CustomData"), "customer": _customer(contact)}
            if isinstance(new, OfferChat | OfferDigital):
                about |= {"text": "", "transcript": _said(contact)}
            details = msgspec.json.encode(msgspec.structs.replace(new, **about))
            changed.append(Describe(routed.id, msgspec.Raw(details)))
    return changed


def callers_gone(agents: Agents, routing: Routing) -> list[RoutedContact]:
    """The calls of agents in queues, or ringing from there, whose caller is there no more."""
    gone = []
    for contact in routing.contacts.values():
        if contact.taken_at is None and contact.media == "call" and b'"peer"' in bytes(contact.details):
            new = offer_of(contact.details)
            peer = new.peer if isinstance(new, OfferCall) else None
            caller = None if peer is None else agents.get(peer.agent_id or "")
            call = None if caller is None or peer is None else caller.contacts.get(peer.contact_id)
            if peer is not None and (call is None or not call.is_live_call):
                gone.append(contact)
    return gone


def follow_up(agents: Agents, decider: AgentDecider, routing: Routing, now: int) -> tuple[str, list[Draft]] | None:
    """The first end of a call between agents that has yet to follow what happened at the other: its agent's id, and the drafts.
    None when all do."""
    for agent in agents.values():
        for call in agent.live_calls:
            if call.peer is not None and (drafts := _follow(agent, call, call.peer, agents, decider, routing, now)):
                return agent.agent_id, drafts
    return None


def _far_end(agents: Agents, call: Contact) -> tuple[Agent | None, Contact | None]:
    """The agent at the other end, and the call there; None for what is not (any more)."""
    agent = None if call.peer is None else agents.get(call.peer.agent_id or "")
    return agent, None if agent is None or call.peer is None else agent.contacts.get(call.peer.contact_id)


def _follow(
    agent: Agent, call: Contact, peer: Peer, agents: Agents, decider: AgentDecider, routing: Routing, now: int
) -> list[Draft]:
    far_agent, far = _far_end(agents, call)
    if far_agent is None or far is None or not far.is_live_call:
        routed = routing.contacts.get(peer.contact_id)
        if routed is not None and routed.agent_id != peer.agent_id:  # it waits again, or is at somebody else now
            return [batches.peer(call.id, Peer(routed.agent_id, peer.contact_id))]
        if routed is not None and routed.taken_at is None:
            return []
        return _left(agent, call, decider, now)
    if far.peer is None or far.peer.contact_id != call.id:  # who has it, the far end may have yet to learn
        return _left(agent, call, decider, now)
    if call.status == "Dialing" and far.status in CONVERSATION:
        return batches.status(agent, call, "Active", now)
    is_joined_there = far.status in ("Joined", "Masking") and bool(batches.talked_on_beside(far_agent, far))
    if call.status == "Active" and is_joined_there:
        return [_became(call, "Joined", now)]
    is_alone = not is_joined_there and not batches.talked_on_beside(agent, call)
    if call.status == "Joined" and is_alone and far.status != "Holding":  # whoever is on hold is not left
        return [_became(call, "Active", now)]
    return []


def _left(agent: Agent, call: Contact, decider: AgentDecider, now: int) -> list[Draft]:
    """The other end is there no more: nobody answered, or somebody hung up."""
    if call.status == "Dialing":
        return batches.end(agent, call, now, batches.next_state(agent), disconnect_code="NoAnswer")
    return decider.hang_up(agent, call, now)
