"""Which window gets which event: registration, acknowledgement, the filter (max-post-message.md, sections 2 and 3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bridge.postmessage.messages import Acknowledgement, Register, SessionInfo, as_js_text
from bridge.postmessage.profiles import InvalidContactId, InvalidTypes, Profile

encode = msgspec.json.encode


class Registration(msgspec.Struct, frozen=True):
    """What one window has asked for. `contact_id` is the one that it named, else its panel's, else None."""

    types: frozenset[str]
    contact_id: int | None
    issuer: str

    def wants(self, contact_id: int | None) -> bool:
        """Whether the window gets an event of this contact (None: an event without a contact id)."""
        return (
            "all" in self.types
            or ("agent" in self.types and contact_id is None)
            or ("contacts" in self.types and contact_id is not None)
            or ("contact" in self.types and contact_id is not None and contact_id == self.contact_id)
        )

    def wants_session(self) -> bool:
        """Whether the window gets the agent's session token."""
        return not self.types.isdisjoint({"all", "sessioninfo"})


class Desktop(msgspec.Struct, frozen=True):
    """What MAX knows at a moment: the session token, the last AgentState event, each current contact's last event, oldest
    first. `agent_state` None says that MAX has no state yet; a registration is then acknowledged alone (section 2)."""

    session_token: str | None
    agent_state: msgspec.Raw | None
    contacts: Mapping[int, msgspec.Raw]


class Answer(msgspec.Struct, frozen=True):
    """What a registration leads to. No `events`: MAX says nothing. `registration` None: MAX kept no reference.

    `events` are the events of one message, `contact_id` its envelope's; `warnings` go to the desktop's console.
    """

    events: list[msgspec.Raw] = []
    contact_id: int | None = None
    registration: Registration | None = None
    warnings: list[str] = []


def register(
    message: Register, *, panel_contact: int | None, already: Registration | None, desktop: Desktop, profile: Profile
) -> Answer:
    """Answer one RegisterForClientEvents.

    `panel_contact` is the contact of the window's panel (None in a workspace), `already` the window's standing registration.
    The contact id is checked before the types, and one reason is given (section 3).
    """
    issuer = as_js_text(message.issuer)
    if already is not None:
        return Answer(
            registration=already,
            warnings=[f"Error processing Client Event Subscription. Issuer: [{issuer}] has already subscribed."],
        )
    try:
        contact_id = profile.contact_id(message.contact_id)
        types, invalid = profile.types(message.types)
    except InvalidContactId:
        return _refusal("Invalid Contact Id")
    except InvalidTypes:
        return _refusal(profile.invalid_types)
    registration = Registration(types, contact_id if contact_id is not None else panel_contact, issuer)
    acknowledgement = Acknowledgement.of(registration.contact_id, "Success")
    return Answer(
        events=[_raw(acknowledgement), *_states(registration, desktop)],
        contact_id=registration.contact_id,
        registration=registration,
        warnings=[
            f"Error processing Client Event Subscription. Issuer: [{issuer}] asked for the invalid subscription type [{spelt}]."
            for spelt in invalid
        ],
    )


def _refusal(reason: str) -> Answer:
    return Answer(events=[_raw(Acknowledgement.of(None, reason))])


def _states(registration: Registration, desktop: Desktop) -> Iterable[msgspec.Raw]:
    """The states that follow the acknowledgement: SessionInfo, AgentState, contacts; each once (section 2)."""
    if desktop.agent_state is None:
        return
    if desktop.session_token is not None and registration.wants_session():
        yield session_info(desktop.session_token)
    if registration.wants(None):
        yield desktop.agent_state
    for contact_id, event in desktop.contacts.items():
        if registration.wants(contact_id):
            yield event


def session_info(token: str) -> msgspec.Raw:
    """The SessionInfo object as an event of a message."""
    return _raw(SessionInfo.of(token))


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(encode(value))


SESSION = "session"
"""The routing key of SessionInfo; every other key is a contact id, or None for events without one."""

Key = int | str | None


class Delivery(msgspec.Struct, frozen=True):
    """Which events of a batch, by their place in it and in order, go to which windows."""

    windows: tuple[int, ...]
    places: Sequence[int]


class Subscriptions:
    """The registrations of one desk page's windows, indexed by what they want, so that a match costs what is interested.

    A registration counts from an offset on: what the window was told in its acknowledgement is not told again.
    """

    def __init__(self) -> None:
        self._registered: dict[int, tuple[Registration, int]] = {}
        self._newest = 0
        self._session: set[int] = set()
        self._without_contact: set[int] = set()
        self._any_contact: set[int] = set()
        self._by_contact: dict[int, set[int]] = {}

    def get(self, window: int) -> Registration | None:
        entry = self._registered.get(window)
        return entry[0] if entry else None

    def add(self, window: int, registration: Registration, since: int) -> None:
        """From the offset after `since` on, the window gets what it registered for, and nothing of an earlier registration."""
        self.remove(window)
        self._registered[window] = (registration, since)
        self._newest = max(self._newest, since)
        for windows in self._sets(registration):
            windows.add(window)

    def remove(self, window: int) -> None:
        """Forget the window; an unknown one is nothing to forget."""
        entry = self._registered.pop(window, None)
        if entry is None:
            return
        registration = entry[0]
        for windows in self._sets(registration):
            windows.discard(window)
        if registration.contact_id is not None and not self._by_contact.get(registration.contact_id, True):
            del self._by_contact[registration.contact_id]

    def _sets(self, registration: Registration) -> Iterable[set[int]]:
        if registration.wants_session():
            yield self._session
        if registration.wants(None):
            yield self._without_contact
        if not registration.types.isdisjoint({"all", "contacts"}):
            yield self._any_contact
        elif "contact" in registration.types and registration.contact_id is not None:
            yield self._by_contact.setdefault(registration.contact_id, set())

    def _interested(self, key: Key) -> Iterable[int]:
        if key is None:
            return self._without_contact
        if isinstance(key, str):
            return self._session
        specific = self._by_contact.get(key)
        return self._any_contact | specific if specific else self._any_contact

    def route(self, keys: Sequence[Key], offsets: Sequence[int]) -> list[Delivery]:
        """Who gets what of a batch, given each event's key and offset. Windows that get the same share a delivery."""
        distinct = dict.fromkeys(keys)
        matched: dict[int, list[Key]] = {}
        for key in distinct:
            for window in self._interested(key):
                matched.setdefault(window, []).append(key)
        groups: dict[tuple[tuple[Key, ...], int], list[int]] = {}
        for window, its_keys in matched.items():
            since = self._registered[window][1] if self._newest >= offsets[0] else 0
            groups.setdefault((tuple(its_keys), since), []).append(window)
        deliveries = []
        for (wanted, since), windows in groups.items():
            if len(wanted) == len(distinct) and since < offsets[0]:
                places: Sequence[int] = range(len(keys))
            else:
                frozen = frozenset(wanted)
                places = [i for i, key in enumerate(keys) if key in frozen and offsets[i] > since]
            if places:
                deliveries.append(Delivery(tuple(sorted(windows)), places))
        return deliveries
