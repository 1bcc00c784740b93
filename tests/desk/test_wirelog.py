"""The wire log: `bridge/desk/wirelog.py`."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from bridge.clock import let_others_run
from bridge.desk.wirelog import KEPT_BYTES, KEPT_MESSAGES, MASK, WireEntry, WireLog, masked
from bridge.postmessage.messages import Envelope
from bridge.postmessage.subscriptions import session_info

from . import AT, raw


def came_in(log: WireLog, message: Any = None) -> None:
    log.came_in(AT, "page-1", [1], raw(message))


def test_entries_tell_who_posted_what_in_the_order_in_which_it_passed() -> None:
    log = WireLog()
    log.came_in(AT, "page-1", [3], raw({"messageType": "HoldEvent"}), panel="crm:101", origin="https://crm.example")
    log.went_out(AT + 1, "page-1", [3, 4], Envelope("MAX", 101, [raw({"Type": "Mute"})]))
    assert log.read() == [
        WireEntry(1, AT, "in", "page-1", [3], {"messageType": "HoldEvent"}, "crm:101", "https://crm.example"),
        WireEntry(2, AT + 1, "out", "page-1", [3, 4], {"issuer": "MAX", "contactId": 101, "events": [{"Type": "Mute"}]}),
    ]


def test_an_ignored_message_says_why() -> None:
    log = WireLog()
    log.came_in(AT, "page-1", [], raw("hello"), origin="null", ignored="its sender is no panel of this desk")
    assert msgspec.json.decode(msgspec.json.encode(log.read())) == [
        {
            "offset": 1,
            "at": AT,
            "direction": "in",
            "page": "page-1",
            "windows": [],
            "message": "hello",
            "origin": "null",
            "ignored": "its sender is no panel of this desk",
        }
    ]


def test_a_note_tells_of_what_a_window_posted() -> None:
    log = WireLog()
    log.noted(AT, "page-1", [3], "HoldEvent was not carried out.", "crm:101")
    assert log.read() == [WireEntry(1, AT, "note", "page-1", [3], {"text": "HoldEvent was not carried out."}, "crm:101")]


def test_a_reader_may_ask_for_no_more_than_the_newest() -> None:
    log = WireLog()
    for number in range(5):
        log.noted(AT, "page-1", [3], str(number))
    assert [entry.message["text"] for entry in log.read(1, most=2)] == ["3", "4"]
    assert [entry.message["text"] for entry in log.read(4, most=2)] == ["4"]


def test_a_reader_gets_what_is_after_its_place() -> None:
    log = WireLog()
    for number in range(1, 5):
        came_in(log, number)
    assert [[entry.offset for entry in log.read(after)] for after in (0, 2, 4, 9)] == [[1, 2, 3, 4], [3, 4], [], []]


def test_it_keeps_so_many_messages_and_drops_the_oldest() -> None:
    log = WireLog()
    for _ in range(KEPT_MESSAGES + 2):
        came_in(log)
    kept = [entry.offset for entry in log.read()]
    assert (kept, log.last) == (list(range(3, KEPT_MESSAGES + 3)), KEPT_MESSAGES + 2)


def test_it_keeps_so_many_bytes_in_and_out_and_drops_the_oldest() -> None:
    log = WireLog()
    half = raw("x" * (KEPT_BYTES // 2 - 2))
    log.came_in(AT, "page-1", [1], half)
    log.went_out(AT, "page-1", [1], Envelope("MAX", None, [half]))
    assert [entry.offset for entry in log.read()] == [1, 2]
    came_in(log, 7)
    assert [entry.offset for entry in log.read()] == [2, 3]


def test_one_message_beyond_all_bytes_leaves_an_empty_log_that_goes_on() -> None:
    log = WireLog()
    log.came_in(AT, "page-1", [1], raw("x" * KEPT_BYTES))
    assert (log.read(), log.last) == ([], 1)
    came_in(log, 7)
    assert [entry.message for entry in log.read()] == [7]


def test_dropped_messages_make_room_again() -> None:
    log = WireLog()
    quarter = raw("x" * (KEPT_BYTES // 4 - 2))
    for _ in range(9):
        log.came_in(AT, "page-1", [1], quarter)
    assert [entry.offset for entry in log.read()] == [6, 7, 8, 9]


def test_clear_forgets_the_entries_and_their_bytes_and_goes_on_counting() -> None:
    log = WireLog()
    log.came_in(AT, "page-1", [1], raw("x" * (KEPT_BYTES - 2)))
    log.clear()
    assert (log.read(), log.last) == ([], 1)
    log.came_in(AT, "page-1", [1], raw("x" * (KEPT_BYTES - 2)))
    assert [entry.offset for entry in log.read()] == [2]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"sessionToken": "secret"}, {"sessionToken": MASK}),
        ({"events": [{"a": {"sessionToken": "secret"}}]}, {"events": [{"a": {"sessionToken": MASK}}]}),
        ([[{"sessionToken": {"deep": "secret"}}]], [[{"sessionToken": MASK}]]),
        ({"token": 1, "rest": [None, True, 1.5, "text"]}, {"token": 1, "rest": [None, True, 1.5, "text"]}),
    ],
)
def test_session_tokens_are_masked_at_any_depth_and_all_else_stays(value: Any, shown: Any) -> None:
    assert masked(value) == shown


def test_session_tokens_are_masked_in_both_directions() -> None:
    log = WireLog()
    came_in(log, {"echo": [{"sessionToken": "secret"}]})
    log.went_out(AT, "page-1", [1], Envelope("MAX", None, [session_info("secret")]))
    shown = json.loads(msgspec.json.encode(log.read()))
    assert shown[0]["message"] == {"echo": [{"sessionToken": MASK}]}
    assert shown[1]["message"]["events"] == [{"messageType": "SessionInfo", "sessionToken": MASK}]


@pytest.mark.parametrize("text", [b'{"n":1e999,"sessionToken":"secret"}', b"9" * 5000, b"[" * 5000 + b"]" * 5000])
def test_what_cannot_be_decoded_says_so_and_keeps_no_other_from_being_read(text: bytes) -> None:
    log = WireLog()
    log.came_in(AT, "page-1", [1], msgspec.Raw(text))
    came_in(log, 7)
    assert [entry.message for entry in log.read()] == [f"{len(text)} bytes of JSON that cannot be shown", 7]


def test_news_wakes_all_who_wait_once_there_is_an_entry_after_their_place() -> None:
    async def scene() -> None:
        log = WireLog()
        came_in(log)
        waiting = [asyncio.create_task(log.news(after)) for after in (1, 1, 2)]
        await let_others_run()
        came_in(log)
        await asyncio.gather(*waiting[:2])
        assert not waiting[2].done()
        came_in(log)
        await waiting[2]

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_news_that_is_there_already_needs_no_waiting() -> None:
    async def scene() -> None:
        log = WireLog()
        came_in(log)
        await log.news(0)

    asyncio.run(asyncio.wait_for(scene(), 10))


def test_a_cleared_log_is_no_news() -> None:
    async def scene() -> None:
        log = WireLog()
        came_in(log)
        waiting = asyncio.create_task(log.news(1))
        await let_others_run()
        log.clear()
        await let_others_run()
        assert not waiting.done()
        came_in(log)
        await waiting

    asyncio.run(asyncio.wait_for(scene(), 10))
