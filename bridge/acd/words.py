"""What the operator's pages call an agent's state, a contact's status, and the other party."""

from collections.abc import Mapping
from typing import Any

from bridge.acd.agent_state import Agent, Contact
from bridge.acd.events import text
from bridge.acd.skills import Skill

STATUS_WORDS: Mapping[str, str] = {
    "Incoming": "Ringing",
    "Dialing": "Dialing",
    "Active": "Active",
    "Holding": "On hold",
    "Masking": "Masked",
    "Joined": "Joined",
    "Disconnected": "Wrap-up",
}


def state_words(agent: Agent) -> str:
    """The agent's state, with its reason."""
    if agent.state is None or agent.current_state == "LoggedOut":
        return "Logged out"
    if agent.is_acw:
        return "After-call work"
    if agent.current_state in ("Available", "Unavailable"):
        return f"{agent.current_state}, {agent.reason}" if agent.reason else agent.current_state
    return "Working"  # as MAX shows every other state (cxone-agent-session.md, section 2)


def replay_words(agent: Agent) -> str:
    """How far the recording is that is played to the agent; "" where there is none."""
    if agent.replay is None:
        return ""
    return "Replay ended" if agent.replay.is_over else f"Replay {agent.replay.played} of {agent.replay.messages}"


def status_words(contact: Contact) -> str:
    """The contact's status; one that nobody knows is told as it comes."""
    if contact.status == "Incoming" and not contact.is_call:
        return "Incoming"
    return STATUS_WORDS.get(contact.status, contact.status)


def name_of(contact: Contact) -> str | None:
    """The other party's name, where it is known."""
    return (contact.card.name if contact.card else None) or contact.customer or text(contact.event, "CustomerName") or None


def is_from_somebody(contact: Contact) -> bool:
    """Whether anything is known of another party."""
    return bool(name_of(contact) or address_of(contact))


def party_of(contact: Contact) -> str:
    """Who the other party is, as well as it is known; a work item has its type in place of a party."""
    return name_of(contact) or address_of(contact) or text(contact.event, "WorkItemType") or f"Contact {contact.id}"


def address_of(contact: Contact) -> str:
    """The other party's number or address; "" where there is none."""
    event = contact.event
    if contact.is_call:
        return text(event, "DNIS" if is_outbound(event) else "ANI")
    return text(event, "FromAddress") or text(event, "From") or contact.details.get("from", "")


def skill_name_of(contact: Contact, skills: Mapping[str, Skill]) -> str:
    """The name of the contact's skill, as it came with the contact or as it is set up; else what its event says."""
    event = contact.event
    told = event.get("Skill") or event.get("SkillId") or event.get("SkillName")
    named = skills.get(str(told or ""))
    return contact.skill_name or (named.name if named is not None else str(told or ""))


def is_outbound(event: Mapping[str, Any]) -> bool:
    """Whether a call's event tells of one that the agent dialed."""
    return text(event, "IsInbound").lower() == "false"
