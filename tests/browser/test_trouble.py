"""A panel that shows nothing, or says nothing, is told on: what is wrong with it and how to put it right."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Serve, Site


class Refusing:
    """A site whose page refuses to be framed until it is told otherwise, on a port that a test may leave unanswered."""

    def __init__(self) -> None:
        self.headers = {"X-Frame-Options": "DENY"}
        refusing = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                for name, value in refusing.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>mine</title><h1>Here I am</h1>")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://localhost:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    site = Refusing()
    yield site
    site.close()


def test_a_panel_that_refuses_to_be_framed_is_told_on_until_it_does_not(page: Page, serve: Serve, refusing: Refusing) -> None:
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    advice = page.get_by_role("tabpanel")
    expect(advice).to_contain_text(
        f"{refusing.url}/mine.html answers with X-Frame-Options: DENY, so browsers show it in no frame."
    )
    expect(advice).to_contain_text(f"Let the page send Content-Security-Policy: frame-ancestors {server.url} instead.")

    refusing.headers = {"Content-Security-Policy": f"frame-ancestors {server.url}"}
    page.get_by_role("button", name="Try again").click()
    expect(page.frame_locator("iframe[title=mine]").get_by_role("heading", name="Here I am")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_panel_whose_server_does_not_run_is_told_on(page: Page, serve: Serve, refusing: Refusing) -> None:
    refusing.close()
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    expect(page.get_by_role("tabpanel")).to_contain_text(f"Nothing answers at {refusing.url}")
    page.get_by_role("button", name="Show the page anyway").click()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_panel_that_is_not_there_is_told_on(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", f"{site.url}/none.html")
    open_desk(page, server.url)
    server.call()
    expect(page.get_by_role("tabpanel")).to_contain_text("Something is wrong with this panel's page.")
    expect(page.get_by_role("tabpanel")).to_contain_text("404 Not Found")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.frame_locator("iframe[title=none]").get_by_text("no such page")).to_be_visible()


def test_a_page_that_has_not_registered_after_a_while_is_told_how_to(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site), "--workspace", probe_page(site, "/registers.html"))
    open_desk(page, server.url)
    probe_of(page, "registers").register("agent")
    silent, registers = page.locator("#panel-probe"), page.locator("#panel-registers")
    expect(silent).to_contain_text("This page has not registered for events.", timeout=15_000)
    expect(silent).to_contain_text('{messageType: "RegisterForClientEvents"')
    expect(registers).not_to_contain_text("has not registered")
    # It is no more true once the page does.
    probe_of(page).register("agent")
    expect(silent).not_to_contain_text("has not registered")
