"""Which pages the desk embeds for a state of the agent: workspaces always, contact panels while their contact lives
(max-post-message.md, section 1)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from bridge.acd.agent_state import Agent, Contact
from bridge.acd.events import contact_id
from bridge.acd.skills import SKILLS, Skill
from bridge.acd.words import skill_name_of
from bridge.configuration import VARIABLE, Panel


class OpenPanel(msgspec.Struct, frozen=True):
    """A panel that is open now. `key` is the same for as long as it stays open; `contact` is its contact, None in a workspace."""

    key: str
    name: str
    url: str
    contact: str | None = None


def open_panels(
    agent: Agent, panels: Sequence[Panel], key: str | None = None, skills: Mapping[str, Skill] = SKILLS
) -> list[OpenPanel]:
    """What is open: the contacts' panels, oldest contact first, then the workspaces. The desk's own panels get `key`, with which
    they ask for their data (`bridge/access.py`). `skills` are those that are set up, by id."""
    return [
        OpenPanel(f"{panel.id}:{contact.id}", panel.name, _with_key(_filled_in(panel.url, contact, skills), key), str(contact.id))
        for contact in agent.contacts.values()
        for panel in panels
        if panel.kind == "contact" and _is_for(panel, contact, skills)
    ] + [OpenPanel(panel.id, panel.name, _with_key(panel.url, key)) for panel in panels if panel.kind == "workspace"]


def contact_of(key: str | None) -> int | None:
    """The contact of the open panel with this key."""
    return contact_id(key.partition(":")[2]) if key else None


def _is_for(panel: Panel, contact: Contact, skills: Mapping[str, Skill]) -> bool:
    its_skill = {contact.skill_id.casefold(), skill_name_of(contact, skills).casefold()}
    return not panel.skills or any(skill.casefold() in its_skill for skill in panel.skills)


def _with_key(url: str, key: str | None) -> str:
    """The address with the key in its fragment, which is sent to no server and stands in no referrer, if it is one of ours."""
    if key is None or not url.startswith("/panels/"):
        return url
    return f"{url}{'&' if '#' in url else '#'}key={key}"


def _filled_in(url: str, contact: Contact, skills: Mapping[str, Skill]) -> str:
    """The address with its variables percent-encoded; a name in braces that the contact has nothing for becomes empty."""
    values = dict(screen_pop_variables(contact.event))
    values |= {
        "ContactID": str(contact.id),
        "ANI": _text(contact.event.get("ANI")),
        "DNIS": _text(contact.event.get("DNIS")),
        "Skill": skill_name_of(contact, skills),
        "SkillId": contact.skill_id,
    }
    return VARIABLE.sub(lambda name: quote(values.get(name[1], ""), safe=""), url)


def screen_pop_variables(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The screen-pop variables of an event, in order: ScreenPopUrlVariables is a list of objects with one key each."""
    listed = event.get("ScreenPopUrlVariables")
    return [
        (name, _text(value))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
        for name, value in one.items()
    ]


def _text(value: Any) -> str:
    """A field as text. On the wire all are strings, but a raw event may hold anything; null is nothing."""
    return "" if value is None else str(value)
