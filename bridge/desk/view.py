"""What a desk page shows for a state of its agent: regions of HTML, the panels that are open, what to announce."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from bridge.acd.agent import allowed_verbs, why_not
from bridge.acd.agent_state import Agent, Contact
from bridge.acd.events import is_true, text
from bridge.clock import milliseconds
from bridge.configuration import Configuration
from bridge.desk.messages import row_of
from bridge.desk.panels import OpenPanel, open_panels, screen_pop_variables
from bridge.desk.wirelog import WireEntry
from bridge.files import TEMPLATES

if TYPE_CHECKING:
    import jinja2

REGIONS = ("agent", "states", "contacts", "contact", "ringing", "skills", "problem")
"""The regions of the page, by the key of the element that holds each; its template has the same name."""


class View(msgspec.Struct, frozen=True):
    """What the page needs to show a state. `version` is that of the agent's stream, `regions` are HTML by key, `incoming` the
    contacts that ring, oldest first."""

    version: int
    regions: dict[str, str]
    panels: list[OpenPanel]
    focus: str | None
    incoming: list[str]


def view(agent: Agent, version: int, configuration: Configuration, problem: str | None = None, key: str | None = None) -> View:
    """Render a state. The same state gives the same text, so that what did not change need not be sent. `problem` is what is
    wrong with a configuration that should replace this one, `key` that of the desk's own panels."""
    contacts = [_contact(agent, contact) for contact in agent.contacts.values()]
    values = {
        "agent": _agent(agent, configuration),
        "problem": problem,
        "unavailable_codes": configuration.unavailable_codes,
        "skills": [skill.name for skill in configuration.skills.values()],
        "contacts": contacts,
        "contact": next((contact for contact in contacts if contact["focused"]), None),
        "ringing": [contact for contact in contacts if contact["status"] == "Incoming"],
    }
    return View(
        version=version,
        regions={key: _template(key).render(values) for key in REGIONS},
        panels=open_panels(agent, configuration.panels, key),
        focus=None if agent.focus is None else str(agent.focus),
        incoming=[contact["id"] for contact in contacts if contact["status"] == "Incoming"],
    )


class Said(msgspec.Struct, frozen=True):
    """What a person who does not look at the page must be told: at once, and when there is a pause. `notices` are shown too."""

    urgent: list[str]
    polite: list[str]
    notices: list[str] = []


def announcements(before: Agent, after: Agent) -> Said:
    """What to tell of a change."""
    urgent: list[str] = []
    polite: list[str] = []
    notices: list[str] = []
    for contact in after.contacts.values():
        old = before.contacts.get(contact.id)
        if old is not None and old.status == contact.status:
            continue
        if contact.status == "Incoming":
            urgent.append(f"Incoming call from {_party(contact)}")
        else:
            polite.append(f"{_party(contact)}: {STATUS_WORDS.get(contact.status, contact.status)}")
    for contact in before.contacts.values():
        if contact.id not in after.contacts:
            last = after.ended if after.ended is not None and after.ended.id == contact.id else contact
            code = text(last.event, "DisconnectCode")
            if code:
                notices.append(f"{_party(contact)}: {DISCONNECT_WORDS.get(code, code)}")
            else:
                polite.append(f"{_party(contact)}: ended")
    if before.muted != after.muted:
        polite.append("Muted" if after.muted else "Unmuted")
    if (before.current_state, before.reason, before.is_acw) != (after.current_state, after.reason, after.is_acw):
        polite.append(_state_words(after))
    if after.logged_out and not before.logged_out:
        notices.append(f"The server ended your session: {LOG_OUT_WORDS.get(after.logged_out, after.logged_out)}")
    return Said(urgent, polite, notices)


STATUS_WORDS: Mapping[str, str] = {
    "Incoming": "Ringing",
    "Dialing": "Dialing",
    "Active": "Active",
    "Holding": "On hold",
    "Masking": "Masked",
    "Joined": "Joined",
    "Disconnected": "Wrap-up",
}


DISCONNECT_WORDS: Mapping[str, str] = {"Busy": "busy", "NoAnswer": "no answer", "BadNumber": "no such number"}
LOG_OUT_WORDS: Mapping[str, str] = {
    "RemoteLogoff": "a supervisor logged you out",
    "SessionTimeout": "nobody worked with it for a while",
}


def _state_words(agent: Agent) -> str:
    if agent.state is None or agent.current_state == "LoggedOut":
        return "Logged out"
    if agent.is_acw:
        return "After-call work"
    if agent.current_state in ("Available", "Unavailable"):
        return f"{agent.current_state}, {agent.reason}" if agent.reason else agent.current_state
    return "Working"  # as MAX shows every other state (cxone-agent-session.md, section 2)


def _agent(agent: Agent, configuration: Configuration) -> dict[str, Any]:
    state = agent.state or {}
    next_states = agent.next_states
    started = milliseconds(text(state, "StartTimeUTC"))
    seconds = text(state, "AcwTimeout")
    limited = agent.is_acw and seconds.isascii() and seconds.isdecimal() and len(seconds) <= 6
    return {
        "id": agent.agent_id,
        "name": details.name if (details := configuration.agents.get(agent.agent_id)) is not None else "",
        "logged_in": agent.current_state not in ("", "LoggedOut"),
        "current": (agent.current_state, agent.reason) if not agent.is_acw else ("", ""),
        "ended_by": LOG_OUT_WORDS.get(agent.logged_out, agent.logged_out),
        "words": _state_words(agent),
        "kind": "acw" if agent.is_acw else (agent.current_state or "LoggedOut").lower(),
        "since": started,
        "until": started + 1000 * int(seconds) if limited and started is not None else None,
        "next": " ".join(part for part in (next_states[0] if next_states else ()) if part),
        "muted": agent.muted,
    }


def _contact(agent: Agent, contact: Contact) -> dict[str, Any]:
    event = contact.event
    since = milliseconds(text(event, "LastStateChangeTimeUTC") or text(event, "StartTimeUTC"))
    variables = screen_pop_variables(event)
    return {
        "id": str(contact.id),
        "party": _party(contact),
        "number": _other_number(event),
        "picture": contact.card.picture if contact.card else None,
        "initials": "".join(word[0] for word in _party(contact).split()[:2]).upper() if _name(contact) else "☎",
        "skill": contact.skill_name or event.get("Skill") or "",
        "inbound": not _is_outbound(event),
        "dnis": event.get("DNIS") or "",
        "status": contact.status,
        "status_words": STATUS_WORDS.get(contact.status, contact.status),
        "since": contact.status_since if since is None else since,
        "focused": contact.id == agent.focus,
        "wrap_up": contact.is_wrap_up and agent.is_acw,
        "over": contact.is_wrap_up,
        "variables": variables,
        "muted": agent.muted,
        "recording": is_true(event.get("IsLogging")),
        "controls": _controls(agent, contact),
    }


def _controls(agent: Agent, contact: Contact) -> list[dict[str, Any]]:
    """The call's buttons: always the same ones in the same places, those that do not fit the status disabled."""
    holding, masking = contact.status == "Holding", contact.status == "Masking"
    recording = is_true(contact.event.get("IsLogging"))
    allowed = allowed_verbs(agent, contact)
    return [
        {
            "verb": verb,
            "label": label,
            "pressed": pressed,
            "why_not": None if verb in allowed else why_not(agent, contact, verb),
            "shortcut": f"Alt+Shift+{SHORTCUTS[label]}",
        }
        for verb, label, pressed in (
            ("resume" if holding else "hold", "Hold", holding),
            ("unmute" if agent.muted else "mute", "Mute", agent.muted),
            ("unmask" if masking else "mask", "Mask", masking),
            ("record", "Record", recording),
            ("hangup", "Hang up", None),
        )
    ]


SHORTCUTS: Mapping[str, str] = {"Hold": "H", "Mute": "M", "Mask": "K", "Record": "E", "Hang up": "X"}


def _name(contact: Contact) -> str | None:
    return (contact.card.name if contact.card else None) or contact.customer


def _party(contact: Contact) -> str:
    return _name(contact) or _other_number(contact.event) or f"Contact {contact.id}"


def _other_number(event: Mapping[str, Any]) -> str:
    return text(event, "DNIS" if _is_outbound(event) else "ANI")


def _is_outbound(event: Mapping[str, Any]) -> bool:
    return text(event, "IsInbound").lower() == "false"


@cache
def _template(region: str) -> "jinja2.Template":
    return _environment().get_template(f"desk/{region}.html")


@cache
def _environment() -> "jinja2.Environment":
    import jinja2  # not at the start of the server: nobody looks at a page yet

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def message_rows(entries: Sequence[WireEntry], missing: int = 0) -> str:
    """The rows of the drawer for entries of the wire log, before which so many are left out."""
    return _template("messages").render(rows=[row_of(entry) for entry in entries], missing=missing)


def page(name: str, **values: Any) -> str:
    """A whole page from its template."""
    return _environment().get_template(name).render(values)
