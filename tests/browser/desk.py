"""A desk page and its panels, as a test drives and reads them."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Frame, Page, expect

from tests.serving import Site

Message = dict[str, Any]

POLLED = 50
"""Milliseconds between two looks at a panel: a frame behind another is not drawn, and so has no animation frames to look in."""

ACK = "ClientEventSubscriptionAcknowledge"

PROBE = """<!doctype html><title>probe</title>
<input aria-label="notes"><div style="height: 3000px">tall</div>
<script>
  window.received = [];
  addEventListener("message", (event) => { if (event.source === parent) received.push(event.data); });
</script>"""
"""A panel that keeps what it is sent and posts what the test tells it to."""


def probe_page(site: Site, path: str = "/probe.html") -> str:
    """Put the probe on a site; its address."""
    return site.page(path, PROBE)


def open_desk(page: Page, url: str, agent: str = "1001") -> None:
    """Open the desk and wait until it is connected."""
    page.goto(f"{url}/desk/{agent}")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")


def frame_of(page: Page, title: str = "probe") -> Frame:
    """The loaded frame of the open panel with this name."""
    handle = page.locator(f"iframe[title='{title}']").element_handle()
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_load_state()
    return frame


class Probe:
    """The probe panel in a frame."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def post(self, message: Any) -> None:
        """Post to the desk, as the panel."""
        self.frame.evaluate("message => parent.postMessage(message, '*')", message)

    def register(self, *types: str, **more: Any) -> Message:
        """Register and wait for the message that acknowledges it."""
        before = len(self._acknowledgements())
        self.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": list(types), "issuer": "probe", **more})
        self.frame.wait_for_function(
            "([ack, before]) => received.filter((message) => message.events.some((e) => e.messageType === ack)).length > before",
            arg=[ACK, before],
            polling=POLLED,
        )
        return self._acknowledgements()[before]

    def _acknowledgements(self) -> list[Message]:
        return [message for message in self.received() if any(event.get("messageType") == ACK for event in message["events"])]

    def unregister(self) -> None:
        self.post({"messageType": "UnregisterFromClientEvents"})

    def received(self) -> list[Message]:
        """All messages that came from the desk."""
        received: list[Message] = self.frame.evaluate("received")
        return received

    def next(self, seen: int) -> Message:
        """The message after the first `seen`, waited for."""
        self.frame.wait_for_function("seen => received.length > seen", arg=seen, polling=POLLED)
        return self.received()[seen]

    def events(self) -> list[Message]:
        """All wire events that came, in order: what has a Type."""
        return [event for message in self.received() for event in message["events"] if "Type" in event]

    def wait_for_event(self, event_type: str, **fields: str) -> Message:
        """The first event of this type with these fields, waited for."""
        self.frame.wait_for_function(
            """([type, fields]) => received.some((message) => message.events.some((event) =>
                 event.Type === type && Object.entries(fields).every(([key, value]) => event[key] === value)))""",
            arg=[event_type, fields],
            polling=POLLED,
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
