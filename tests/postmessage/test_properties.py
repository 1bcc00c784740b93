"""Whatever happens at a desk page, each window gets what a plain reading of max-post-message.md says it gets (`reading.py`): once
by the rules alone, however late or often a batch is passed on, and once over the page's socket."""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.acd.agent_state import Agent, evolve
from bridge.acd.events import head
from bridge.journal.base import WIRE, Record
from bridge.postmessage.messages import Register, Unregister, read_posted
from bridge.postmessage.profiles import MAX
from bridge.postmessage.subscriptions import SESSION, Desktop, Key, Registration, Subscriptions, register, session_info
from tests.server import WORKSPACE, App

from . import plain, raw
from .reading import VALID, Event, Meant, Reading, adds

HUGE = 2**59 + 2
PANELS = {1: None, 2: None, 3: 101, 4: 101, 5: 102, 6: HUGE}
"""The windows of the page, each with its panel's contact: two in workspaces, four in contact panels."""

CONTACTS = [101, 102, 103, HUGE, HUGE + 1]

CONTACT_IDS: list[tuple[Any, Meant]] = [
    ({"$js": "undefined"}, None),
    (None, None),
    (101, 101),
    ("102", 102),
    ("00103", 103),
    (101.0, 101),
    ({"$js": "BigInt", "text": "102"}, 102),
    (str(HUGE), HUGE),
    ({"$js": "BigInt", "text": str(HUGE + 1)}, HUGE + 1),
    (0, "invalid"),
    ("0", "invalid"),
    ("", "invalid"),
    (-1, "invalid"),
    (1.5, "invalid"),
    ("abc", "invalid"),
    (True, "invalid"),
    ([101], "invalid"),
    ({"$js": "NaN"}, "invalid"),
    ({"$js": "Date", "text": "101"}, "invalid"),
]
"""Contact ids as the page passes on what panels post, and what each means."""


class Happens(NamedTuple):
    """A batch of wire events; a text in the place of an event is a new session token."""

    events: list[Event | str]


class PassOn(NamedTuple):
    """The desk passes on all that happened since the last time. What does not `arrive` is lost with the connection: the page
    comes back with its registrations and what it has."""

    arrives: bool


class Posts(NamedTuple):
    window: int
    message: Event
    meant: Meant


class Turns(NamedTuple):
    """The agent turns to a contact, if it is there."""

    contact: int


Action = Happens | PassOn | Posts | Turns

nothing: st.SearchStrategy[Any] = st.sampled_from(["", "0", "abc", 0, -1, 1.5, None, True, []])
names = st.sampled_from(
    [{}, *({key: spelt(id)} for key in ("ContactID", "ContactId", "contactId") for spelt in (str, int) for id in CONTACTS)]
)
naming = st.one_of(
    names,
    st.builds(
        lambda value, rest: {"ContactID": value, **rest}, nothing, st.sampled_from([{}, {"ContactId": "101"}, {"contactId": 102}])
    ),
)
of_contacts = st.builds(
    lambda kind, its_id, status, final: {"Type": kind, **its_id, "Status": status, **final},
    st.sampled_from(["CallContactEvent", "CallContactEvent", "EmailContactEvent", "VoiceMailContactEvent"]),
    naming,
    st.sampled_from(["Incoming", "Active", "Disconnected", "Discarded"]),
    st.sampled_from([{}, {"FinalState": "False"}, {"FinalState": "True"}, {"FinalState": "true"}]),
)
others = st.builds(
    lambda kind, its_id: {"Type": kind, **its_id},
    st.sampled_from(["AgentLeg", "Mute", "PopURL", "Indicator", "CustomEvent"]),
    naming,
)
of_agents = st.sampled_from(["AgentState"] * 4 + ["AgentSessionStart"]).map(lambda kind: {"Type": kind})
batches = st.lists(st.one_of(of_contacts, of_contacts, others, of_agents), min_size=1, max_size=6).map(Happens)

windows = st.sampled_from(sorted(PANELS))
types = st.lists(st.sampled_from([*VALID, *VALID, "ALL", "Contact", "everything", 7, None]), max_size=4) | st.sampled_from(
    ["all", None]
)


def registers(window: int, contact_id: tuple[Any, Meant], types: Any) -> Posts:
    posted, meant = contact_id
    return Posts(window, {"messageType": "RegisterForClientEvents", "contactId": posted, "subscriptionTypes": types}, meant)


def sets_card(window: int, contact_id: tuple[Any, Meant]) -> Posts:
    posted, meant = contact_id
    return Posts(window, {"messageType": "ContactCardData", "contactId": posted, "contactCardData": {"name": "Ada"}}, meant)


says = st.sampled_from(
    [
        {"messageType": "UnregisterFromClientEvents"},
        {"messageType": "UnregisterFromClientEvents", "issuer": "panel"},
        {"messageType": "UnegisterFromClientEvents"},
        {"messageType": "registerForClientEvents", "subscriptionTypes": ["all"]},
        {"MessageType": "UnregisterFromClientEvents"},
        {},
    ]
)
posts = st.one_of(
    st.builds(registers, windows, st.just(CONTACT_IDS[0]), types),
    st.builds(registers, windows, st.sampled_from(CONTACT_IDS), types),
    st.builds(Posts, windows, says, st.none()),
)


# By the rules


class Rules:
    """The rules as a desk page uses them: what MAX knows is folded from the stream, and each event is filed under its key."""

    def __init__(self) -> None:
        self.agent = Agent("1001")
        self.stream: list[tuple[int, Key, msgspec.Raw]] = []
        self.passed_on = 0
        self.subscriptions = Subscriptions()
        self.held: dict[int, tuple[Registration, int]] = {}
        self.got: dict[int, list[list[Any]]] = defaultdict(list)

    @property
    def version(self) -> int:
        return 2 * len(self.stream)  # streams share one global offset, so that there are gaps

    def happens(self, event: Event | str) -> None:
        offset = self.version + 2
        if isinstance(event, str):
            self.agent = evolve(self.agent, Record(offset, 0, None, "session", raw({"token": event})))
            self.stream.append((offset, SESSION, session_info(event)))
        else:
            data = raw(event)
            self.agent = evolve(self.agent, Record(offset, 0, None, WIRE, data))
            self.stream.append((offset, head(data).contact_id, data))

    def posted(self, window: int, message: Event) -> None:
        match read_posted(raw(message)):
            case Register() as read:
                already = self.subscriptions.get(window)
                contacts = {contact.id: contact.raw for contact in self.agent.contacts.values()}
                desktop = Desktop(self.agent.session, self.agent.state_raw, contacts)
                answer = register(read, panel_contact=PANELS[window], already=already, desktop=desktop, profile=MAX)
                if answer.registration is not None and already is None:
                    self.subscriptions.add(window, answer.registration, self.version)
                    self.held[window] = answer.registration, self.version
                if answer.events:
                    self.got[window].append(plain(answer.events))
            case Unregister():
                self.subscriptions.remove(window)
                self.held.pop(window, None)

    def passes_on(self, *, arrives: bool) -> None:
        batch = self.stream[self.passed_on :]
        deliveries = self.subscriptions.route([key for _, key, _ in batch], [offset for offset, _, _ in batch])
        named = [window for delivery in deliveries for window in delivery.windows]
        assert len(named) == len(set(named)), "a window gets one message of a batch"
        if arrives:
            for delivery in deliveries:
                for window in delivery.windows:
                    self.got[window].append(plain([batch[place][2] for place in delivery.places]))
            self.passed_on = len(self.stream)
        else:
            self.subscriptions = Subscriptions()
            for window, (registration, since) in self.held.items():
                self.subscriptions.add(window, registration, max(since, 2 * self.passed_on))


tokens = st.sampled_from(["token-1", "token-2"]).map(lambda token: Happens([token]))
passing_on = st.builds(PassOn, st.sampled_from([True, True, False]))
STATE: Event = {"Type": "AgentState"}
CALL: Event = {"Type": "CallContactEvent", "ContactID": "101"}


@given(st.lists(st.one_of(batches, tokens, posts, posts, passing_on), max_size=30))
@example(
    [
        Happens([STATE, CALL]),
        registers(3, (None, None), ["contact"]),
        Happens([CALL, {**CALL, "ContactID": "102"}]),
        PassOn(False),
        PassOn(True),
    ]
)
def test_every_window_gets_what_a_plain_reading_says(history: list[Action]) -> None:
    reading, rules = Reading(PANELS), Rules()
    numbers = itertools.count()
    for action in history:
        match action:
            case Happens(events):
                for event in events:
                    one = event if isinstance(event, str) else {**event, "n": next(numbers)}
                    reading.happens({"messageType": "SessionInfo", "sessionToken": one} if isinstance(one, str) else one)
                    rules.happens(one)
            case Posts(window, message, meant):
                reading.posted(window, message, meant)
                rules.posted(window, message)
            case PassOn(arrives):
                reading.passes_on(arrives=arrives)
                rules.passes_on(arrives=arrives)
    assert rules.got == reading.got


# Over the socket


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as app:
        yield app


agents = (str(number) for number in itertools.count(2001))


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            batches,
            posts,
            posts,
            st.builds(sets_card, windows, st.sampled_from(CONTACT_IDS)),
            st.sampled_from(CONTACTS).map(Turns),
        ),
        max_size=25,
    )
)
@example([registers(1, (None, None), ["all"]), Happens([STATE, CALL]), sets_card(1, (None, None)), Turns(101)])
@example(
    [Happens([STATE, CALL, {**CALL, "ContactID": "102"}]), Turns(102), sets_card(2, (None, None)), sets_card(3, (None, None))]
)
def test_every_window_of_a_page_gets_what_a_plain_reading_says(app: App, history: list[Action]) -> None:
    agent, reading = next(agents), Reading(PANELS, token="***")
    got: dict[int, list[list[Any]]] = defaultdict(list)
    numbers = itertools.count()
    with app.desk(agent) as desk:
        for action in [Happens([{"Type": "AgentSessionStart"}]), *history]:
            match action:
                case Happens(events):
                    numbered = [{**event, "n": next(numbers)} for event in events if not isinstance(event, str)]
                    for event in numbered:
                        reading.happens(event)
                    reading.passes_on()
                    app.happen(*numbered, agent=agent)
                case Posts(window, message, meant):
                    reading.posted(window, message, meant)
                    contact = PANELS[window]
                    desk.post(message, window=window, panel=WORKSPACE if contact is None else f"crm:{contact}")
                case Turns(contact):
                    if contact in reading.contacts:
                        reading.focus = contact
                    desk.do("focus", contact=str(contact))
            for frame in desk.rest():
                if frame["t"] == "post":
                    got[frame["window"]].append(frame["message"]["events"])
                elif frame["t"] == "events":
                    for its_windows, runs in frame["to"]:
                        for window in its_windows:
                            got[window].append(
                                [
                                    event
                                    for start, end in zip(runs[::2], runs[1::2], strict=True)
                                    for event in frame["e"][start:end]
                                ]
                            )
    assert json.loads(json.dumps(got), object_hook=_without_token) == json.loads(json.dumps(reading.got))
    assert cards(app, agent) == reading.cards


def _without_token(read: dict[str, Any]) -> dict[str, Any]:
    return {key: "***" if key == "sessionToken" else value for key, value in read.items()}


def cards(app: App, agent: str) -> list[tuple[int, str]]:
    """The contact cards that were set."""
    assert app.portal is not None
    records = app.portal.call(app.journal.read, f"agent/{agent}", 0)
    return [(int(card["contactId"]), card["name"]) for card in (r.value() for r in records if r.kind == "card")]


# After a reconnect


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
        owed = [
            offset
            for offset, key in zip(offsets, keys, strict=True)
            if offset > since.get(window, 0)
            if any(adds(kind, event_of(key), registration.contact_id) for kind in registration.types)
        ]
        assert got.get(window, []) == owed


def event_of(key: Key) -> Event:
    return {"messageType": "SessionInfo"} if key == SESSION else {"Type": "Event", "ContactID": key}
