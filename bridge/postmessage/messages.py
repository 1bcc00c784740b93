"""What panels send and what MAX answers (max-post-message.md, sections 2, 3 and 7)."""

from typing import Any, Literal

import msgspec

JS = "$js"
"""The key under which the desk page tags a value that JSON cannot carry: `{"$js": "NaN"}`, `{"$js": "BigInt", "text": "101"}`."""


class Foreign(msgspec.Struct, frozen=True):
    """A JavaScript value that JSON cannot carry, as the panel sent it: `kind` is NaN, undefined, BigInt, Date, Map, cycle..."""

    kind: str
    text: str = ""


def from_page(value: Any) -> Any:
    """What the panel sent, from the page's JSON: tagged values become `Foreign`, and undefined properties are absent ones.

    A panel's own object with a `$js` key arrives as `{"$js": "Object", "value": {...}}` and is given back whole.
    """
    if isinstance(value, list):
        return [from_page(item) for item in value]
    if not isinstance(value, dict):
        return value
    if JS in value:
        if value[JS] != "Object":
            return Foreign(str(value[JS]), str(value.get("text", "")))
        value = value.get("value")
        if not isinstance(value, dict):
            return Foreign("Object")
    read = {key: from_page(item) for key, item in value.items()}
    return {key: item for key, item in read.items() if item != Foreign("undefined")}


class Register(msgspec.Struct, frozen=True):
    """RegisterForClientEvents, its values still as they came: absent is None, as null is."""

    contact_id: Any
    types: Any
    issuer: Any


class Unregister(msgspec.Struct, frozen=True):
    """UnregisterFromClientEvents."""


class ContactCard(msgspec.Struct, frozen=True):
    """ContactCardData: the customer's name and picture, each None when it was not given as text."""

    contact_id: Any
    name: str | None
    picture: str | None


CallCommandType = Literal["AnswerEvent", "RefuseEvent", "HoldEvent", "MuteEvent", "MaskEvent", "RecordEvent", "HangupEvent"]
CALL_COMMANDS: frozenset[str] = frozenset(CallCommandType.__args__)  # type: ignore[attr-defined]


class CallCommand(msgspec.Struct, frozen=True):
    """One of the seven; it acts on the contact in focus and returns nothing."""

    message_type: CallCommandType


PanelMessage = Register | Unregister | ContactCard | CallCommand


def read_posted(text: msgspec.Raw) -> PanelMessage | None:
    """The message in the page's JSON text of what a panel posted; None for anything that MAX ignores."""
    try:
        return read_panel_message(from_page(msgspec.json.decode(text)))
    except RecursionError:  # nested deeper than the page itself would write it
        return None


def read_panel_message(data: Any) -> PanelMessage | None:
    """The message in what a panel posted; None for anything that MAX ignores: no object, no or an unknown messageType.

    Property keys and the value of messageType are case sensitive (section 2).
    """
    if not isinstance(data, dict):
        return None
    message_type = data.get("messageType")
    if message_type == "RegisterForClientEvents":
        return Register(data.get("contactId"), data.get("subscriptionTypes"), data.get("issuer"))
    if message_type == "UnregisterFromClientEvents":
        return Unregister()
    if message_type == "ContactCardData":
        card = data.get("contactCardData")
        card = card if isinstance(card, dict) else {}
        name, picture = card.get("name"), card.get("userImg")
        return ContactCard(
            data.get("contactId"),
            name if isinstance(name, str) else None,
            picture if isinstance(picture, str) else None,
        )
    if isinstance(message_type, str) and message_type in CALL_COMMANDS:
        return CallCommand(message_type)  # type: ignore[arg-type]
    return None


def as_js_text(value: Any) -> str:
    """A panel's free text as JavaScript would join it into a sentence: absent reads `undefined`."""
    if value is None:
        return "undefined"
    if isinstance(value, Foreign):
        return value.text or value.kind
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


class Acknowledgement(msgspec.Struct, frozen=True, rename="camel"):
    """The first event of the first message after a registration (section 3). It has `messageType` and never `Type`."""

    message_type: str
    contact_id: int | None
    status: Literal["OK", "ERROR"]
    reason: str

    @classmethod
    def of(cls, contact_id: int | None, reason: str) -> "Acknowledgement":
        status: Literal["OK", "ERROR"] = "OK" if reason == "Success" else "ERROR"
        return cls("ClientEventSubscriptionAcknowledge", contact_id, status, reason)


class SessionInfo(msgspec.Struct, frozen=True, rename="camel"):
    """The agent's session token, for panels that call the REST API (section 2)."""

    message_type: str
    session_token: str

    @classmethod
    def of(cls, token: str) -> "SessionInfo":
        return cls("SessionInfo", token)


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """What a panel receives: one object of a kind for every message (section 3)."""

    issuer: str
    contact_id: int | None
    events: list[msgspec.Raw]
