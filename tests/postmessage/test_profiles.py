"""The `max` column of max-post-message.md, section 5, as far as values go. Who gets which event is in test_subscriptions.py."""

from typing import Any

import pytest

from bridge.postmessage.messages import Foreign
from bridge.postmessage.profiles import MAX, PROFILES, InvalidContactId, InvalidTypes


def test_the_envelopes_issuer_is_max() -> None:
    assert MAX.issuer == "MAX"


def test_the_reason_for_bad_types_has_no_full_stop() -> None:
    assert MAX.invalid_types == "Invalid Subscription Types"


def test_a_profile_is_found_by_its_name() -> None:
    assert PROFILES["max"] is MAX


@pytest.mark.parametrize("value", [0, "0", "000", Foreign("BigInt", "0")], ids=repr)
def test_contact_id_zero_is_an_error(value: Any) -> None:
    with pytest.raises(InvalidContactId):
        MAX.contact_id(value)


@pytest.mark.parametrize("value", ["", " ", "abc", {}, "١٠١", "101 ", "+101", "1e3", "0x65"], ids=repr)
def test_what_is_no_integer_is_an_error(value: Any) -> None:
    with pytest.raises(InvalidContactId):
        MAX.contact_id(value)


@pytest.mark.parametrize("value", [-1, "-1", Foreign("BigInt", "-1"), -(2**60), -1e21], ids=repr)
def test_a_negative_contact_id_is_an_error(value: Any) -> None:
    with pytest.raises(InvalidContactId):
        MAX.contact_id(value)


@pytest.mark.parametrize("value", [1.5, "1.5", True, False, [101], [], ["101"]], ids=repr)
def test_a_fraction_a_boolean_or_a_list_is_an_error(value: Any) -> None:
    with pytest.raises(InvalidContactId):
        MAX.contact_id(value)


@pytest.mark.parametrize("kind", ["NaN", "Infinity", "-Infinity", "Date", "Map", "cycle", "undefined"])
def test_what_json_cannot_carry_is_an_error_though_its_text_may_be_a_number(kind: str) -> None:
    with pytest.raises(InvalidContactId):
        MAX.contact_id(Foreign(kind, "101"))


def test_a_text_of_very_many_digits_is_an_error() -> None:
    with pytest.raises(InvalidContactId):
        MAX.contact_id("9" * 5000)


@pytest.mark.parametrize("value", [101, "101", "00101", 101.0, Foreign("BigInt", "101")], ids=repr)
def test_an_integer_in_any_spelling_is_accepted(value: Any) -> None:
    contact_id = MAX.contact_id(value)
    assert (contact_id, type(contact_id)) == (101, int)


@pytest.mark.parametrize("value", [2**53 + 1, "9007199254740993", Foreign("BigInt", "9007199254740993")], ids=repr)
def test_an_id_above_2_to_the_53_stays_exact(value: Any) -> None:
    assert MAX.contact_id(value) == 9007199254740993


def test_a_number_that_javascript_writes_with_an_exponent_is_an_integer() -> None:
    assert MAX.contact_id(1e21) == 10**21


def test_null_or_absent_is_no_id() -> None:
    assert MAX.contact_id(None) is None


@pytest.mark.parametrize("value", [[], ["everything"], ["", " all"], [None, 7, ["all"], {"all": True}]], ids=repr)
def test_types_without_a_valid_one_are_an_error(value: Any) -> None:
    with pytest.raises(InvalidTypes):
        MAX.types(value)


@pytest.mark.parametrize("value", ["all", {"0": "all"}, 7, Foreign("Set")], ids=repr)
def test_types_that_are_no_array_are_an_error(value: Any) -> None:
    with pytest.raises(InvalidTypes):
        MAX.types(value)


def test_types_absent_or_null_are_an_error() -> None:
    with pytest.raises(InvalidTypes):
        MAX.types(None)


def test_types_are_lower_cased_before_use() -> None:
    types, invalid = MAX.types(["ALL", "Agent", "contact", "CONTACTS", "SessionInfo"])
    assert sorted(types) == ["agent", "all", "contact", "contacts", "sessioninfo"]
    assert invalid == []


def test_one_valid_type_is_enough_and_each_invalid_one_is_told_as_it_was_spelt() -> None:
    types = ["Everything", "Contact", "AgentAssist", None, 7, True, Foreign("NaN"), Foreign("Date", "today"), {"a": 1}]
    valid, invalid = MAX.types(types)
    assert list(valid) == ["contact"]
    assert invalid == ["Everything", "AgentAssist", "null", "7", "true", "NaN", "today", '{"a":1}']
