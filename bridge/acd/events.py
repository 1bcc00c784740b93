"""Wire events, as the platform spells them (cxone-agent-session.md, section 2; contact ids: max-post-message.md, section 6).

Reading takes any JSON and never raises: anybody may have written an event. Building is strict: ours are complete.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

Event = dict[str, Any]
"""A decoded wire event: one JSON object."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """The fields of a raw event that decide whom it concerns. Each may hold any JSON value; None where it is absent."""

    Type: Any = None
    ContactID: Any = None
    ContactId: Any = None
    contactId: Any = None  # noqa: N815
    Status: Any = None
    FinalState: Any = None

    @property
    def contact_id(self) -> int | None:
        """The first of `ContactID`, `ContactId`, `contactId` that names a contact, whatever the event's type."""
        for value in (self.ContactID, self.ContactId, self.contactId):
            if value is not None and (found := contact_id(value)) is not None:
                return found
        return None


_EMPTY_HEAD = Head()
_heads = msgspec.json.Decoder(Head)
_objects = msgspec.json.Decoder(dict[str, Any])
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


def head(raw: bytes | msgspec.Raw) -> Head:
    """Read a raw event's head without decoding the rest. What is no JSON object has an empty head."""
    try:
        return _heads.decode(raw)
    except _UNREADABLE:
        return _EMPTY_HEAD


def decode(raw: bytes | msgspec.Raw) -> Event:
    """The whole event. What cannot be decoded is empty, even if it has a head: that skips what it does not need."""
    try:
        return _objects.decode(raw)
    except _UNREADABLE:
        return {}


def contact_id(value: object) -> int | None:
    """The contact that a JSON value names: a positive integer or its decimal digits, of any size. Anything else names none."""
    if type(value) is str:
        if not (value.isdigit() and value.isascii()):
            return None
        try:
            return int(value) or None
        except ValueError:  # longer than Python agrees to read
            return None
    return value if type(value) is int and value > 0 else None


def is_true(value: object) -> bool:
    """A wire boolean: the text `True` in any case, or `On`. A JSON `true` is none."""
    return isinstance(value, str) and value.lower() in ("true", "on")


def text(event: Mapping[str, Any], field: str) -> str:
    """A field's text; "" where it is absent or no string."""
    value = event.get(field)
    return value if isinstance(value, str) else ""


def seconds(event: Mapping[str, Any], field: str) -> int | None:
    """A field's whole seconds; None for what cannot be read."""
    value = text(event, field)
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 6 else None


def _fields(names: str) -> dict[str, str]:
    """Field names in wire order, each with `=default` where that is not "" ("[]" for an array)."""
    pairs = (name.partition("=") for name in names.split())
    return {name: default for name, _, default in pairs}


_HOSTS = " IISHost=deskbridge VCHost=deskbridge"

FIELDS: Mapping[str, Mapping[str, str]] = {
    "AgentSessionStart": _fields(
        "BusNo=1 AgentId StationId StationPhoneNumber StationCallerId SessionId DialerCampaign DialerCampaignStartTime "
        "SupervisorPermissionLevel=0 CanMask=True AgentSchedulePermission=False ScoreRecordingsPermission=False "
        "HideAgentStatePermission=False ClientConnectorPort CanMultiPartyConference=True MaxConcurrentChats=3 "
        "CanRecord=True EnabledForMCH=True UseCustomerCard=True AgentUUId EntityMode portNo=31322" + _HOSTS
    ),
    "AgentSessionEnd": _fields("Message Success=True" + _HOSTS),
    "RemoteAgentSessionEnd": _fields("Message Success=True" + _HOSTS),
    "AgentState": _fields(
        "CurrentState CurrentOutReason StartTimeUTC IsAcw=False AcwTimeout NextStates=[] NextIsAcw=False" + _HOSTS
    ),
    "AgentLeg": _fields("AgentLegId Status FinalState=False" + _HOSTS),
    "Mute": _fields("AgentMuted=False" + _HOSTS),
    "MchAgentSettingsChangeEvent": _fields(
        "ChatThreshold=3 SmsThreshold=3 EmailThreshold=3 WorkItemThreshold=3 DigitalThreshold=3 VoiceThreshold=1 "
        "ContactAutoFocus=True RequestContact=False DeliveryMode TotalContactCount=3" + _HOSTS
    ),
    "CallContactEvent": _fields(
        "ContactID MasterID Status OriginalState=False CallType=Regular DNIS ANI Skill IsInbound=True StartTimeUTC StartTime "
        "LastStateChangeTimeUTC LastStateChangeTime ScreenPopUrl ScreenPopUrlVariables=[] DisconnectCode "
        "IsLogging=False Timeout AllowDispositions=False Label IsLinked=False TimeZones FinalState=False "
        "OtherInformation OtherInformationNewFormat BlendingToSkillName DeliveryType=single CustomData "
        "ComplianceRecord=False ConfirmationRequired=False ParentContactId OmniGroupId ExternalId "
        "AnsMachineOverride=False AnsMachineOverrideEndTime InteractionId CustomerCardUrl IsRequireManualAccept=False" + _HOSTS
    ),
    "ChatContactEvent": _fields(
        "ContactID RoomId Status Skill StartTime LastStateChangeTime ScreenPopUrl RefusalTimeout IsActive MasterID CustomData "
        "ParentContactId OmniGroupId InFocus PointOfContactAddress FromAddress FinalState=False CustomerCardUrl" + _HOSTS
    ),
    # FinalState is in no list of this event's fields, but without it no reader could tell that the contact has ended.
    "DigitalContactEvent": _fields(
        "ContactID DFOContactId ChannelType CustomerName SkillName RefusalTimeout Status StartTime StartTimeUTC FinalState=False"
        + _HOSTS
    ),
    "WorkItemContactEvent": _fields(
        "ContactID MasterId Status FinalState=False AgentId SessionId SkillId WorkItemId WorkItemType WorkItemPayload "
        "RefusalTimeout InFocus StartTime StartTimeUTC LastStateChangeTime LastStateChangeTimeUTC ScreenPopUrl "
        "ScreenPopUrlVariables=[] Url TabTitle PopDestination PopoutWindowHeight PopoutWindowWidth "
        "ClosePopoutUponTermination=False ParentContactId OmniGroupId CustomData" + _HOSTS
    ),
    "VoiceMailContactEvent": _fields(
        "ContactId MasterID Status From To Skill FileName FileDuration CreatedDate StartTime LastStateChangeTime ScreenPopUrl "
        "IsInbound=True Label ParentContactId OmniGroupId CustomData VoiceMailType RequireDisposition=False FinalState=False"
        + _HOSTS
    ),
    "VoiceMailPlayBackEvent": _fields("ContactId PlayBackPaused=False PlayBackPosition=0" + _HOSTS),
    "EmailContactEvent": _fields("ContactId Skill Status FinalState=False" + _HOSTS),
}
"""The fields of each event that the mock sends, in wire order, with their defaults. What is not known of the platform is left
empty: when it sends InFocus and IsActive anew, and which fields of an email there are beside these."""


def event(event_type: str, /, **values: str | list[dict[str, str]]) -> Event:
    """A complete event: `Type`, then every field of its type, the given ones with their value.

    `NextStates` and `ScreenPopUrlVariables` are lists of objects with string values, all others strings. Raises `TypeError` for a
    type without a table, a field that the type does not have, and a value of another kind.
    """
    fields = FIELDS.get(event_type)
    if fields is None:
        raise TypeError(f"no fields are known for a wire event of Type {event_type!r}; known: {', '.join(FIELDS)}")
    for field, value in values.items():
        if field not in fields:
            raise TypeError(f"{event_type} has no field {field!r}; its fields: {', '.join(fields)}")
        if fields[field] == "[]":
            if not _is_list_of_text_objects(value):
                raise TypeError(f"{event_type}.{field} must be a list of objects with string values, not {value!r}")
        elif not isinstance(value, str):
            raise TypeError(f"{event_type}.{field} must be a string, not {value!r}")
    defaults = {field: [] if default == "[]" else default for field, default in fields.items()}
    return {"Type": event_type, **defaults, **values}


def _is_list_of_text_objects(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and all(isinstance(part, str) for pair in item.items() for part in pair) for item in value
    )
