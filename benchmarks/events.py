"""Wire events to measure with."""

import json


def call_contact_event(contact_id: int, size: int = 500) -> bytes:
    """An active call's CallContactEvent as JSON of exactly `size` bytes (fields: cxone-agent-session.md, section 2)."""
    event = {
        "Type": "CallContactEvent",
        "ContactID": str(contact_id),
        "MasterID": str(contact_id),
        "Status": "Active",
        "CallType": "Regular",
        "DNIS": "8005550100",
        "ANI": "8015551234",
        "Skill": "4021",
        "IsInbound": "True",
        "StartTimeUTC": "2026-11-21T08:00:00.000Z",
        "LastStateChangeTimeUTC": "2026-11-21T08:00:04.000Z",
        "IsLogging": "False",
        "FinalState": "False",
        "ScreenPopUrl": "",
        "CustomData": "",
    }
    event["CustomData"] = "x" * (size - len(_compact(event)))
    return _compact(event)


def _compact(event: dict[str, str]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()
