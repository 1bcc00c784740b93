import asyncio
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from bridge.desk.framing import Trouble
from bridge.desk.reach import AT_A_TIME, MOST_REDIRECTS, REMEMBERED, Reach


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


DESK = "http://127.0.0.1:8700"
IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
HTML = ("Content-Type", "text/html; charset=utf-8")


class Answers:
    """A server with one answer for each path, which it gives after `before`; it keeps what it was asked."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.before: Callable[[], object] = lambda: None
        answers = self._answers = dict[str, tuple[int, tuple[tuple[str, str], ...]]]()
        this = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                this.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                this.before()
                status, headers = answers[urlsplit(self.path).path]
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value.replace("HERE", this.at("")))
                self.end_headers()
                if status == 200:
                    self.wfile.write(b"<!doctype html><title>a page</title>")

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads = True

            def get_request(self) -> tuple[socket.socket, Any]:
                accepted, address = super().get_request()
                return (tls.wrap_socket(accepted, server_side=True) if tls else accepted), address

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever asks leaves when it has seen the headers."""

        self._scheme = "https" if tls else "http"
        self._server = Server((host, 0), Handler)
        self.port: int = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def at(self, path: str, host: str = "localhost") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def answer(self, path: str, status: int = 200, *headers: tuple[str, str]) -> str:
        """Put an answer there; its address."""
        self._answers[path] = (status, headers or (HTML,))
        return self.at(path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Answers]:
    with closing(Answers()) as site:
        yield site


def check(url: str, desk: str = DESK, limit: float = 30) -> Trouble | None:
    return asyncio.run(Reach(limit).check(url, desk))


def sentence(url: str, desk: str = DESK) -> str:
    trouble = check(url, desk)
    assert trouble is not None
    return trouble.sentence


# A page that comes


def test_a_page_that_comes_and_may_be_framed_is_no_trouble(site: Answers) -> None:
    assert check(site.answer("/crm")) is None


def test_the_page_is_asked_for_as_a_frame_would_without_cookies(site: Answers) -> None:
    site.answer("/", 302, ("Location", "/crm"), ("Set-Cookie", "session=1; Path=/"))
    site.answer("/crm")
    assert check(site.at("/#top")) is None
    (first, asked), (second, then) = site.asked
    assert (first, second) == ("/", "/crm")
    assert asked["accept"].startswith("text/html,")
    assert (asked["sec-fetch-dest"], asked["sec-fetch-mode"], asked["referer"]) == ("iframe", "navigate", f"{DESK}/")
    assert asked["host"] == f"localhost:{site.port}"
    assert "cookie" not in then


@pytest.mark.parametrize("address", ["127.0.0.1", pytest.param("::1", marks=IPV6)])
@pytest.mark.parametrize("name", ["localhost", "crm.localhost", "LOCALHOST"])
def test_localhost_is_found_on_either_of_this_machines_addresses(address: str, name: str) -> None:
    with closing(Answers(address)) as site:
        site.answer("/crm")
        assert check(site.at("/crm", name)) is None
        assert site.asked[0][1]["host"] == f"{name.lower()}:{site.port}"


def test_a_proxy_is_not_asked_for_this_machine(site: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert check(site.answer("/crm")) is None


@pytest.mark.parametrize(
    "content_type", ["TEXT/HTML", "text/plain", "application/pdf", "image/svg+xml", "application/ld+json", "x"]
)
def test_what_browsers_show_is_no_trouble(site: Answers, content_type: str) -> None:
    assert check(site.answer("/crm", 200, ("Content-Type", content_type), ("Content-Disposition", "inline"))) is None


def test_a_page_whose_body_never_ends_is_judged_by_its_headers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n")
                assert connection.recv(1) == b""  # until the other side closes

        thread = threading.Thread(target=serve)
        thread.start()
        assert check(f"http://127.0.0.1:{listening.getsockname()[1]}/") is None
        thread.join()


# What is not asked for


@pytest.mark.parametrize(
    "url", ["/panels/crm", "//crm.example/", "", "about:blank", "javascript:alert(1)", "file:///etc/passwd", f"{DESK}/panels/crm"]
)
def test_the_desks_own_pages_and_what_is_no_page_are_not_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(*args: object) -> Trouble:
        return Trouble("status", "", "")

    monkeypatch.setattr("bridge.desk.reach._ask", ask)
    assert check(url) is None


@pytest.mark.parametrize(
    ("url", "desk", "said"),
    [
        ("http://localhost:6000/", DESK, "Browsers load no page from port 6000"),
        ("http://localhost:99999/", DESK, "http://localhost:99999/ is no address"),
        ("http://[zz/", DESK, "http://[zz/ is no address"),
        ("http://a\n.example/", DESK, "http://a.example cannot be asked for: "),
        ("http://crm.example/", "https://desk.example", "The desk is open over https, and browsers show no http page"),
    ],
)
def test_an_address_that_browsers_do_not_load_is_named(url: str, desk: str, said: str) -> None:
    assert sentence(url, desk).startswith(said)


# A server that does not answer


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["localhost", "crm.localhost", "127.0.0.1", pytest.param("[::1]", marks=IPV6)])
def test_a_server_that_does_not_run_is_named(host: str) -> None:
    url = f"http://{host}:{free_port()}"
    assert check(f"{url}/crm?ani=8015551234") == Trouble(
        "unreachable", f"Nothing answers at {url}. Is its server running?", "All connection attempts failed"
    )


def test_a_name_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert sentence("https://crm.invalid/pop").startswith("Nobody knows the name crm.invalid.")


def test_a_server_that_runs_on_none_of_its_addresses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def addresses(host: str, port: int, *args: object, **options: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

    port = free_port()
    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    assert sentence(f"http://crm.test:{port}/") == f"Nothing answers at http://crm.test:{port}. Is its server running?"


def test_a_server_that_accepts_and_says_nothing_runs_out_of_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        trouble = check(f"{url}/crm", limit=0.2)
    assert trouble is not None
    assert trouble.kind == "timeout"
    assert trouble.sentence.startswith(f"{url} has not answered within 0.2 seconds.")


@pytest.mark.parametrize(
    ("said", "why"),
    [(b"", "Server disconnected without sending a response"), (b"220 mail.example ESMTP\r\n\r\n", "illegal status line: ")],
)
def test_a_server_that_does_not_speak_http_is_named(said: bytes, why: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"127.0.0.1:{listening.getsockname()[1]}"
        told = sentence(f"http://{url}/")
        assert told.startswith(f"http://{url} breaks off, or answers something other than HTTP ({why}")
        assert told.endswith(f"). Is its address https://{url}?")
        thread.join()


def test_an_https_address_of_a_server_without_tls_is_told_so(site: Answers) -> None:
    address = f"localhost:{site.port}"
    assert (
        sentence(f"https://{address}/") == f"https://{address} does not speak TLS as it should. Is its address http://{address}?"
    )


# Certificates


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Answers]:
    with closing(Answers(tls=server_side(authority))) as site:
        yield site


def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def test_a_certificate_that_nobody_trusts_is_told(secure: Answers) -> None:
    trouble = check(secure.answer("/crm"))
    assert trouble is not None
    assert trouble.kind == "certificate"
    page = secure.at("")
    assert trouble.sentence.startswith(f"The certificate of {page} is not trusted (")
    assert (
        f"browsers show nothing in a frame until it is. Open {page} in a tab of its own and accept it there" in trouble.sentence
    )


@IPV6
def test_a_certificate_that_one_address_shows_counts_although_the_other_does_not_answer(authority: trustme.CA) -> None:
    with closing(Answers("::1", server_side(authority))) as secure:
        trouble = check(secure.answer("/crm"))
    assert trouble is not None
    assert trouble.kind == "certificate"


def test_a_certificate_for_another_name_is_told(
    secure: Answers, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trust(authority, monkeypatch, tmp_path)
    secure.answer("/crm")
    assert "not trusted (Hostname mismatch, certificate is not valid for 'crm.localhost'.)" in sentence(
        secure.at("/crm", "crm.localhost")
    )


def test_a_trusted_certificate_is_no_trouble(
    secure: Answers, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trust(authority, monkeypatch, tmp_path)
    assert check(secure.answer("/crm")) is None


def trust(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))


def test_a_certificate_that_came_to_be_trusted_is_found_by_a_fresh_look(
    secure: Answers, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def looks() -> list[bool]:
        reach, url = Reach(), secure.answer("/crm")
        before = await reach.check(url, DESK)
        trust(authority, monkeypatch, tmp_path)
        return [before is None, await reach.check(url, DESK, fresh=True) is None]

    assert asyncio.run(looks()) == [False, True]


# Answers that leave the frame empty


def test_a_page_that_refuses_to_be_framed_is_told(site: Answers) -> None:
    url = site.answer("/crm", 200, HTML, ("X-Frame-Options", "DENY"))
    assert check(url + "?ani=8015551234") == Trouble(
        "framing",
        f"{url} answers with X-Frame-Options: DENY, so browsers show it in no frame. Let the page send Content-Security-Policy: "
        "frame-ancestors http://127.0.0.1:8700 instead.",
        "X-Frame-Options: DENY",
    )


def test_several_headers_of_one_name_all_count(site: Answers) -> None:
    header = "Content-Security-Policy"
    url = site.answer("/crm", 200, HTML, (header, "frame-ancestors *"), (header, "frame-ancestors 'none'"))
    trouble = check(url)
    assert trouble is not None
    assert trouble.evidence == "Content-Security-Policy: frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "answers 400 Bad Request."),
        (401, "answers 401 Unauthorized. It may want a sign-in: deskbridge asked without cookies."),
        (403, "answers 403 Forbidden. It may want a sign-in: deskbridge asked without cookies."),
        (404, "answers 404 Not Found. Is the path in the panel's address right?"),
        (500, "answers 500 Internal Server Error. The log of its server says why."),
        (599, "answers 599. The log of its server says why."),
    ],
)
def test_an_error_is_told_before_the_headers_of_its_page(site: Answers, status: int, said: str) -> None:
    url = site.answer("/crm", status, HTML, ("X-Frame-Options", "DENY"))
    trouble = check(url)
    assert trouble is not None
    assert (trouble.kind, trouble.sentence) == ("status", f"{url} {said}")


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (204, (), "answers 204 and sends no page"),
        (205, (), "answers 205 and sends no page"),
        (200, (("Content-Disposition", 'Attachment; filename="a.html"'), HTML), "answers with Content-Disposition: attachment"),
        (200, (("Content-Type", "application/octet-stream"),), "answers with Content-Type: application/octet-stream"),
        (200, (("Content-Type", "Application/ZIP; x=y"),), "answers with Content-Type: application/zip"),
    ],
)
def test_an_answer_that_is_no_page_is_told(site: Answers, status: int, headers: tuple[tuple[str, str], ...], said: str) -> None:
    url = site.answer("/crm", status, *headers)
    trouble = check(url)
    assert trouble is not None
    assert trouble.kind == "content"
    assert trouble.sentence.startswith(f"{url} {said}")


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_their_own_headers_do_not_count(site: Answers, status: int) -> None:
    site.answer("/crm")
    assert check(site.answer("/", status, ("Location", "crm"), ("X-Frame-Options", "DENY"))) is None


def test_the_page_at_the_end_is_named_with_the_one_that_leads_there(site: Answers) -> None:
    login = site.answer("/login", 200, HTML, ("X-Frame-Options", "DENY"))
    url = site.answer("/crm", 302, ("Location", "HERE/login?next=/crm"))
    assert sentence(url).startswith(f"{url} leads to {login}, which answers with X-Frame-Options: DENY, so")


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://localhost:PORT/", "Nothing answers at http://localhost:PORT. Is its server running?"),
        ("http://localhost:6000/", "Browsers load no page from port 6000"),
        ("http://localhost:99999/", "http://localhost:99999/ is no address that a browser can load."),
    ],
)
def test_a_page_that_a_redirect_leads_to_and_that_does_not_come_is_told(site: Answers, location: str, said: str) -> None:
    port = str(free_port())
    url = site.answer("/crm", 302, ("Location", location.replace("PORT", port)))
    assert sentence(url).startswith(f"{url} leads to another page. {said.replace('PORT', port)}")


def test_a_redirect_to_http_is_not_loaded_by_a_desk_on_https(site: Answers) -> None:
    url = site.answer("/crm", 302, ("Location", "http://crm.example/"))
    assert sentence(url, "https://desk.example").startswith(f"{url} leads to another page. The desk is open over https")


@pytest.mark.parametrize("location", ["crmapp:pop?id=1", "file:///etc/passwd", "data:text/html,x"])
def test_a_redirect_out_of_the_web_is_told_and_not_followed(site: Answers, location: str) -> None:
    url = site.answer("/crm", 302, ("Location", location))
    trouble = check(url)
    assert trouble is not None
    assert (trouble.kind, trouble.evidence) == ("redirects", location.partition(":")[0] + ":")


@pytest.mark.parametrize("location", ["http://localhost:x/", "http://a\x7fb/"])
def test_a_redirect_to_no_address_is_told(site: Answers, location: str) -> None:
    url = site.answer("/crm", 302, ("Location", location))
    assert sentence(url).startswith(f"{url} redirects to what is no address (Invalid ")


def test_a_circle_of_redirects_ends(site: Answers) -> None:
    site.answer("/b", 302, ("Location", "/crm"))
    url = site.answer("/crm", 302, ("Location", "/b"))
    assert sentence(url).startswith(f"{url} redirects without end, so the frame stays empty.")
    assert len(site.asked) == 2


@pytest.mark.parametrize(("hops", "comes"), [(MOST_REDIRECTS, True), (MOST_REDIRECTS + 1, False)])
def test_as_many_redirects_are_followed_as_a_browser_follows(site: Answers, hops: int, comes: bool) -> None:
    for hop in range(hops):
        site.answer(f"/{hop}", 302, ("Location", f"/{hop + 1}"))
    site.answer(f"/{hops}")
    assert (check(site.at("/0")) is None) is comes


# What is remembered


def test_the_query_is_left_out_and_what_is_answered_without_it_counts_no_more(site: Answers) -> None:
    site.answer("/crm", 400)
    assert check(site.at("/crm?ani=8015551234")) is None
    assert [asked for asked, _ in site.asked] == ["/crm"]
    assert sentence(site.at("/crm"))
    site.answer("/crm", 200, ("X-Frame-Options", "DENY"))
    assert "X-Frame-Options: DENY" in sentence(site.at("/crm?ani=8015551234"))


def test_one_look_serves_all_queries_until_it_is_old(site: Answers) -> None:
    now = 0.0

    async def looks() -> list[int]:
        reach, asked = Reach(now=lambda: now), []
        for seconds in (0, REMEMBERED - 1, REMEMBERED, REMEMBERED + 1):
            nonlocal now
            now = seconds
            await reach.check(site.at(f"/crm?ani={seconds}"), DESK)
            asked.append(len(site.asked))
        return asked

    site.answer("/crm")
    assert asyncio.run(looks()) == [1, 1, 2, 2]


def test_contacts_that_come_together_ask_once(site: Answers) -> None:
    async def look() -> list[Trouble | None]:
        reach = Reach()
        return await asyncio.gather(*(reach.check(site.at(f"/crm?ani={number}"), DESK) for number in range(20)))

    site.answer("/crm", 200, ("X-Frame-Options", "DENY"))
    assert [trouble.kind for trouble in asyncio.run(look()) if trouble] == 20 * ["framing"]
    assert len(site.asked) == 1


def test_one_who_leaves_does_not_take_the_answer_from_the_others(site: Answers) -> None:
    arrived, leave = threading.Event(), threading.Event()

    def hold() -> None:
        arrived.set()
        leave.wait()

    async def look() -> Trouble | None:
        reach = Reach()
        first, second = (asyncio.create_task(reach.check(site.at("/crm"), DESK)) for _ in range(2))
        await asyncio.to_thread(arrived.wait)
        first.cancel()
        leave.set()
        return await second

    site.before = hold
    site.answer("/crm", 404)
    trouble = asyncio.run(look())
    assert trouble is not None
    assert trouble.kind == "status"


def test_another_page_and_another_desk_are_looked_at_anew(site: Answers) -> None:
    async def look() -> None:
        reach = Reach()
        for path, desk in [("/crm", DESK), ("/notes", DESK), ("/crm", "http://localhost:8700")]:
            await reach.check(site.at(path), desk)

    site.answer("/crm")
    site.answer("/notes")
    asyncio.run(look())
    assert [path for path, _ in site.asked] == ["/crm", "/notes", "/crm"]


def test_a_fresh_look_finds_a_page_that_was_mended(site: Answers) -> None:
    async def looks() -> list[bool]:
        reach, url = Reach(), site.answer("/crm", 500)
        before = await reach.check(url, DESK)
        site.answer("/crm")
        known, fresh, after = await reach.check(url, DESK), await reach.check(url, DESK, fresh=True), await reach.check(url, DESK)
        return [trouble is None for trouble in (before, known, fresh, after)]

    assert asyncio.run(looks()) == [False, False, True, True]


def test_a_few_pages_at_a_time_are_asked_for(site: Answers) -> None:
    all_in, go_on = threading.Barrier(AT_A_TIME + 1, timeout=30), threading.Event()

    def hold() -> None:
        if not go_on.is_set():
            all_in.wait()
            go_on.wait()

    async def look() -> int:
        reach, urls = Reach(), [site.answer(f"/{number}") for number in range(3 * AT_A_TIME)]
        looks = asyncio.gather(*(reach.check(url, DESK) for url in urls))
        await asyncio.to_thread(all_in.wait)
        with closing(Answers()) as other:  # whoever else might ask has come by the time that these have been answered
            for number in range(10):
                await Reach().check(other.answer(f"/{number}"), DESK)
        asked = len(site.asked)
        go_on.set()
        await looks
        return asked

    site.before = hold
    assert asyncio.run(look()) == AT_A_TIME
    assert len(site.asked) == 3 * AT_A_TIME


def test_what_nobody_foresaw_is_logged_and_no_trouble(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("bridge.desk.reach._ask", None)
    assert check("https://crm.example/pop?ani=8015551234") is None
    assert "looking at the panel https://crm.example/pop failed" in caplog.text
    assert "8015551234" not in caplog.text
