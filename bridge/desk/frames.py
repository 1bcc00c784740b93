"""The frames between a desk page and the server, as JSON text over one socket.

From the page: `Hello` first, then `Posted`, `Gone`, `Got` and `Do`. To the page: `welcome`, `post` (one whole message for one
window), `events` (the events of a batch, each once, and which windows get which), `view`, `ok`, `warn`, `notice`.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from bridge.postmessage.subscriptions import Delivery

MESSAGE_BYTES = 13_000
"""The most JSON text in one post message: above about 16 KB a message from another site costs its reader milliseconds more."""

FRAME_BYTES = 128_000
"""The most JSON text of events in one socket frame, so that a page reads and posts a long batch in step with the server."""


class HeldRegistration(msgspec.Struct, frozen=True, rename="camel"):
    """A standing registration as the page keeps it over a reconnect."""

    types: list[str]
    contact_id: int | None
    issuer: str


class HeldWindow(msgspec.Struct, frozen=True):
    """A window with a registration, and the offset from which on it is owed events."""

    window: int
    panel: str | None
    registration: HeldRegistration
    since: int


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """Who the page is and what it has: nothing (no epoch) on its first visit."""

    page: str
    epoch: str | None = None
    offset: int = 0
    windows: list[HeldWindow] = []
    token: str | None = None


class Posted(msgspec.Struct, frozen=True, tag_field="t", tag="posted"):
    """What a window posted. `panel` is the key of the panel that it belongs to; None: no panel of this desk."""

    seq: int
    window: int | None
    panel: str | None
    origin: str
    data: msgspec.Raw


class Gone(msgspec.Struct, frozen=True, tag_field="t", tag="gone"):
    """The page closed the panel that these windows were in."""

    windows: list[int]


class Got(msgspec.Struct, frozen=True, tag_field="t", tag="got"):
    """How many `events` frames the page has passed on since the socket opened."""

    frames: int


class Do(msgspec.Struct, frozen=True, tag_field="t", tag="do"):
    """A control of the desk was used: `verb` and what it needs."""

    seq: int
    verb: str
    args: dict[str, Any] = {}


FromPage = Hello | Posted | Gone | Got | Do
read_frame = msgspec.json.Decoder(FromPage).decode


def frame(kind: str, **values: Any) -> str:
    """A frame to the page; values may hold `msgspec.Raw`."""
    return msgspec.json.encode({"t": kind, **values}).decode()


class EventsFrame(msgspec.Struct, frozen=True):
    """`text` to send; `offset` of the last record in it; `posts` names each message in it as (windows, places of its events)."""

    text: str
    offset: int
    posts: list[tuple[tuple[int, ...], Sequence[int]]]


def events_frames(events: Sequence[msgspec.Raw], offsets: Sequence[int], deliveries: Sequence[Delivery]) -> Iterable[EventsFrame]:
    """The frames that carry a batch: every event's bytes once, with the windows it goes to, in order.

    A window gets one message with all its events of the batch, several in order where they pass `MESSAGE_BYTES`. On the wire a
    message is a flat list of runs `[start, end, start, end, ...]` of places in the frame's `e`.
    """
    for start, end in _cuts([len(event) for event in events]):
        posts = [
            (delivery.windows, message)
            for delivery in deliveries
            for message in _messages(_within(delivery.places, start, end), events)
        ]
        if not posts:
            continue
        to = msgspec.json.encode([[windows, _runs(places, start)] for windows, places in posts])
        text = b'{"t":"events","o":%d,"e":[%b],"to":%b}' % (offsets[end - 1], b",".join(events[start:end]), to)
        yield EventsFrame(text.decode(), offsets[end - 1], posts)


def _cuts(sizes: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Where to cut a batch into frames: (start, end) pairs that cover it."""
    start, used = 0, 0
    for place, size in enumerate(sizes):
        if used and used + size > FRAME_BYTES:
            yield start, place
            start, used = place, 0
        used += size
    yield start, len(sizes)


def _within(places: Sequence[int], start: int, end: int) -> Sequence[int]:
    if isinstance(places, range):
        return range(max(places.start, start), min(places.stop, end))
    return [place for place in places if start <= place < end]


def _messages(places: Sequence[int], events: Sequence[msgspec.Raw]) -> Iterable[Sequence[int]]:
    sizes = list(accumulate(len(events[place]) for place in places))
    start, before = 0, 0
    for i, size in enumerate(sizes):
        if i > start and size - before > MESSAGE_BYTES:
            yield places[start:i]
            start, before = i, sizes[i - 1]
    if places:
        yield places[start:]


def _runs(places: Sequence[int], base: int) -> list[int]:
    if isinstance(places, range):
        return [places.start - base, places.stop - base]
    runs: list[int] = []
    for place in places:
        if runs and runs[-1] == place - base:
            runs[-1] += 1
        else:
            runs += (place - base, place - base + 1)
    return runs
