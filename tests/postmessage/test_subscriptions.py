"""Registration, acknowledgement and the filter: the rows of max-post-message.md, sections 2, 3 and 5 (`max`)."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from bridge.postmessage.messages import Envelope
from bridge.postmessage.subscriptions import (
    SESSION,
    Answer,
    Delivery,
    Desktop,
    Key,
    Registration,
    Subscriptions,
    session_info,
)

from . import AGENT_STATE, DESKTOP, FIRST, SECOND, SESSION_INFO, acknowledgement, plain, raw, registering

# The acknowledgement


def test_the_first_event_of_the_first_message_is_the_acknowledgement() -> None:
    answer = registering(subscriptionTypes=["all"], issuer="crm")
    assert plain(answer.events)[0] == acknowledgement()


def test_an_accepted_registration_stands_with_its_types_contact_and_issuer() -> None:
    answer = registering(subscriptionTypes=["Contact", "Agent"], contactId="101", issuer="crm")
    assert answer.registration == Registration(frozenset({"contact", "agent"}), 101, "crm")


@pytest.mark.parametrize(
    ("posted", "panel_contact", "contact_id"),
    [
        ({}, None, None),
        ({"contactId": None}, None, None),
        ({"contactId": {"$js": "undefined"}}, 102, 102),
        ({}, 102, 102),
        ({"contactId": 101}, 102, 101),
        ({"contactId": "101"}, None, 101),
        ({"contactId": {"$js": "BigInt", "text": "101"}}, None, 101),
    ],
)
def test_envelope_and_acknowledgement_name_the_contact_passed_or_found_else_null(
    posted: dict[str, Any], panel_contact: int | None, contact_id: int | None
) -> None:
    answer = registering(subscriptionTypes=["agent"], panel_contact=panel_contact, **posted)
    assert (answer.contact_id, plain(answer.events)[0]) == (contact_id, acknowledgement(contact_id=contact_id))


def test_an_id_above_2_to_the_53_is_acknowledged_exactly() -> None:
    answer = registering(subscriptionTypes=["contact"], contactId="900719925474010002")
    message = msgspec.json.encode(Envelope("MAX", answer.contact_id, answer.events))
    assert message.count(b'"contactId":900719925474010002') == 2


def test_an_invalid_contact_id_is_an_error() -> None:
    answer = registering(subscriptionTypes=["all"], contactId="abc")
    assert answer == Answer(events=answer.events)
    assert plain(answer.events) == [acknowledgement("Invalid Contact Id")]


@pytest.mark.parametrize("types", [[], ["everything"], "all", None, {"$js": "Set"}], ids=repr)
def test_invalid_types_are_an_error(types: Any) -> None:
    answer = registering(subscriptionTypes=types)
    assert answer == Answer(events=answer.events)
    assert plain(answer.events) == [acknowledgement("Invalid Subscription Types")]


def test_a_missing_type_list_is_an_error() -> None:
    assert plain(registering().events) == [acknowledgement("Invalid Subscription Types")]


def test_an_invalid_contact_id_hides_an_invalid_type_list() -> None:
    assert plain(registering(contactId=0).events) == [acknowledgement("Invalid Contact Id")]


def test_after_an_error_max_names_no_contact_though_one_was_passed_or_found() -> None:
    answer = registering(subscriptionTypes=[], contactId=101, panel_contact=102)
    assert (answer.contact_id, plain(answer.events)) == (None, [acknowledgement("Invalid Subscription Types")])


@pytest.mark.parametrize(
    "value",
    [{"$js": "NaN"}, {"$js": "Date", "text": "101"}, {"$js": "Map"}, {"$js": "Object", "value": {"$js": "BigInt"}}],
    ids=repr,
)
def test_a_contact_id_that_json_cannot_carry_is_an_error_and_not_absent(value: Any) -> None:
    assert plain(registering(subscriptionTypes=["all"], contactId=value).events) == [acknowledgement("Invalid Contact Id")]


def test_each_invalid_type_gets_a_console_warning_that_names_it() -> None:
    answer = registering(subscriptionTypes=["Everything", "agent", {"$js": "NaN"}], issuer="crm")
    assert plain(answer.events)[0] == acknowledgement()
    assert answer.warnings == [
        "Error processing Client Event Subscription. Issuer: [crm] asked for the invalid subscription type [Everything].",
        "Error processing Client Event Subscription. Issuer: [crm] asked for the invalid subscription type [NaN].",
    ]


def test_valid_types_get_no_warning() -> None:
    assert registering(subscriptionTypes=["ALL", "agent"]).warnings == []


@pytest.mark.parametrize(
    ("posted", "issuer"),
    [
        ({"subscriptionTypes": ["all"], "issuer": "crm"}, "crm"),
        ({"subscriptionTypes": [], "contactId": 0, "issuer": "crm 2"}, "crm 2"),
        ({"subscriptionTypes": ["all"]}, "undefined"),
    ],
)
def test_a_second_registration_gets_no_reply_and_a_warning_with_its_issuer(posted: dict[str, Any], issuer: str) -> None:
    first = registering(subscriptionTypes=["contact"], contactId=101, issuer="first").registration
    assert registering(already=first, **posted) == Answer(
        registration=first,
        warnings=[f"Error processing Client Event Subscription. Issuer: [{issuer}] has already subscribed."],
    )


# The states that follow it


@pytest.mark.parametrize(
    ("types", "states"),
    [
        (["all"], [SESSION_INFO, AGENT_STATE, FIRST, SECOND]),
        (["agent"], [AGENT_STATE]),
        (["contact"], [SECOND]),
        (["contacts"], [FIRST, SECOND]),
        (["sessioninfo"], [SESSION_INFO]),
        (["contacts", "agent", "sessioninfo"], [SESSION_INFO, AGENT_STATE, FIRST, SECOND]),
        (["contact", "contacts", "all", "agent", "sessioninfo", "ALL"], [SESSION_INFO, AGENT_STATE, FIRST, SECOND]),
    ],
    ids=repr,
)
def test_states_follow_in_order_each_once_however_many_types_ask(types: list[str], states: list[Any]) -> None:
    assert plain(registering(subscriptionTypes=types, panel_contact=102).events)[1:] == states


def test_contact_alone_gets_the_contact_that_it_names_rather_than_the_panels() -> None:
    answer = registering(subscriptionTypes=["contact"], contactId="101", panel_contact=102)
    assert plain(answer.events)[1:] == [FIRST]


@pytest.mark.parametrize("contact_id", [None, 999])
def test_contact_gets_no_state_when_max_has_none(contact_id: int | None) -> None:
    assert plain(registering(subscriptionTypes=["contact"], contactId=contact_id).events)[1:] == []


def test_a_contact_id_without_the_type_contact_adds_nothing() -> None:
    assert plain(registering(subscriptionTypes=["agent"], contactId=101).events)[1:] == [AGENT_STATE]


def test_without_a_session_there_is_no_session_info() -> None:
    desktop = Desktop(None, raw(AGENT_STATE), {})
    assert plain(registering(subscriptionTypes=["all"], desktop=desktop).events)[1:] == [AGENT_STATE]


def test_a_registration_before_max_has_its_state_is_acknowledged_alone() -> None:
    desktop = Desktop("token-1", None, {101: raw(FIRST)})
    answer = registering(subscriptionTypes=["all"], desktop=desktop)
    assert plain(answer.events) == [acknowledgement()]
    assert answer.registration is not None


def test_acknowledgement_and_session_info_have_no_type_and_acd_events_no_message_type() -> None:
    events = plain(registering(subscriptionTypes=["all"]).events)
    assert [("messageType" in event, "Type" in event) for event in events] == [(True, False)] * 2 + [(False, True)] * 3


def test_a_state_is_sent_byte_for_byte() -> None:
    desktop = Desktop(None, msgspec.Raw(b'{ "Type": "AgentState", "n": 1.50 }'), {})
    assert bytes(registering(subscriptionTypes=["agent"], desktop=desktop).events[1]) == b'{ "Type": "AgentState", "n": 1.50 }'


# The filter: who gets what of a batch

BATCH: list[Key] = [None, 101, SESSION, 102, None, 101]
OFFSETS = [11, 12, 13, 14, 15, 16]


def routed(
    registrations: dict[int, Registration], keys: Sequence[Key] = BATCH, offsets: Sequence[int] = OFFSETS, *, since: int = 10
) -> list[Delivery]:
    subscriptions = Subscriptions()
    for window, registration in registrations.items():
        subscriptions.add(window, registration, since)
    return subscriptions.route(keys, offsets)


def places(deliveries: list[Delivery]) -> list[int]:
    """The places that the only window of these deliveries gets; none, if there is no delivery."""
    return [place for delivery in deliveries for place in delivery.places]


def of(*types: str, contact_id: int | None = None) -> Registration:
    return Registration(frozenset(types), contact_id, "crm")


@pytest.mark.parametrize(
    ("registration", "gets"),
    [
        (of("all"), [0, 1, 2, 3, 4, 5]),
        (of("agent"), [0, 4]),
        (of("contact", contact_id=101), [1, 5]),
        (of("contact"), []),
        (of("contacts"), [1, 3, 5]),
        (of("sessioninfo"), [2]),
        (of("agent", contact_id=101), [0, 4]),
        (of("contacts", "contact", contact_id=101), [1, 3, 5]),
        (of("agent", "contact", contact_id=102), [0, 3, 4]),
        (of("agent", "contacts", "sessioninfo"), [0, 1, 2, 3, 4, 5]),
        (of("all", "contact", contact_id=101), [0, 1, 2, 3, 4, 5]),
    ],
    ids=lambda value: "+".join(sorted(value.types)) if isinstance(value, Registration) else None,
)
def test_each_type_adds_its_events_in_order(registration: Registration, gets: list[int]) -> None:
    assert places(routed({1: registration})) == gets


def test_agent_never_gets_the_session_token() -> None:
    assert routed({1: of("agent", "contacts", "contact", contact_id=101)}, [SESSION], [11]) == []


def test_no_match_is_no_delivery() -> None:
    assert routed({1: of("contact", contact_id=103)}) == []


def test_an_empty_batch_is_no_delivery() -> None:
    assert routed({1: of("all")}, [], []) == []


def test_windows_that_get_the_same_share_a_delivery() -> None:
    deliveries = routed({3: of("contacts"), 1: of("all"), 2: of("contacts"), 4: of("contact", contact_id=7)})
    assert {delivery.windows: list(delivery.places) for delivery in deliveries} == {(1,): [0, 1, 2, 3, 4, 5], (2, 3): [1, 3, 5]}


def test_contact_ids_above_2_to_the_53_are_told_apart() -> None:
    registrations = {1: of("contact", contact_id=2**53), 2: of("contact", contact_id=2**53 + 1)}
    deliveries = routed(registrations, [2**53 + 1, 2**53], [11, 12])
    assert {delivery.windows: list(delivery.places) for delivery in deliveries} == {(1,): [1], (2,): [0]}


@pytest.mark.parametrize(("since", "gets"), [(10, [0, 1, 2]), (11, [1, 2]), (12, [2]), (13, []), (99, [])])
def test_a_window_is_not_told_what_its_acknowledgement_told(since: int, gets: list[int]) -> None:
    assert places(routed({1: of("all")}, [None, 101, None], [11, 12, 13], since=since)) == gets


def test_an_unregistered_window_gets_nothing_and_the_others_what_they_did() -> None:
    subscriptions = Subscriptions()
    subscriptions.add(1, of("contact", contact_id=101), 10)
    subscriptions.add(2, of("contact", contact_id=101), 10)
    subscriptions.remove(1)
    assert subscriptions.get(1) is None
    assert subscriptions.route([101], [11]) == [Delivery((2,), range(1))]


def test_unregistering_an_unknown_window_is_ignored() -> None:
    subscriptions = Subscriptions()
    subscriptions.add(1, of("all"), 10)
    subscriptions.remove(2)
    subscriptions.remove(2)
    assert subscriptions.get(1) == of("all")


def test_a_window_that_registers_anew_gets_nothing_of_its_earlier_registration() -> None:
    subscriptions = Subscriptions()
    subscriptions.add(1, of("all"), 10)
    subscriptions.add(1, of("agent"), 12)
    assert subscriptions.route([None, 101, SESSION, None], [12, 13, 14, 15]) == [Delivery((1,), [3])]
    subscriptions.remove(1)
    assert subscriptions.route([None, 101, SESSION], [16, 17, 18]) == []


def test_the_session_tokens_event_is_the_session_info_object() -> None:
    assert plain([session_info("token-2")]) == [{"messageType": "SessionInfo", "sessionToken": "token-2"}]


def test_a_desktop_without_contacts_has_no_contact_states() -> None:
    desktop = Desktop(DESKTOP.session_token, DESKTOP.agent_state, {})
    assert plain(registering(subscriptionTypes=["contacts"], desktop=desktop).events) == [acknowledgement()]
