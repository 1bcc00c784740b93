"""The rows of the drawer: `bridge/desk/messages.py`."""

from typing import Any

import pytest

from bridge.desk.messages import LONGEST, row_of, summary
from bridge.desk.view import message_rows
from bridge.desk.wirelog import WireEntry

from . import AT


def entry(message: Any, **fields: Any) -> WireEntry:
    return WireEntry(**{"offset": 1, "at": AT, "direction": "in", "page": "page-1", "windows": [3], "message": message, **fields})


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"messageType": "HoldEvent"}, "HoldEvent"),
        (
            {"messageType": "RegisterForClientEvents", "subscriptionTypes": ["agent", "contacts"], "contactId": 7},
            "RegisterForClientEvents · agent, contacts · contact 7",
        ),
        ({"issuer": "me"}, "no messageType"),
        ("webpack", "webpack"),
        (None, "None"),
        (
            {"issuer": "MAX", "events": [{"messageType": "ClientEventSubscriptionAcknowledge", "status": "OK"}]},
            "ClientEventSubscriptionAcknowledge OK",
        ),
        (
            {"events": [{"Type": "AgentState", "CurrentState": "Available"}, *2 * [{"Type": "Mute"}], "odd", {}]},
            "AgentState Available, 2 × Mute, no object, no Type",
        ),
        ({"events": "none"}, "no messageType"),
    ],
)
def test_a_message_in_a_few_words(message: Any, words: str) -> None:
    assert summary(message) == words


def test_a_row_shows_the_whole_message_as_far_as_there_is_room() -> None:
    assert row_of(entry({"a": 1}))["text"] == '{\n  "a": 1\n}'
    long = row_of(entry({"a": "x" * LONGEST}))
    assert (len(long["text"]), long["cut"]) == (LONGEST, True)


def test_a_note_is_its_sentence() -> None:
    row = row_of(entry({"text": "HoldEvent was not carried out."}, direction="note"))
    assert (row["summary"], row["text"]) == ("HoldEvent was not carried out.", None)


def test_what_a_panel_posts_is_text_in_its_row() -> None:
    html = message_rows([entry({"messageType": "<img src=x onerror=alert(1)>"}, ignored="<b>")])
    assert "<img" not in html
    assert "<b>" not in html
