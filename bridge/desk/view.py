"""What a desk page shows for a state of its agent: regions of HTML, the panels that are open, what to announce."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from bridge.acd.agent import allowed_verbs, why_not
from bridge.acd.agent_state import LONGEST_TRANSCRIPT, Agent, Contact, Message
from bridge.acd.between_agents import Together, why_not_together
from bridge.acd.dispositions import fitting, why_no_disposition
from bridge.acd.events import is_true, seconds, text
from bridge.acd.media import OTHER
from bridge.acd.platform import Floor
from bridge.acd.words import (
    address_of,
    is_from_somebody,
    is_outbound,
    name_of,
    party_of,
    replay_words,
    skill_name_of,
    state_words,
    status_words,
)
from bridge.clock import milliseconds
from bridge.configuration import Configuration
from bridge.desk.colleagues import choice, other_end
from bridge.desk.messages import row_of
from bridge.desk.panels import OpenPanel, open_panels, screen_pop_variables
from bridge.desk.wirelog import WireEntry
from bridge.files import TEMPLATES

if TYPE_CHECKING:
    import jinja2

REGIONS = (
    "agent",
    "states",
    "contacts",
    "contact",
    "ringing",
    "transcript",
    "playback",
    "dispositions",
    "disposition",
    "skills",
    "problem",
)
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
    contacts = [_contact(agent, contact, configuration) for contact in agent.contacts.values()]
    values = {
        "agent": _agent(agent, configuration),
        "problem": problem,
        "upstream": agent.upstream,
        "unknown": [
            request
            for request in agent.requests.values()
            if request.unknown and (request.contact_id is None or int(request.contact_id) in agent.contacts)
        ],
        "unavailable_codes": configuration.unavailable_codes,
        "skills": [skill.name for skill in configuration.skills.values()],
        "contacts": contacts,
        "contact": next((contact for contact in contacts if contact["focused"]), None),
        "longest_transcript": LONGEST_TRANSCRIPT,
        "disposition": _disposition(agent, configuration),
        "ringing": [contact for contact in contacts if contact["status"] == "Incoming"],
    }
    return View(
        version=version,
        regions={key: _template(key).render(values) for key in REGIONS},
        panels=open_panels(agent, configuration.panels, key, configuration.skills),
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
            urgent.append(_incoming(after, contact))
        else:
            polite.append(f"{_called(after, contact)}: {status_words(contact)}")
    for contact in after.contacts.values():
        heard = _last_number(before.contacts.get(contact.id))
        polite += [
            f"{party_of(contact)}: {one.text}" for one in contact.messages if one.number > heard and one.sender == "customer"
        ]
    for contact in after.contacts.values():
        known = before.contacts.get(contact.id)
        if known is not None and contact.outcome is not None and contact.outcome != known.outcome:
            polite.append(f"{party_of(contact)}: {contact.outcome.name} noted")
    for contact in before.contacts.values():
        if contact.id not in after.contacts:
            last = after.ended if after.ended is not None and after.ended.id == contact.id else contact
            code = text(last.event, "DisconnectCode")
            if code:
                notices.append(f"{_called(before, contact)}: {DISCONNECT_WORDS.get(code, code)}")
            else:
                polite.append(f"{_called(before, contact)}: ended")
    if after.replay is not None and (before.replay is None or before.replay.is_over != after.replay.is_over):
        polite.append("The recording has been played" if after.replay.is_over else "A recording is being played")
    if before.muted != after.muted:
        polite.append("Muted" if after.muted else "Unmuted")
    if (before.current_state, before.reason, before.is_acw) != (after.current_state, after.reason, after.is_acw):
        polite.append(state_words(after))
    if after.logged_out and not before.logged_out:
        notices.append(f"The server ended your session: {LOG_OUT_WORDS.get(after.logged_out, after.logged_out)}")
    return Said(urgent, polite, notices)


def _incoming(agent: Agent, contact: Contact) -> str:
    other = other_end(agent, contact, {})
    if other is None:
        return f"Incoming {contact.medium.noun} {'from ' if is_from_somebody(contact) else ''}{party_of(contact)}"
    noun = "consult" if other.is_consult else contact.medium.noun
    return " ".join(part for part in (f"Incoming {noun} from {other.who}", other.regarding) if part)


def _called(agent: Agent, contact: Contact) -> str:
    """What a contact is called when something is said of it."""
    other = other_end(agent, contact, {})
    return party_of(contact) if other is None else other.heading


def _last_number(contact: Contact | None) -> int:
    return contact.messages[-1].number if contact is not None and contact.messages else 0


DISCONNECT_WORDS: Mapping[str, str] = {"Busy": "busy", "NoAnswer": "no answer", "BadNumber": "no such number"}
LOG_OUT_WORDS: Mapping[str, str] = {
    "RemoteLogoff": "a supervisor logged you out",
    "SessionTimeout": "nobody worked with it for a while",
}


def _agent(agent: Agent, configuration: Configuration) -> dict[str, Any]:
    state = agent.state or {}
    next_states = agent.next_states
    started = milliseconds(text(state, "StartTimeUTC"))
    limit = seconds(state, "AcwTimeout") if agent.is_acw else None
    return {
        "id": agent.agent_id,
        "name": details.name if (details := configuration.agents.get(agent.agent_id)) is not None else "",
        "logged_in": agent.current_state not in ("", "LoggedOut"),
        "current": (agent.current_state, agent.reason) if not agent.is_acw else ("", ""),
        "ended_by": LOG_OUT_WORDS.get(agent.logged_out, agent.logged_out),
        "words": state_words(agent),
        "kind": "acw" if agent.is_acw else (agent.current_state or "LoggedOut").lower(),
        "replay": replay_words(agent),
        "since": started if agent.replay is None else None,  # when it was recorded, which says nothing now
        "until": started + 1000 * limit if limit is not None and started is not None and agent.replay is None else None,
        "next": " ".join(part for part in (next_states[0] if next_states else ()) if part),
        "muted": agent.muted,
    }


def _contact(agent: Agent, contact: Contact, configuration: Configuration) -> dict[str, Any]:
    event, medium = contact.event, contact.medium
    since = milliseconds(text(event, "LastStateChangeTimeUTC") or text(event, "StartTimeUTC"))
    other = other_end(agent, contact, configuration.agents)
    name = name_of(contact) if other is None else other.name
    return {
        "id": str(contact.id),
        "medium": medium.name,
        "noun": medium.noun,
        "is_call": contact.is_call,
        "writes": medium.has_messages,
        "party": party_of(contact),
        "from_somebody": is_from_somebody(contact),
        "address": address_of(contact),
        "other_end": other,
        "picture": contact.card.picture if contact.card and other is None else None,
        "initials": "".join(word[0] for word in name.split()[:2]).upper() if name else SYMBOLS.get(medium.name, "?"),
        "skill": skill_name_of(contact, configuration.skills),
        "kind": ("Outbound" if is_outbound(event) else "Inbound") if contact.is_call else medium.noun.capitalize(),
        "status": contact.status,
        "status_words": status_words(contact),
        "since": contact.status_since if since is None or agent.replay is not None else since,
        "focused": contact.id == agent.focus,
        "wrap_up": contact.is_wrap_up and agent.is_acw,
        "over": contact.status == medium.last_status or contact.is_wrap_up,
        "facts": [*_facts(contact), *screen_pop_variables(event)],
        "payload": _payload(contact),
        "muted": agent.muted and contact.is_call,
        "recording": is_true(event.get("IsLogging")),
        "messages": [_message(one, agent, contact, configuration) for one in contact.messages],
        "typing": "customer" in contact.typing,
        "playback": _playback(contact),
        "asked": _asked(agent, contact),
        "controls": _controls(agent, contact),
        "together": _together(agent, contact),
    }


def _message(message: Message, agent: Agent, contact: Contact, configuration: Configuration) -> dict[str, Any]:
    by = party_of(contact)
    if message.sender == "agent":
        details = configuration.agents.get(message.agent_id)
        colleague = (details.name if details is not None else "") or f"Agent {message.agent_id}"
        by = "You" if message.agent_id == agent.agent_id else colleague
    return {"number": message.number, "sender": message.sender, "text": message.text, "at": message.at, "by": by}


SYMBOLS: Mapping[str, str] = {"call": "☎", "chat": "❝", "digital": "@", "workitem": "☰", "voicemail": "▷", "email": "✉"}
"""What stands for somebody without a name."""

FACTS = {
    "call": {"DNIS": "DNIS", "CustomData": "Custom data"},
    "chat": {"FromAddress": "From", "PointOfContactAddress": "To", "CustomData": "Custom data"},
    "digital": {"ChannelType": "Channel", "DFOContactId": "Case"},
    "workitem": {"WorkItemType": "Type", "WorkItemId": "Work item", "CustomData": "Custom data"},
    "voicemail": {"From": "From", "To": "To", "FileName": "File", "FileDuration": "Seconds", "CustomData": "Custom data"},
}
"""The fields of a medium's events that are shown, and how they are called."""


def _facts(contact: Contact) -> list[tuple[str, str]]:
    fields = FACTS.get(contact.medium.name, {})
    told = [(words, str(value)) for field, words in fields.items() if (value := contact.event.get(field))]
    return [*told, *((name.capitalize(), value) for name, value in contact.details.items())]


def _disposition(agent: Agent, configuration: Configuration) -> dict[str, Any] | None:
    """What can be noted of the contact in focus, what has been, and whether it waits for nothing else. None: nothing can be."""
    contact = None if agent.focus is None else agent.contacts.get(agent.focus)
    if contact is None or why_no_disposition(contact) is not None:
        return None
    offered = fitting(configuration.dispositions, contact, configuration.skills)
    about = {"contact": str(contact.id), "outcome": contact.outcome, "finishes": contact.is_wrap_up}
    return {**about, "offered": offered} if offered else None


class Payload(msgspec.Struct, frozen=True):
    """A work item's payload to be read: the members of a JSON object, else a text."""

    members: list[tuple[str, str]]
    text: str


def _payload(contact: Contact) -> Payload | None:
    payload = text(contact.event, "WorkItemPayload")
    if not payload:
        return None
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Payload([], payload)
    if not isinstance(value, dict) or not value:
        return Payload([], payload)
    return Payload([(name, _as_text(member)) for name, member in value.items()], "")


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _playback(contact: Contact) -> dict[str, Any] | None:
    """How a voicemail that can be played stands: the second, and since when it would have played had it begun at the first."""
    if "play" not in contact.medium.allowed(contact.status):
        return None
    position = 0 if contact.playback is None else contact.playback.position
    return {
        "position": position,
        "since": contact.playback.at - 1000 * position if contact.playback is not None and contact.plays else None,
        "duration": contact.duration,
    }


def _asked(agent: Agent, contact: Contact) -> dict[str, str]:
    """What has been asked of the live tenant about the contact or the agent's phone, and is not answered: a sentence for each."""
    about = (None, str(contact.id))
    return {
        request.command: f"The tenant was asked for {request.words}, and has not answered yet."
        for request in agent.requests.values()
        if not request.unknown and request.contact_id in about
    }


def _controls(agent: Agent, contact: Contact) -> list[dict[str, Any]]:
    """The contact's buttons: always the same ones in the same places, those that do not fit the status disabled."""
    holding, masking = contact.status == "Holding", contact.status == "Masking"
    recording = is_true(contact.event.get("IsLogging"))
    allowed, asked = allowed_verbs(agent, contact), _asked(agent, contact)
    hold = ("resume" if holding else "hold", "Hold", holding)
    if contact.is_call:
        buttons: list[tuple[str, str, bool | None]] = [
            hold,
            ("unmute" if agent.muted else "mute", "Mute", agent.muted),
            ("unmask" if masking else "mask", "Mask", masking),
            ("record", "Record", recording),
            ("hangup", "Hang up", None),
        ]
    else:
        buttons = [
            ("pause" if contact.plays else "play", "Play", contact.plays),
            hold,
            ("end", "End", None),
        ]
    is_joined = contact.status == "Joined"
    return [
        {
            "verb": verb,
            "label": label,
            "pressed": pressed,
            "leads_to": f"{party_of(contact)} leaves the conference. " if verb == "hangup" and is_joined else "",
            "why_not": asked.get(verb) or (None if verb in allowed else why_not(agent, contact, verb)),
            "shortcut": f"Alt+Shift+{SHORTCUTS[label]}",
        }
        for verb, label, pressed in buttons
        if contact.medium.has(verb)
    ]


def _together(agent: Agent, contact: Contact) -> list[dict[str, Any]]:
    """The buttons for what takes others: their places are always the same too. With a call to somebody beside the customer's, a
    transfer is that of both, and is called by what it does. What `asks` whom it is with opens the dialog of colleagues."""
    calls = agent.live_calls
    connects = len(calls) > 1 and any(call.peer is not None or call.is_consult or is_outbound(call.event) for call in calls)
    other = other_end(agent, contact, {})
    party = party_of(contact) if other is None else f"the call with {other.who}"
    consult: tuple[Together, str, str] = ("consult", "Consult", f"Consult about {party}")
    transfer: tuple[Together, str, str] = ("transfer", "Transfer", f"Transfer {party}")
    if contact.is_call:
        connect: tuple[Together, str, str] = ("transfer-calls", "Connect and leave", "")
        buttons = [consult, connect if connects else transfer, ("conference-calls", "Conference", "")]
    else:
        buttons = [] if contact.medium is OTHER else [transfer]
    asked = _asked(agent, contact)
    return [
        {
            "verb": verb,
            "label": label,
            "asks": asks,
            "why_not": asked.get("dial" if verb == "consult" else verb) or why_not_together(agent, verb, contact),
            "shortcut": f"Alt+Shift+{SHORTCUTS[label]}",
        }
        for verb, label, asks in buttons
    ]


SHORTCUTS: Mapping[str, str] = {
    "Hold": "H",
    "Mute": "M",
    "Mask": "K",
    "Record": "E",
    "Hang up": "X",
    "End": "X",
    "Play": "L",
    "Consult": "U",
    "Transfer": "G",
    "Connect and leave": "G",
    "Conference": "J",
}


def _template(region: str) -> "jinja2.Template":
    return template(f"desk/{region}.html")


@cache
def template(name: str) -> "jinja2.Template":
    """The template in this file below `templates/`."""
    return _environment().get_template(name)


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


def colleagues(agent: Agent, verb: Together, contact_id: int | None, floor: Floor, configuration: Configuration) -> str:
    """Whom the agent can do this with, as the dialog lists them."""
    return _template("colleagues").render(choice=choice(agent, verb, contact_id, floor, configuration))


def message_rows(entries: Sequence[WireEntry], missing: int = 0) -> str:
    """The rows of the drawer for entries of the wire log, before which so many are left out."""
    return _template("messages").render(rows=[row_of(entry) for entry in entries], missing=missing)


def page(name: str, **values: Any) -> str:
    """A whole page from its template."""
    return template(name).render(values)
