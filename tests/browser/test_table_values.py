"""Contact ids (max-post-message.md, section 6) and values that JSON cannot carry (section 7), all the way from a panel's window
to Python and back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ACK, Message, SharedDesk, call_event, events_of, kinds, open_desk, probe_of, probe_page
from tests.serving import Serve, Site

OK = {"messageType": ACK, "contactId": None, "status": "OK", "reason": "Success"}


# Section 6: what names a contact in an event


@pytest.mark.parametrize("key", ["ContactID", "ContactId", "contactId"])
@pytest.mark.parametrize("spelt", [str, int], ids=["text", "int"])
def test_a_contact_id_is_read_in_its_three_spellings(desk: SharedDesk, key: str, spelt: type) -> None:
    contact = desk.new_id()
    its_own, any_contact, agent = desk.window(), desk.window(), desk.window()
    its_own.register("contact", contactId=contact)
    any_contact.register("contacts")
    agent.register("agent")
    event = {"Type": "Custom", key: spelt(contact)}
    desk.happen(event)
    assert its_own.next(1)["events"] == any_contact.next(1)["events"] == [event]
    assert agent.leave()[1:] == []


@pytest.mark.parametrize(
    "value", ["", "0", "000", "abc", "1.5", "-1", "１０１", " 101", 0, -1, 1.5, None, True, ["101"], {"id": "101"}]
)
def test_empty_zero_and_what_is_not_numeric_name_no_contact(desk: SharedDesk, value: object) -> None:
    any_contact, agent = desk.window(), desk.window()
    any_contact.register("contacts")
    agent.register("agent")
    event = {"Type": "Indicator", "ContactID": value}
    desk.happen(event)
    assert agent.next(1)["events"] == [event]
    assert any_contact.leave()[1:] == []


def test_a_spelling_that_names_no_contact_leaves_it_to_the_next(desk: SharedDesk) -> None:
    contact = desk.new_id()
    window = desk.window()
    window.register("contact", contactId=contact)
    event = {"Type": "Custom", "ContactID": "", "ContactId": "0", "contactId": contact}
    desk.happen(event)
    assert window.next(1)["events"] == [event]


def test_an_agent_leg_id_is_no_contact_id(desk: SharedDesk) -> None:
    contact = desk.new_id()
    window = desk.window()
    window.register("contact", contactId=contact)
    desk.happen({"Type": "AgentLeg", "AgentLegId": contact}, {"Type": "Custom", "senderContactId": contact})
    assert window.leave()[1:] == []


BELOW, HUGE, ABOVE = "900719925474010001", "900719925474010002", "900719925474010003"
"""Three ids that are one and the same JavaScript number."""


@pytest.mark.parametrize("posted", [f"'{HUGE}'", f"{HUGE}n"], ids=["text", "BigInt"])
def test_an_id_above_2_to_the_53_is_exact_from_end_to_end(desk: SharedDesk, posted: str) -> None:
    assert float(BELOW) == float(HUGE) == float(ABOVE)
    desk.happen(call_event(BELOW), call_event(HUGE), call_event(ABOVE))
    window = desk.window()
    message = window.register_js(f"contactId: {posted}, subscriptionTypes: ['contact']")
    assert message["events"][1:] == [call_event(HUGE)]
    desk.happen(*(call_event(contact, "Holding") for contact in (ABOVE, HUGE, BELOW)))
    assert events_of(window.leave()[1:]) == [call_event(HUGE, "Holding")]


def test_a_contact_panel_of_an_id_above_2_to_the_53_finds_its_own_contact(desk: SharedDesk) -> None:
    below, own, above = ("900719925474020001", "900719925474020002", "900719925474020003")
    desk.happen(call_event(below), call_event(own), call_event(above))
    window = desk.window(own)
    assert window.register("contact")["events"][1:] == [call_event(own)]


def test_a_text_of_digits_beyond_any_id_is_an_error(desk: SharedDesk) -> None:
    message = desk.window().register("all", contactId="9" * 5000)
    assert message["events"][0]["reason"] == "Invalid Contact Id"


# Section 7: what JSON cannot carry

MADE_OF = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "Date": "new Date(101)",
    "Invalid Date": "new Date(NaN)",
    "Map": "new Map([['all', 101]])",
    "Set": "new Set(['all'])",
    "RegExp": "/101/",
    "Error": "new Error('101')",
    "ArrayBuffer": "new ArrayBuffer(8)",
    "Uint8Array": "new Uint8Array([101])",
    "Blob": "new Blob(['101'])",
    "Number object": "new Number(101)",
    "cycle": "(() => { const self = {}; self.self = self; return self; })()",
    "cycle of a list": "(() => { const self = []; self.push(self); return self; })()",
    "deep": "(() => { let deep = 101; for (let i = 0; i < 1000; i++) deep = [deep]; return deep; })()",
    "half a surrogate pair": "'\\ud83d'",
    "digits with half a surrogate pair": "'101\\udc00'",
}


@pytest.mark.parametrize("value", MADE_OF.values(), ids=MADE_OF.keys())
def test_a_contact_id_that_json_cannot_carry_is_an_error(desk: SharedDesk, value: str) -> None:
    [acknowledgement] = desk.window().register_js(f"contactId: {value}, subscriptionTypes: ['all']")["events"]
    assert (acknowledgement["status"], acknowledgement["reason"]) == ("ERROR", "Invalid Contact Id")


def test_a_contact_id_that_is_a_big_int_is_its_integer(desk: SharedDesk) -> None:
    assert desk.window().register_js("contactId: 101n, subscriptionTypes: ['agent']")["contactId"] == 101


@pytest.mark.parametrize("value", ["0n", "-1n"])
def test_a_contact_id_that_is_a_big_int_is_held_to_the_same_rule(desk: SharedDesk, value: str) -> None:
    [acknowledgement] = desk.window().register_js(f"contactId: {value}, subscriptionTypes: ['all']")["events"]
    assert acknowledgement["reason"] == "Invalid Contact Id"


@pytest.mark.parametrize("value", ["undefined", "null"])
def test_a_contact_id_that_is_undefined_or_null_is_none(desk: SharedDesk, value: str) -> None:
    assert desk.window().register_js(f"contactId: {value}, subscriptionTypes: ['agent']")["events"][0] == OK


@pytest.mark.parametrize("value", MADE_OF.values(), ids=MADE_OF.keys())
def test_types_that_json_cannot_carry_are_an_error(desk: SharedDesk, value: str) -> None:
    [acknowledgement] = desk.window().register_js(f"subscriptionTypes: {value}")["events"]
    assert (acknowledgement["status"], acknowledgement["reason"]) == ("ERROR", "Invalid Subscription Types")


@pytest.mark.parametrize("value", [*MADE_OF.values(), "undefined", "101n"], ids=[*MADE_OF.keys(), "undefined", "BigInt"])
def test_a_type_that_json_cannot_carry_is_an_invalid_one_among_the_others(desk: SharedDesk, value: str) -> None:
    window = desk.window()
    [warning] = desk.warnings(lambda: window.register_js(f"subscriptionTypes: [{value}, 'agent']"))
    assert "invalid subscription type" in warning
    assert kinds(window.received()[0]) == [ACK, "AgentState"]


def test_a_hole_in_the_list_of_types_is_an_invalid_one(desk: SharedDesk) -> None:
    window = desk.window()
    [warning] = desk.warnings(lambda: window.register_js("subscriptionTypes: [, 'agent']"))
    assert "[undefined]" in warning


@pytest.mark.parametrize("value", [*MADE_OF.values(), "undefined"], ids=[*MADE_OF.keys(), "undefined"])
def test_an_issuer_that_json_cannot_carry_hinders_nothing(desk: SharedDesk, value: str) -> None:
    window = desk.window()
    register = f"{{messageType: 'RegisterForClientEvents', subscriptionTypes: ['agent'], issuer: {value}}}"
    assert kinds(window.ask_js(register)) == [ACK, "AgentState"]
    [warning] = desk.warnings(lambda: window.post_js(register))
    assert warning.endswith("has already subscribed.")


@pytest.mark.parametrize("value", MADE_OF.values(), ids=MADE_OF.keys())
def test_a_key_that_max_does_not_know_may_hold_anything(desk: SharedDesk, value: str) -> None:
    assert desk.window().register_js(f"subscriptionTypes: ['agent'], more: {value}")["events"][0] == OK


@pytest.mark.parametrize(
    "message",
    [*MADE_OF.values(), "undefined", "null", "101n", "'HoldEvent'", "['HoldEvent']", "new Map([['messageType', 'HoldEvent']])"],
    ids=[*MADE_OF.keys(), "undefined", "null", "BigInt", "text", "list", "Map with a messageType"],
)
def test_a_message_that_is_no_object_is_ignored(desk: SharedDesk, message: str) -> None:
    contact = desk.contact()
    window = desk.window()
    assert desk.warnings(lambda: window.post_js(message)) == []
    assert window.leave() == []
    assert desk.server.status(contact) == "Active"


@pytest.mark.parametrize("value", [*MADE_OF.values(), "['HoldEvent']", "{HoldEvent: true}", "new String('HoldEvent')"])
def test_a_message_type_that_is_no_text_is_ignored(desk: SharedDesk, value: str) -> None:
    contact = desk.contact()
    window = desk.window()
    window.post_js(f"{{messageType: {value}}}")
    assert window.leave() == []
    assert desk.server.status(contact) == "Active"


def test_a_key_of_the_panels_own_that_looks_like_a_tag_is_what_it_is(desk: SharedDesk) -> None:
    message = desk.window().register_js("contactId: {$js: 'BigInt', text: '101'}, subscriptionTypes: ['all']")
    assert message["events"][0]["reason"] == "Invalid Contact Id"
    assert desk.window().register_js("$js: 'Map', subscriptionTypes: ['agent']")["events"][0] == OK


def test_half_a_surrogate_pair_in_a_name_is_replaced_and_the_rest_of_it_shown(desk: SharedDesk) -> None:
    desk.contact()
    desk.window().post_js("{messageType: 'ContactCardData', contactCardData: {name: 'Zoë \\ud83d', userImg: '\\ud83d.png'}}")
    expect(desk.page.get_by_role("heading", name="Zoë \ufffd", exact=True)).to_be_visible()


@pytest.mark.parametrize("value", ["NaN", "new Date(101)", "101n", "new Map()", "undefined"])
def test_a_name_that_is_no_text_is_not_shown(desk: SharedDesk, value: str) -> None:
    desk.contact(ANI="8015551234")
    window = desk.window()
    window.post_js(f"{{messageType: 'ContactCardData', contactCardData: {{name: {value}, userImg: 'face.png'}}}}")
    expect(desk.page.locator("img[src='face.png']")).to_have_count(1)
    expect(desk.page.get_by_role("heading", name="8015551234", exact=True)).to_be_visible()


def test_text_of_every_script_comes_through_whole(desk: SharedDesk) -> None:
    window = desk.window()
    window.register("agent")
    issuer = 'Ünï 漢字 \U0001f600 \\ " \u2028 \u0000'
    repeated: Message = {"messageType": "RegisterForClientEvents", "subscriptionTypes": ["agent"], "issuer": issuer}
    [warning] = desk.warnings(lambda: window.post(repeated))
    assert f"Issuer: [{issuer}] has" in warning


# Size and rate


def test_a_large_message_is_read(desk: SharedDesk) -> None:
    assert desk.window().register("agent", issuer="x" * 190_000)["events"][0] == OK


def test_a_huge_message_is_dropped_with_a_notice(desk: SharedDesk) -> None:
    window = desk.window()
    window.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["agent"], "issuer": "x" * 200_000})
    expect(desk.page.locator("#notices")).to_contain_text("was dropped: 200000 is the most that the desk passes on")
    assert window.leave() == []


def test_a_flood_of_messages_is_cut_with_a_notice_and_others_are_heard(page: Page, serve: Serve, site: Site) -> None:
    # How many come within a second depends on the machine; here all that come do.
    page.add_init_script("if (self === top) performance.now = () => 500")
    server = serve("--workspace", probe_page(site, "/floods.html"), "--workspace", probe_page(site, "/waits.html"))
    open_desk(page, server.url)
    flooding, waiting = probe_of(page, "floods"), probe_of(page, "waits")
    flooding.register("agent")
    flooding.frame.evaluate("for (let i = 0; i < 5000; i++) desk.postMessage({messageType: 'Chatter'}, '*')")
    flooding.unregister()
    expect(page.locator("#notices")).to_contain_text("posts more than 5000 messages a second")
    expect(page.locator("#notices p")).to_have_count(1)
    waiting.register("agent")
    server.post("/api/v1/agents/1001/events", [{"Type": "Mute", "AgentMuted": "True"}])
    assert kinds(waiting.next(1)) == ["Mute"]
    assert kinds(flooding.next(1)) == ["Mute"], "its unregistration was one too many"
