"""The frames between a desk page and the server: `bridge/desk/frames.py`, decoded as the page decodes them."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.desk.frames import (
    FRAME_BYTES,
    MESSAGE_BYTES,
    Do,
    EventsFrame,
    FromPage,
    Gone,
    Got,
    HeldRegistration,
    HeldWindow,
    Hello,
    Posted,
    cuts,
    events_frame,
    frame,
    read_frames,
)
from bridge.postmessage.subscriptions import Delivery

from . import raw


def event(number: int, size: int) -> msgspec.Raw:
    """An event of exactly so many bytes of JSON, which says its number."""
    text = f'{{"n":{number},"pad":""}}'
    return msgspec.Raw((text[:-2] + "x" * (size - len(text)) + text[-2:]).encode())


SMALLEST = len('{"n":999,"pad":""}')


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[msgspec.Raw], list[int], list[Delivery]]:
    """Events of any size, their offsets, and deliveries to windows, each window in one."""
    some = st.one_of(
        st.integers(SMALLEST, 400),
        st.sampled_from([MESSAGE_BYTES // 2, MESSAGE_BYTES - 1, MESSAGE_BYTES, MESSAGE_BYTES + 1]),
        st.sampled_from([FRAME_BYTES // 3, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1]),
    )
    sizes = draw(st.lists(some, min_size=1, max_size=24))
    steps = draw(st.lists(st.integers(1, 3), min_size=len(sizes), max_size=len(sizes)))
    count = len(sizes)
    everything = st.just(range(count))
    a_stretch = st.tuples(st.integers(0, count - 1), st.integers(1, count)).map(
        lambda ends: range(ends[0], max(ends[1], ends[0] + 1))
    )
    any_places = st.sets(st.integers(0, count - 1), min_size=1).map(sorted)
    deliveries = [
        Delivery((2 * number, 2 * number + 1), places)
        for number, places in enumerate(draw(st.lists(st.one_of(everything, a_stretch, any_places), max_size=4)))
    ]
    return [event(n, size) for n, size in enumerate(sizes)], [sum(steps[: i + 1]) for i in range(count)], deliveries


def events_frames(events: Sequence[msgspec.Raw], offsets: Sequence[int], deliveries: Sequence[Delivery]) -> Iterator[EventsFrame]:
    """The frames of a batch, cut and routed as the page does it."""
    for start, end in cuts(events):
        parts = [
            Delivery(delivery.windows, _part(delivery.places, start, end))
            for delivery in deliveries
            if any(start <= place < end for place in delivery.places)
        ]
        sending = events_frame(events[start:end], offsets[start:end], parts)
        if sending is not None:
            yield sending


def _part(places: Sequence[int], start: int, end: int) -> Sequence[int]:
    inside = [place - start for place in places if start <= place < end]
    return range(inside[0], inside[-1] + 1) if isinstance(places, range) else inside


Batch = tuple[list[msgspec.Raw], list[int], list[Delivery]]

BURST: Batch = (
    [event(n, 500) for n in range(600)],
    list(range(1, 601)),
    [Delivery((1,), range(600)), Delivery((2, 3), [0, 7, 599])],
)
"""More than two frames of small events."""

BARELY: Batch = (
    [event(n, size) for n, size in enumerate([FRAME_BYTES, FRAME_BYTES // 2, FRAME_BYTES - FRAME_BYTES // 2, 30])],
    [1, 2, 3, 4],
    [Delivery((1,), range(4))],
)
"""Two frames that are full to the byte, and one event more."""


def on_the_page(text: str) -> list[tuple[list[int], list[Any]]]:
    """What a page posts for a frame: the windows and the events of each message, as static/desk/windows.js reads its runs."""
    decoded = json.loads(text)
    messages = []
    for windows, runs in decoded["to"]:
        events: list[Any] = []
        for start, end in zip(runs[::2], runs[1::2], strict=True):
            assert 0 <= start < end <= len(decoded["e"])
            events += decoded["e"][start:end]
        messages.append((windows, events))
    return messages


def numbers(events: Sequence[Any]) -> list[int]:
    return [event["n"] for event in events]


@given(batches())
@example(BURST)
def test_every_window_gets_its_delivery_nothing_lost_doubled_or_reordered(batch: Batch) -> None:
    events, offsets, deliveries = batch
    got: dict[int, list[int]] = defaultdict(list)
    for sending in events_frames(events, offsets, deliveries):
        for windows, its in on_the_page(sending.text):
            for window in windows:
                got[window] += numbers(its)
    assert got == {window: list(delivery.places) for delivery in deliveries for window in delivery.windows}


@given(batches())
@example(BURST)
def test_what_a_frame_says_it_posts_is_what_the_page_posts(batch: Batch) -> None:
    events, offsets, deliveries = batch
    for sending in events_frames(events, offsets, deliveries):
        said = [(list(windows), [json.loads(bytes(event)) for event in its]) for windows, its in sending.posts]
        assert said == on_the_page(sending.text)


@given(batches())
@example(BURST)
def test_an_events_bytes_stand_once_in_the_frames_and_are_not_changed(batch: Batch) -> None:
    events, offsets, deliveries = batch
    text = "".join(sending.text for sending in events_frames(events, offsets, deliveries))
    wanted = {place for delivery in deliveries for place in delivery.places}
    assert all(text.count(bytes(events[place]).decode()) == 1 for place in wanted)
    assert all(text.count(f'{{"n":{place},') <= 1 for place in range(len(events)))


@given(batches())
@example(BURST)
def test_messages_and_frames_keep_to_their_sizes_unless_one_event_is_larger(batch: Batch) -> None:
    events, offsets, deliveries = batch
    for sending in events_frames(events, offsets, deliveries):
        carried = [len(events[event["n"]]) for event in json.loads(sending.text)["e"]]
        assert sum(carried) <= FRAME_BYTES or len(carried) == 1
        for _, its in sending.posts:
            assert sum(map(len, its)) <= MESSAGE_BYTES or len(its) == 1


@given(batches())
@example(BURST)
def test_a_message_ends_only_where_the_next_event_would_not_fit_or_the_frame_ends(batch: Batch) -> None:
    events, offsets, deliveries = batch
    for sending in events_frames(events, offsets, deliveries):
        for (windows, its), (next_windows, next_ones) in zip(sending.posts, sending.posts[1:], strict=False):
            if windows == next_windows:
                assert sum(map(len, [*its, next_ones[0]])) > MESSAGE_BYTES


@given(batches())
@example(BURST)
def test_a_frame_names_the_offset_of_its_last_record_and_frames_go_on(batch: Batch) -> None:
    events, offsets, deliveries = batch
    frames = list(events_frames(events, offsets, deliveries))
    for sending in frames:
        decoded = json.loads(sending.text)
        assert decoded["t"] == "events"
        assert decoded["o"] == sending.offset == offsets[decoded["e"][-1]["n"]]
    assert [sending.offset for sending in frames] == sorted({sending.offset for sending in frames})


def test_frames_are_filled_to_the_byte() -> None:
    carried = [numbers(json.loads(sending.text)["e"]) for sending in events_frames(*BARELY)]
    assert carried == [[0], [1, 2], [3]]


def test_one_events_frame_in_full() -> None:
    events = [raw({"n": n}) for n in range(4)]
    deliveries = [Delivery((1, 2), range(4)), Delivery((3,), [0, 1, 3])]
    [sending] = events_frames(events, [11, 12, 13, 14], deliveries)
    assert sending == EventsFrame(
        '{"t":"events","o":14,"e":[{"n":0},{"n":1},{"n":2},{"n":3}],"to":[[[1,2],[0,4]],[[3],[0,2,3,4]]]}',
        14,
        [((1, 2), events), ((3,), [events[0], events[1], events[3]])],
    )


def test_a_batch_that_nobody_wants_makes_no_frame() -> None:
    assert list(events_frames([raw({})], [11], [])) == []
    assert list(events_frames([], [], [])) == []


def test_a_part_of_a_batch_that_nobody_wants_makes_no_frame() -> None:
    events = [event(n, FRAME_BYTES) for n in range(3)]
    [sending] = events_frames(events, [11, 12, 13], [Delivery((1,), [1])])
    assert (sending.offset, on_the_page(sending.text)) == (12, [([1], [json.loads(bytes(events[1]))])])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"t":"hello","page":"p1"}', Hello("p1")),
        (
            '{"t":"hello","page":"p1","epoch":"e","offset":7,"token":"s","windows":[{"window":3,"since":5,'
            '"registration":{"types":["all"],"contactId":"101","issuer":"crm"}}]}',
            Hello("p1", "e", 7, [HeldWindow(3, HeldRegistration(["all"], "101", "crm"), 5)], token="s"),
        ),
        ('{"t":"gone","windows":[3,4]}', Gone([3, 4])),
        ('{"t":"got","frames":12}', Got(12)),
        ('{"t":"do","seq":1,"verb":"hold","args":{"contact":"101"}}', Do(1, "hold", {"contact": "101"})),
        ('{"t":"do","seq":1,"verb":"mute"}', Do(1, "mute")),
    ],
)
def test_a_frame_of_the_page_is_read(text: str, read: FromPage) -> None:
    assert read_frames(text) == [read]
    assert read_frames(f"[{text},{text}]") == [read, read]


def test_what_a_window_posted_is_kept_as_it_came() -> None:
    text = '{"t":"posted","seq":1,"window":3,"panel":"crm:101","origin":"null","data":{"messageType": "HoldEvent"}}'
    [posted] = read_frames(text)
    assert isinstance(posted, Posted)
    assert (posted.seq, posted.window, posted.panel, posted.origin) == (1, 3, "crm:101", "null")
    assert bytes(posted.data) == b'{"messageType": "HoldEvent"}'


@pytest.mark.parametrize(
    "text",
    ['{"t":"unknown"}', '{"page":"p1"}', '{"t":"hello"}', '{"t":"got","frames":"12"}', "[]", "{", '{"t":"gone","windows":[1.5]}'],
)
def test_a_frame_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_frames(text)


def test_a_frame_to_the_page_may_hold_json_text() -> None:
    assert frame("post", seq=1, message=msgspec.Raw(b'{ "n":1.0 }')) == '{"t":"post","seq":1,"message":{ "n":1.0 }}'
