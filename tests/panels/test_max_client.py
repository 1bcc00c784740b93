"""The panel library and the CRM panel in a browser, against a parent page that says what a test tells it to.

The rules are those of max-post-message.md, seen from the panel.
"""

import csv
import json
import mimetypes
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Frame, Page, expect

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = ROOT / "templates/panels/customers.csv"

PARENT = """<!doctype html>
<script>
  const posted = [];
  let panel = null;
  addEventListener("message", ({ source, data }) => {
    panel = source;
    posted.push(data);
  });
</script>
<iframe name="panel" width="900" height="700"></iframe>
"""

PANEL = """<!doctype html>
<script type="module">
  import { connect, contactIdOf, MaxError } from "/static/max-client.js";
  Object.assign(window, { connect, contactIdOf, MaxError, seen: [] });
</script>
"""

ACK = "ClientEventSubscriptionAcknowledge"
UNREGISTER, REGISTER = "UnregisterFromClientEvents", "RegisterForClientEvents"
Event = dict[str, Any]


class Site(BaseHTTPRequestHandler):
    """The pages of both sides: the parent is opened on 127.0.0.1, the panel on localhost, which is another site."""

    def do_GET(self) -> None:  # the base class dictates the name
        url = urlsplit(self.path)
        if url.path == "/parent":
            self.answer(PARENT.encode(), "text/html")
        elif url.path == "/panel":
            self.answer(PANEL.encode(), "text/html")
        elif url.path == "/panels/crm":
            self.answer((ROOT / "templates/panels/crm.html").read_bytes(), "text/html", strict=True)
        elif url.path == "/panels/crm/customer":
            self.answer_customer(parse_qs(url.query)["ani"][0])
        elif url.path.startswith("/static/") and (ROOT / url.path[1:]).is_file():
            content_type = mimetypes.guess_type(url.path)[0] or "application/octet-stream"
            self.answer((ROOT / url.path[1:]).read_bytes(), content_type)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def answer_customer(self, ani: str) -> None:
        with CUSTOMERS.open(newline="") as file:
            found = [row for row in csv.DictReader(file) if row["ani"] == ani]
        if found:
            self.answer(json.dumps(found[0]).encode(), "application/json")
        elif ani == "5005550100":
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
        else:
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

    def answer(self, body: bytes, content_type: str, *, strict: bool = False) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        if strict:  # as the server sends it: an inline script or style would not run
            self.send_header("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: requests are no news in a test."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class FakeMax:
    """A parent window that keeps what its panel posts and posts what the test says."""

    def __init__(self, page: Page, port: int) -> None:
        self.page = page
        self.panel_site = f"http://localhost:{port}"
        page.goto(f"http://127.0.0.1:{port}/parent")

    def open(self, path: str = "/panel") -> Frame:
        self.page.evaluate("url => { document.querySelector('iframe').src = url }", self.panel_site + path)
        frame = self.page.frame("panel")
        assert frame is not None
        frame.wait_for_url(self.panel_site + path)
        frame.wait_for_load_state()
        return frame

    def wait_for(self, messages: int) -> list[Event]:
        """The messages that the panel posted, once there are so many."""
        self.page.wait_for_function("n => posted.length >= n", arg=messages)
        return self.posted()

    def posted(self) -> list[Event]:
        posted: list[Event] = self.page.evaluate("posted")
        return posted

    def post(self, *events: Any, issuer: str = "MAX") -> None:
        self.page.evaluate(
            "message => panel.postMessage(message, '*')", {"issuer": issuer, "contactId": None, "events": list(events)}
        )


def ack(contact_id: int | None = None, *, error: str | None = None) -> Event:
    status, reason = ("ERROR", error) if error else ("OK", "Success")
    return {"messageType": ACK, "contactId": contact_id, "status": status, "reason": reason}


def call(contact_id: str = "101", status: str = "Active", **fields: Any) -> Event:
    return {"Type": "CallContactEvent", "ContactID": contact_id, "Status": status, "FinalState": "False", **fields}


AVAILABLE = {"Type": "AgentState", "CurrentState": "Available", "IsAcw": "False"}


@pytest.fixture
def max_window(page: Page, port: int) -> FakeMax:
    return FakeMax(page, port)


def start(frame: Frame, options: Event | None = None) -> None:
    """Calls connect() and leaves its outcome in the page as `max` or `failure`; every event lands in `seen`."""
    frame.evaluate(
        """options => {
          connect(options).then(
            (max) => { window.max = max; max.on("*", (event) => seen.push(event)); },
            (error) => { window.failure = { name: error.name, reason: error.reason, message: error.message }; },
          );
        }""",
        {"subscriptionTypes": ["all"], **(options or {})},
    )


@pytest.fixture
def connected(max_window: FakeMax) -> Callable[..., Frame]:
    """Opens a panel and acknowledges its registration, with the states given."""

    def connect(*states: Event) -> Frame:
        frame = max_window.open()
        start(frame)
        max_window.wait_for(2)
        max_window.post(ack(), *states)
        frame.wait_for_function("() => window.max")
        return frame

    return connect


def seen(frame: Frame, count: int) -> list[Any]:
    """The events that the panel's handler got, once there are so many."""
    frame.wait_for_function("n => seen.length >= n", arg=count)
    events: list[Any] = frame.evaluate("seen")
    return events


def kinds(messages: list[Event]) -> list[str]:
    return [message["messageType"] for message in messages]


# Registering


def test_an_attempt_unregisters_and_then_registers(max_window: FakeMax) -> None:
    start(max_window.open(), {"subscriptionTypes": ["contact"], "issuer": "our CRM"})
    assert max_window.wait_for(2) == [
        {"issuer": "our CRM", "messageType": UNREGISTER},
        {"issuer": "our CRM", "messageType": REGISTER, "subscriptionTypes": ["contact"]},
    ]


def test_the_page_names_itself_when_it_is_given_no_issuer(max_window: FakeMax) -> None:
    start(max_window.open())
    assert [message["issuer"].partition("/")[2] for message in max_window.wait_for(2)] == ["panel", "panel"]


@pytest.mark.parametrize(
    ("given", "posted"),
    [(101, 101), ("101", 101), ("900719925474010002", "900719925474010002"), ("abc", "abc"), ("", "")],
)
def test_a_contact_id_is_posted_as_a_number_where_that_is_exact(max_window: FakeMax, given: object, posted: object) -> None:
    start(max_window.open(), {"contactId": given})
    assert max_window.wait_for(2)[1]["contactId"] == posted


def test_attempts_repeat_until_an_acknowledgement_and_no_longer(page: Page, max_window: FakeMax) -> None:
    frame = max_window.open()
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    start(frame, {"retryEvery": 1000})
    max_window.wait_for(2)
    page.clock.run_for(2000)
    assert kinds(max_window.wait_for(6)) == [UNREGISTER, REGISTER] * 3

    max_window.post(ack())
    frame.wait_for_function("() => window.max", polling=10)
    page.clock.run_for(10_000)
    frame.evaluate("max.hold()")
    assert kinds(max_window.wait_for(7)[6:]) == ["HoldEvent"]


def test_a_registration_without_an_answer_fails_when_its_time_is_over(page: Page, max_window: FakeMax) -> None:
    frame = max_window.open()
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    start(frame, {"giveUpAfter": 2500})
    page.clock.run_for(10_000)
    assert frame.evaluate("failure.reason") == "no-acknowledgement"
    assert kinds(max_window.wait_for(7)) == [UNREGISTER, REGISTER] * 3 + [UNREGISTER]


@pytest.mark.parametrize(("issuer", "reason"), [("MAX", "Invalid Subscription Types"), ("CXA", "Invalid Subscription Types.")])
def test_an_error_rejects_with_its_reason_and_ends_the_attempts(
    page: Page, max_window: FakeMax, issuer: str, reason: str
) -> None:
    frame = max_window.open()
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    start(frame, {"subscriptionTypes": []})
    max_window.wait_for(2)
    max_window.post(ack(error=reason), issuer=issuer)
    frame.wait_for_function("() => window.failure", polling=10)
    assert frame.evaluate("failure") == {
        "name": "MaxError",
        "reason": reason,
        "message": f"MAX refused the registration: {reason}",
    }
    page.clock.run_for(10_000)
    frame.evaluate("parent.postMessage({ messageType: 'last' }, '*')")
    assert kinds(max_window.wait_for(3)) == [UNREGISTER, REGISTER, "last"]


def test_a_page_on_its_own_is_told_so(page: Page, port: int) -> None:
    page.goto(f"http://localhost:{port}/panel")
    start(page.main_frame)
    page.wait_for_function("() => window.failure")
    assert page.evaluate("failure.reason") == "no-parent"


def test_an_aborted_signal_rejects_with_its_reason_and_unregisters(max_window: FakeMax) -> None:
    frame = max_window.open()
    reason = frame.evaluate(
        """async () => {
          const controller = new AbortController();
          const connecting = connect({ subscriptionTypes: ["all"], signal: controller.signal });
          controller.abort("changed my mind");
          return connecting.catch((reason) => reason);
        }"""
    )
    assert reason == "changed my mind"
    assert kinds(max_window.wait_for(3)) == [UNREGISTER, REGISTER, UNREGISTER]


def test_a_popped_out_panel_registers_with_its_opener(page: Page, port: int, max_window: FakeMax) -> None:
    with page.expect_popup() as popup:
        page.evaluate("url => { window.open(url) }", f"http://localhost:{port}/panel")
    popup.value.wait_for_load_state()
    start(popup.value.main_frame)
    assert kinds(max_window.wait_for(2)) == [UNREGISTER, REGISTER]


# First states


@pytest.mark.parametrize("issuer", ["MAX", "CXA"])
def test_states_beside_the_acknowledgement_are_known_when_connect_resolves(max_window: FakeMax, issuer: str) -> None:
    """MAX puts the acknowledgement first, CXone Agent last (section 5)."""
    frame = max_window.open()
    frame.evaluate(
        """() => {
          connect({ subscriptionTypes: ["all"] }).then((max) => {
            window.first = {
              contactId: max.contactId, contacts: [...max.contacts.keys()],
              state: max.agentState?.CurrentState, token: max.sessionToken,
            };
          });
        }"""
    )
    max_window.wait_for(2)
    states = [{"messageType": "SessionInfo", "sessionToken": "t0ken=="}, AVAILABLE, call("101"), call("102")]
    acknowledgement = ack(101)
    max_window.post(*([acknowledgement, *states] if issuer == "MAX" else [*states, acknowledgement]), issuer=issuer)
    frame.wait_for_function("() => window.first")
    assert frame.evaluate("first") == {
        "contactId": "101",
        "contacts": ["101", "102"],
        "state": "Available",
        "token": "t0ken==",
    }


def test_handlers_attached_after_await_get_the_first_states(max_window: FakeMax) -> None:
    frame = max_window.open()
    frame.evaluate(
        """() => {
          const wrapped = async () => connect({ subscriptionTypes: ["all"] });
          (async () => {
            const max = await wrapped();
            for (const type of ["SessionInfo", "AgentState", "CallContactEvent"]) max.on(type, (e) => seen.push(e));
            max.on("contacts", (contacts) => seen.push([...contacts.keys()]));
          })();
        }"""
    )
    max_window.wait_for(2)
    session = {"messageType": "SessionInfo", "sessionToken": "t0ken=="}
    max_window.post(ack(), session, AVAILABLE, call())
    max_window.post(call(Status="Holding"))
    assert seen(frame, 6) == [session, AVAILABLE, call(), ["101"], call(Status="Holding"), ["101"]]


def test_a_late_second_acknowledgement_tells_only_what_changed(max_window: FakeMax, connected: Callable[..., Frame]) -> None:
    frame = connected(AVAILABLE, call("101"))
    seen(frame, 2)
    max_window.post(ack(), AVAILABLE, call("101"), call("102"))
    assert seen(frame, 3) == [AVAILABLE, call("101"), call("102")]
    assert frame.evaluate("[...max.contacts.keys()]") == ["101", "102"]


def test_events_of_an_earlier_page_s_registration_are_not_told(max_window: FakeMax) -> None:
    frame = max_window.open()
    start(frame)
    max_window.wait_for(2)
    max_window.post(call("99"))
    max_window.post(ack(), call("101"))
    assert seen(frame, 1) == [call("101")]


def test_messages_from_another_source_or_issuer_or_of_another_shape_are_ignored(
    max_window: FakeMax, connected: Callable[..., Frame]
) -> None:
    frame = connected()
    frame.evaluate("event => postMessage({ issuer: 'MAX', events: [event] }, '*')", call("1"))
    max_window.post(call("2"), issuer="max")
    max_window.page.evaluate("panel.postMessage({ issuer: 'MAX', events: { length: 1 } }, '*')")
    max_window.page.evaluate("panel.postMessage(null, '*')")
    max_window.post(None, "text", call("3"))
    assert seen(frame, 1) == [call("3")]


# Contacts and handlers


def test_events_of_a_contact_are_merged_by_its_id_as_text(max_window: FakeMax, connected: Callable[..., Frame]) -> None:
    frame = connected(call("900719925474010001", ANI="8015551234"), call("900719925474010002"))
    max_window.post({"Type": "CallContactEvent", "ContactID": "900719925474010001", "Status": "Holding"})
    seen(frame, 3)
    assert frame.evaluate("[...max.contacts].map(([id, contact]) => [id, contact.Status, contact.ANI])") == [
        ["900719925474010001", "Holding", "8015551234"],
        ["900719925474010002", "Active", None],
    ]


def test_a_contact_leaves_at_its_final_disconnect_only(max_window: FakeMax, connected: Callable[..., Frame]) -> None:
    frame = connected(call())
    max_window.post(call(status="Disconnected"))
    seen(frame, 2)
    assert frame.evaluate("max.contacts.get('101').Status") == "Disconnected"
    max_window.post(call(status="Disconnected", FinalState="True"))
    seen(frame, 3)
    assert frame.evaluate("max.contacts.size") == 0


def test_a_session_that_is_told_anew_has_the_contacts_that_are_told_with_it(
    max_window: FakeMax, connected: Callable[..., Frame]
) -> None:
    frame = connected(call("101"), call("102"))
    max_window.post(call("102", status="Holding"), {"Type": "AgentSessionStart"})
    seen(frame, 4)
    assert frame.evaluate("[...max.contacts].map(([id, contact]) => [id, contact.Status])") == [["102", "Holding"]]


@pytest.mark.parametrize(
    "last",
    [
        {"Type": "VoiceMailContactEvent", "ContactId": "7", "Status": "Discarded", "FinalState": "True"},
        {"Type": "DigitalContactEvent", "ContactID": "7", "Status": "Disconnected"},
    ],
)
def test_media_with_an_end_of_their_own_leave_at_it(max_window: FakeMax, connected: Callable[..., Frame], last: Event) -> None:
    first = {key: value for key, value in last.items() if key != "FinalState"} | {"Status": "Active"}
    frame = connected(first)
    assert frame.evaluate("max.contacts.size") == 1
    max_window.post(last)
    seen(frame, 2)
    assert frame.evaluate("max.contacts.size") == 0


def test_an_event_that_names_a_contact_without_its_state_is_told_but_not_merged(
    max_window: FakeMax, connected: Callable[..., Frame]
) -> None:
    frame = connected(call())
    max_window.post({"Type": "PopURL", "ContactId": "101", "URL": "http://localhost/"})
    seen(frame, 2)
    assert frame.evaluate("[...max.contacts.values()]") == [call()]


@pytest.mark.parametrize(
    ("event", "contact_id"),
    [
        ({"ContactID": "101"}, "101"),
        ({"ContactId": "102"}, "102"),
        ({"contactId": 103}, "103"),
        ({"ContactID": "", "ContactId": "104"}, "104"),
        ({"ContactID": "0"}, None),
        ({"ContactID": "abc"}, None),
        ({}, None),
    ],
)
def test_the_contact_id_is_read_from_any_of_its_keys(page: Page, port: int, event: Event, contact_id: str | None) -> None:
    page.goto(f"http://localhost:{port}/panel")
    assert page.evaluate("event => contactIdOf(event)", event) == contact_id


def test_a_handler_taken_off_gets_nothing_more_and_a_failing_one_stops_no_other(
    max_window: FakeMax, connected: Callable[..., Frame]
) -> None:
    frame = connected()
    frame.evaluate(
        """() => {
          max.on("Mute", () => { throw new Error("a panel's own mistake"); });
          const off = max.on("Mute", () => { seen.push("once"); off(); });
        }"""
    )
    mute = {"Type": "Mute", "AgentMuted": "True"}
    max_window.post(mute, mute)
    assert [event for event in seen(frame, 3) if event != mute] == ["once"]


# Posting


@pytest.mark.parametrize(
    ("method", "message_type"),
    [
        ("answer", "AnswerEvent"),
        ("refuse", "RefuseEvent"),
        ("hold", "HoldEvent"),
        ("mute", "MuteEvent"),
        ("mask", "MaskEvent"),
        ("record", "RecordEvent"),
        ("hangup", "HangupEvent"),
    ],
)
def test_a_command_is_its_message_type_alone(
    max_window: FakeMax, connected: Callable[..., Frame], method: str, message_type: str
) -> None:
    connected().evaluate("method => max[method]()", method)
    assert max_window.wait_for(3)[2] == {"messageType": message_type}


def test_a_contact_card_carries_name_and_picture_and_the_contact_when_named(
    max_window: FakeMax, connected: Callable[..., Frame]
) -> None:
    frame = connected()
    frame.evaluate("max.setContactCard({ name: 'Dana', userImg: 'dana.png' })")
    frame.evaluate("max.setContactCard({ name: 'Dana', userImg: 'dana.png', contactId: '101' })")
    card = {"messageType": "ContactCardData", "contactCardData": {"name": "Dana", "userImg": "dana.png"}}
    assert max_window.wait_for(4)[2:] == [card, {**card, "contactId": 101}]


# Leaving


def test_close_unregisters_once_and_hears_nothing_more(max_window: FakeMax, connected: Callable[..., Frame]) -> None:
    frame = connected()
    frame.evaluate("max.close(); max.close(); addEventListener('message', () => { window.delivered = true })")
    max_window.post(call())
    frame.wait_for_function("() => window.delivered")
    frame.evaluate("max.hold()")
    assert kinds(max_window.wait_for(4)[2:]) == [UNREGISTER, "HoldEvent"]
    assert frame.evaluate("[seen.length, max.contacts.size]") == [0, 0]


def test_a_page_that_goes_unregisters(max_window: FakeMax, connected: Callable[..., Frame]) -> None:
    connected()
    max_window.open("/panel?next")
    assert kinds(max_window.wait_for(3)[2:]) == [UNREGISTER]


@pytest.mark.parametrize(
    ("event", "pause"),
    [("new Event('beforeunload')", 1000), ("new PageTransitionEvent('pageshow', { persisted: true })", 0)],
)
def test_a_page_that_stays_or_comes_back_registers_again(
    page: Page, max_window: FakeMax, connected: Callable[..., Frame], event: str, pause: int
) -> None:
    """A mailto link fires beforeunload and leaves the page; the back button may bring a whole page back."""
    frame = connected(call("101"), call("102"))
    seen(frame, 2)
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    frame.evaluate(f"() => {{ dispatchEvent({event}) }}")
    page.clock.run_for(pause)
    assert kinds(max_window.wait_for(5)[2:]) == [UNREGISTER, UNREGISTER, REGISTER]
    max_window.post(ack(), call("102"), call("103"))
    assert seen(frame, 3) == [call("101"), call("102"), call("103")]
    assert frame.evaluate("[...max.contacts.keys()]") == ["102", "103"]


def test_an_acknowledgement_that_comes_after_the_unregister_does_not_keep_a_page_from_registering_again(
    page: Page, max_window: FakeMax, connected: Callable[..., Frame]
) -> None:
    frame = connected()
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    frame.evaluate(
        """() => {
          addEventListener("message", () => { window.delivered = true; });
          dispatchEvent(new Event("beforeunload"));
        }"""
    )
    max_window.post(ack())
    frame.wait_for_function("() => window.delivered", polling=10)
    page.clock.run_for(1000)
    assert kinds(max_window.wait_for(5)[2:]) == [UNREGISTER, UNREGISTER, REGISTER]


def test_a_renewed_registration_that_is_refused_is_told_as_an_error(max_window: FakeMax, connected: Callable[..., Frame]) -> None:
    frame = connected()
    frame.evaluate("() => { max.on('error', (error) => seen.push(error.reason)) }")
    frame.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    max_window.wait_for(5)
    max_window.post(ack(error="Invalid Contact Id"))
    assert seen(frame, 1) == ["Invalid Contact Id"]


# The CRM panel


@pytest.fixture
def crm(max_window: FakeMax) -> Callable[..., Frame]:
    """Opens the CRM panel as the panel of contact 101, with the states given."""

    def open_crm(*states: Event) -> Frame:
        frame = max_window.open("/panels/crm")
        max_window.wait_for(2)
        max_window.post(ack(101), *states)
        return frame

    return open_crm


def heading(frame: Frame) -> Any:
    return expect(frame.get_by_role("heading", level=1))


def test_the_crm_panel_shows_the_caller_s_record_and_sets_the_contact_card(
    max_window: FakeMax, crm: Callable[..., Frame]
) -> None:
    variables = [{"OrderNumber": "A-1001"}, {"Language": "French"}]
    frame = crm(call(status="Incoming", ANI="8015551234", DNIS="8005550199", Skill="4021", ScreenPopUrlVariables=variables))
    heading(frame).to_have_text("Dana Whitfield")
    for text in ("Incoming", "+1 801-555-1234", "+1 800-555-0199", "4021", "A-1001", "French"):
        expect(frame.get_by_text(text, exact=True)).to_be_visible()
    card = max_window.wait_for(3)[2]
    assert card["contactCardData"]["name"] == "Dana Whitfield"
    assert card["contactCardData"]["userImg"].startswith("data:image/svg+xml,")
    assert card["contactId"] == 101


def test_the_crm_panel_names_the_number_of_an_unknown_caller_and_sets_no_card(
    max_window: FakeMax, crm: Callable[..., Frame]
) -> None:
    frame = crm(call(ANI="8015550000"))
    expect(frame.locator("#no-record")).to_contain_text("No record for +1 801-555-0000")
    heading(frame).to_have_text("Unknown caller")
    frame.evaluate("parent.postMessage({ messageType: 'last' }, '*')")
    assert kinds(max_window.wait_for(3)) == [UNREGISTER, REGISTER, "last"]


def test_the_crm_panel_says_when_customers_cannot_be_read(crm: Callable[..., Frame]) -> None:
    frame = crm(call(ANI="5005550100"))
    expect(frame.locator("#no-record")).to_contain_text("could not be read")


def test_the_crm_panel_follows_the_call_to_its_end(max_window: FakeMax, crm: Callable[..., Frame]) -> None:
    frame = crm(call(status="Incoming", ANI="8015551234"))
    status = expect(frame.locator("#status"))
    status.to_have_text("Incoming")
    max_window.post(call())
    status.to_have_text("Active")
    expect(frame.locator("#elapsed")).to_have_text(re.compile(r"\d:\d\d"))
    max_window.post(call(status="Holding"))
    status.to_have_text("On hold")
    max_window.post(call(status="Disconnected"), {**AVAILABLE, "CurrentState": "Unavailable", "IsAcw": "True"})
    status.to_have_text("After-call work")
    max_window.post(call(status="Disconnected", FinalState="True"), AVAILABLE)
    status.to_have_text("Ended")
    heading(frame).to_have_text("Dana Whitfield")


def test_the_crm_panel_s_buttons_post_commands_when_the_call_allows_them(max_window: FakeMax, crm: Callable[..., Frame]) -> None:
    frame = crm(call(status="Incoming", ANI="8015550000"))
    hold, mute, hangup = (frame.get_by_role("button", name=name) for name in ("Hold", "Mute", "Hang up"))
    for button in (hold, mute, hangup):
        expect(button).to_be_disabled()
    max_window.post(call())
    for button in (hold, mute, hangup):
        button.click()
    assert max_window.wait_for(5)[2:] == [
        {"messageType": "HoldEvent"},
        {"messageType": "MuteEvent"},
        {"messageType": "HangupEvent"},
    ]
    max_window.post(call(status="Holding"), {"Type": "Mute", "AgentMuted": "True"})
    expect(frame.get_by_role("button", name="Resume")).to_be_enabled()
    expect(frame.get_by_role("button", name="Mute", pressed=True)).to_be_enabled()
    expect(hangup).to_be_disabled()


def test_the_crm_panel_keeps_to_its_own_contact(max_window: FakeMax, crm: Callable[..., Frame]) -> None:
    frame = crm(call("101", ANI="8015551234"))
    max_window.post(call("102", status="Incoming", ANI="8015550000"), call("101", status="Holding"))
    expect(frame.locator("#status")).to_have_text("On hold")
    heading(frame).to_have_text("Dana Whitfield")


def test_the_crm_panel_outside_max_says_where_it_belongs(page: Page, port: int) -> None:
    page.goto(f"http://localhost:{port}/panels/crm")
    expect(page.get_by_text("This page is on its own")).to_be_visible()


def test_the_sample_customers_have_one_record_per_number() -> None:
    with CUSTOMERS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = [row["ani"] for row in rows]
    assert "8015551234" in numbers
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"\d{10}", number) for number in numbers)
