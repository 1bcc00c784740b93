"""The frames between a desk page and the server, as JSON text over one socket.

From the page: `Hello` first, then `Posted`, `Gone`, `Got`, `Do`, `Listen`, `Choose` and `Check`. To the page: `welcome`, `post`
(one whole message for one window), `events` (the events of a batch, each once, and which windows get which), `view`, `ok`, `warn`
(for the browser's console, as MAX words it), `hint` (what MAX keeps to itself), `messages` (rows of the drawer), `trouble` (why a
panel shows nothing), `beat` (the socket lives), `error`.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from bridge.paths import CONTACT
from bridge.postmessage.subscriptions import Delivery

MESSAGE_BYTES = 13_000
"""The most JSON text in one post message: above about 16 KB a message from another site costs its reader milliseconds more."""

FRAME_BYTES = 128_000
"""The most JSON text of events in one socket frame, so that a page reads and posts a long batch in step with the server."""


ContactId = Annotated[str, msgspec.Meta(pattern=f"^{CONTACT}$")]


class HeldRegistration(msgspec.Struct, frozen=True, rename="camel"):
    """A standing registration as the page keeps it over a reconnect."""

    types: list[str]
    contact_id: ContactId | None
    """As text: a page that reads and writes it as a number would round it above 2^53."""
    issuer: str


class HeldWindow(msgspec.Struct, frozen=True):
    """A window with a registration, and the offset from which on it is owed events."""

    window: int
    registration: HeldRegistration
    since: int


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """Who the page is and what it has: nothing (no epoch) on its first visit."""

    page: str
    epoch: str | None = None
    offset: int = 0
    windows: list[HeldWindow] = []
    panels: dict[str, str] = {}
    """The addresses of the panels that it has open, by key."""
    token: str | None = None


class Posted(msgspec.Struct, frozen=True, tag_field="t", tag="posted"):
    """What a window posted. `panel` is the key of the panel that it belongs to; None: no panel of this desk."""

    seq: int
    window: int | None
    panel: str | None
    origin: str
    data: msgspec.Raw


class Gone(msgspec.Struct, frozen=True, tag_field="t", tag="gone"):
    """These windows are no more: the page closed their panel, loaded it anew, or found them closed."""

    windows: list[int]


class Got(msgspec.Struct, frozen=True, tag_field="t", tag="got"):
    """How many `events` frames the page has passed on since the socket opened."""

    frames: int


class Do(msgspec.Struct, frozen=True, tag_field="t", tag="do"):
    """A control of the desk was used: `verb` and what it needs."""

    seq: int
    verb: str
    args: dict[str, Any] = {}


class Listen(msgspec.Struct, frozen=True, tag_field="t", tag="listen"):
    """Whether the page wants to show the post messages of this desk."""

    on: bool


class Choose(msgspec.Struct, frozen=True, tag_field="t", tag="choose"):
    """The page asks whom the agent can do this with, and is told until it asks for nothing: its dialog has closed. `contact` is
    the one that it would be done with."""

    verb: Literal["dial", "consult", "transfer"] | None = None
    contact: ContactId | None = None


class Check(msgspec.Struct, frozen=True, tag_field="t", tag="check"):
    """A panel was loaded anew: does its page answer now?"""

    panel: str


FromPage = Hello | Posted | Gone | Got | Do | Listen | Choose | Check
_decode = msgspec.json.Decoder(FromPage | Annotated[list[FromPage], msgspec.Meta(min_length=1)]).decode


def read_frames(text: str) -> list[FromPage]:
    """The frames in one message of a page: one alone, or a list. Raises `msgspec.DecodeError`, for a frame of the wrong shape its
    subclass `msgspec.ValidationError`."""
    try:
        read = _decode(text)
    except RecursionError as problem:
        raise msgspec.DecodeError("it is nested too deep") from problem
    return read if isinstance(read, list) else [read]


def frame(kind: str, **values: Any) -> str:
    """A frame to the page; values may hold `msgspec.Raw`."""
    return msgspec.json.encode({"t": kind, **values}).decode()


class EventsFrame(msgspec.Struct, frozen=True):
    """`text` to send; `offset` of the last record in it; `posts` names each message in it as (windows, its events)."""

    text: str
    offset: int
    posts: list[tuple[tuple[int, ...], list[msgspec.Raw]]]


def cuts(events: Sequence[msgspec.Raw]) -> Iterable[tuple[int, int]]:
    """Where to cut a batch so that each part fits a frame: (start, end) pairs that cover it."""
    start, used = 0, 0
    for place, event in enumerate(events):
        if used and used + len(event) > FRAME_BYTES:
            yield start, place
            start, used = place, 0
        used += len(event)
    if events:
        yield start, len(events)


def events_frame(events: Sequence[msgspec.Raw], offsets: Sequence[int], deliveries: Sequence[Delivery]) -> EventsFrame | None:
    """The frame that carries these events, each once, with the windows that get it; None if nobody gets any.

    A window gets one message with all of its events, several in order where they pass `MESSAGE_BYTES`. On the wire a message is a
    flat list of runs `[start, end, start, end, ...]` of places in the frame's `e`, which holds no event that nobody gets.
    """
    if not deliveries:
        return None
    if all(len(delivery.places) < len(events) for delivery in deliveries):
        wanted = sorted({place for delivery in deliveries for place in delivery.places})
        new_place = {place: i for i, place in enumerate(wanted)}
        events, offsets = [events[place] for place in wanted], [offsets[place] for place in wanted]
        deliveries = [Delivery(delivery.windows, [new_place[place] for place in delivery.places]) for delivery in deliveries]
    messages = [(delivery.windows, places) for delivery in deliveries for places in _messages(delivery.places, events)]
    to = msgspec.json.encode([[windows, _runs(places)] for windows, places in messages])
    text = b'{"t":"events","o":%d,"e":[%b],"to":%b}' % (offsets[-1], b",".join(events), to)
    return EventsFrame(
        text.decode(), offsets[-1], [(windows, [events[place] for place in places]) for windows, places in messages]
    )


def _messages(places: Sequence[int], events: Sequence[msgspec.Raw]) -> Iterable[Sequence[int]]:
    start, used = 0, 0
    for i, place in enumerate(places):
        size = len(events[place])
        if used and used + size > MESSAGE_BYTES:
            yield places[start:i]
            start, used = i, 0
        used += size
    yield places[start:]


def _runs(places: Sequence[int]) -> list[int]:
    if isinstance(places, range):
        return [places.start, places.stop]
    runs: list[int] = []
    for place in places:
        if runs and runs[-1] == place:
            runs[-1] += 1
        else:
            runs += (place, place + 1)
    return runs
