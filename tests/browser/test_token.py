"""The token: the printed link gives it to a tab, the tab shows it to the server, and nobody else sees it."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, WebSocket, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Proxy, Serve, Server, Site

TOKEN = "open-sesame"


@pytest.fixture
def locked(serve: Serve) -> Server:
    return serve("--token", TOKEN)


def open_link(page: Page, link: str) -> None:
    page.goto(link)
    is_connected(page)


def is_connected(page: Page) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")


def give(page: Page, token: str) -> None:
    page.get_by_role("textbox", name="Token").fill(token)
    page.get_by_role("button", name="Open the desk").click()


def is_asked(page: Page) -> None:
    expect(page.get_by_role("dialog", name="This desk asks for a token")).to_be_visible()


# The tab


def test_the_printed_link_opens_the_desk(page: Page, locked: Server) -> None:
    open_link(page, locked.link)
    locked.call(customer="Ada Example")
    expect(page.locator(".card h2")).to_have_text("Ada Example")


def test_the_token_leaves_the_address_and_the_history(page: Page, locked: Server) -> None:
    open_link(page, locked.link)
    assert page.url == f"{locked.url}/desk/1001"
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    assert [entry["url"] for entry in history["entries"]] == ["about:blank", f"{locked.url}/desk/1001"]


def test_the_token_leaves_the_address_though_there_is_no_server_to_show_it_to(page: Page, locked: Server) -> None:
    page.route_web_socket("**/socket", lambda socket: socket.close())
    page.goto(locked.link)
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    assert page.url == f"{locked.url}/desk/1001"


def test_the_token_is_kept_for_this_tab_alone(page: Page, locked: Server) -> None:
    open_link(page, locked.link)
    assert page.evaluate("({...sessionStorage})") == {"deskbridge.token": TOKEN}
    assert page.evaluate("({...localStorage})") == {}
    assert page.evaluate("indexedDB.databases()") == []
    assert page.context.cookies() == []


def test_a_reload_keeps_the_token(page: Page, locked: Server) -> None:
    open_link(page, locked.link)
    page.reload()
    is_connected(page)


def test_a_second_tab_is_asked_for_the_token(page: Page, locked: Server) -> None:
    open_link(page, locked.link)
    second = page.context.new_page()
    second.goto(f"{locked.url}/desk/1001")
    is_asked(second)
    expect(second.locator("#token .error")).to_have_text("")


def test_a_token_that_does_not_fit_is_asked_for_again(page: Page, locked: Server) -> None:
    page.goto(f"{locked.url}/desk/1001")
    for wrong in ("wrong", f"{TOKEN}2"):
        give(page, wrong)
        expect(page.get_by_role("alert")).to_have_text("That token does not fit.")
    give(page, f" {TOKEN} ")
    is_connected(page)
    expect(page.get_by_role("dialog", name="This desk asks for a token")).to_be_hidden()


def test_a_link_with_a_token_that_does_not_fit_is_said_not_to(page: Page, locked: Server) -> None:
    page.goto(f"{locked.url}/#token=wrong")
    is_asked(page)
    expect(page.get_by_role("alert")).to_have_text("That token does not fit.")


def test_the_question_cannot_be_waved_away(page: Page, locked: Server) -> None:
    page.goto(f"{locked.url}/desk/1001")
    is_asked(page)
    for _ in range(3):
        page.keyboard.press("Escape")
    assert page.locator("#token").evaluate("dialog => dialog.matches(':modal')")


def test_a_link_that_differs_by_its_token_alone_is_taken_by_the_page_that_asks(page: Page, locked: Server) -> None:
    page.goto(f"{locked.url}/desk/1001")
    is_asked(page)
    page.goto(f"{locked.url}/desk/1001#token={TOKEN}")
    is_connected(page)
    expect(page.get_by_role("dialog", name="This desk asks for a token")).to_be_hidden()
    assert page.url == f"{locked.url}/desk/1001"


def test_a_server_that_has_made_up_another_token_asks_for_it(page: Page, serve: Serve) -> None:
    server = serve("--host", "0.0.0.0")
    open_link(page, server.link)
    server.stop()
    server.start()
    expect(page.get_by_role("alert")).to_have_text("That token does not fit.")
    open_link(page, server.link)


def test_without_the_token_a_page_has_nothing_of_the_agents(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--token", TOKEN, "--workspace", probe_page(site))
    server.act(server.call(customer="Ada Example", ani="8015559999"), "answer")
    page.goto(f"{server.url}/desk/1001")
    is_asked(page)
    assert "Ada" not in page.content()
    assert "8015559999" not in page.content()
    assert page.locator("iframe").count() == 0
    assert page.evaluate("(path) => fetch(path).then(({status}) => status)", "/api/v1/agents/1001") == 401


# What travels


def test_only_the_first_frame_of_the_socket_carries_the_token(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--token", TOKEN, "--workspace", probe_page(site))
    front = Proxy(urlsplit(server.url).port or 0)
    frames: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: frames.append(str(payload)))
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", opened)
    open_link(page, f"http://127.0.0.1:{front.port}/#token={TOKEN}")
    probe_of(page).register("all")
    front.close()
    assert json.loads(frames[0])["token"] == TOKEN
    assert len(frames) > 2
    assert [frame for frame in frames[1:] if TOKEN in frame] == []
    assert {"/", "/desk/1001", "/desk/1001/socket"} <= {passed.path for passed in front.passed}
    assert [passed.head for passed in front.passed if TOKEN in passed.head] == []


def test_a_panel_does_not_see_the_token(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--token", TOKEN, "--workspace", probe_page(site))
    open_link(page, server.link)
    probe = probe_of(page)
    probe.register("all")
    call = server.call()
    server.act(call, "answer")
    probe.wait_for_event("CallContactEvent", Status="Active")
    assert TOKEN not in json.dumps(probe.received())
    assert probe.frame.evaluate("document.referrer") == f"{server.url}/"
    for secret in ("parent.location.href", "parent.sessionStorage", "parent.document"):
        with pytest.raises(Error, match="SecurityError"):
            probe.frame.evaluate(secret)


@pytest.mark.parametrize("how", ["flag", "variable", "made up"])
def test_the_token_is_printed_once_and_written_nowhere(page: Page, serve: Serve, site: Site, how: str) -> None:
    workspace = ["--workspace", probe_page(site)]
    server = {
        "flag": lambda: serve(*workspace, "--token", TOKEN),
        "variable": lambda: serve(*workspace, environment={"DESKBRIDGE_TOKEN": TOKEN}),
        "made up": lambda: serve(*workspace, "--host", "0.0.0.0"),
    }[how]()
    assert server.token
    open_link(page, server.link)
    probe_of(page).register("all")
    for headers in ({}, {"Authorization": f"Basic {server.token}"}, {"Authorization": f"Bearer {server.token}"}):
        status_of(server, f"/api/v1/agents/1001?token={server.token}", headers)
    told = [server.get(f"/api/v1/agents/1001{path}") for path in ("", "/events", "/wire")]
    server.stop()
    assert server.token not in json.dumps(told)
    assert (server.printed + server.output).count(server.token) == 1
    assert server.printed == f"deskbridge is at {server.url}/#token={server.token}\n"


# Calls


def status_of(server: Server, path: str, headers: dict[str, str], method: str = "GET") -> int:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(server.url + path, headers=headers, method=method), timeout=10
        ) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [({}, False), ({"Authorization": "Bearer wrong"}, False), ({"Authorization": f"Bearer {TOKEN}"}, True)],
    ids=["without", "wrong", "with"],
)
def test_a_call_needs_the_token(locked: Server, headers: dict[str, str], allowed: bool) -> None:
    statuses = [
        status_of(locked, "/api/v1/agents/1001", headers),
        status_of(locked, "/api/v1/agents/1001/contacts", headers, "POST"),
        status_of(locked, "/api/v1/reset", headers, "POST"),
    ]
    assert statuses == ([200, 201, 200] if allowed else [401] * 3)


def test_the_address_is_no_place_for_the_token(locked: Server) -> None:
    assert status_of(locked, f"/api/v1/agents/1001?token={TOKEN}&access_token={TOKEN}", {}) == 401


def test_a_page_that_has_the_token_may_call(page: Page, locked: Server) -> None:
    open_link(page, locked.link)
    status = page.evaluate(
        """async () => {
          const Authorization = `Bearer ${sessionStorage.getItem("deskbridge.token")}`;
          return (await fetch("/api/v1/agents/1001/contacts", {method: "POST", headers: {Authorization}})).status;
        }"""
    )
    assert status == 201


def test_a_desk_without_a_token_asks_for_none(page: Page, serve: Serve) -> None:
    server = serve()
    assert server.link == f"{server.url}/"
    open_desk(page, server.url)
    expect(page.get_by_role("dialog", name="This desk asks for a token")).to_be_hidden()
