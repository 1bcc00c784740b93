"""Whatever happens at a desk page, each window gets what a plain reading of max-post-message.md, section 2, says it gets."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.postmessage.messages import Register
from bridge.postmessage.profiles import MAX
from bridge.postmessage.subscriptions import SESSION, Desktop, Key, Registration, Subscriptions, register, session_info

from . import acknowledgement, plain, raw

PANELS = {1: None, 2: None, 3: 101, 4: 101, 5: 102}
"""The windows of the page, each with its panel's contact: two in workspaces, three in contact panels."""

VALID = ("all", "agent", "contact", "contacts", "sessioninfo")

Meant = int | Literal["invalid"] | None
"""What a contact id means that a panel posts: "invalid" means an error."""

CONTACT_IDS: list[tuple[Any, Meant]] = [
    (None, None),
    (101, 101),
    ("102", 102),
    (103, 103),
    (0, "invalid"),
    (-1, "invalid"),
    (1.5, "invalid"),
    ("abc", "invalid"),
    (True, "invalid"),
]


class Happens(NamedTuple):
    """The ACD's stream goes on by these events, not passed on yet: "state", "leg", "session", or a contact's id, or minus its
    id when that is its last event."""

    events: list[str | int]


class PassOn(NamedTuple):
    """The desk passes on all that happened since the last time. What does not `arrive` is lost with the connection: the page
    comes back with its registrations and what it has."""

    arrives: bool


class Registers(NamedTuple):
    window: int
    contact_id: tuple[Any, Meant]
    """As the panel posts it, and what that means."""
    types: list[Any] | str | None


class Unregisters(NamedTuple):
    window: int


Action = Happens | PassOn | Registers | Unregisters

windows = st.sampled_from(sorted(PANELS))
types = st.lists(st.sampled_from([*VALID, *VALID, "ALL", "Contact", "everything", 7, None]), max_size=4)
actions = st.lists(
    st.one_of(
        st.builds(Registers, windows, st.sampled_from(CONTACT_IDS), types | st.sampled_from(["all", None])),
        st.builds(Registers, windows, st.just((None, None)), types),
        st.builds(Unregisters, windows),
        st.builds(
            Happens, st.lists(st.sampled_from(["state", "leg", "session", 101, 102, 103, -101, -102]), min_size=1, max_size=6)
        ),
        st.builds(PassOn, st.sampled_from([True, True, False])),
    ),
    max_size=30,
)


@dataclass
class Acd:
    """What the contact centre has sent, and what MAX knows from it."""

    events: list[tuple[int, Key, msgspec.Raw]] = field(default_factory=list)
    token: str | None = None
    state: msgspec.Raw | None = None
    contacts: dict[int, msgspec.Raw] = field(default_factory=dict)

    def send(self, what: str | int) -> None:
        offset = 2 * len(self.events) + 2  # streams share one global offset, so that there are gaps
        if what == "session":
            self.token = f"token-{offset}"
            self.events.append((offset, SESSION, session_info(self.token)))
            return
        event = raw({"Type": "Event", "n": offset, "what": what})
        key = abs(what) if isinstance(what, int) else None
        self.events.append((offset, key, event))
        if what == "state":
            self.state = event
        elif isinstance(what, int) and what > 0:
            self.contacts[what] = event
        elif key is not None:
            self.contacts.pop(key, None)

    @property
    def version(self) -> int:
        return self.events[-1][0] if self.events else 0


class Asked(NamedTuple):
    """A standing registration, as the plain reading keeps it."""

    types: list[str]
    contact_id: int | None
    since: int


def asks_for(asked: Asked, key: Key) -> bool:
    """Section 2's table, row by row."""
    for kind in asked.types:
        if kind == "all":
            return True
        if kind == "agent" and key is None:
            return True
        if kind == "contact" and isinstance(key, int) and key == asked.contact_id:
            return True
        if kind == "contacts" and isinstance(key, int):
            return True
        if kind == "sessioninfo" and key == SESSION:
            return True
    return False


class PlainReading:
    """What each window gets, one list for a message, by a walk over windows and types."""

    def __init__(self) -> None:
        self.asked: dict[int, Asked] = {}
        self.got: dict[int, list[list[Any]]] = defaultdict(list)

    def registers(self, acd: Acd, window: int, contact_id: Meant, types: Any) -> None:
        if window in self.asked:
            return
        if contact_id == "invalid":
            self.got[window].append([acknowledgement("Invalid Contact Id")])
            return
        valid = [kind.lower() for kind in types if str(kind).lower() in VALID] if isinstance(types, list) else []
        if not valid:
            self.got[window].append([acknowledgement("Invalid Subscription Types")])
            return
        if contact_id is None:
            contact_id = PANELS[window]
        asked = self.asked[window] = Asked(valid, contact_id, acd.version)
        message: list[Any] = [acknowledgement(contact_id=contact_id)]
        if acd.state is not None:
            if acd.token is not None and asks_for(asked, SESSION):
                message.append({"messageType": "SessionInfo", "sessionToken": acd.token})
            if asks_for(asked, None):
                message += plain([acd.state])
            for its_id, event in acd.contacts.items():
                if asks_for(asked, its_id):
                    message += plain([event])
        self.got[window].append(message)

    def passes_on(self, batch: list[tuple[int, Key, msgspec.Raw]]) -> None:
        for window, asked in self.asked.items():
            message = [event for offset, key, event in batch if offset > asked.since and asks_for(asked, key)]
            if message:
                self.got[window].append(plain(message))


class Engine:
    """The same through `register` and `Subscriptions`, as a desk page uses them."""

    def __init__(self) -> None:
        self.subscriptions = Subscriptions()
        self.held: dict[int, tuple[Registration, int]] = {}
        self.got: dict[int, list[list[Any]]] = defaultdict(list)

    def registers(self, acd: Acd, window: int, contact_id: Any, types: Any) -> None:
        already = self.subscriptions.get(window)
        answer = register(
            Register(contact_id, types, "panel"),
            panel_contact=PANELS[window],
            already=already,
            desktop=Desktop(acd.token, acd.state, acd.contacts),
            profile=MAX,
        )
        if answer.registration is not None and already is None:
            self.subscriptions.add(window, answer.registration, acd.version)
            self.held[window] = answer.registration, acd.version
        if answer.events:
            self.got[window].append(plain(answer.events))

    def unregisters(self, window: int) -> None:
        self.subscriptions.remove(window)
        self.held.pop(window, None)

    def passes_on(self, batch: list[tuple[int, Key, msgspec.Raw]], *, arrives: bool) -> None:
        deliveries = self.subscriptions.route([key for _, key, _ in batch], [offset for offset, _, _ in batch])
        named = [window for delivery in deliveries for window in delivery.windows]
        assert len(named) == len(set(named)), "a window gets one message of a batch"
        if arrives:
            for delivery in deliveries:
                for window in delivery.windows:
                    self.got[window].append(plain([batch[place][2] for place in delivery.places]))

    def comes_back(self, offset: int) -> None:
        """The page has everything up to `offset`, and its windows' registrations."""
        self.subscriptions = Subscriptions()
        for window, (registration, since) in self.held.items():
            self.subscriptions.add(window, registration, max(since, offset))


@given(actions)
@example([Happens(["state", 101]), Registers(3, (None, None), ["contact"]), Happens([101, 102]), PassOn(False), PassOn(True)])
def test_every_window_gets_what_a_plain_reading_of_the_table_says(history: list[Action]) -> None:
    acd, reading, engine = Acd(), PlainReading(), Engine()
    passed_on = 0
    for action in history:
        match action:
            case Happens(events):
                for what in events:
                    acd.send(what)
            case Registers(window, (posted, meant), types):
                reading.registers(acd, window, meant, types)
                engine.registers(acd, window, posted, types)
            case Unregisters(window):
                reading.asked.pop(window, None)
                engine.unregisters(window)
            case PassOn(arrives):
                batch = acd.events[passed_on:]
                engine.passes_on(batch, arrives=arrives)
                if arrives:
                    reading.passes_on(batch)
                    passed_on = len(acd.events)
                else:
                    engine.comes_back(acd.events[passed_on - 1][0] if passed_on else 0)
    assert engine.got == reading.got


@given(
    registrations=st.dictionaries(
        windows,
        st.builds(
            Registration, st.frozensets(st.sampled_from(VALID), min_size=1), st.sampled_from([None, 101, 102]), st.just("panel")
        ),
    ),
    since=st.dictionaries(windows, st.integers(0, 12)),
    keys=st.lists(st.sampled_from([None, SESSION, 101, 102, 103]), max_size=10),
)
def test_a_restored_registration_gets_exactly_what_is_after_its_since(
    registrations: dict[int, Registration], since: dict[int, int], keys: list[Key]
) -> None:
    subscriptions = Subscriptions()
    for window, registration in registrations.items():
        subscriptions.add(window, registration, since.get(window, 0))
    offsets = range(1, len(keys) + 1)
    got = {
        window: [offsets[place] for place in delivery.places]
        for delivery in subscriptions.route(keys, offsets)
        for window in delivery.windows
    }
    for window, registration in registrations.items():
        asked = Asked(sorted(registration.types), registration.contact_id, since.get(window, 0))
        owed = [offset for offset, key in zip(offsets, keys, strict=True) if offset > asked.since and asks_for(asked, key)]
        assert got.get(window, []) == owed
