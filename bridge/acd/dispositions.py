"""Dispositions: what agents note of how a contact came out, and which fit it (cxone-agent-session.md, sections 1 and 3)."""

from collections.abc import Mapping, Sequence

import msgspec

from bridge.acd.agent_state import Contact
from bridge.acd.events import text
from bridge.acd.media import MEDIA
from bridge.acd.skills import Skill

LONGEST_NOTES = 4_000
"""Characters of a disposition's notes."""


class Disposition(msgspec.Struct, frozen=True):
    """`id` is what the REST API calls it by. `skills` are the ids of those whose contacts it fits, empty: any contact."""

    id: str
    name: str
    skills: frozenset[str] = frozenset()

    def fits(self, skill_id: str) -> bool:
        return not self.skills or skill_id in self.skills


DISPOSITIONS: Sequence[Disposition] = (
    Disposition("5101", "Resolved"),
    Disposition("5102", "Follow-up needed"),
    Disposition("5103", "Callback agreed"),
    Disposition("5104", "Escalated"),
    Disposition("5105", "Wrong number"),
)

_TALKED = frozenset({"Active", "Holding", "Masking", "Joined", "Interrupted"})
_WRAPPING_UP = frozenset({"CallBackDisconnected", *(medium.last_status for medium in MEDIA)})


def why_no_disposition(contact: Contact) -> str | None:
    """Why none can be noted now, a sentence. None: one can, for the agent has answered the contact, or it has ended and waits for
    one. AllowDispositions says whether a call can have one; events of other media do not tell."""
    named = f"{contact.medium.noun} {contact.id}"
    if contact.status not in _TALKED and contact.status not in _WRAPPING_UP:
        return f"A disposition needs a contact that was answered; {named} is {contact.status or 'without a status'}."
    if text(contact.event, "AllowDispositions").lower() == "false":
        return f"The platform allows no disposition of {named}: AllowDispositions is False in its event."
    return None


def fitting(dispositions: Sequence[Disposition], contact: Contact, skills: Mapping[str, Skill]) -> list[Disposition]:
    """Those that may be noted of the contact, in their order."""
    skill_id = skill_of(contact, skills)
    return [disposition for disposition in dispositions if disposition.fits(skill_id)]


def skill_of(contact: Contact, skills: Mapping[str, Skill]) -> str:
    """The id of the contact's skill; "" where nothing tells it. The event of a digital contact tells the skill's name alone."""
    name = text(contact.event, "SkillName").casefold()
    return contact.skill_id or next((skill.id for skill in skills.values() if name and skill.name.casefold() == name), "")
