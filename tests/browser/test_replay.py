"""From the recorder to a replay: what a desktop sent one panel, another gets again, event for event (docs/recordings.md)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.desk import events_of, frame_of, open_desk, probe_of, probe_page
from tests.browser.test_recorder import (
    ACKNOWLEDGED,
    STATE,
    Parent,
    button,
    has,
    start,
    unmask,
    whole_call,
)
from tests.serving import Serve, Server, Site


@pytest.fixture
def recorder(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title=recorder]")


Begin = Callable[..., Server]


@pytest.fixture
def begin(page: Page, serve: Serve, site: Site, tmp_path: Path) -> Begin:
    """Start a server whose desks have a probe and the recorder as workspaces, and open that of agent 1001."""

    def begin(*flags: str, **options: Any) -> Server:
        (tmp_path / "bridge.toml").write_text(
            f'[[workspace]]\nname = "probe"\nurl = "{probe_page(site)}"\n'
            '[[workspace]]\nname = "recorder"\nurl = "/panels/recorder"\n'
            '[[panel]]\nname = "never"\nurl = "/panels/crm"\nskills = ["Nobody\'s"]\n',
            encoding="utf-8",
        )
        server = serve("--config", str(tmp_path / "bridge.toml"), *flags, **options)
        page.goto(server.link)
        expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
        page.get_by_role("tab", name="recorder").click()
        return server

    return begin


def kept(server: Server) -> list[dict[str, Any]]:
    recordings: list[dict[str, Any]] = server.get("/api/v1/recordings")["recordings"]
    return recordings


def test_a_recorded_session_is_sent_with_one_press_and_played_to_another_agent_event_for_event(
    page: Page, begin: Begin, recorder: FrameLocator
) -> None:
    server = begin()
    unmask(recorder)
    start(recorder)
    probe = probe_of(page)
    probe.register("agent", "contacts")
    seen = len(probe.events())
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    whole_call(server, variables={"OrderID": "4711"})
    server.post("/api/v1/agents/1001/events", [{"Type": "Odd", "deep": {"er": [1.5, None, "é\u2028"]}}, {"Type": "Odd"}])
    probe.wait("seen => received.flatMap(({events}) => events).filter(({Type}) => Type === 'Odd').length === 2", seen)
    original = probe.events()[seen:]
    has(recorder, 2 + len(original))

    button(recorder, "Send to a bridge").click()
    expect(recorder.locator("#notice")).to_contain_text(f"The bridge at {server.url} has it as recording ")
    [recording] = kept(server)

    other = page.context.new_page()
    open_desk(other, server.url, agent="2001")
    server.post("/api/v1/agents/2001/state", {"state": "LoggedOut"})
    audience = probe_of(other)
    audience.register("agent", "contacts")
    before = len(audience.received())
    server.post(f"/api/v1/recordings/{recording['recordingId']}/replay", {"agent": "2001", "speed": 0})
    audience.wait("() => received.flatMap(({events}) => events).filter(({Type}) => Type === 'Odd').length === 2")
    messages = audience.received()[before:]
    told = events_of(messages)
    assert told[0]["Type"] == "AgentState", "the state with which the recording begins"
    assert told[1:] == original
    assert messages == [{"issuer": "MAX", "contactId": None, "events": message["events"]} for message in messages]
    expect(other.locator("[data-region=agent]")).to_contain_text("Replay ended")


def test_a_replay_goes_on_after_the_server_was_killed(page: Page, begin: Begin, recorder: FrameLocator, tmp_path: Path) -> None:
    server = begin(journal=f"sqlite:///{tmp_path}/journal.sqlite")
    numbered = [{"Type": "Numbered", "number": number} for number in range(40)]
    lines = [
        {
            "deskbridge": "recording",
            "version": 1,
            "started": "2026-11-21T12:45:00.000Z",
            "issuer": "MAX",
            "masked": False,
            "subscriptionTypes": ["agent", "contacts"],
        },
        {"at": 0, "contactId": None, "events": [ACKNOWLEDGED, STATE]},
        *({"at": 50 * number, "contactId": None, "events": [event]} for number, event in enumerate(numbered)),
    ]
    its_id = server.send("\n".join(map(json.dumps, lines)) + "\n")["recordingId"]
    page.goto(f"{server.url}/desk/2001")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    server.post("/api/v1/agents/2001/state", {"state": "LoggedOut"})
    probe = probe_of(page)
    probe.register("agent", "contacts")
    before = len(probe.events())
    server.post(f"/api/v1/recordings/{its_id}/replay", {"agent": "2001"})
    probe.wait("() => received.flatMap(({events}) => events).some(({number}) => number === 10)")
    server.kill()
    server.start()
    probe.wait("() => received.flatMap(({events}) => events).some(({number}) => number === 39)")
    assert probe.events()[before:] == [STATE, *numbered]


# Elsewhere


def sending(recorder: FrameLocator, address: str, token: str) -> None:
    """Fill in where to send to, and press Send."""
    button(recorder, "Send to a bridge").click()
    recorder.get_by_label("Address").fill(address)
    recorder.get_by_label("Token").fill(token)
    button(recorder, "Send").click()


def recorded_elsewhere(page: Page, site: Site, recorder: FrameLocator) -> None:
    """A recording of two events by the recorder on a site of its own."""
    Parent(page, site, ACKNOWLEDGED, STATE)
    start(recorder)
    has(recorder, 2)


def test_on_another_site_it_is_sent_to_a_bridge_with_a_token(
    page: Page, serve: Serve, site: Site, recorder: FrameLocator
) -> None:
    server = serve("--token", "open-sesame")
    recorded_elsewhere(page, site, recorder)
    sending(recorder, server.url, "open-sesame")
    expect(recorder.locator("#notice")).to_contain_text(f"The bridge at {server.url} has it as recording ")
    [recording] = kept(server)
    assert recording["messages"] == 1
    button(recorder, "Clear").click()
    expect(recorder.get_by_role("dialog")).to_contain_text("What was not downloaded or sent is gone then.")


def test_the_link_that_deskbridge_prints_brings_the_token(page: Page, serve: Serve, site: Site, recorder: FrameLocator) -> None:
    server = serve("--token", "a&b c".replace(" ", "+"))
    recorded_elsewhere(page, site, recorder)
    sending(recorder, server.link, "")
    expect(recorder.locator("#notice")).to_contain_text("has it as recording")


@pytest.mark.parametrize(
    ("token", "words"), [("wrong", "the server wants its token. This is not it."), ("", "Start the server with --token TOKEN")]
)
def test_why_it_is_not_taken_is_said(
    page: Page, serve: Serve, site: Site, recorder: FrameLocator, token: str, words: str
) -> None:
    server = serve("--token", "open-sesame")
    recorded_elsewhere(page, site, recorder)
    sending(recorder, server.url, token)
    expect(recorder.locator("#sending-problem")).to_contain_text(words)
    assert kept(server) == []
    recorder.get_by_label("Token").fill("open-sesame")
    recorder.get_by_label("Token").press("Enter")
    expect(recorder.locator("#notice")).to_contain_text("has it as recording")


def test_a_bridge_without_a_token_says_how_to_start_it(page: Page, serve: Serve, site: Site, recorder: FrameLocator) -> None:
    server = serve()
    recorded_elsewhere(page, site, recorder)
    sending(recorder, server.url, "any")
    expect(recorder.locator("#sending-problem")).to_contain_text("It has none yet: start it with --token TOKEN.")
    assert kept(server) == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("here", "That is no address."),
        ("ftp://127.0.0.1", "That is no address."),
        ("http://192.0.2.7:8700", "Over http anybody on the way could read it."),
        ("http://127.0.0.1:9", "Nothing answers at http://127.0.0.1:9"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_to(
    page: Page, site: Site, recorder: FrameLocator, address: str, words: str
) -> None:
    recorded_elsewhere(page, site, recorder)
    sending(recorder, address, "token")
    expect(recorder.locator("#sending-problem")).to_contain_text(words)
    button(recorder, "Cancel").click()
    has(recorder, 2)


def test_nothing_is_asked_for_before_the_button_is_pressed(page: Page, serve: Serve, site: Site, recorder: FrameLocator) -> None:
    server = serve("--token", "open-sesame")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    recorded_elsewhere(page, site, recorder)
    button(recorder, "Send to a bridge").click()
    recorder.get_by_label("Address").fill(server.url)
    recorder.get_by_label("Token").fill("open-sesame")
    assert [url for url in asked if not url.endswith((".html", "favicon.ico"))] == []
    button(recorder, "Send").click()
    expect(recorder.locator("#notice")).to_contain_text("has it as recording")
    assert [url for url in asked if not url.endswith((".html", "favicon.ico"))] == [f"{server.url}/api/v1/recordings"]


def test_in_a_sandbox_without_an_origin_it_is_sent_all_the_same(
    page: Page, serve: Serve, site: Site, recorder: FrameLocator
) -> None:
    server = serve("--token", "open-sesame")
    Parent(page, site, ACKNOWLEDGED, STATE, sandbox='sandbox="allow-scripts"')
    start(recorder)
    has(recorder, 2)
    sending(recorder, server.url, "open-sesame")
    expect(recorder.locator("#notice")).to_contain_text("has it as recording")


def test_one_kept_from_earlier_is_sent_too(page: Page, begin: Begin, recorder: FrameLocator) -> None:
    server = begin()
    start(recorder)
    page.reload()
    page.get_by_role("tab", name="recorder").click()
    region = recorder.get_by_role("region", name="Kept from earlier")
    region.get_by_role("button", name="Send").click()
    expect(recorder.locator("#notice")).to_contain_text("has it as recording")
    [recording] = kept(server)
    assert recording["masked"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 900])
def test_axe_finds_nothing_where_it_asks_where_to_send(
    page: Page, site: Site, recorder: FrameLocator, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    recorded_elsewhere(page, site, recorder)
    page.evaluate("width => { document.querySelector('iframe').style.width = `${width}px` }", width)
    sending(recorder, "here", "")
    expect(recorder.locator("#sending-problem")).not_to_be_empty()
    found = Axe().run(frame_of(page, "recorder"))
    assert found.violations_count == 0, found.generate_report()
    assert recorder.locator("html").evaluate("html => html.scrollWidth <= innerWidth")
