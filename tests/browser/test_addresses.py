"""The addresses by which a desk is reached: its own, a proxy's in front, a further name; and the names that lead nowhere.

The names end in .example, which no one has, and the browser is told that they are this machine. Over http they are no secure
contexts: there the browser does not say from which site a request comes, and knows no opener policy.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Proxy, Serve, Server, Site, free_port, issue_certificate

AGENT = "/api/v1/agents/1001"


@pytest.fixture(scope="module")
def far_browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A browser for which every name below .example is this machine."""
    rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
    browser = browser_type.launch(**{**browser_type_launch_args, "args": [*browser_type_launch_args.get("args", []), rules]})
    yield browser
    browser.close()


@pytest.fixture
def page(far_browser: Browser) -> Iterator[Page]:
    page = far_browser.new_page(ignore_https_errors=True)
    yield page
    page.close()


TRIED = """async (desk) => {
  const told = async (path, how) => {
    try { return (await fetch(desk + path, how)).status } catch { return "kept out" }
  };
  const opened = new Promise((resolve) => {
    const socket = new WebSocket(`${desk.replace("http", "ws")}/desk/1001/socket`);
    socket.onopen = () => resolve("opened");
    socket.onclose = () => resolve("kept out");
  });
  const Authorization = `Bearer ${sessionStorage.getItem("deskbridge.token")}`;
  return [
    await told("/api/v1/agents/1001", {headers: {Authorization}}),
    await told("/api/v1/agents/1001/contacts", {method: "POST", headers: {Authorization}}),
    await told("/api/v1/reset", {method: "POST", mode: "no-cors"}) === 0 ? "opaque" : "kept out",
    await opened,
  ];
}"""
"""A page that reads, calls, resets without caring for an answer, and connects."""


def tries(page: Page, desk: str) -> list[Any]:
    outcomes: list[Any] = page.evaluate(TRIED, desk)
    return outcomes


# A proxy in front


class Behind(NamedTuple):
    """A server behind a proxy that takes TLS, the address that the proxy gives it, and the proxy."""

    server: Server
    public: str
    proxy: Proxy


@pytest.fixture(params=[False, True], ids=["Host kept", "Host rewritten"])
def behind(request: pytest.FixtureRequest, serve: Serve, site: Site, tmp_path: Path) -> Iterator[Behind]:
    port = free_port()
    proxy = Proxy(port, rewrites_host=request.param, context=issue_certificate(tmp_path, "desk.example").context)
    public = f"https://desk.example:{proxy.port}"
    yield Behind(serve("--public-url", public, "--panel", probe_page(site), port=port), public, proxy)
    proxy.close()


def test_a_desk_works_by_its_public_address(page: Page, behind: Behind) -> None:
    server, public, proxy = behind
    assert server.link.startswith(f"{public}/#token=")
    page.goto(server.link)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    call = server.call()
    probe = probe_of(page)
    probe.register("contact")
    server.act(call, "answer")
    probe.wait_for_event("CallContactEvent", Status="Active")
    probe.post({"messageType": "HoldEvent"})
    expect(page.locator(".card .status")).to_have_text("On hold")
    assert tries(page, "")[:2] == [200, 201]
    assert ("GET", "/desk/1001/socket", 101) in {(passed.method, passed.path, passed.status) for passed in proxy.passed}


def test_a_desk_behind_a_proxy_works_by_its_own_address_too(page: Page, behind: Behind) -> None:
    server = behind.server
    page.goto(f"{server.url}/#token={server.token}")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    assert tries(page, "")[:2] == [200, 201]


def test_behind_a_proxy_another_origin_is_refused_as_well(page: Page, behind: Behind, site: Site) -> None:
    server, public, proxy = behind
    page.goto(site.page("/elsewhere.html", "<title>elsewhere</title>"))
    page.evaluate("token => sessionStorage.setItem('deskbridge.token', token)", server.token)
    for address in (public, server.url):
        assert tries(page, address) == ["kept out"] * 4
    assert server.events() == []
    assert {passed.status for passed in proxy.passed} == {403}


# A further name


@pytest.fixture
def named(serve: Serve) -> Server:
    return serve("--allow-host", "Desk.example")


def by_name(server: Server, name: str) -> str:
    return f"http://{name}:{urlsplit(server.url).port}"


def test_a_desk_works_by_a_name_that_it_was_told_of(page: Page, named: Server) -> None:
    open_desk(page, by_name(named, "desk.example"))
    named.call(customer="Ada Example")
    expect(page.locator(".card h2")).to_have_text("Ada Example")
    assert tries(page, "") == [200, 201, "kept out", "opened"]


@pytest.mark.parametrize("path", ["/desk/1001", "/", AGENT, "/panels/crm", "/panels/crm/customer?ani=8015551234"])
def test_by_another_name_there_is_nothing(page: Page, named: Server, path: str) -> None:
    answer = page.goto(by_name(named, "other.example") + path)
    assert answer is not None
    assert answer.status == 421
    assert "start it with --allow-host other.example" in answer.json()["detail"]


REBOUND = '<title>rebound</title><link rel="icon" href="data:,">'
"""With an icon, or the browser would ask its server for one in its own time."""


def test_a_page_whose_name_is_led_to_the_desk_later_gets_nowhere(page: Page, serve: Serve, site: Site) -> None:
    """DNS rebinding: the page and the desk are of one origin then, and the browser holds nothing back."""
    server = serve()
    name = Proxy(site.port)
    page.goto(f"http://rebound.example:{name.port}{urlsplit(site.page('/rebound.html', REBOUND)).path}")
    name.passed.clear()
    name.upstream = urlsplit(server.url).port or 0
    assert tries(page, "") == [421, 421, "kept out", "kept out"]
    name.close()
    assert {passed.status for passed in name.passed} == {421, 403}
    assert server.events() == []


# An address that is no secure context


@pytest.fixture
def stranger(page: Page, site: Site) -> Page:
    page.goto(f"http://stranger.example:{site.port}{urlsplit(site.page('/stranger.html', '<title>silence</title>')).path}")
    return page


def test_a_page_of_another_origin_reads_nothing_where_the_browser_does_not_name_its_site(stranger: Page, named: Server) -> None:
    outcomes = stranger.evaluate(
        """async (address) => {
          const loaded = (name, properties) => new Promise((resolve) => {
            const element = Object.assign(document.createElement(name), properties);
            element.onload = () => resolve(`${name} loaded`);
            element.onerror = () => resolve("kept out");
            document.body.append(element);
          });
          return Promise.all([
            fetch(address).then(() => "read", () => "kept out"),
            fetch(address, {mode: "no-cors"}).then(() => "opaque", () => "kept out"),
            loaded("script", {src: address}),
            loaded("img", {src: address}),
            loaded("link", {rel: "stylesheet", href: address}),
          ]);
        }""",
        by_name(named, "desk.example") + AGENT,
    )
    assert outcomes == ["kept out"] * 5


def test_a_page_of_another_origin_does_nothing_where_the_browser_does_not_name_its_site(stranger: Page, named: Server) -> None:
    assert tries(stranger, by_name(named, "desk.example")) == ["kept out"] * 4
    assert named.events() == []


def test_who_holds_a_desks_window_speaks_to_it_in_vain(stranger: Page, serve: Serve, site: Site) -> None:
    """Over http on another machine no opener policy takes the window away."""
    server = serve("--allow-host", "desk.example", "--panel", probe_page(site))
    call = server.call()
    server.act(call, "answer")
    with stranger.expect_popup() as opened:
        stranger.evaluate("url => { window.held = open(url) }", f"{by_name(server, 'desk.example')}/desk/1001")
    expect(opened.value.locator(".card .status")).to_have_text("Active")
    stranger.evaluate("""() => {
      addEventListener("message", () => { document.title = "answered"; });
      held.postMessage({messageType: "RegisterForClientEvents", subscriptionTypes: ["all"]}, "*");
      held.postMessage({messageType: "HangupEvent"}, "*");
    }""")
    ignored = server.wait_for_wire(lambda messages: len(messages) == 2)
    assert [message["ignored"] for message in ignored] == ["its sender is no panel of this desk"] * 2
    probe_of(opened.value).register("all")
    assert server.status(call) == "Active"
    assert stranger.title() == "silence"
