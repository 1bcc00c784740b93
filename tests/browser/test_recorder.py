"""The recorder panel: what a desktop sends is in the file as it came, or masked, and nothing is lost without a word
(docs/recordings.md)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from bridge.panels.recorder import RECORDER
from tests.browser.desk import ACK, POLLED, Message, events_of, frame_of, open_desk
from tests.serving import Serve, Server, Site

Line = dict[str, Any]

NUMBER = re.compile(r"801\D{0,3}555\D{0,3}1234|5551234")
"""Dana's, however it is spelt."""
NAME = re.compile("dana|whitfield", re.IGNORECASE)


@pytest.fixture(params=["/panels/recorder", "another site"])
def url(request: pytest.FixtureRequest, site: Site) -> str:
    """Where the recorder's page is: ours, or the same file on another site."""
    return request.param if request.param != "another site" else on(site)


def on(site: Site) -> str:
    return site.page("/recorder.html", RECORDER.read_text(encoding="utf-8"))


def desk_with(url: str, page: Page, serve: Serve, folder: Path) -> Server:
    """A desk with the recorder as its only workspace, and no panel that a call would put in front of it."""
    (folder / "bridge.toml").write_text(
        f'[[workspace]]\nname = "recorder"\nurl = "{url}"\n'
        '[[panel]]\nname = "never"\nurl = "/panels/crm"\nskills = ["Nobody\'s"]\n',
        encoding="utf-8",
    )
    server = serve("--config", str(folder / "bridge.toml"))
    open_desk(page, server.url)
    return server


@pytest.fixture
def server(page: Page, serve: Serve, tmp_path: Path) -> Server:
    return desk_with("/panels/recorder", page, serve, tmp_path)


@pytest.fixture
def recorder(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title=recorder]")


def button(recorder: FrameLocator, name: str) -> Locator:
    return recorder.get_by_role("button", name=name, exact=True)


def is_in(recorder: FrameLocator, state: str) -> None:
    expect(recorder.locator("#status")).to_have_text(state)


def start(recorder: FrameLocator) -> None:
    button(recorder, "Start recording").click()
    is_in(recorder, "Recording")


def unmask(recorder: FrameLocator) -> None:
    recorder.get_by_label("Mask phone numbers and names").click()
    button(recorder, "Record unmasked").click()
    expect(recorder.get_by_label("Mask phone numbers and names")).not_to_be_checked()


def has(recorder: FrameLocator, events: int) -> None:
    """So many events are recorded, waited for."""
    expect(recorder.locator("#events")).to_have_text(str(events))


def downloaded(page: Page, its_button: Locator) -> str:
    with page.expect_download() as downloading:
        its_button.click()
    assert re.fullmatch(r"deskbridge-recording-\d{4}-\d\d-\d\d-\d{6}Z\.jsonl", downloading.value.suggested_filename)
    return downloading.value.path().read_text(encoding="utf-8")


def file_of(page: Page, recorder: FrameLocator) -> str:
    return downloaded(page, button(recorder, "Download"))


def lines_of(file: str) -> list[Line]:
    assert file.endswith("\n")
    return [json.loads(line) for line in file.splitlines()]


def sent(server: Server) -> list[Message]:
    """The messages that the desk sent its only panel."""
    entries = server.get("/api/v1/agents/1001/wire")["messages"]
    return [entry["message"] for entry in entries if entry["direction"] == "out"]


def whole_call(server: Server, **about: Any) -> str:
    """A call, and all that an agent does with it."""
    call = server.call(**{"ani": "8015551234", "dnis": "8005550199", "skill": "Sales", **about})
    for verb in ("answer", "hold", "resume", "mute", "unmute", "mask", "unmask", "record", "hangup"):
        server.act(call, verb)
    return call


# The file


def test_a_whole_call_is_recorded_as_it_came_batch_for_batch(
    page: Page, serve: Serve, tmp_path: Path, url: str, recorder: FrameLocator
) -> None:
    server = desk_with(url, page, serve, tmp_path)
    unmask(recorder)
    start(recorder)
    before = len(server.events())
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    whole_call(server, variables={"OrderID": "4711"})
    happened = server.events()[before:]
    acknowledgement, *messages = sent(server)
    has(recorder, len(acknowledgement["events"]) + len(happened))

    header, *lines = lines_of(file_of(page, recorder))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", header.pop("started"))
    assert header == {
        "deskbridge": "recording",
        "version": 1,
        "issuer": "MAX",
        "masked": False,
        "subscriptionTypes": ["agent", "contacts"],
    }
    recorded = [{"issuer": "MAX", **{key: line[key] for key in ("contactId", "events")}} for line in lines]
    assert recorded == [acknowledgement, *messages]
    assert events_of(lines[1:]) == happened
    times = [line["at"] for line in lines]
    assert times[0] == 0
    assert times == sorted(times)


def test_it_never_asks_for_the_session_token(page: Page, server: Server, recorder: FrameLocator) -> None:
    start(recorder)
    button(recorder, "Pause").click()
    button(recorder, "Continue").click()
    is_in(recorder, "Recording")
    page.reload()
    is_in(recorder, "Recording")
    wire = server.get("/api/v1/agents/1001/wire")["messages"]
    asked = [entry["message"] for entry in wire if entry["direction"] == "in"]
    assert {message["messageType"] for message in asked} == {"UnregisterFromClientEvents", "RegisterForClientEvents"}
    types = [message["subscriptionTypes"] for message in asked if message["messageType"] == "RegisterForClientEvents"]
    assert types == [["agent", "contacts"]] * len(types)
    assert len(types) >= 3
    assert "SessionInfo" not in json.dumps(wire)


def test_a_recording_that_pauses_goes_on_with_the_state_at_that_time(page: Page, server: Server, recorder: FrameLocator) -> None:
    start(recorder)
    button(recorder, "Pause").click()
    is_in(recorder, "Paused")
    call = server.call(skill="Sales")
    server.act(call, "answer")
    button(recorder, "Continue").click()
    is_in(recorder, "Recording")
    has(recorder, 5)
    _, first, second = lines_of(file_of(page, recorder))
    assert [kind(event) for event in first["events"]] == [ACK, "AgentState"]
    assert [kind(event) for event in second["events"]] == [ACK, "AgentState", "CallContactEvent Active"]


def kind(event: Message) -> str:
    return " ".join(filter(None, (event.get("messageType") or event["Type"], event.get("Status"))))


# Masks


def test_nobody_is_recognised_in_what_is_masked(page: Page, server: Server, recorder: FrameLocator) -> None:
    start(recorder)
    variables = {"Phone": "(801) 555-1234", "Caller": "Dana Whitfield"}
    first, second = (whole_call(server, customer="Dana Whitfield", variables=variables) for _ in range(2))
    promise = {"Type": "PromiseKeeper", "DialNumber": "+1 801-555-1234", "FirstName": "Dana", "Notes": "Dana, 801.555.1234"}
    case = {"Type": "DigitalContactEvent", "ContactID": "77", "CustomerName": "Dana Whitfield", "Status": "Incoming"}
    server.post("/api/v1/agents/1001/events", [promise, case])
    expect(recorder.locator("#latest")).to_contain_text("PromiseKeeper")

    file = file_of(page, recorder)
    frame = frame_of(page, "recorder")
    for text in (file, frame.locator("body").inner_text(), kept_in(frame)):
        assert "CallContactEvent" in text
        assert not NUMBER.search(text)
        assert not NAME.search(text)
    events = events_of(lines_of(file)[1:])
    calls = [event for event in events if event["Type"] == "CallContactEvent"]
    assert {call["ContactID"] for call in calls} == {first, second}
    assert {(call["DNIS"], call["ANI"]) for call in calls} == {("5555550100", "5555550101")}  # in the order of their first fields
    assert {call["Skill"] for call in calls} == {event["Skill"] for event in server.events() if event.get("ANI")}
    (promised,) = (event for event in events if event["Type"] == "PromiseKeeper")
    assert promised["DialNumber"] == "+1 555-555-0101"


def kept_in(frame: Frame) -> str:
    """All that the page's database holds."""
    kept: str = frame.evaluate(
        """async () => {
             const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
             const open = await done(indexedDB.open("deskbridge-recorder"));
             const all = [...open.objectStoreNames].map((name) => done(open.transaction(name).objectStore(name).getAll()));
             return (await Promise.all(all)).flat(2).map((one) => one.started ? JSON.stringify(one) : one).join("\\n");
           }"""
    )
    return kept


def test_unmasking_asks_once_more(server: Server, recorder: FrameLocator) -> None:
    box = recorder.get_by_label("Mask phone numbers and names")
    expect(box).to_be_checked()
    box.click()
    button(recorder, "Keep the masks").click()
    expect(box).to_be_checked()
    unmask(recorder)
    start(recorder)
    expect(box).to_be_disabled()


# A parent that says what the test tells it to


PARENT = """<!doctype html><title>parent</title>
<iframe title="recorder" src="{url}" width="900" height="700" {sandbox}></iframe>
<script>
  window.posted = [];
  window.answer = null;
  window.send = (message) => frames[0].postMessage(message, "*");
  addEventListener("message", ({{data}}) => {{
    posted.push(data);
    if (data.messageType === "RegisterForClientEvents" && answer) send(answer);
  }});
</script>"""

ACKNOWLEDGED = {"messageType": ACK, "contactId": None, "status": "OK", "reason": "Success"}
STATE = {"Type": "AgentState", "CurrentState": "Available"}


class Parent:
    """A page that poses as a desktop; `answer` is what it says to each registration."""

    def __init__(self, page: Page, site: Site, *events: Message, issuer: str = "MAX", sandbox: str = "") -> None:
        self.page, self.issuer = page, issuer
        page.goto(site.page("/parent.html", PARENT.format(url=on(site), sandbox=sandbox)))
        page.evaluate("message => { answer = message }", self.message(*events))

    def message(self, *events: Message) -> Message:
        return {"issuer": self.issuer, "contactId": None, "events": events}

    def send(self, *events: Message) -> None:
        self.page.evaluate("message => send(message)", self.message(*events))

    def posted(self) -> list[str]:
        posted: list[str] = self.page.evaluate("posted.map(({messageType}) => messageType)")
        return posted


def test_under_cxone_agent_the_acknowledgement_comes_last(page: Page, site: Site, recorder: FrameLocator) -> None:
    Parent(page, site, STATE, ACKNOWLEDGED, issuer="CXA")
    start(recorder)
    has(recorder, 2)
    header, line = lines_of(file_of(page, recorder))
    assert header["issuer"] == "CXA"
    assert line["events"] == [STATE, ACKNOWLEDGED]


def test_a_desktop_that_is_slow_is_asked_again_after_unregistering(page: Page, site: Site, recorder: FrameLocator) -> None:
    parent = Parent(page, site)
    page.evaluate("answer = null")
    button(recorder, "Start recording").click()
    is_in(recorder, "Waiting for the desktop")
    page.wait_for_function("posted.length === 4")
    assert parent.posted() == ["UnregisterFromClientEvents", "RegisterForClientEvents"] * 2
    page.evaluate("message => { answer = message }", parent.message(ACKNOWLEDGED))
    is_in(recorder, "Recording")


@pytest.mark.parametrize("reason", ["Invalid Subscription Types", "Invalid Subscription Types."])
def test_a_refusal_is_told_in_words_and_ends_the_attempts(page: Page, site: Site, recorder: FrameLocator, reason: str) -> None:
    parent = Parent(page, site, {**ACKNOWLEDGED, "status": "ERROR", "reason": reason})
    button(recorder, "Start recording").click()
    is_in(recorder, "Refused")
    expect(recorder.locator("#notice")).to_have_text(
        "The desktop refused this page. Invalid Subscription Types: it knows none of the subscription types agent and contacts."
    )
    page.evaluate("message => { answer = message }", parent.message(ACKNOWLEDGED))
    button(recorder, "Try again").click()
    is_in(recorder, "Recording")
    expect(recorder.locator("#notice")).to_be_hidden()


def test_a_message_with_a_session_token_is_left_out_and_counted(page: Page, site: Site, recorder: FrameLocator) -> None:
    parent = Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    parent.send({"messageType": "SessionInfo", "sessionToken": "hush-1"})
    parent.send({"Type": "CustomEvent", "data": json.dumps({"nested": json.dumps({"sessionToken": "hush-2"})})})
    parent.send(STATE)
    has(recorder, 2)
    expect(recorder.locator("#dropped")).to_have_text(
        "Messages left out: 2 with a session token, which this page never asks for."
    )
    file = file_of(page, recorder)
    assert "hush" not in file
    assert [line.get("dropped") for line in lines_of(file)] == [None, None, "sessionToken", "sessionToken", None]


def test_a_message_that_json_cannot_carry_is_left_out_and_counted(page: Page, site: Site, recorder: FrameLocator) -> None:
    Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    page.evaluate("const knot = {}; knot.knot = knot; send({issuer: 'MAX', contactId: null, events: [knot]})")
    expect(recorder.locator("#dropped")).to_have_text("Messages left out: 1 that JSON cannot carry.")
    assert lines_of(file_of(page, recorder))[-1]["dropped"] == "unreadable"


MASKED: list[tuple[Message, Message]] = [
    # numbers: the same one is the same, however it is dialed and spelt
    ({"ANI": "8015551234"}, {"ANI": "5555550100"}),
    ({"any": "call +1 (801) 555-1234 back"}, {"any": "call +1 (555) 555-0100 back"}),
    ({"any": {"deep": ["tel:18015551234"]}}, {"any": {"deep": ["tel:15555550100"]}}),
    ({"To": "+44 20 7946 0018"}, {"To": "+55 55 5555 0100"}),
    ({"any": "0044 2079460018"}, {"any": "0055 5555550100"}),
    ({"any": 8015551234}, {"any": 5555550100}),
    ({"DNIS": "4101"}, {"DNIS": "0100"}),
    ({"StationPhoneNumber": "4102", "DNIS": "4101"}, {"StationPhoneNumber": "0101", "DNIS": "0100"}),
    ({"From": "anonymous"}, {"From": "Address 1"}),
    # addresses
    ({"FromAddress": "Dana@Example.org"}, {"FromAddress": "customer-1@example.com"}),
    ({"any": "from dana@example.org"}, {"any": "from customer-1@example.com"}),
    # names
    ({"CustomerName": "Dana Whitfield"}, {"CustomerName": "Customer 1"}),
    ({"FirstName": "Dana", "LastName": "Whitfield"}, {"FirstName": "Customer 2", "LastName": "Customer 3"}),
    ({"Label": "Dana Whitfield"}, {"Label": "Customer 1"}),
    ({"CustomerName": "", "SkillName": "Sales"}, {"CustomerName": "", "SkillName": "Sales"}),
    # what holds anything
    ({"ScreenPopUrlVariables": [{"ContactID": "4711"}]}, {"ScreenPopUrlVariables": [{"ContactID": "Value 1"}]}),
    ({"CustomData": "k=v", "Notes": "4711"}, {"CustomData": "Value 2", "Notes": "Value 1"}),
    ({"WorkItemPayload": '{"a":{"b":7}}'}, {"WorkItemPayload": '{"a":{"b":"Value 3"}}'}),
    ({"data": '{"contactId":"4711000000","who":"x"}'}, {"data": '{"contactId":"4711000000","who":"Value 4"}'}),
    ({"ScreenPopUrl": "https://crm.test/?ani=8015551234"}, {"ScreenPopUrl": "https://masked.invalid/1"}),
    ({"ScreenPopUrl": "$pageopen"}, {"ScreenPopUrl": "$pageopen"}),
    # what stays: ids, times, words of the protocol
    ({"ContactID": "900719925474010002", "Skill": "41010000"}, {"ContactID": "900719925474010002", "Skill": "41010000"}),
    ({"StartTimeUTC": "2026-11-21T12:00:00.000Z"}, {"StartTimeUTC": "2026-11-21T12:00:00.000Z"}),
    ({"StartTime": "11/21/2026 12:00:00 PM"}, {"StartTime": "11/21/2026 12:00:00 PM"}),
    ({"Status": "Active", "IsAcw": "True", "Timeout": "30"}, {"Status": "Active", "IsAcw": "True", "Timeout": "30"}),
    ({"NextStates": [{"State": "Available"}], "x": None}, {"NextStates": [{"State": "Available"}], "x": None}),
]


def test_each_field_is_masked_as_the_documentation_says(page: Page, site: Site, recorder: FrameLocator) -> None:
    parent = Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    parent.send(*(event for event, _ in MASKED))
    has(recorder, 1 + len(MASKED))
    assert lines_of(file_of(page, recorder))[-1]["events"] == [expected for _, expected in MASKED]


def test_more_numbers_than_there_are_stand_ins_stay_different(page: Page, site: Site, recorder: FrameLocator) -> None:
    parent = Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    numbers = [str(8015550000 + number) for number in range(250)] + [str(2000 + number) for number in range(250)]
    parent.send(*({"ANI": number} for number in numbers * 2))
    has(recorder, 1001)
    masked = [event["ANI"] for event in lines_of(file_of(page, recorder))[-1]["events"]]
    assert masked[:500] == masked[500:]
    assert len(set(masked)) == 500


# What could be lost


def test_a_page_that_goes_unregisters(page: Page, site: Site, recorder: FrameLocator) -> None:
    parent = Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    before = len(parent.posted())
    page.evaluate("frames[0].location = 'about:blank'")
    page.wait_for_function("before => posted.length > before", arg=before)
    assert parent.posted()[before:] == ["UnregisterFromClientEvents"]


def test_a_reload_loses_nothing_and_recording_goes_on(page: Page, server: Server, recorder: FrameLocator) -> None:
    start(recorder)
    server.act(server.call(skill="Sales"), "answer")
    expect(recorder.locator("#latest")).to_contain_text("Active")
    before = file_of(page, recorder)
    page.reload()
    is_in(recorder, "Recording")
    expect(recorder.locator("#notice")).to_contain_text("goes on with a new recording")
    has(recorder, 3)
    _, first = lines_of(file_of(page, recorder))
    assert [kind(event) for event in first["events"]] == [ACK, "AgentState", "CallContactEvent Active"]
    kept = recorder.get_by_role("region", name="Kept from earlier")
    assert downloaded(page, kept.get_by_role("button", name="Download")) == before
    kept.get_by_role("button", name="Delete").click()
    recorder.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(kept).to_be_hidden()
    page.reload()
    expect(recorder.get_by_role("region", name="Kept from earlier").get_by_role("listitem")).to_have_count(1)


def test_in_a_new_tab_the_earlier_recording_is_offered_and_nothing_recorded(
    page: Page, server: Server, recorder: FrameLocator
) -> None:
    start(recorder)
    server.call(skill="Sales")
    expect(recorder.locator("#latest")).to_contain_text("Incoming")
    before = file_of(page, recorder)
    other = page.context.new_page()
    open_desk(other, server.url)
    theirs = other.frame_locator("iframe[title=recorder]")
    is_in(theirs, "Ready")
    kept = theirs.get_by_role("region", name="Kept from earlier")
    waits = "navigator.locks.query().then(({ held, pending }) => held.length === 1 && pending.length === 1)"
    frame_of(other, "recorder").wait_for_function(waits, polling=POLLED)  # until it is no longer being recorded
    expect(kept).to_be_hidden()
    page.close()
    assert downloaded(other, kept.get_by_role("button", name="Download")) == before


def test_where_nothing_can_be_kept_the_page_says_so_and_records(page: Page, site: Site, recorder: FrameLocator) -> None:
    Parent(page, site, ACKNOWLEDGED, sandbox='sandbox="allow-scripts allow-downloads"')
    expect(recorder.locator("#storage")).to_contain_text("a reload loses what is recorded")
    start(recorder)
    assert len(lines_of(file_of(page, recorder))) == 2


def test_where_nothing_can_be_kept_the_browser_asks_before_it_leaves(page: Page, site: Site, recorder: FrameLocator) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    expect(recorder.locator("#storage")).to_contain_text("(SecurityError)")
    with page.expect_event("dialog") as asking:
        page.evaluate("setTimeout(() => location.reload())")
    assert asking.value.type == "beforeunload"
    asking.value.dismiss()
    has(recorder, 2)  # it has stayed, and is registered again
    is_in(recorder, "Recording")


def test_a_recording_that_is_full_stops_and_says_so(page: Page, site: Site, recorder: FrameLocator) -> None:
    parent = Parent(page, site, ACKNOWLEDGED)
    start(recorder)
    page.evaluate(
        "for (let i = 0; i < 5; i++) send({issuer: 'MAX', contactId: null, events: [{Type: 'Big', x: 'x'.repeat(8 * 2 ** 20)}]})"
    )
    is_in(recorder, "Stopped: full")
    expect(recorder.locator("#notice")).to_contain_text("The recording has 32 MB, the most that it may have, and has stopped.")
    expect(button(recorder, "Continue")).to_be_disabled()
    assert parent.posted()[-1] == "UnregisterFromClientEvents"
    *_, big, end = lines_of(file_of(page, recorder))
    assert big["events"][0]["Type"] == "Big"
    assert end["dropped"] == "limit"


def test_clearing_asks_and_forgets(page: Page, server: Server, recorder: FrameLocator) -> None:
    start(recorder)
    button(recorder, "Clear").click()
    button(recorder, "Keep it").click()
    is_in(recorder, "Recording")
    button(recorder, "Clear").click()
    recorder.get_by_role("dialog").get_by_role("button", name="Delete").click()
    is_in(recorder, "Ready")
    expect(button(recorder, "Start recording")).to_be_focused()
    expect(button(recorder, "Download")).to_be_disabled()
    assert kept_in(frame_of(page, "recorder")) == ""


def test_on_its_own_the_page_says_where_it_belongs(page: Page, site: Site) -> None:
    page.goto(on(site))
    expect(page.locator("#status")).to_have_text("No desktop")
    expect(page.locator("#notice")).to_contain_text("This page is on its own.")
    expect(page.get_by_role("button", name="Start recording")).to_be_disabled()


# Everyone


AS_WIDE_AS = """width => {
  const style = new CSSStyleSheet();
  style.replaceSync(`.frames { position: fixed; inset: 0 auto 0 0; z-index: 9; width: ${width}px } .ringer { display: none }`);
  document.adoptedStyleSheets = [style];
}"""
"""Give panels this width, above the rest of the desk."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_on_the_recorder(page: Page, server: Server, recorder: FrameLocator, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate(AS_WIDE_AS, width)
    is_accessible(page, recorder)
    start(recorder)
    whole_call(server)
    expect(recorder.locator("#latest")).to_contain_text("CallContactEvent")
    is_accessible(page, recorder)
    button(recorder, "Clear").click()
    is_accessible(page, recorder)
    button(recorder, "Keep it").click()
    page.reload()
    page.evaluate(AS_WIDE_AS, width)
    expect(recorder.get_by_role("region", name="Kept from earlier")).to_be_visible()
    button(recorder, "Pause").click()
    is_accessible(page, recorder)


def is_accessible(page: Page, recorder: FrameLocator) -> None:
    found = Axe().run(frame_of(page, "recorder"))
    assert found.violations_count == 0, found.generate_report()
    assert recorder.locator("html").evaluate("html => html.scrollWidth <= innerWidth")


def test_the_keyboard_is_enough(page: Page, server: Server, recorder: FrameLocator) -> None:
    button(recorder, "Start recording").focus()
    page.keyboard.press("Enter")
    is_in(recorder, "Recording")
    expect(button(recorder, "Pause")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(recorder, "Download")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button(recorder, "Send to a bridge")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(button(recorder, "Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button(recorder, "Clear")).to_be_focused()
    is_in(recorder, "Recording")
