"""The rows of the drawer that shows what passed between the desk and its panels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bridge.desk.wirelog import WireEntry

LONGEST = 6_000
"""Characters of a message that a row shows; the control API has it whole."""


def row_of(entry: WireEntry) -> dict[str, Any]:
    """What the template needs to show an entry, whose message is decoded."""
    is_note = entry.direction == "note"
    text = _readable(entry.message)
    return {
        "offset": entry.offset,
        "at": entry.at,
        "direction": entry.direction,
        "page": entry.page,
        "windows": " ".join(map(str, entry.windows)),
        "origin": entry.origin,
        "ignored": entry.ignored,
        "summary": entry.message["text"] if is_note else summary(entry.message),
        "text": None if is_note else text[:LONGEST],
        "cut": len(text) > LONGEST,
    }


def summary(message: Any) -> str:
    """A post message in a few words: what a panel asks for, or which events the desk sent."""
    if not isinstance(message, Mapping):
        return str(message)[:80]
    events = message.get("events")
    if isinstance(events, Sequence) and not isinstance(events, str):
        names = Counter(_event_name(event) for event in events)
        return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in names.items())
    words = [str(message.get("messageType", "no messageType"))[:80]]
    types = message.get("subscriptionTypes")
    if isinstance(types, list):
        words.append(", ".join(map(str, types))[:80])
    if message.get("contactId") is not None:
        words.append(f"contact {message['contactId']}"[:80])
    return " · ".join(words)


def _event_name(event: Any) -> str:
    if not isinstance(event, Mapping):
        return "no object"
    name = str(event.get("Type") or event.get("messageType") or "no Type")
    detail = event.get("Status") or event.get("CurrentState") or event.get("status")
    return f"{name} {detail}" if isinstance(detail, str) else name


def _readable(message: Any) -> str:
    """Its JSON text on lines of its own, unless it is so long that it is cut anyway."""
    text = msgspec.json.encode(message)
    return (text if len(text) > LONGEST else msgspec.json.format(text, indent=2)).decode()
