"""Wire events: cxone-agent-session.md, section 2; contact ids: max-post-message.md, section 6."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.events import FIELDS, Head, contact_id, decode, event, head, is_true, text

from . import JSON


def head_of(value: Any) -> Head:
    return head(json.dumps(value).encode())


def test_a_head_has_the_fields_that_filters_and_folds_need() -> None:
    read = head_of({"Type": "CallContactEvent", "ContactID": "5", "Status": "Active", "FinalState": "False", "ANI": "1"})
    assert (read.Type, read.contact_id, read.Status, read.FinalState) == ("CallContactEvent", 5, "Active", "False")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[1]", id="array"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"Type":"\xff"}', id="no UTF-8"),
        pytest.param(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="too deep"),
        pytest.param(b'{"ContactID":' + b"9" * 5000 + b"}", id="too long a number"),
    ],
)
def test_what_is_no_event_has_an_empty_head_and_is_an_empty_event(raw: bytes) -> None:
    assert head(raw) == Head()
    assert decode(raw) == {}


@given(st.dictionaries(st.sampled_from([*Head.__struct_fields__, "Other"]), JSON))
def test_any_object_has_a_head(value: dict[str, Any]) -> None:
    read = head_of(value)
    assert read == Head(**{field: value.get(field) for field in Head.__struct_fields__})
    assert read.contact_id is None or read.contact_id > 0


@given(st.binary())
def test_any_bytes_have_a_head(raw: bytes) -> None:
    assert isinstance(head(raw), Head)
    assert isinstance(decode(raw), dict)


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ("101", 101),
        (101, 101),
        ("007", 7),
        ("900719925474010002", 900719925474010002),
        (900719925474010002, 900719925474010002),
        ("9" * 40, int("9" * 40)),
        *((nothing, None) for nothing in ("", "0", "000", "abc", "12a", "-5", "+5", "1.5", " 5", "1_0", "²", "٣", "9" * 5000)),
        *((nothing, None) for nothing in (0, -5, 1.5, 2.0, True, False, None, [5], {"a": 5})),
    ],
)
def test_a_contact_id_is_a_positive_whole_number_of_any_size(spelt: object, meant: int | None) -> None:
    assert contact_id(spelt) == meant


@pytest.mark.parametrize("key", ["ContactID", "ContactId", "contactId"])
def test_a_contact_id_is_found_under_each_of_its_spellings(key: str) -> None:
    assert head_of({"Type": "X", key: "5"}).contact_id == 5


def test_the_first_spelling_that_names_a_contact_counts() -> None:
    assert head_of({"ContactID": "1", "ContactId": "2", "contactId": "3"}).contact_id == 1
    assert head_of({"ContactID": "", "ContactId": "0", "contactId": "3"}).contact_id == 3
    assert head_of({"ContactID": "", "AgentLegId": "4"}).contact_id is None


@pytest.mark.parametrize("value", ["True", "true", "TRUE", "On", "on"])
def test_true_has_several_spellings(value: str) -> None:
    assert is_true(value)


@pytest.mark.parametrize("value", ["False", "Off", "", "1", "yes", True, 1, None, ["True"]])
def test_everything_else_is_false_the_text_false_included(value: object) -> None:
    assert not is_true(value)


def test_a_field_that_is_absent_or_no_text_reads_as_no_text() -> None:
    assert [text({"a": "x", "b": 5}, field) for field in ("a", "b", "c")] == ["x", "", ""]


@pytest.mark.parametrize("event_type", FIELDS)
def test_an_event_has_every_field_in_order_and_hosts_last(event_type: str) -> None:
    built = event(event_type)
    assert list(built) == ["Type", *FIELDS[event_type]]
    assert built["Type"] == event_type
    assert list(built)[-2:] == ["IISHost", "VCHost"]


@pytest.mark.parametrize("event_type", FIELDS)
def test_every_value_is_a_string_but_for_the_two_arrays(event_type: str) -> None:
    for field, value in event(event_type).items():
        assert value == [] if field in ("NextStates", "ScreenPopUrlVariables") else isinstance(value, str)


def test_an_event_takes_the_values_given() -> None:
    built = event("AgentState", CurrentState="Available", NextStates=[{"State": "Unavailable", "OutReason": "Lunch"}])
    assert built["CurrentState"] == "Available"
    assert built["NextStates"] == [{"State": "Unavailable", "OutReason": "Lunch"}]
    assert msgspec.json.decode(msgspec.json.encode(built)) == built


def test_events_share_no_array() -> None:
    event("AgentState")["NextStates"].append({"State": "Available"})
    assert event("AgentState")["NextStates"] == []


@pytest.mark.parametrize(
    ("event_type", "values", "complaint"),
    [
        ("Mutation", {}, "no fields are known for a wire event of Type 'Mutation'"),
        ("Mute", {"Muted": "True"}, "Mute has no field 'Muted'"),
        ("Mute", {"AgentMuted": True}, "Mute.AgentMuted must be a string, not True"),
        ("CallContactEvent", {"ContactID": 5}, "CallContactEvent.ContactID must be a string, not 5"),
        ("AgentState", {"NextStates": "[]"}, "AgentState.NextStates must be a list of objects"),
        ("AgentState", {"NextStates": [{"State": 1}]}, "AgentState.NextStates must be a list of objects"),
    ],
)
def test_a_wrong_field_or_value_is_refused_by_name(event_type: str, values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TypeError, match=complaint.replace("[", r"\[")):
        event(event_type, **values)
