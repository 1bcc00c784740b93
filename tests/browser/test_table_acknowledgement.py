"""What MAX answers to a panel (max-post-message.md, section 3), rule by rule, and section 6 as far as registrations go."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.desk import ACK, Message, Probe, SharedDesk, call_event, events_of, kinds, open_desk, probe_of, probe_page
from tests.serving import Serve, Site

MUTE = {"Type": "Mute", "AgentMuted": "True"}

INVALID_CONTACT_ID = {
    "issuer": "MAX",
    "contactId": None,
    "events": [{"messageType": ACK, "contactId": None, "status": "ERROR", "reason": "Invalid Contact Id"}],
}
INVALID_TYPES = {
    "issuer": "MAX",
    "contactId": None,
    "events": [{"messageType": ACK, "contactId": None, "status": "ERROR", "reason": "Invalid Subscription Types"}],
}


def success(contact_id: int | None = None) -> Message:
    return {"messageType": ACK, "contactId": contact_id, "status": "OK", "reason": "Success"}


# The envelope


def test_the_envelope_is_issuer_contact_id_and_events(desk: SharedDesk) -> None:
    window = desk.window()
    assert window.register("agent") == {
        "issuer": "MAX",
        "contactId": None,
        "events": [success(), {"Type": "AgentState", "CurrentState": "Available"}],
    }
    desk.happen(MUTE)
    assert window.next(1) == {"issuer": "MAX", "contactId": None, "events": [MUTE]}


def test_its_contact_id_is_the_one_passed(desk: SharedDesk) -> None:
    contact = desk.new_id()
    window = desk.window()
    assert window.register("agent", contactId=contact)["contactId"] == int(contact)
    desk.happen(MUTE)
    assert window.next(1) == {"issuer": "MAX", "contactId": int(contact), "events": [MUTE]}


def test_its_contact_id_is_the_one_found_in_a_contact_panel(desk: SharedDesk) -> None:
    contact = desk.contact()
    window = desk.window(contact)
    assert window.register("agent")["contactId"] == int(contact)
    desk.happen(MUTE)
    assert window.next(1) == {"issuer": "MAX", "contactId": int(contact), "events": [MUTE]}


def test_one_message_carries_all_matching_events_of_a_batch_in_order(desk: SharedDesk) -> None:
    contact = desk.new_id()
    window = desk.window()
    window.register("contacts")
    batch = [
        call_event(contact),
        {"Type": "Indicator", "Name": "of the agent"},
        {"Type": "PopURL", "ContactId": contact, "URL": "http://localhost/"},
        call_event(contact, "Holding"),
    ]
    desk.happen(*batch)
    assert window.leave()[1:] == [{"issuer": "MAX", "contactId": None, "events": [batch[0], batch[2], batch[3]]}]


def test_each_batch_is_a_message_of_its_own(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    for turn, muted in enumerate(("True", "False"), 1):
        desk.happen({"Type": "Mute", "AgentMuted": muted})
        assert window.next(turn)["events"] == [{"Type": "Mute", "AgentMuted": muted}]


def test_no_match_is_no_message(desk: SharedDesk) -> None:
    window = desk.window()
    message = window.register("agent")
    desk.happen(call_event(desk.new_id()), {"Type": "PopURL", "ContactId": desk.new_id()})
    assert window.leave() == [message]


# The acknowledgement


@pytest.mark.parametrize("types", [["all"], ["sessioninfo"], ["contacts", "agent"]], ids="+".join)
def test_the_first_event_of_the_first_message_is_the_acknowledgement(desk: SharedDesk, types: list[str]) -> None:
    desk.contact()
    window = desk.window()
    message = window.register(*types)
    assert window.received()[0] == message
    assert message["events"][0] == success()
    assert ACK not in kinds(message)[1:]


def test_its_contact_id_is_the_one_passed_or_found(desk: SharedDesk) -> None:
    contact, other = desk.contact(), desk.contact()
    assert desk.window().register("agent", contactId=int(other))["events"][0] == success(int(other))
    assert desk.window(contact).register("agent")["events"][0] == success(int(contact))
    assert desk.window(contact).register("agent", contactId=other)["events"][0] == success(int(other))
    assert desk.window().register("agent")["events"][0] == success()


def test_a_contact_id_that_max_has_no_contact_of_is_a_success(desk: SharedDesk) -> None:
    contact = desk.new_id()
    assert desk.window().register("contact", contactId=contact)["events"] == [success(int(contact))]


@pytest.mark.parametrize("contact_id", [0, "0", "", "abc", " ", "1.5", "101 ", "0x65", 1.5, -1, "-1", True, False, [101], {}])
def test_contact_id_zero_or_no_integer_is_an_error(desk: SharedDesk, contact_id: Any) -> None:
    assert desk.window().register("all", contactId=contact_id) == INVALID_CONTACT_ID


def test_an_invalid_contact_id_is_an_error_in_a_contact_panel_too(desk: SharedDesk) -> None:
    assert desk.window(desk.contact()).register("contact", contactId=0) == INVALID_CONTACT_ID


@pytest.mark.parametrize("types", [[], ["everything"]], ids=["empty", "no valid one"])
def test_an_invalid_contact_id_hides_an_invalid_type_list(desk: SharedDesk, types: list[str]) -> None:
    assert desk.window().register(*types, contactId="abc") == INVALID_CONTACT_ID


@pytest.mark.parametrize(
    "types",
    [
        "[]",
        "undefined",
        "null",
        "['everything']",
        "['']",
        "[' all']",
        "['all,agent']",
        "[7, null, ['all'], {}]",
        "'all'",
        "{0: 'all'}",
    ],
)
def test_types_that_are_missing_or_have_no_valid_one_are_an_error(desk: SharedDesk, types: str) -> None:
    assert desk.window().register_js(f"subscriptionTypes: {types}") == INVALID_TYPES


def test_an_absent_type_list_is_an_error(desk: SharedDesk) -> None:
    assert desk.window().register_js("contactId: 101") == INVALID_TYPES


def test_invalid_types_are_an_error_in_a_contact_panel_whose_contact_is_then_not_named(desk: SharedDesk) -> None:
    assert desk.window(desk.contact()).register() == INVALID_TYPES


def test_at_least_one_valid_type_and_the_subscription_stands(desk: SharedDesk) -> None:
    window = desk.window()
    assert window.register("everything", "agent", "")["events"][0] == success()
    desk.happen(MUTE)
    assert window.next(1)["events"] == [MUTE]


def test_each_invalid_type_gets_a_console_warning_that_names_it(desk: SharedDesk) -> None:
    window = desk.window()
    first, second = desk.warnings(lambda: window.register("Everything", "agent", "AgentAssist"))
    assert "[Everything]" in first
    assert "[AgentAssist]" in second
    assert all("Issuer: [probe]" in warning for warning in (first, second))


def test_valid_types_get_no_console_warning(desk: SharedDesk) -> None:
    window = desk.window()
    assert desk.warnings(lambda: window.register("ALL", "agent", "contact", "contacts", "sessioninfo")) == []


@pytest.mark.parametrize("rest", ["contactId: 0, subscriptionTypes: ['all']", "subscriptionTypes: []"])
def test_after_an_error_max_keeps_no_reference_to_the_window(desk: SharedDesk, rest: str) -> None:
    window = desk.window()
    refusal = window.register_js(rest)
    desk.happen(MUTE, call_event(desk.new_id()))
    assert window.leave() == [refusal]


def test_after_an_error_the_window_may_try_again(desk: SharedDesk) -> None:
    contact = desk.contact()
    window = desk.window()
    assert window.register("contact", contactId="abc") == INVALID_CONTACT_ID
    assert window.register("contatc", contactId=contact) == INVALID_TYPES
    assert window.register("contact", contactId=contact)["events"] == [success(int(contact)), call_event(contact)]
    desk.happen(call_event(contact, "Holding"))
    assert window.next(3)["events"] == [call_event(contact, "Holding")]


# A second registration

SECOND = {"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"], "issuer": "The CRM"}
WARNING = "Error processing Client Event Subscription. Issuer: [The CRM] has already subscribed."


@pytest.mark.parametrize(
    "differs",
    [{}, {"subscriptionTypes": ["agent"]}, {"contactId": 101}, {"contactId": 0}, {"subscriptionTypes": []}],
    ids=["other types", "the same types", "another contact", "an invalid contact", "invalid types"],
)
def test_a_second_registration_gets_no_reply_and_a_console_warning(desk: SharedDesk, differs: Message) -> None:
    window = desk.window()
    message = window.register("agent")
    assert desk.warnings(lambda: window.post({**SECOND, **differs})) == [WARNING]
    desk.happen(MUTE, call_event("101"))
    assert window.leave() == [message, {"issuer": "MAX", "contactId": None, "events": [MUTE]}], "the first one stands"


def test_a_second_registration_of_another_window_is_its_first(desk: SharedDesk) -> None:
    contact = desk.contact()
    first, second = desk.window(contact), desk.window(contact)
    assert desk.warnings(lambda: [window.register("agent") for window in (first, second)]) == []


def test_unregister_then_register_is_answered(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    window.unregister()
    assert kinds(window.register("sessioninfo")) == [ACK, "SessionInfo"]


def test_unregister_then_register_in_one_breath_is_answered(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    desk.contact()
    message = window.ask({"messageType": "UnregisterFromClientEvents"}, {**SECOND, "subscriptionTypes": ["contacts"]})
    assert kinds(message) == [ACK, "CallContactEvent"]
    desk.happen(MUTE, call_event("101"))
    assert events_of(window.leave()[2:]) == [call_event("101")]


def loads_anew(window: Probe, address: str | None = None) -> None:
    """Let the window reload, or show another page."""
    with window.frame.expect_navigation():
        # In a task of its own: a navigation takes away what would answer the test.
        window.frame.evaluate("address => void setTimeout(() => address ? location.assign(address) : location.reload())", address)
    assert window.received() == []


def test_the_same_window_survives_a_reload(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    loads_anew(window)
    assert desk.warnings(lambda: window.post(SECOND)) == [WARNING]
    desk.happen(MUTE)
    assert window.leave() == [{"issuer": "MAX", "contactId": None, "events": [MUTE]}], "no acknowledgement and no state"


def test_the_same_window_survives_a_navigation(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    # Another page, of another site: the browser gives it another process, but not another Window.
    other = probe_page(desk.site, "/other.html").replace("localhost", "127.0.0.1")
    loads_anew(window, other)
    assert desk.warnings(lambda: window.post(SECOND)) == [WARNING]
    desk.happen(MUTE)
    assert window.leave() == [{"issuer": "MAX", "contactId": None, "events": [MUTE]}]


def test_a_panels_own_window_survives_a_reload_and_keeps_its_contact(desk: SharedDesk) -> None:
    contact = desk.contact()
    panel = Probe(desk.panel(contact))
    panel.register("contact")
    loads_anew(panel)
    desk.happen(call_event(contact, "Holding"))
    assert panel.next(0) == {"issuer": "MAX", "contactId": int(contact), "events": [call_event(contact, "Holding")]}


def test_a_frame_that_is_made_anew_is_another_window(desk: SharedDesk) -> None:
    desk.window().register("agent")
    desk.close_windows()
    assert desk.window().register("agent")["events"][0] == success()


# messageType and Type


def test_acknowledgement_and_session_info_have_message_type_and_never_type_and_acd_events_the_reverse(desk: SharedDesk) -> None:
    desk.contact()
    window = desk.window()
    window.register("all")
    desk.server.call()
    window.wait_for_event("CallContactEvent", Status="Incoming")
    events = [event for message in window.received() for event in message["events"]]
    of_max, of_acd = events[:2], events[2:]
    assert [event["messageType"] for event in of_max] == [ACK, "SessionInfo"]
    assert all("Type" not in event for event in of_max)
    assert [event["Type"] for event in of_acd] == ["AgentState", "CallContactEvent", "AgentState", "CallContactEvent"]
    assert all("messageType" not in event for event in of_acd)


@pytest.mark.parametrize(
    "message_type",
    [
        "Register-ForClientEvents",
        "RegisterForClientEvent",
        "RegisterForClientEvents ",
        "Subscribe",
        "",
        "ClientEventSubscriptionAcknowledge",
    ],
)
def test_an_unknown_message_type_is_ignored(desk: SharedDesk, message_type: str) -> None:
    window = desk.window()
    assert desk.warnings(lambda: window.post({**SECOND, "messageType": message_type})) == []
    assert window.leave() == []


@pytest.mark.parametrize("message_type", ["UnegisterFromClientEvents", "UnregisterForClientEvents", "unregisterFromClientEvents"])
def test_a_misspelt_unregister_is_ignored(desk: SharedDesk, message_type: str) -> None:
    window = desk.window()
    window.register("agent")
    assert desk.warnings(lambda: window.post({"messageType": message_type})) == []
    desk.happen(MUTE)
    assert window.next(1)["events"] == [MUTE]


# A contact panel bound to a skill


def test_a_contact_panel_bound_to_a_skill_finds_the_contact_that_it_opened_for(
    page: Page, serve: Serve, site: Site, tmp_path: Path
) -> None:
    address = probe_page(site)
    config = tmp_path / "bridge.toml"
    config.write_text(f'[[panel]]\nname = "Sales"\nurl = "{address}?{{ContactID}}"\nskills = ["Sales"]\n')
    server = serve("--config", str(config))
    open_desk(page, server.url)
    server.call(skill="Support")
    sold = server.call(skill="Sales")
    panel = probe_of(page, "Sales")
    assert panel.frame.url == f"{address}?{sold}"
    message = panel.register("contact")
    assert message["events"][0] == success(int(sold))
    assert [event["ContactID"] for event in message["events"][1:]] == [sold]


# Over a reconnect


def test_an_id_above_2_to_the_53_stays_exact_over_a_reconnect(page: Page, serve: Serve, site: Site, tmp_path: Path) -> None:
    server = serve("--workspace", probe_page(site), journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("contact", contactId="900719925474010002")
    server.kill()
    server.start()
    page.wait_for_selector("#connection[data-state=connected]")
    server.post("/api/v1/agents/1001/events", [call_event("900719925474010001"), call_event("900719925474010002")])
    assert [event["ContactID"] for event in probe.next(1)["events"]] == ["900719925474010002"]
