"""What call of the Agent Session API a command becomes (cxone-agent-session.md, section 1). Pure.

Whether the command fits the agent's state has been decided before, by the mock's rules; here it is only spelt.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bridge.acd import batches
from bridge.acd.agent import Refused, contact_of
from bridge.acd.agent_state import Agent, Contact
from bridge.acd.commands import (
    Act,
    CallAgent,
    CallSkill,
    Command,
    ConferenceCalls,
    DialLeg,
    Dispose,
    EndAcw,
    EndLeg,
    EndSession,
    MuteLeg,
    OfferCall,
    Say,
    SetCustomData,
    SetState,
    Transfer,
    TransferCalls,
    Typing,
)
from bridge.acd.media import CHAT

_VERBS = {
    "answer": "accept",
    "refuse": "reject",
    "hold": "hold",
    "resume": "resume",
    "mask": "mask",
    "unmask": "unmask",
    "record": "record",
    "hangup": "end",
    "end": "end",
    "play": "play-voicemail",
    "pause": "pause-voicemail",
}
"""The last part of an interaction's path for each verb; mute and unmute are the agent's phone's."""

_TRANSFERS = {"chat": "chat", "workitem": "work-item", "voicemail": "voicemail", "email": "email"}
"""What a medium is called in the paths of transfers."""


class Call(NamedTuple):
    """A call below the session's path. `command` names it for programs, `words` in a sentence: "hold of call 77". `contact_id` is
    the contact whose events will show what became of it, None where that is the agent's state or phone. `after` is the kind and
    the data of a record that its success adds: what the tenant's events will not tell."""

    command: str
    words: str
    contact_id: int | None
    path: str
    parameters: Mapping[str, Any] = {}
    method: str = "POST"
    after: tuple[str, Mapping[str, Any]] | None = None


def call_for(agent: Agent, command: Command, known_names: Mapping[str, str]) -> Call:
    """The call that the command becomes. `known_names` are those of dispositions, by id. Raises `Refused` for what the tenant's
    session has no call for."""
    match command:
        case Act():
            return _act(agent, command)
        case SetState(state, reason):
            return _to_state(state, reason)
        case EndAcw():
            return _to_state(*batches.next_state(agent))._replace(command="end-acw")
        case EndSession(by, end_contacts):
            how = {"forceLogoff": by != "agent", "endContacts": end_contacts, "ignorePersonalQueue": True}
            return Call("log-out", "the log-out", None, "", how, "DELETE")
        case OfferCall():
            return Call(
                "dial",
                f"the call to {command.dnis}",
                None,
                "dial-phone",
                _given(phoneNumber=command.dnis, skillId=command.skill_id, parentContactId=command.parent),
            )
        case CallAgent(target_id, consult, parent_id):
            path = "consult-agent" if consult else "dial-agent"
            parameters = _given(targetAgentId=target_id, parentContactId=_parent(agent, consult, parent_id))
            return Call("dial", f"the call to agent {target_id}", None, path, parameters)
        case CallSkill(skill_id, skill_name, consult, parent_id):
            parameters = _given(skillId=skill_id, parentContactId=_parent(agent, consult, parent_id))
            return Call("dial", f"the call to {skill_name or f'skill {skill_id}'}", None, "dial-skill", parameters)
        case TransferCalls():
            return Call("transfer-calls", "the transfer", None, "interactions/transfer-calls")
        case ConferenceCalls():
            return Call("conference-calls", "the conference", None, "interactions/conference-calls")
        case Transfer(contact_id):
            return _transfer(contact_of(agent, contact_id), command)
        case DialLeg():
            return Call("dial-leg", "the connection of the phone", None, "agent-phone/dial")
        case EndLeg():
            return Call("end-leg", "the end of the phone's connection", None, "agent-phone/end")
        case MuteLeg(muted):
            return _mute("mute" if muted else "unmute")
        case Say(contact_id, text):
            contact = _chat(contact_of(agent, contact_id))
            said = ("transcript", {"contactId": str(contact_id), "from": "agent", "text": text})
            words = f"the message in {_named(contact)}"
            return _interaction("message", words, contact, "send-chat-text", {"chatText": text}, said)
        case Typing(contact_id, is_typing):
            contact = _chat(contact_of(agent, contact_id))
            typed = {"isTyping": is_typing, "isTextEntered": is_typing}
            return _interaction("typing", f"typing in {_named(contact)}", contact, "typing", typed)
        case Dispose():
            return _dispose(contact_of(agent, command.contact_id), command, known_names)
        case SetCustomData(contact_id, values):
            contact = contact_of(agent, contact_id)
            data = "|".join(f"{name}={value}" for name, value in values)
            return _interaction("custom-data", f"custom data of {_named(contact)}", contact, "custom-data", {"data": data})
    raise TypeError(f"no call of a tenant's session is known for {type(command).__name__}")


def _act(agent: Agent, act: Act) -> Call:
    if act.verb in ("mute", "unmute"):
        return _mute(act.verb)
    contact = contact_of(agent, act.contact_id)
    name = "accept-consult" if act.verb == "answer" and contact.is_consult else _VERBS[act.verb]
    parameters = {} if act.position is None else {"position": act.position}
    return _interaction(act.verb, f"{act.verb} of {_named(contact)}", contact, name, parameters)


def _interaction(
    command: str,
    words: str,
    contact: Contact,
    name: str,
    parameters: Mapping[str, Any],
    after: tuple[str, Mapping[str, Any]] | None = None,
) -> Call:
    return Call(command, words, contact.id, f"interactions/{contact.id}/{name}", parameters, after=after)


def _mute(verb: str) -> Call:
    return Call(verb, verb, None, f"agent-phone/{verb}")


def _to_state(state: str, reason: str) -> Call:
    words = f"the state {state} ({reason})" if reason else f"the state {state}"
    return Call("state", words, None, "state", _given(state=state, reason=reason))


def _transfer(contact: Contact, transfer: Transfer) -> Call:
    noun = _TRANSFERS.get(contact.medium.name)
    if noun is None:
        raise Refused(
            "wrong-media",
            f"The tenant's session passes on no {contact.medium.noun} by itself; contact {contact.id} is one.",
            contact.id,
        )
    to_agent = transfer.target_id is not None
    # Work items go to whom a name tells, chats to an id; of voicemails and emails the parameters are taken to be those of chats.
    kind = "Name" if noun == "work-item" else "Id"
    target = transfer.target_id if to_agent else (transfer.skill_name if kind == "Name" else None) or transfer.skill_id
    parameters = {f"target{'Agent' if to_agent else 'Skill'}{kind}": target}
    name = f"transfer-{noun}-to-{'agent' if to_agent else 'skill'}"
    return _interaction("transfer", f"the transfer of {_named(contact)}", contact, name, parameters)


def _dispose(contact: Contact, dispose: Dispose, known_names: Mapping[str, str]) -> Call:
    noted = _given(
        primaryId=dispose.primary_id,
        notes=dispose.notes,
        secondaryId=dispose.secondary_id,
        previewId=dispose.preview_id,
        commitmentAmount=dispose.commitment_amount,
        callbackTime=dispose.callback_time,
        callbackNumber=dispose.callback_number,
    )
    parameters = _given(
        primaryDispositionId=dispose.primary_id,
        primaryDispositionNotes=dispose.notes,
        primaryCommitmentAmount=dispose.commitment_amount,
        primaryCallbackTime=dispose.callback_time,
        primaryCallbackNumber=dispose.callback_number,
        secondaryDispositionId=dispose.secondary_id,
        previewDispositionId=dispose.preview_id,
    )
    name = known_names.get(dispose.primary_id, dispose.primary_id)
    after = ("disposition", {"contactId": str(contact.id), "name": name, **noted})
    return _interaction("disposition", f"the disposition of {_named(contact)}", contact, "disposition", parameters, after)


def _chat(contact: Contact) -> Contact:
    """The contact, which is a chat: what is written in a digital contact goes over channels that the agent's session has not."""
    if contact.medium is not CHAT:
        raise Refused(
            "wrong-media",
            f"The tenant's session writes in chats alone, and contact {contact.id} came as {contact.type}: write to it in the "
            "tenant's own desktop.",
            contact.id,
        )
    return contact


def _named(contact: Contact) -> str:
    return f"{contact.medium.noun} {contact.id}"


def _parent(agent: Agent, consult: bool, parent_id: int | None) -> str:
    """The call that another belongs to: the one that is named or, of a consult, the one that is talked on; "" for none."""
    if parent_id is None and consult:
        parent_id = next((call.id for call in agent.live_calls if call.status in batches.TALKING), None)
    return "" if parent_id is None else str(parent_id)


def _given(**parameters: str) -> dict[str, str]:
    """Those that say something."""
    return {name: value for name, value in parameters.items() if value}
