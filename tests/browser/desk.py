"""A desk page and its panels, as a test drives and reads them."""

import itertools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, ElementHandle, Frame, Page, expect

from tests.serving import Server, Site

Message = dict[str, Any]

POLLED = 50
"""Milliseconds between two looks at a panel: a frame behind another is not drawn, and so has no animation frames to look in."""

ACK = "ClientEventSubscriptionAcknowledge"

PROBE = """<!doctype html><title>probe</title>
<input aria-label="notes"><div style="height: 3000px">tall</div>
<script>
  window.desk = opener || top;
  window.received = [];
  let look = () => {};
  addEventListener("message", ({source, data}) => {
    if (source !== desk) return;
    received.push(data);
    look();
  });
  window.until = (condition, arg) => new Promise((resolve, reject) => {
    look = () => {
      if (!condition(arg)) return;
      look = () => {};
      resolve();
    };
    const inVain = () => `in vain: ${condition} of ${JSON.stringify(arg)}; received ${JSON.stringify(received)}`;
    setTimeout(() => reject(new Error(inVain())), 10000);
    look();
  });
  const isAnswer = ({events}) => events.some(({messageType}) => messageType === "ClientEventSubscriptionAcknowledge");
  window.ask = async (...messages) => {
    const before = received.filter(isAnswer).length;
    for (const message of messages) desk.postMessage(message, "*");
    await until((before) => received.filter(isAnswer).length > before, before);
    return received.filter(isAnswer)[before];
  };
</script>"""
"""A panel that keeps what it is sent and posts what the test tells it to. `until` waits for a condition, which is looked at with
each message, and says what came when it was in vain; `ask` posts messages and waits for the acknowledgement of the last."""


def probe_page(site: Site, path: str = "/probe.html") -> str:
    """Put the probe on a site; its address."""
    return site.page(path, PROBE)


def open_desk(page: Page, url: str, agent: str = "1001") -> None:
    """Open the desk and wait until it is connected."""
    page.goto(f"{url}/desk/{agent}")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")


def frame_of(page: Page, title: str = "probe") -> Frame:
    """The loaded frame of the open panel with this name."""
    return loaded(page.locator(f"iframe[title='{title}']").element_handle())


def loaded(iframe: ElementHandle) -> Frame:
    """The frame of this element once its page is there, in the place of the empty one that a frame begins with."""
    frame = iframe.content_frame()
    assert frame is not None
    frame.wait_for_url(re.compile("^http"))  # until then it is blank, with the desk's policy, under which nobody can look into it
    return frame


class Probe:
    """The probe panel in a frame."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def post(self, message: Any) -> None:
        """Post to the desk, as the panel."""
        self.frame.evaluate("message => desk.postMessage(message, '*')", message)

    def post_js(self, expression: str) -> None:
        """The same with the value of a JavaScript expression, which JSON may not be able to carry."""
        self.frame.evaluate(f"desk.postMessage({expression}, '*')")

    def register(self, *types: str, **more: Any) -> Message:
        """Register and wait for the message that acknowledges it."""
        return self.ask({"messageType": "RegisterForClientEvents", "subscriptionTypes": types, "issuer": "probe", **more})

    def register_js(self, rest: str) -> Message:
        """The same, given the other properties as JavaScript: `contactId: NaN, subscriptionTypes: ['all']`."""
        return self.ask_js(f"{{messageType: 'RegisterForClientEvents', issuer: 'probe', {rest}}}")

    def ask(self, *messages: Any) -> Message:
        """Post messages in one go, and wait for the one that acknowledges the last."""
        answer: Message = self.frame.evaluate("messages => ask(...messages)", messages)
        return answer

    def ask_js(self, expression: str) -> Message:
        """The same with the value of a JavaScript expression."""
        answer: Message = self.frame.evaluate(f"ask({expression})")
        return answer

    def unregister(self) -> None:
        self.post({"messageType": "UnregisterFromClientEvents"})

    def leave(self) -> list[Message]:
        """Unregister; all messages that came until then. The answer to a registration that is wrong comes after them, and what
        `SharedDesk.happen` let happen is among them."""
        self.ask({"messageType": "UnregisterFromClientEvents"}, {"messageType": "RegisterForClientEvents"})
        return self.received()[:-1]

    def received(self) -> list[Message]:
        """All messages that came from the desk."""
        received: list[Message] = self.frame.evaluate("received")
        return received

    def next(self, seen: int) -> Message:
        """The message after the first `seen`, waited for."""
        self.wait("seen => received.length > seen", seen)
        return self.received()[seen]

    def events(self) -> list[Message]:
        """All wire events that came, in order: what has a Type."""
        return events_of(self.received())

    def wait(self, condition: str, arg: Any = None) -> None:
        """Wait until a condition on `received` holds, a JavaScript function of the argument."""
        self.frame.evaluate(f"arg => until({condition}, arg)", arg)

    def wait_for_event(self, event_type: str, **fields: str) -> Message:
        """The first event of this type with these fields, waited for."""
        self.wait(
            """([type, fields]) => received.some((message) => message.events.some((event) =>
                 event.Type === type && Object.entries(fields).every(([key, value]) => event[key] === value)))""",
            [event_type, fields],
        )
        return next(
            event
            for event in self.events()
            if event["Type"] == event_type and all(event.get(key) == value for key, value in fields.items())
        )


def probe_of(page: Page, title: str = "probe") -> Probe:
    return Probe(frame_of(page, title))


def statuses(events: Sequence[Message]) -> list[tuple[str, str]]:
    """The contact events among these as (contact id, status)."""
    return [(event["ContactID"], event["Status"]) for event in events if event["Type"].endswith("ContactEvent")]


def events_of(messages: Sequence[Message]) -> list[Message]:
    """The wire events of these messages, in order: what has a Type."""
    return [event for message in messages for event in message["events"] if "Type" in event]


def kinds(message: Message) -> list[str]:
    """What the events of a message are."""
    return [event.get("Type") or event["messageType"] for event in message["events"]]


class SharedDesk:
    """One desk for the tests that walk the reference's tables, each of which costs milliseconds this way: a test begins anew with
    the agent and takes windows of its own, frames in the frame of the workspace or of a contact's panel."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self._window = probe_page(site, "/window.html")
        self.server = Server(
            *("--workspace", probe_page(site, "/workspace.html")),
            *("--workspace", probe_page(site, "/watcher.html")),
            *("--panel", probe_page(site, "/panel.html") + "?{ContactID}"),
        )
        self.page = browser.new_page()
        self._numbers = itertools.count(20_001)  # others than those that tests spell out
        open_desk(self.page, self.server.url)
        self.workspace = frame_of(self.page, "workspace")
        self._watcher = probe_of(self.page, "watcher")
        self._watcher.register("all")

    def close(self) -> None:
        self.page.close()
        self.server.stop()

    def happen(self, *events: Message) -> None:
        """Let wire events happen as one batch. They are on their way to every window that gets them once one window got them, as
        the desk passes a batch on in one go."""
        self.server.post("/api/v1/agents/1001/events", events)
        self._watcher.frame.evaluate(
            """async (last) => {
                 await until((last) => received.some(({events}) => events.some((event) => JSON.stringify(event) === last)), last);
                 received.length = 0;
               }""",
            json.dumps(events[-1], separators=(",", ":"), ensure_ascii=False),
        )

    def begin(self, *events: Message) -> None:
        """Let the session start over, with an agent who is available and has no contact, and let these events happen."""
        self.happen({"Type": "AgentSessionStart"}, {"Type": "AgentState", "CurrentState": "Available"}, *events)

    def new_id(self) -> str:
        """A contact id that no test had yet."""
        return str(next(self._numbers))

    def contact(self, status: str = "Active", **fields: str) -> str:
        """Let a contact be there; its id."""
        contact = self.new_id()
        self.happen(call_event(contact, status, **fields))
        return contact

    def window(self, contact: str | None = None) -> Probe:
        """A new window in the workspace, or in this contact's panel."""
        name = f"window-{next(self._numbers)}"
        (self.workspace if contact is None else self.panel(contact)).evaluate(
            """([name, src]) => new Promise((onload) => {
                 document.body.append(Object.assign(document.createElement("iframe"), {name, src, onload: () => onload()}));
               })""",
            [name, self._window],
        )
        frame = self.page.frame(name)
        assert frame is not None
        return Probe(frame)

    def panel(self, contact: str) -> Frame:
        """The loaded frame of this contact's panel."""
        return loaded(self.page.locator(f"iframe[src$='/panel.html?{contact}']").element_handle())

    def close_windows(self) -> None:
        """Close those in the workspace; the others close with their contacts."""
        self.workspace.evaluate("for (const frame of document.querySelectorAll('iframe')) frame.remove()")

    def answered(self) -> None:
        """Wait until the desk has answered all that was posted before; what it answers comes in turn."""
        Probe(self.workspace).register()

    def console(self, provoke: Callable[[], object]) -> list[ConsoleMessage]:
        """What the desk says in its console of what is posted meanwhile."""
        said: list[ConsoleMessage] = []

        def hear(message: ConsoleMessage) -> None:  # which Playwright marks, as it cannot a built-in method
            said.append(message)

        self.page.on("console", hear)
        provoke()
        self.answered()
        with self.page.expect_console_message(lambda message: message.text == "that was all"):
            self.page.evaluate("console.debug('that was all')")
        self.page.remove_listener("console", hear)
        return said[:-1]

    def warnings(self, provoke: Callable[[], object]) -> list[str]:
        """The warnings among it."""
        return [message.text for message in self.console(provoke) if message.type == "warning"]


def call_event(contact: str, status: str = "Active", **fields: str) -> Message:
    """A call's event with the fields that the desk reads."""
    return {"Type": "CallContactEvent", "ContactID": contact, "Status": status, "FinalState": "False", **fields}
