"""What a test of the post-message rules reads again and again: one registration, and the answer in plain data."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bridge.postmessage.messages import Register, from_page, read_panel_message
from bridge.postmessage.profiles import MAX
from bridge.postmessage.subscriptions import Answer, Desktop, Registration, register


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def plain(events: list[msgspec.Raw]) -> list[Any]:
    return [msgspec.json.decode(event) for event in events]


AGENT_STATE = {"Type": "AgentState", "CurrentState": "Available"}
SESSION_INFO = {"messageType": "SessionInfo", "sessionToken": "token-1"}
FIRST = {"Type": "CallContactEvent", "ContactID": "101", "Status": "Active"}
SECOND = {"Type": "EmailContactEvent", "ContactId": "102", "Status": "Incoming"}
DESKTOP = Desktop("token-1", raw(AGENT_STATE), {101: raw(FIRST), 102: raw(SECOND)})
"""A desktop that knows its agent and two contacts, 101 the older one."""


def registering(
    *, panel_contact: int | None = None, already: Registration | None = None, desktop: Desktop = DESKTOP, **posted: Any
) -> Answer:
    """The answer to a RegisterForClientEvents with these properties, as they come from the page."""
    message = read_panel_message(from_page({"messageType": "RegisterForClientEvents", **posted}))
    assert isinstance(message, Register)
    return register(message, panel_contact=panel_contact, already=already, desktop=desktop, profile=MAX)


def acknowledgement(reason: str = "Success", contact_id: int | None = None) -> Mapping[str, Any]:
    """The acknowledgement of section 3, spelt out."""
    return {
        "messageType": "ClientEventSubscriptionAcknowledge",
        "contactId": contact_id,
        "status": "OK" if reason == "Success" else "ERROR",
        "reason": reason,
    }
