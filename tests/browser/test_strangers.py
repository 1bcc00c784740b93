"""A page that is not a panel of the desk cannot make it do anything."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import frame_of, open_desk, probe_of, probe_page
from tests.serving import Serve, Server, Site


@pytest.fixture
def desk(page: Page, serve: Serve, site: Site) -> Server:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    return server


def test_a_window_that_the_desk_did_not_make_is_heard_by_nobody_but_the_wire_log(page: Page, desk: Server, site: Site) -> None:
    call = desk.call()
    desk.act(call, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")
    stranger = site.page(
        "/stranger.html",
        """<script>
             parent.postMessage({messageType: "RegisterForClientEvents", subscriptionTypes: ["all"]}, "*");
             parent.postMessage({messageType: "HangupEvent"}, "*");
             addEventListener("message", () => { document.title = "answered"; });
           </script>""",
    )
    page.evaluate(
        "src => { const frame = document.createElement('iframe'); frame.src = src; document.body.append(frame); }", stranger
    )

    def ignored(messages: list[dict[str, Any]]) -> list[str]:
        return [message["message"]["messageType"] for message in messages if message.get("ignored")]

    messages = desk.wait_for_wire(lambda messages: len(ignored(messages)) == 2)
    assert ignored(messages) == ["RegisterForClientEvents", "HangupEvent"]
    assert desk.status(call) == "Active"
    frame = page.locator("body > iframe").element_handle().content_frame()
    assert frame is not None
    assert frame.title() != "answered"


def test_a_page_of_another_site_can_neither_call_nor_connect(page: Page, desk: Server, site: Site) -> None:
    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/elsewhere.html", "<title>elsewhere</title>"))
    outcomes = elsewhere.evaluate(
        """async (desk) => {
          const outcome = async (promise) => { try { await promise; return "let in"; } catch { return "kept out"; } };
          const url = `${desk}/api/v1/agents/1001/contacts`;
          const json = {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"};
          const socket = new Promise((resolve, reject) => {
            const opened = new WebSocket(`${desk.replace("http", "ws")}/desk/1001/socket`);
            opened.onopen = resolve;
            opened.onclose = reject;
          });
          await outcome(fetch(url, {method: "POST", mode: "no-cors", body: "{}"}));
          return [await outcome(fetch(url, json)), await outcome(fetch(`${desk}/api/v1/agents/1001`)), await outcome(socket)];
        }""",
        desk.url,
    )
    assert outcomes == ["kept out"] * 3
    assert desk.get("/api/v1/agents/1001")["contacts"] == []


def test_a_page_of_another_site_cannot_frame_the_desk_nor_hold_on_to_its_window(page: Page, desk: Server, site: Site) -> None:
    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/elsewhere.html", f"<iframe src='{desk.url}/desk/1001'></iframe>"))
    assert all("127.0.0.1" not in frame.url for frame in elsewhere.frames)

    with elsewhere.context.expect_page() as opened:
        elsewhere.evaluate(f"window.held = window.open('{desk.url}/desk/1001')")
    expect(opened.value.locator("#connection")).to_have_attribute("data-state", "connected")
    assert elsewhere.evaluate("held.closed")


def test_a_panel_below_a_panel_is_one_of_the_desks(page: Page, desk: Server, site: Site) -> None:
    inner = probe_page(site, "/inner.html")
    with page.expect_event("framenavigated", lambda frame: frame.url == inner):
        probe_of(page).frame.evaluate("src => { document.body.innerHTML = `<iframe src='${src}'></iframe>` }", inner)
    frame = next(frame for frame in page.frames if frame.url == inner)
    frame.wait_for_function("window.received")
    call = desk.call()
    desk.act(call, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")
    frame.evaluate("top.postMessage({messageType: 'HoldEvent'}, '*')")
    expect(page.locator(".card .status")).to_have_text("On hold")


def test_the_crm_panel_opens_in_a_frame_of_another_site(page: Page, desk: Server, site: Site) -> None:
    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/elsewhere.html", f"<iframe title='CRM' src='{desk.url}/panels/crm'></iframe>"))
    expect(frame_of(elsewhere, "CRM").locator("body")).not_to_be_empty()
