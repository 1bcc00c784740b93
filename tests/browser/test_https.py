"""A desk over https, in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Certificate, Serve, Server, Site, issue_certificate


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return issue_certificate(tmp_path)


@pytest.fixture
def server(serve: Serve, certificate: Certificate, site: Site) -> Server:
    """With a panel on another site over http."""
    return serve("--panel", probe_page(site), *certificate.flags, trusts=certificate.trusts)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Of a browser that takes any certificate."""
    page = browser.new_page(ignore_https_errors=True)
    yield page
    page.close()


def test_a_desk_over_https_has_a_socket_over_tls(page: Page, server: Server) -> None:
    sockets: list[str] = []

    def opened(socket: WebSocket) -> None:
        sockets.append(socket.url)

    page.on("websocket", opened)
    open_desk(page, server.url)
    assert sockets == [f"{server.url.replace('https', 'wss')}/desk/1001/socket"]


def test_a_panel_over_http_on_this_machine_works_in_a_desk_over_https(page: Page, server: Server) -> None:
    """A browser takes http on localhost for as safe as https, and embeds no other http in https."""
    open_desk(page, server.url)
    call = server.call()
    probe = probe_of(page)
    assert probe.frame.url.startswith("http://localhost:")
    probe.register("contact")
    server.act(call, "answer")
    probe.wait_for_event("CallContactEvent", Status="Active", ContactID=call)
    probe.post({"messageType": "HoldEvent"})
    expect(page.locator(".card .status")).to_have_text("On hold")
    assert server.status(call) == "Holding"


def test_the_token_of_a_link_over_https_opens_the_desk(page: Page, serve: Serve, certificate: Certificate) -> None:
    server = serve("--host", "0.0.0.0", *certificate.flags, trusts=certificate.trusts)
    page.goto(server.link)
    server.call(customer="Ada Example")
    expect(page.locator(".card h2")).to_have_text("Ada Example")


def test_a_page_of_another_origin_is_kept_out_over_https_too(page: Page, server: Server, site: Site) -> None:
    page.goto(site.page("/elsewhere.html", "<title>elsewhere</title>"))
    outcome = page.evaluate(
        """(desk) => Promise.all([
          fetch(`${desk}/api/v1/agents/1001/contacts`, {method: "POST"}).then(() => "let in", () => "kept out"),
          new Promise((resolve) => {
            const socket = new WebSocket(`${desk.replace("http", "ws")}/desk/1001/socket`);
            socket.onopen = () => resolve("let in");
            socket.onclose = () => resolve("kept out");
          }),
        ])""",
        server.url,
    )
    assert outcome == ["kept out", "kept out"]
    assert server.get("/api/v1/agents/1001")["contacts"] == []
