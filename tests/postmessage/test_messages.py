"""What panels post, and the objects that MAX answers with: max-post-message.md, sections 2, 3 and 7."""

from typing import Any, get_args

import msgspec
import pytest

from bridge.postmessage.messages import (
    Acknowledgement,
    CallCommand,
    CallCommandType,
    ContactCard,
    Envelope,
    Foreign,
    Register,
    SessionInfo,
    Unregister,
    as_js_text,
    from_page,
    read_panel_message,
)

from . import acknowledgement, raw

# Section 2: the rows of messageType


def test_register_for_client_events_carries_its_values_as_they_came() -> None:
    posted = {"messageType": "RegisterForClientEvents", "contactId": "101", "subscriptionTypes": ["All"], "issuer": "crm"}
    assert read_panel_message(posted) == Register("101", ["All"], "crm")


def test_register_for_client_events_has_none_for_what_is_absent() -> None:
    assert read_panel_message({"messageType": "RegisterForClientEvents"}) == Register(None, None, None)


def test_unregister_from_client_events() -> None:
    assert read_panel_message({"messageType": "UnregisterFromClientEvents", "issuer": "crm"}) == Unregister()


def test_contact_card_data_carries_name_and_picture() -> None:
    posted = {"messageType": "ContactCardData", "contactId": 101, "contactCardData": {"name": "Dana", "userImg": "dana.png"}}
    assert read_panel_message(posted) == ContactCard(101, "Dana", "dana.png")


@pytest.mark.parametrize("card", [None, "Dana", [], {}, {"name": 7, "userImg": {"$js": "Map"}}])
def test_contact_card_data_leaves_out_what_is_no_text(card: Any) -> None:
    posted = from_page({"messageType": "ContactCardData", "contactCardData": card})
    assert read_panel_message(posted) == ContactCard(None, None, None)


@pytest.mark.parametrize(
    "message_type", ["AnswerEvent", "RefuseEvent", "HoldEvent", "MuteEvent", "MaskEvent", "RecordEvent", "HangupEvent"]
)
def test_a_command_needs_only_its_message_type(message_type: CallCommandType) -> None:
    assert read_panel_message({"messageType": message_type}) == CallCommand(message_type)


def test_there_are_seven_commands() -> None:
    assert len(get_args(CallCommandType)) == 7


@pytest.mark.parametrize(
    "posted",
    [
        {"messageType": "registerForClientEvents"},
        {"MessageType": "RegisterForClientEvents"},
        {"messageType": "HOLDEVENT"},
        {"messagetype": "HoldEvent"},
    ],
)
def test_keys_and_message_types_are_case_sensitive(posted: dict[str, str]) -> None:
    assert read_panel_message(posted) is None


@pytest.mark.parametrize(
    "posted",
    [
        {"messageType": "UnegisterFromClientEvents"},
        {"messageType": ["HoldEvent"]},
        {"messageType": {"HoldEvent": True}},
        {"messageType": None},
        {},
        "HoldEvent",
        ["HoldEvent"],
        None,
        7,
        {"$js": "undefined"},
        {"$js": "Map"},
    ],
)
def test_anything_else_is_ignored(posted: Any) -> None:
    assert read_panel_message(from_page(posted)) is None


# Section 3: what MAX sends


def test_the_acknowledgement_of_a_registration() -> None:
    sent = msgspec.json.decode(msgspec.json.encode(Acknowledgement.of(101, "Success")))
    assert sent == acknowledgement(contact_id=101)


def test_the_acknowledgement_has_a_null_contact_id_rather_than_none() -> None:
    sent = msgspec.json.decode(msgspec.json.encode(Acknowledgement.of(None, "Invalid Contact Id")))
    assert sent == {
        "messageType": "ClientEventSubscriptionAcknowledge",
        "contactId": None,
        "status": "ERROR",
        "reason": "Invalid Contact Id",
    }


def test_session_info_has_a_message_type_and_the_token() -> None:
    sent = msgspec.json.decode(msgspec.json.encode(SessionInfo.of("token-1")))
    assert sent == {"messageType": "SessionInfo", "sessionToken": "token-1"}


def test_an_envelope_carries_events_byte_for_byte() -> None:
    envelope = Envelope("MAX", None, [msgspec.Raw(b'{ "Type":"Mute" }'), raw(2**60)])
    assert msgspec.json.encode(envelope) == b'{"issuer":"MAX","contactId":null,"events":[{ "Type":"Mute" },1152921504606846976]}'


# Section 7: what JSON cannot carry


@pytest.mark.parametrize(
    ("tagged", "value"),
    [
        ({"$js": "NaN"}, Foreign("NaN")),
        ({"$js": "-Infinity"}, Foreign("-Infinity")),
        ({"$js": "BigInt", "text": "101"}, Foreign("BigInt", "101")),
        ({"$js": "Date", "text": "Sat Nov 21 2026"}, Foreign("Date", "Sat Nov 21 2026")),
        ({"$js": "Map"}, Foreign("Map")),
        ({"$js": "cycle"}, Foreign("cycle")),
        ([{"$js": "undefined"}, 1], [Foreign("undefined"), 1]),
        ({"a": {"b": [{"$js": "NaN"}]}}, {"a": {"b": [Foreign("NaN")]}}),
    ],
)
def test_a_tagged_value_is_foreign_wherever_it_stands(tagged: Any, value: Any) -> None:
    assert from_page(tagged) == value


def test_an_undefined_property_is_an_absent_one() -> None:
    assert from_page({"messageType": "HoldEvent", "contactId": {"$js": "undefined"}}) == {"messageType": "HoldEvent"}


def test_a_panels_own_js_key_is_given_back() -> None:
    own = {"$js": "NaN", "more": {"$js": "Date", "text": "today"}}
    assert from_page({"$js": "Object", "value": own}) == {"$js": "NaN", "more": Foreign("Date", "today")}


@pytest.mark.parametrize("tagged", [{"$js": "Object"}, {"$js": "Object", "value": 5}])
def test_a_tag_that_no_page_writes_is_foreign_too(tagged: Any) -> None:
    assert from_page(tagged) == Foreign("Object")


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "text", [1, [2]], {"a": {"b": None}}])
def test_what_json_can_carry_stays_as_it_is(value: Any) -> None:
    assert from_page(value) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("crm", "crm"),
        ("", ""),
        (None, "undefined"),
        (7, "7"),
        (True, "true"),
        (Foreign("NaN"), "NaN"),
        (Foreign("BigInt", "101"), "101"),
    ],
)
def test_free_text_reads_as_javascript_joins_it(value: Any, text: str) -> None:
    assert as_js_text(value) == text
