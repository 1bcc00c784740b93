"""What a panel does wrong, in words: `bridge/postmessage/lint.py`."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.postmessage.lint import KNOWN, misspelt


def hint(message: Any) -> str | None:
    return misspelt(msgspec.Raw(msgspec.json.encode(message)))


@pytest.mark.parametrize(
    ("spelt", "known"),
    [
        ("UnegisterFromClientEvents", "UnregisterFromClientEvents"),
        ("Register-ForClientEvents", "RegisterForClientEvents"),
        ("registerforclientevents", "RegisterForClientEvents"),
        ("HoldEvents", "HoldEvent"),
        ("HangUpEvent", "HangupEvent"),
    ],
)
def test_a_misspelt_message_type_is_told_with_the_one_that_was_meant(spelt: str, known: str) -> None:
    assert hint({"messageType": spelt}) == f"MAX ignores the messageType {spelt!r} without a word: it is spelt {known}."


@pytest.mark.parametrize("known", KNOWN)
def test_a_misspelt_key_is_told(known: str) -> None:
    assert hint({"MessageType": known}) == (
        f"MAX ignores {known} under the key 'MessageType': keys are case sensitive, this one is spelt messageType."
    )


@pytest.mark.parametrize("message", ["webpackOk", {"type": "webpackOk"}, {"messageType": "resize"}, {"messageType": 7}, [], None])
def test_what_was_meant_for_somebody_else_needs_no_word(message: Any) -> None:
    assert hint(message) is None


@given(st.binary())
def test_what_cannot_be_read_needs_no_word(text: bytes) -> None:
    assert misspelt(msgspec.Raw(text)) is None or b"essage" in text.lower()
