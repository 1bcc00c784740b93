"""A page that is not a panel of the desk can neither make it do anything nor learn anything from it."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.desk import frame_of, open_desk, probe_of, probe_page
from tests.serving import Proxy, Serve, Server, Site

AGENT = "/api/v1/agents/1001"
READABLE = [AGENT, f"{AGENT}/events", f"{AGENT}/wire", "/api/v1/openapi.json", "/desk/1001/socket", "/desk/1001", "/"]
"""What a stranger would like to read."""

BLANK = "<!doctype html><title>stranger</title>"


@contextlib.contextmanager
def untouched(server: Server) -> Iterator[None]:
    """Whatever is tried in here, the agent and the journal stay as they were."""
    before = server.get(AGENT), server.get(f"{AGENT}/events")
    assert before[0]["contacts"][0]["status"] == "Active"
    yield
    assert (server.get(AGENT), server.get(f"{AGENT}/events")) == before


# Pages of another origin than the desk's


class Attacked(NamedTuple):
    """A server, whose agent is in a call as each test begins; what is in front of it and sees each request and its answer; where
    strangers are."""

    server: Server
    front: Proxy
    site: Site
    same_site: Site
    """Of the desk's site, but on another port."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.front.port}"

    @property
    def targets(self) -> dict[str, str | None]:
        """What a stranger would like to post, and where: each would change something."""
        call = self.server.get(AGENT)["contacts"][0]["contactId"]
        return {
            f"{AGENT}/events": '[{"Type": "X"}]',
            f"{AGENT}/contacts": "{}",
            f"{AGENT}/contacts/{call}/hangup": None,
            f"{AGENT}/state": '{"state": "Unavailable"}',
            "/api/v1/reset": None,
        }

    def answers(self) -> set[tuple[str, int]]:
        """What the server said to requests for other things than its pages."""
        pages = ("/", "/desk/1001", "/favicon.ico")
        return {(passed.method, passed.status) for passed in self.front.passed if passed.path not in pages}


@pytest.fixture(scope="module")
def attacked() -> Iterator[Attacked]:
    with contextlib.ExitStack() as stack:
        site, same_site = Site(), Site("127.0.0.1")
        stack.callback(site.close)
        stack.callback(same_site.close)
        server = Server("--panel", site.page("/stranger.html", BLANK))
        stack.callback(server.stop)
        front = Proxy(urlsplit(server.url).port or 0)
        stack.callback(front.close)
        yield Attacked(server, front, site, same_site)
    assert server.output == "", "no request made the server stumble"


def _on_another_site(page: Page, attacked: Attacked) -> Frame:
    page.goto(attacked.site.page("/stranger.html", BLANK))
    return page.main_frame


def _on_another_port(page: Page, attacked: Attacked) -> Frame:
    page.goto(attacked.same_site.page("/stranger.html", BLANK))
    return page.main_frame


def _without_referrer(page: Page, attacked: Attacked) -> Frame:
    """Its forms say that their origin is `null`."""
    page.goto(attacked.site.page("/silent.html", f"{BLANK}<meta name=referrer content=no-referrer>"))
    return page.main_frame


def _in_a_sandbox(page: Page, attacked: Attacked) -> Frame:
    inner = attacked.site.page("/stranger.html", BLANK)
    page.goto(attacked.site.page("/sandbox.html", f"<iframe sandbox='allow-scripts allow-forms' src='{inner}'></iframe>"))
    return page.frames[1]


def _of_a_data_address(page: Page, attacked: Attacked) -> Frame:
    page.goto(attacked.site.page("/data.html", f"<iframe src='data:text/html,{BLANK}'></iframe>"))
    return page.frames[1]


def _in_a_panel(page: Page, attacked: Attacked) -> Frame:
    """The desk hears its post messages, and the server nothing of it."""
    open_desk(page, attacked.address)
    frame = frame_of(page, "stranger")
    attacked.front.passed.clear()
    return frame


STRANGERS: dict[str, Callable[[Page, Attacked], Frame]] = {
    "another site": _on_another_site,
    "another port": _on_another_port,
    "no referrer": _without_referrer,
    "a sandbox": _in_a_sandbox,
    "a data: address": _of_a_data_address,
    "a panel": _in_a_panel,
}


@pytest.fixture(scope="module")
def strangers_page(browser: Browser) -> Iterator[Page]:
    """Each test loads its own page in here."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(params=STRANGERS)
def stranger(request: pytest.FixtureRequest, strangers_page: Page, attacked: Attacked) -> Frame:
    strangers_page.goto("about:blank")
    attacked.server.post("/api/v1/reset")
    attacked.server.act(attacked.server.call(), "answer")
    attacked.front.passed.clear()
    return STRANGERS[request.param](strangers_page, attacked)


CALLS = """async ([desk, readable, targets, redirect]) => {
  const simple = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"];
  const tried = [];
  for (const mode of ["cors", "no-cors"]) {
    for (const path of readable) {
      for (const method of ["GET", "HEAD"]) tried.push([desk + path, {mode, method, credentials: "include"}]);
    }
    for (const [path, body] of Object.entries(targets)) {
      tried.push([desk + path, {mode, method: "POST", keepalive: true}]);
      if (body === null) continue;
      for (const type of simple) tried.push([desk + path, {mode, method: "POST", body, headers: {"Content-Type": type}}]);
    }
    tried.push([redirect, {mode, method: "POST"}]);
  }
  for (const [path, body] of Object.entries(targets)) {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      tried.push([desk + path, {method, body, headers: {"Content-Type": "application/json"}}]);
    }
    tried.push([desk + path, {method: "POST", body, headers: {Authorization: "Bearer guess", "Content-Type": "text/plain"}}]);
  }
  const outcomes = tried.map(async ([path, how]) => {
    try {
      const answer = await fetch(path, how);
      return answer.type === "opaque" ? "kept out" : `${how.method} ${path}: ${answer.status}`;
    } catch {
      return "kept out";
    }
  });
  for (const [path, body] of Object.entries(targets)) {
    for (const type of ["text/plain", "application/json"]) {
      outcomes.push(new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open("POST", desk + path);
        request.setRequestHeader("Content-Type", type);
        request.onload = () => resolve(`XMLHttpRequest of ${path}: ${request.status}`);
        request.onerror = () => resolve("kept out");
        request.send(body);
      }));
    }
  }
  return [...new Set(await Promise.all(outcomes))];
}"""


def test_a_page_of_another_origin_cannot_call(stranger: Frame, attacked: Attacked) -> None:
    redirect = attacked.site.redirect("/on", f"{attacked.address}/api/v1/reset")
    with untouched(attacked.server):
        assert stranger.evaluate(CALLS, [attacked.address, READABLE, attacked.targets, redirect]) == ["kept out"]
    assert attacked.answers() == {("GET", 403), ("HEAD", 403), ("POST", 403), ("OPTIONS", 403)}


BEACONS = """([desk, targets]) => {
  let sent = 0;
  for (const [path, body] of Object.entries(targets)) {
    const text = body ?? "";
    const json = new Blob([text], {type: "application/json"});
    for (const data of [undefined, text, new URLSearchParams({text}), new FormData(), new Blob([text]), json]) {
      if (navigator.sendBeacon(desk + path, data)) sent += 1;
    }
  }
  return sent;
}"""


def test_a_beacon_of_another_origin_does_nothing(stranger: Frame, attacked: Attacked) -> None:
    targets = attacked.targets
    number = itertools.count(1)
    with (
        untouched(attacked.server),
        stranger.page.expect_event("requestfailed", lambda _: next(number) == 6 * len(targets)),
    ):
        assert stranger.evaluate(BEACONS, [attacked.address, targets]) == 6 * len(targets)
    assert attacked.answers() == {("POST", 403), ("OPTIONS", 403)}


CONNECTIONS = """async (desk) => {
  const sockets = ["/desk/1001/socket", "/desk/1002/socket", "/socket", "/api/v1/agents/1001/events"].map(
    (path) => new Promise((resolve) => {
      const socket = new WebSocket(desk.replace("http", "ws") + path);
      socket.onopen = () => resolve(`${path} opened`);
      socket.onclose = () => resolve("kept out");
    }),
  );
  const streams = ["events", "wire"].flatMap((name) => [true, false].map(
    (withCredentials) => new Promise((resolve) => {
      const stream = new EventSource(`${desk}/api/v1/agents/1001/${name}`, {withCredentials});
      stream.onopen = () => resolve(`${name} opened`);
      stream.onerror = () => resolve("kept out");
    }),
  ));
  return [...new Set(await Promise.all([...sockets, ...streams]))];
}"""


def test_a_page_of_another_origin_cannot_connect(stranger: Frame, attacked: Attacked) -> None:
    with untouched(attacked.server):
        assert stranger.evaluate(CONNECTIONS, attacked.address) == ["kept out"]
    assert attacked.answers() == {("GET", 403)}


ELEMENTS = """async ([desk, readable]) => {
  const made = [
    ["script", {}, "src"], ["script", {type: "module"}, "src"], ["script", {crossOrigin: "use-credentials"}, "src"],
    ["img", {}, "src"], ["link", {rel: "stylesheet"}, "href"], ["video", {}, "src"],
  ];
  const outcomes = readable.flatMap((path) => made.map(([name, properties, address]) => new Promise((resolve) => {
    const element = Object.assign(document.createElement(name), properties, {[address]: desk + path});
    element.onload = element.onloadedmetadata = () => resolve(`${path} as ${name} loaded`);
    element.onerror = () => resolve("kept out");
    document.documentElement.append(element);
  })));
  return [...new Set(await Promise.all(outcomes))];
}"""


def test_an_element_of_another_origin_loads_nothing(stranger: Frame, attacked: Attacked) -> None:
    with untouched(attacked.server):
        assert stranger.evaluate(ELEMENTS, [attacked.address, READABLE]) == ["kept out"]
    assert attacked.answers() == {("GET", 403)}


FRAMES = """async ([desk, readable]) => {
  const made = [["iframe", "src"], ["object", "data"], ["embed", "src"]];
  await Promise.all(readable.flatMap((path) => made.map(([name, address]) => new Promise((resolve) => {
    const element = Object.assign(document.createElement(name), {[address]: desk + path});
    element.onload = element.onerror = resolve;
    document.documentElement.append(element);
  }))));
}"""


def test_a_page_of_another_origin_frames_nothing(stranger: Frame, attacked: Attacked) -> None:
    with untouched(attacked.server):
        stranger.evaluate(FRAMES, [attacked.address, [*READABLE, "/nowhere"]])
    assert len(stranger.child_frames) > 0
    assert [frame.url for frame in stranger.child_frames if frame.url.startswith("http")] == []


FORGED = {
    f"{AGENT}/events": ('[{"Type": "X", "more": "', '"}]'),
    f"{AGENT}/contacts": ('{"customer": "', '"}'),
    f"{AGENT}/state": ('{"state": "Unavailable", "reason": "', '"}'),
}
"""The name and value of a field that make a form's text, which is name=value, look like JSON."""

FORMS = """async ([desk, targets, forged, newFrames]) => {
  const answered = [];
  for (const path of targets) {
    for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const form = Object.assign(document.createElement("form"), {method: "post", action: desk + path, enctype});
      if (forged[path]) {
        const [name, value] = forged[path];
        form.append(Object.assign(document.createElement("input"), {name, value}));
      }
      document.documentElement.append(form);
      if (!newFrames) return form.submit();
      const frame = Object.assign(document.createElement("iframe"), {name: `answer-${answered.length}`});
      document.documentElement.append(frame);
      form.target = frame.name;
      answered.push(new Promise((resolve) => { frame.onload = resolve; }));
      form.submit();
    }
  }
  await Promise.all(answered);
}"""


def test_a_form_of_another_origin_does_nothing(stranger: Frame, attacked: Attacked) -> None:
    with untouched(attacked.server):
        stranger.evaluate(FORMS, [attacked.address, list(attacked.targets), FORGED, True])
    assert attacked.answers() == {("POST", 403)}


def test_a_form_of_another_origin_that_takes_its_page_along_does_nothing(stranger: Frame, attacked: Attacked) -> None:
    with untouched(attacked.server), stranger.page.expect_event("framenavigated", lambda frame: frame == stranger):
        stranger.evaluate(FORMS, [attacked.address, [f"{AGENT}/events"], FORGED, False])
    assert attacked.answers() == {("POST", 403)}


def test_a_page_of_another_origin_learns_nothing_by_going_there(stranger: Frame, attacked: Attacked) -> None:
    with stranger.page.expect_event("framenavigated", lambda frame: frame == stranger):
        stranger.evaluate("address => { location = address }", f"{attacked.address}{AGENT}")
    assert attacked.answers() == {("GET", 403)}


# Windows around a desk


@pytest.fixture
def desk(page: Page, serve: Serve, site: Site) -> Server:
    """A desk that is open on the page, with an active call whose panel is the probe."""
    server = serve("--panel", probe_page(site))
    open_desk(page, server.url)
    server.act(server.call(), "answer")
    expect(page.locator(".card .status")).to_have_text("Active")
    return server


SPEAK = """<!doctype html><title>silence</title><script>
  const desk = %s;
  addEventListener("message", () => { document.title = "answered"; });
  desk.postMessage({messageType: "RegisterForClientEvents", subscriptionTypes: ["all"]}, "*");
  desk.postMessage({messageType: "HangupEvent"}, "*");
</script>"""
"""A page that speaks to a desk as a panel would."""


def is_heard_by_nobody_but_the_wire_log(page: Page, desk: Server) -> bool:
    """Whether the two messages of such a page stand in the wire log, and came to nothing. A panel's registration comes after
    them, so that an answer to them would have come by now."""
    messages = desk.wait_for_wire(lambda messages: len(messages) == 2)
    probe_of(page).register("all")
    return [(one["message"]["messageType"], one.get("ignored")) for one in messages] == [
        ("RegisterForClientEvents", "its sender is no panel of this desk"),
        ("HangupEvent", "its sender is no panel of this desk"),
    ]


def registers_alone(page: Page, desk: Server) -> bool:
    """Whether a panel that registers now is the first that the desk hears of."""
    probe_of(page).register("all")
    first, *answers = desk.get(f"{AGENT}/wire")["messages"]
    return first["message"]["messageType"] == "RegisterForClientEvents" and all(
        "messageType" not in a["message"] for a in answers
    )


def test_a_frame_in_the_desk_that_it_did_not_make_is_no_panel(page: Page, desk: Server, site: Site) -> None:
    stranger = site.page("/stranger.html", SPEAK % "parent")
    with untouched(desk):
        page.evaluate("src => document.body.append(Object.assign(document.createElement('iframe'), {src}))", stranger)
        assert is_heard_by_nobody_but_the_wire_log(page, desk)
    frame = page.locator("body > iframe").element_handle().content_frame()
    assert frame is not None
    assert frame.title() == "silence"


def test_a_window_that_a_panel_opened_is_no_panel(page: Page, desk: Server, site: Site) -> None:
    stranger = site.page("/stranger.html", SPEAK % "opener.parent")
    with untouched(desk), page.expect_popup() as opened:
        probe_of(page).frame.evaluate("src => { window.opened = open(src) }", stranger)
        assert is_heard_by_nobody_but_the_wire_log(page, desk)
    assert opened.value.title() == "silence"


def test_a_window_that_a_panel_opened_is_none_even_with_the_panels_own_page(page: Page, desk: Server) -> None:
    panel = probe_of(page).frame
    with page.expect_popup() as opened:
        panel.evaluate("src => { window.opened = open(src) }", panel.url)
    opened.value.wait_for_load_state()
    with untouched(desk):
        for message_type in ("RegisterForClientEvents", "HangupEvent"):
            opened.value.evaluate("messageType => opener.parent.postMessage({messageType}, '*')", message_type)
        assert is_heard_by_nobody_but_the_wire_log(page, desk)


def test_the_desk_itself_is_no_panel(page: Page, desk: Server) -> None:
    with untouched(desk):
        page.evaluate("postMessage({messageType: 'HangupEvent'}, '*')")
        assert registers_alone(page, desk)


def test_a_frame_below_a_panel_is_one_of_the_desks(page: Page, desk: Server, site: Site) -> None:
    inner = probe_page(site, "/inner.html")
    with page.expect_event("framenavigated", lambda frame: frame.url == inner):
        probe_of(page).frame.evaluate("src => { document.body.innerHTML = `<iframe src='${src}'></iframe>` }", inner)
    frame = next(frame for frame in page.frames if frame.url == inner)
    frame.evaluate("top.postMessage({messageType: 'HoldEvent'}, '*')")
    expect(page.locator(".card .status")).to_have_text("On hold")


def test_who_opens_a_desk_in_a_window_does_not_hold_on_to_it(page: Page, desk: Server, site: Site) -> None:
    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/elsewhere.html", BLANK))
    with page.context.expect_page() as opened:
        elsewhere.evaluate("url => { window.held = open(url, 'desk') }", f"{desk.url}/desk/1001")
    expect(opened.value.locator("#connection")).to_have_attribute("data-state", "connected")
    with untouched(desk):
        elsewhere.evaluate("""() => {
          held.postMessage({messageType: "HangupEvent"}, "*");
          held.location = "about:blank#taken-over";
        }""")
        assert elsewhere.evaluate("[held.closed, held.length]") == [True, 0]
        assert opened.value.evaluate("[opener, name]") == [None, ""]
        assert registers_alone(opened.value, desk)
    assert opened.value.url == f"{desk.url}/desk/1001"


def test_a_window_of_the_desks_name_is_not_the_desk(page: Page, desk: Server, site: Site) -> None:
    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/elsewhere.html", BLANK))
    with page.context.expect_page() as opened:
        elsewhere.evaluate("url => { open(url, 'desk') }", f"{desk.url}/desk/1001")
    expect(opened.value.locator("#connection")).to_have_attribute("data-state", "connected")
    with page.context.expect_page() as another:
        elsewhere.evaluate("url => { open(url, 'desk') }", site.page("/false.html", "<title>false</title>"))
    expect(another.value).to_have_title("false")
    assert opened.value.url == f"{desk.url}/desk/1001"


def test_a_panel_that_opens_a_desk_in_a_window_does_not_hold_on_to_it(page: Page, desk: Server) -> None:
    panel = probe_of(page).frame
    with page.context.expect_page() as opened:
        panel.evaluate("url => { window.held = open(url) }", f"{desk.url}/desk/1001")
    expect(opened.value.locator("#connection")).to_have_attribute("data-state", "connected")
    assert panel.evaluate("held.closed")
    assert opened.value.evaluate("opener") is None


def test_the_crm_panel_opens_in_a_frame_of_another_site(page: Page, desk: Server, site: Site) -> None:
    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/elsewhere.html", f"<iframe title='CRM' src='{desk.url}/panels/crm'></iframe>"))
    expect(frame_of(elsewhere, "CRM").locator("body")).not_to_be_empty()
