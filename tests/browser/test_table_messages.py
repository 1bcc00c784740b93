"""What panels post to MAX (max-post-message.md, section 2): the rows of keys and of messageTypes, commands, the contact card.

What each subscription type gets is in test_table_subscriptions.py, what a command does in each status in test_table_commands.py.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ACK, Message, Probe, SharedDesk, call_event, events_of, kinds

COMMANDS = ("AnswerEvent", "RefuseEvent", "HoldEvent", "MuteEvent", "MaskEvent", "RecordEvent", "HangupEvent")

REGISTER: Message = {"messageType": "RegisterForClientEvents", "subscriptionTypes": ["agent"], "issuer": "probe"}


def acknowledged(window: Probe, **posted: Any) -> Message:
    """The acknowledgement of a registration with these properties in the place of the right ones; one that is None is absent."""
    answer = window.ask({key: value for key, value in {**REGISTER, **posted}.items() if value is not None})
    acknowledgement: Message = answer["events"][0]
    return acknowledgement


# The keys


@pytest.mark.parametrize("key", ["MessageType", "messagetype", "message_type", "MESSAGETYPE"])
def test_message_type_as_another_key_is_none(desk: SharedDesk, key: str) -> None:
    window = desk.window()
    window.post({key: "RegisterForClientEvents", "subscriptionTypes": ["all"]})
    assert window.leave() == []


@pytest.mark.parametrize("key", ["SubscriptionTypes", "subscriptiontypes", "abonnementTypes"])
def test_subscription_types_under_another_key_are_none(desk: SharedDesk, key: str) -> None:
    acknowledgement = acknowledged(desk.window(), subscriptionTypes=None, **{key: ["all"]})
    assert acknowledgement["reason"] == "Invalid Subscription Types"


@pytest.mark.parametrize("key", ["ContactId", "contactID", "contactid", "ContactID"])
def test_a_contact_id_under_another_key_is_none(desk: SharedDesk, key: str) -> None:
    assert acknowledged(desk.window(), **{key: "abc"}) == {
        "messageType": ACK,
        "contactId": None,
        "status": "OK",
        "reason": "Success",
    }


@pytest.mark.parametrize("key", ["Issuer", "ISSUER", "émetteur"])
def test_an_issuer_under_another_key_is_none(desk: SharedDesk, key: str) -> None:
    window = desk.window()
    acknowledged(window, issuer=None)
    [warning] = desk.warnings(lambda: window.post({"messageType": "RegisterForClientEvents", key: "CRM"}))
    assert "Issuer: [undefined]" in warning


@pytest.mark.parametrize("message_type", ["registerForClientEvents", "RegisterForclientEvents", "REGISTERFORCLIENTEVENTS"])
def test_the_value_of_message_type_is_case_sensitive(desk: SharedDesk, message_type: str) -> None:
    window = desk.window()
    window.post({**REGISTER, "messageType": message_type})
    assert window.leave() == []


@pytest.mark.parametrize("spelt", ["AGENT", "Agent", "aGeNt"])
def test_subscription_types_are_lower_cased_before_use(desk: SharedDesk, spelt: str) -> None:
    assert kinds(desk.window().register(spelt)) == [ACK, "AgentState"]


def test_subscription_types_are_additive(desk: SharedDesk) -> None:
    contact = desk.contact()
    message = desk.window().register("agent", "contact", "sessioninfo", contactId=contact)
    assert kinds(message) == [ACK, "SessionInfo", "AgentState", "CallContactEvent"]


@pytest.mark.parametrize("spelt", [int, str], ids=["int", "text"])
def test_a_contact_id_limits_contact_to_what_it_names(desk: SharedDesk, spelt: Callable[[str], Any]) -> None:
    named, other = desk.contact(), desk.contact()
    window = desk.window()
    message = window.register("contact", contactId=spelt(named))
    assert message["events"][1:] == [call_event(named)]
    desk.happen(call_event(other, "Holding"), call_event(named, "Holding"))
    assert events_of(window.leave()[1:]) == [call_event(named, "Holding")]


def test_an_absent_contact_id_is_the_contact_panels_own(desk: SharedDesk) -> None:
    own, other = desk.contact(), desk.contact()
    window = desk.window(own)
    assert window.register("contact")["events"][1:] == [call_event(own)]
    desk.happen(call_event(other, "Holding"), call_event(own, "Holding"))
    assert events_of(window.leave()[1:]) == [call_event(own, "Holding")]


def test_an_absent_contact_id_is_not_found_in_a_workspace(desk: SharedDesk) -> None:
    contact = desk.contact()
    window = desk.window()
    message = window.register("contact")
    assert message["events"] == [{"messageType": ACK, "contactId": None, "status": "OK", "reason": "Success"}]
    desk.happen(call_event(contact, "Holding"))
    assert window.leave() == [message]


def test_a_contact_panel_may_name_another_contact_than_its_own(desk: SharedDesk) -> None:
    own, other = desk.contact(), desk.contact()
    message = desk.window(own).register("contact", contactId=int(other))
    assert (message["contactId"], message["events"][1:]) == (int(other), [call_event(other)])


def test_an_issuer_need_not_be_unique(desk: SharedDesk) -> None:
    first, second = desk.window(), desk.window()
    assert [acknowledged(window, issuer="the same")["status"] for window in (first, second)] == ["OK", "OK"]


def test_an_issuer_may_be_absent(desk: SharedDesk) -> None:
    assert acknowledged(desk.window(), issuer=None)["status"] == "OK"


# The messageTypes


def test_register_for_client_events_starts_a_subscription(desk: SharedDesk) -> None:
    window = desk.window()
    assert acknowledged(window)["status"] == "OK"
    desk.happen({"Type": "Mute", "AgentMuted": "True"})
    assert kinds(window.next(1)) == ["Mute"]


def test_unregister_from_client_events_stops_it(desk: SharedDesk) -> None:
    window = desk.window()
    message = window.register("all")
    window.unregister()
    desk.happen({"Type": "Mute", "AgentMuted": "True"})
    assert window.leave() == [message]


def test_unregister_from_client_events_comes_before_other_types_or_another_contact(desk: SharedDesk) -> None:
    first, second = desk.contact(), desk.contact()
    window = desk.window()
    window.register("agent", "contact", contactId=first)
    window.unregister()
    message = window.register("contact", contactId=second)
    assert (message["contactId"], message["events"][1:]) == (int(second), [call_event(second)])
    desk.happen({"Type": "Mute"}, call_event(first, "Holding"), call_event(second, "Holding"))
    assert window.leave()[2:] == [{"issuer": "MAX", "contactId": int(second), "events": [call_event(second, "Holding")]}]


def test_unregister_from_client_events_is_of_no_other_window(desk: SharedDesk) -> None:
    leaving, staying = desk.window(), desk.window()
    for window in (leaving, staying):
        window.register("agent")
    leaving.unregister()
    desk.happen({"Type": "Mute"})
    assert kinds(staying.next(1)) == ["Mute"]


def test_unregister_from_client_events_of_a_window_that_is_not_registered_is_silent(desk: SharedDesk) -> None:
    window = desk.window()
    assert desk.warnings(window.unregister) == []
    assert window.leave() == []
    assert acknowledged(window)["status"] == "OK"


@pytest.mark.parametrize("registered", [True, False], ids=["registered", "unregistered"])
@pytest.mark.parametrize(
    ("command", "status", "happens"),
    [
        ("AnswerEvent", "Incoming", "Active"),
        ("RefuseEvent", "Incoming", "Disconnected"),
        ("HoldEvent", "Active", "Holding"),
        ("MuteEvent", "Active", None),
        ("MaskEvent", "Active", "Masking"),
        ("RecordEvent", "Active", "Active"),
        ("HangupEvent", "Active", "Disconnected"),
    ],
)
def test_a_command_needs_its_message_type_alone_from_registered_and_unregistered_windows_alike(
    desk: SharedDesk, command: str, status: str, happens: str | None, registered: bool
) -> None:
    contact = desk.contact(status)
    watching, window = desk.window(), desk.window()
    watching.register("all")
    got = [window.register("sessioninfo")] if registered else []
    window.post({"messageType": command})
    first = watching.next(1)["events"][0]
    assert first["Type"] == ("Mute" if happens is None else "CallContactEvent")
    assert (first.get("ContactID"), first.get("Status")) == (None if happens is None else contact, happens)
    assert window.leave() == got, "a command returns nothing"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_carries_no_contact_id(desk: SharedDesk, command: str) -> None:
    status = "Incoming" if command in ("AnswerEvent", "RefuseEvent") else "Active"
    in_focus, other = desk.contact(status), desk.contact("Holding")
    window = desk.window()
    window.register("all")
    window.post({"messageType": command, "contactId": other})
    events = window.next(1)["events"]
    assert events[0].get("ContactID", in_focus) == in_focus
    assert other not in [event.get("ContactID") for event in events]


@pytest.mark.parametrize("command", ["HoldEvent", "MaskEvent", "RecordEvent", "HangupEvent"])
def test_a_command_acts_on_the_contact_in_focus(desk: SharedDesk, command: str) -> None:
    first, focused = desk.contact("Holding"), desk.contact("Incoming")
    desk.server.act(focused, "answer")
    own = desk.window(first)
    own.register("contacts")
    own.post({"messageType": command})
    assert {event["ContactID"] for event in own.next(1)["events"]} == {focused}


@pytest.mark.parametrize("command", ["AnswerEvent", "RefuseEvent"])
def test_answer_and_refuse_act_on_the_call_that_shows_the_dialog_though_another_is_in_focus(
    desk: SharedDesk, command: str
) -> None:
    focused, incoming = desk.contact("Holding"), desk.contact("Incoming")
    window = desk.window(focused)
    window.register("contacts")
    window.post({"messageType": command})
    assert [event["ContactID"] for event in window.next(1)["events"]] == [incoming]


@pytest.mark.parametrize(("command", "there"), [("HoldEvent", "Holding"), ("MaskEvent", "Masking")])
def test_hold_and_mask_are_toggles(desk: SharedDesk, command: str, there: str) -> None:
    desk.contact("Active")
    window = desk.window()
    window.register("contacts")
    for turn, status in enumerate((there, "Active", there, "Active"), 1):
        window.post({"messageType": command})
        assert [event["Status"] for event in window.next(turn)["events"]] == [status]


def test_mute_is_a_toggle(desk: SharedDesk) -> None:
    desk.contact("Active")
    window = desk.window()
    window.register("agent")
    for turn, muted in enumerate(("True", "False", "True"), 1):
        window.post({"messageType": "MuteEvent"})
        assert [event["AgentMuted"] for event in window.next(turn)["events"]] == [muted]


def test_a_recording_cannot_be_stopped(desk: SharedDesk) -> None:
    desk.contact("Active")
    window = desk.window()
    window.register("contacts")
    window.post({"messageType": "RecordEvent"})
    assert [event["IsLogging"] for event in window.next(1)["events"]] == ["True"]
    window.post({"messageType": "RecordEvent"})
    window.post({"messageType": "HoldEvent"})
    assert [(event["Status"], event["IsLogging"]) for event in window.next(2)["events"]] == [("Holding", "True")]


def test_hangup_ends_the_call_at_once_without_a_dialog(desk: SharedDesk) -> None:
    contact = desk.contact("Active")
    window = desk.window()
    window.register("contacts")
    window.post({"messageType": "HangupEvent"})
    [event] = window.next(1)["events"]
    assert (event["ContactID"], event["Status"], event["FinalState"]) == (contact, "Disconnected", "True")
    assert desk.page.get_by_role("dialog").count() == 0


# ContactCardData


def card(name: str, **more: Any) -> Message:
    return {"messageType": "ContactCardData", "contactCardData": {"name": name, "userImg": f"{name}.png"}, **more}


def in_focus(desk: SharedDesk, name: str) -> None:
    """Wait until the desk shows this name as that of the contact in focus."""
    expect(desk.page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def beside(desk: SharedDesk, name: str) -> None:
    """Wait until it shows this name as that of another contact."""
    expect(desk.page.get_by_role("button", name=re.compile(name))).to_be_visible()
    expect(desk.page.get_by_role("heading", name=name, exact=True)).to_have_count(0)


@pytest.mark.parametrize("spelt", [int, str], ids=["int", "text"])
def test_contact_card_data_is_for_its_contact_id(desk: SharedDesk, spelt: Callable[[str], Any]) -> None:
    desk.contact()
    named = desk.contact("Holding")
    desk.window().post(card("Named Customer", contactId=spelt(named)))
    beside(desk, "Named Customer")


def test_contact_card_data_in_a_contact_panel_is_for_its_own_contact(desk: SharedDesk) -> None:
    desk.contact()
    own = desk.contact("Holding")
    desk.window(own).post(card("Panel's Customer"))
    beside(desk, "Panel's Customer")


def test_contact_card_data_with_a_contact_id_in_a_contact_panel_is_for_that(desk: SharedDesk) -> None:
    focused = desk.contact()
    own = desk.contact("Holding")
    desk.window(own).post(card("Named Customer", contactId=focused))
    in_focus(desk, "Named Customer")


@pytest.mark.parametrize("registered", [True, False], ids=["registered", "unregistered"])
def test_contact_card_data_in_a_workspace_is_for_the_voice_contact_in_focus(desk: SharedDesk, registered: bool) -> None:
    desk.contact()
    desk.contact("Holding")
    window = desk.window()
    if registered:
        window.register("sessioninfo")
    window.post(card("Focused Customer"))
    in_focus(desk, "Focused Customer")


def test_contact_card_data_in_a_workspace_is_for_no_contact_in_focus_but_a_voice_contact(desk: SharedDesk) -> None:
    mail = desk.new_id()
    desk.happen({"Type": "EmailContactEvent", "ContactId": mail, "Status": "Active"})
    desk.contact("Holding")
    window = desk.window()
    window.post(card("Zora Nemo"))
    desk.answered()
    window.post({"messageType": "ContactCardData", "contactId": mail, "contactCardData": {"userImg": "mail.png"}})
    expect(desk.page.locator("img[src='mail.png']")).to_have_count(1)
    expect(desk.page.get_by_text("Zora Nemo")).to_have_count(0)


def test_contact_card_data_sets_name_and_picture(desk: SharedDesk) -> None:
    desk.contact()
    desk.window().post(card("Dana Whitfield"))
    in_focus(desk, "Dana Whitfield")
    expect(desk.page.locator("img[src='Dana Whitfield.png']")).to_have_count(1)


def test_contact_card_data_with_one_of_the_two_leaves_the_other(desk: SharedDesk) -> None:
    desk.contact()
    window = desk.window()
    window.post(card("Dana Whitfield"))
    window.post({"messageType": "ContactCardData", "contactCardData": {"userImg": "other.png"}})
    expect(desk.page.locator("img[src='other.png']")).to_have_count(1)
    in_focus(desk, "Dana Whitfield")


def test_contact_card_data_keys_are_case_sensitive(desk: SharedDesk) -> None:
    desk.contact()
    window = desk.window()
    window.post(card("Right Customer"))
    in_focus(desk, "Right Customer")
    window.post({"messageType": "ContactCardData", "ContactCardData": {"name": "Wrong Key"}})
    window.post({"messageType": "ContactCardData", "contactCardData": {"Name": "Wrong Name", "userImg": "last.png"}})
    expect(desk.page.locator("img[src='last.png']")).to_have_count(1)
    in_focus(desk, "Right Customer")


def test_contact_card_data_returns_nothing_and_is_no_event(desk: SharedDesk) -> None:
    desk.contact()
    window = desk.window()
    message = window.register("all")
    window.post(card("Dana Whitfield"))
    in_focus(desk, "Dana Whitfield")
    assert window.leave() == [message]


@pytest.mark.parametrize("contact_id", [0, "abc", 1.5, True])
def test_contact_card_data_with_an_invalid_contact_id_changes_no_card(desk: SharedDesk, contact_id: Any) -> None:
    desk.contact()
    window = desk.window()
    window.post(card("Zora Nemo", contactId=contact_id))
    desk.answered()
    window.post({"messageType": "ContactCardData", "contactCardData": {"userImg": "after.png"}})
    expect(desk.page.locator("img[src='after.png']")).to_have_count(1)
    expect(desk.page.get_by_text("Zora Nemo")).to_have_count(0)


# A contact panel's life


def test_a_contact_panel_opens_with_its_contacts_first_event_and_closes_at_its_last(desk: SharedDesk) -> None:
    contact = desk.new_id()
    panel = desk.page.locator(f"iframe[src$='/panel.html?{contact}']")
    desk.happen(call_event(contact, "Incoming"))
    expect(panel).to_have_count(1)
    desk.happen(call_event(contact, "Disconnected"))
    window = desk.window(contact)
    assert window.register("contact")["events"][1:] == [call_event(contact, "Disconnected")]
    desk.happen(call_event(contact, "Disconnected", FinalState="True"))
    expect(panel).to_have_count(0)


def test_a_workspace_stays_when_contacts_go(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    contact = desk.contact()
    desk.happen(call_event(contact, "Disconnected", FinalState="True"), {"Type": "Mute"})
    assert kinds(window.next(1)) == ["Mute"]
