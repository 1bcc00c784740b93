import http.server
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from bridge.desk.framing import Headers, never_loaded, page_name, refusal

DESK = "http://127.0.0.1:8700"
PAGE = "http://localhost:8700/crm"


def policy(*values: str) -> Headers:
    return [("Content-Security-Policy", value) for value in values]


def ancestors(sources: str) -> Headers:
    return policy(f"frame-ancestors {sources}")


def x_frame_options(*values: str) -> Headers:
    return [("X-Frame-Options", value) for value in values]


def is_framed(headers: Headers, url: str = PAGE, desk: str = DESK) -> bool:
    return refusal(headers, url, desk) is None


# What Chromium does with each is asked of it below. The page is on localhost:8700, the desk on 127.0.0.1:8700.

FRAMED: list[Headers] = [
    [],
    # Policies without a word on frames, or not enforced
    policy("default-src 'none'; frame-src 'none'"),
    [("Content-Security-Policy-Report-Only", "frame-ancestors 'none'")],
    # Sources
    ancestors("*"),
    ancestors("http:"),
    ancestors("HTTP:"),
    ancestors("127.0.0.1:8700"),
    ancestors("http://127.0.0.1:8700"),
    ancestors("HTTP://127.0.0.1:8700"),
    ancestors("http://127.0.0.1:8700/"),
    ancestors("http://127.0.0.1:08700"),
    ancestors("127.0.0.1:*"),
    ancestors("*:8700"),
    ancestors("*:*"),
    ancestors("http://*:8700"),
    ancestors("*.0.0.1:8700"),
    ancestors("https://crm.example 127.0.0.1:8700 'self'"),
    ancestors("'none' 127.0.0.1:8700"),
    ancestors("'unsafe-inline' not/a/source http:"),
    # Several
    policy("frame-ancestors http:; frame-ancestors 'none'"),
    policy("frame-ancestors http:, frame-ancestors 127.0.0.1:8700"),
    policy("frame-ancestors http:", "default-src 'none'", "frame-ancestors *"),
    policy("frame-ancestors 'none' ä; default-src *"),
    # A policy beats X-Frame-Options
    [*ancestors("*"), *x_frame_options("DENY")],
    [*x_frame_options("SAMEORIGIN"), *ancestors("127.0.0.1:8700")],
    # X-Frame-Options that say nothing
    x_frame_options("ALLOWALL"),
    x_frame_options("ALLOW-FROM http://127.0.0.1:8700"),
    x_frame_options("ALLOW-FROM http://crm.example"),
    x_frame_options(""),
    x_frame_options(","),
    x_frame_options("DENY please"),
    x_frame_options("SAMEORIGIN;"),
    x_frame_options("one", "another"),
    x_frame_options('"DENY"'),
    x_frame_options('"DENY, SAMEORIGIN"'),
    x_frame_options('"one, DENY, another"'),
]

REFUSED: list[Headers] = [
    # Sources
    ancestors("'none'"),
    ancestors("'NONE'"),
    ancestors(""),
    policy("frame-ancestors"),
    ancestors("'self'"),
    ancestors("https:"),
    ancestors("ws:"),
    ancestors("localhost:8700"),
    ancestors("127.0.0.1"),
    ancestors("127.0.0.1:8701"),
    ancestors("http://127.0.0.1"),
    ancestors("https://127.0.0.1:8700"),
    ancestors("ws://127.0.0.1:8700"),
    ancestors("http://127.0.0.1:8700/desk"),
    ancestors("127.0.0.1.:8700"),
    ancestors("*.127.0.0.1:8700"),
    ancestors("*.1.0.0.1:8700"),
    ancestors("http://*"),
    ancestors("not/a/source"),
    # However it is spelt
    policy("FRAME-ANCESTORS 'none'"),
    policy("frame-ancestors\t'none'"),
    policy("default-src *;;  frame-ancestors 'none' ;"),
    [("CONTENT-SECURITY-POLICY", "frame-ancestors 'none'")],
    # Several: all must allow
    policy("frame-ancestors http:, frame-ancestors 'none'"),
    policy("frame-ancestors http:", "frame-ancestors 'none'"),
    policy("frame-ancestors 'none'", "frame-ancestors http:"),
    [*ancestors("'none'"), *x_frame_options("ALLOWALL")],
    # X-Frame-Options
    x_frame_options("DENY"),
    x_frame_options("deny"),
    x_frame_options("\tDENY "),
    x_frame_options("SAMEORIGIN"),
    x_frame_options("SameOrigin"),
    x_frame_options("DENY, DENY"),
    x_frame_options("SAMEORIGIN", "SAMEORIGIN"),
    x_frame_options("DENY", "SAMEORIGIN"),
    x_frame_options("SAMEORIGIN, ALLOWALL"),
    x_frame_options("ALLOWALL, one"),
    x_frame_options("one", "DENY"),
    x_frame_options("DENY,"),
    # Policies that do not beat it
    [*policy("default-src 'none'"), *x_frame_options("DENY")],
    [("Content-Security-Policy-Report-Only", "frame-ancestors *"), *x_frame_options("DENY")],
]


def spelt(headers: Headers) -> str:
    return " | ".join(f"{name}: {value}" for name, value in headers) or "no header"


@pytest.mark.parametrize("headers", FRAMED, ids=spelt)
def test_a_browser_frames(headers: Headers) -> None:
    assert is_framed(headers)


@pytest.mark.parametrize("headers", REFUSED, ids=spelt)
def test_a_browser_does_not_frame(headers: Headers) -> None:
    assert not is_framed(headers)


@pytest.fixture
def port() -> Iterator[int]:
    """A desk at 127.0.0.1 with one frame for each of the tables' rows, whose pages come from localhost."""
    rows = [*FRAMED, *REFUSED]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            row = parse_qs(urlsplit(self.path).query).get("row")
            body = "".join(f"<iframe src='http://localhost:{port}/crm?row={number}'></iframe>" for number in range(len(rows)))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            for name, value in rows[int(row[0])] if row else []:
                self.send_header(name, value.replace("8700", str(port)))
            self.end_headers()
            self.wfile.write(b"a page" if row else body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    port: int = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield port
    server.shutdown()
    server.server_close()


def test_chromium_agrees_on_every_row(page: Page, port: int) -> None:
    page.goto(f"http://127.0.0.1:{port}/")  # returns when every frame has loaded, or failed to
    frames = [element.content_frame() for element in page.query_selector_all("iframe")]
    shown = [frame is not None and frame.url.startswith("http://localhost:") for frame in frames]
    wrong = [spelt(row) for row, is_shown in zip([*FRAMED, *REFUSED], shown, strict=True) if is_shown != is_framed(row)]
    assert wrong == []
    assert shown.count(True) == len(FRAMED)


# Sources and schemes. Chromium was asked about these too; where a row differs from CSP3's text, it says so.


@pytest.mark.parametrize(
    ("url", "desk", "sources", "framed"),
    [
        # https desk: a source for http fits it, on the default ports or any
        ("http://localhost:3000", "https://desk.example", "http:", True),
        ("http://localhost:3000", "https://desk.example", "desk.example", True),
        ("http://localhost:3000", "https://desk.example", "http://desk.example", True),
        ("http://localhost:3000", "https://desk.example", "http://desk.example:80", True),
        ("http://localhost:3000", "https://desk.example:8700", "desk.example:*", True),
        ("http://localhost:3000", "https://desk.example:8700", "http://desk.example:*", True),
        ("http://localhost:3000", "https://desk.example:8700", "https://desk.example:8700", True),
        ("http://localhost:3000", "https://desk.example:8700", "http://desk.example:8700", False),  # CSP3 would frame it
        ("http://localhost:3000", "https://desk.example:8700", "desk.example:8700", False),  # CSP3 would frame it
        # http desk: a source without a scheme means the page's own, and https does not fit http
        ("https://crm.example", DESK, "127.0.0.1:8700", False),
        ("https://crm.example", DESK, "127.0.0.1:*", False),
        ("https://crm.example", DESK, "*:*", False),
        ("https://crm.example", DESK, "https:", False),
        ("https://crm.example", DESK, "*", True),
        ("https://crm.example", DESK, "http:", True),
        ("https://crm.example", DESK, "http://127.0.0.1:8700", True),
        # Default ports
        ("http://crm.example", "http://desk.example", "desk.example", True),
        ("http://crm.example", "http://desk.example", "desk.example:80", True),
        ("http://crm.example", "http://desk.example", "desk.example:443", False),
        ("https://crm.example", "https://desk.example", "desk.example:443", True),
        # Names under a name
        ("https://crm.example", "https://desk.corp.example", "*.corp.example", True),
        ("https://crm.example", "https://a.desk.corp.example", "*.corp.example", True),
        ("https://crm.example", "https://corp.example", "*.corp.example", False),
        ("https://crm.example", "https://evilcorp.example", "*.corp.example", False),
        ("https://crm.example", "https://desk.corp.example", "DESK.Corp.Example", True),
        ("https://crm.example", "https://desk_1.corp.example", "desk_1.corp.example", True),
        # 'self'
        ("https://desk.example/crm", "https://desk.example", "'self'", True),
        ("https://desk.example/crm", "https://desk.example", "'Self'", True),
        ("http://desk.example/crm", "https://desk.example", "'self'", True),
        ("https://desk.example/crm", "http://desk.example", "'self'", False),
        ("http://desk.example:3000/crm", "https://desk.example", "'self'", False),
        ("http://127.0.0.1:3000/crm", DESK, "'self'", False),
        # An address in brackets is no source
        ("http://localhost:3000", "http://[::1]:8700", "http://[::1]:8700", False),
        ("http://localhost:3000", "http://[::1]:8700", "http://*:8700", True),
        # More digits than a port has
        ("http://localhost:3000", DESK, f"127.0.0.1:{'9' * 5000}", False),
    ],
)
def test_a_source_allows_a_desk_or_does_not(url: str, desk: str, sources: str, framed: bool) -> None:
    assert is_framed(ancestors(sources), url, desk) is framed


@pytest.mark.parametrize("url", [f"{DESK}/panels/crm", "HTTP://127.0.0.1:8700/x?y", "http://user@127.0.0.1:8700"])
def test_sameorigin_frames_a_page_of_the_desks_own_origin(url: str) -> None:
    assert is_framed(x_frame_options("SAMEORIGIN", "sameorigin"), url)


PLAIN_NAME = st.from_regex(r"[a-z0-9-]{1,9}(\.[a-z0-9-]{1,9}){0,2}", fullmatch=True)


@given(st.sampled_from(["http", "https"]), PLAIN_NAME, st.integers(1, 65535), st.sampled_from([PAGE, "https://crm.example"]))
def test_a_policy_that_names_the_desks_origin_frames_it(scheme: str, host: str, port: int, url: str) -> None:
    desk = f"{scheme}://{host}:{port}"
    assert is_framed(ancestors(desk), url, desk)
    assert is_framed(ancestors(f"'none' https://other.example {desk}"), url, desk)


@given(st.lists(st.tuples(st.sampled_from(["content-security-policy", "x-frame-options"]), st.text())))
def test_no_other_header_takes_back_a_refusal(headers: Headers) -> None:
    assert not is_framed([*headers, *ancestors("'none'")])


# What a person reads


@pytest.mark.parametrize(
    ("headers", "url", "desk", "evidence", "sentence"),
    [
        (
            x_frame_options("DENY"),
            "https://crm.example/?ani=8015551234",
            DESK,
            "X-Frame-Options: DENY",
            "https://crm.example answers with X-Frame-Options: DENY, so browsers show it in no frame. Let the page send "
            "Content-Security-Policy: frame-ancestors http://127.0.0.1:8700 instead.",
        ),
        (
            x_frame_options("SAMEORIGIN"),
            "https://crm.example/pop",
            DESK,
            "X-Frame-Options: SAMEORIGIN",
            "https://crm.example/pop answers with X-Frame-Options: SAMEORIGIN, so browsers show it in frames of "
            "https://crm.example only. Let the page send Content-Security-Policy: frame-ancestors http://127.0.0.1:8700 instead.",
        ),
        (
            x_frame_options("DENY", "SAMEORIGIN"),
            "https://crm.example",
            DESK,
            "X-Frame-Options: DENY, SAMEORIGIN",
            "https://crm.example answers with X-Frame-Options: DENY, SAMEORIGIN, which contradicts itself, so browsers show it "
            "in no frame. Let the page send Content-Security-Policy: frame-ancestors http://127.0.0.1:8700 instead.",
        ),
        (
            policy("default-src *; frame-ancestors 'none'"),
            "https://crm.example",
            DESK,
            "Content-Security-Policy: frame-ancestors 'none'",
            "https://crm.example answers with Content-Security-Policy: frame-ancestors 'none', so browsers do not show it in a "
            "frame of http://127.0.0.1:8700. Let the policy name http://127.0.0.1:8700 instead.",
        ),
        (
            ancestors("https://max.niceincontact.com"),
            "https://crm.example",
            DESK,
            "Content-Security-Policy: frame-ancestors https://max.niceincontact.com",
            "https://crm.example answers with Content-Security-Policy: frame-ancestors https://max.niceincontact.com, so "
            "browsers do not show it in a frame of http://127.0.0.1:8700. Let the policy name http://127.0.0.1:8700 too.",
        ),
        (
            ancestors("http://localhost:8700"),
            "https://crm.example",
            DESK,
            "Content-Security-Policy: frame-ancestors http://localhost:8700",
            "https://crm.example answers with Content-Security-Policy: frame-ancestors http://localhost:8700, so browsers do not "
            "show it in a frame of http://127.0.0.1:8700. Let the policy name http://127.0.0.1:8700 too. Or open the desk at "
            "http://localhost:8700, which it allows.",
        ),
        (
            x_frame_options("DENY"),
            "https://crm.example",
            "http://[::1]:8700",
            "X-Frame-Options: DENY",
            "https://crm.example answers with X-Frame-Options: DENY, so browsers show it in no frame. Let the page send "
            "Content-Security-Policy: frame-ancestors http://localhost:8700 instead, and open the desk at that address: no "
            "policy can name [::1].",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and ": " not in value else "",
)
def test_a_refusal_says_what_refuses_and_what_to_do(headers: Headers, url: str, desk: str, evidence: str, sentence: str) -> None:
    refused = refusal(headers, url, desk)
    assert refused is not None
    assert (refused.kind, refused.evidence, refused.sentence) == ("framing", evidence, sentence)


def test_the_desks_other_name_is_offered_only_if_every_policy_allows_it() -> None:
    refused = refusal(policy("frame-ancestors localhost:8700", "frame-ancestors 127.0.0.1:8700"), PAGE, DESK)
    assert refused is not None
    assert "Or open the desk" not in refused.sentence


def test_a_long_policy_is_cut_short() -> None:
    refused = refusal(ancestors(" ".join(f"https://site-{number}.example" for number in range(500))), PAGE, DESK)
    assert refused is not None
    assert len(refused.evidence) < 300
    assert refused.evidence.endswith("…")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://crm.example", "https://crm.example"),
        ("https://crm.example/", "https://crm.example"),
        ("https://CRM.example:443/pop", "https://crm.example/pop"),
        ("http://[::1]:3000/pop", "http://[::1]:3000/pop"),
        ("https://user:secret@crm.example/pop?ani=8015551234#top", "https://crm.example/pop"),
        ("https://crm.example/" + "a" * 500, "https://crm.example/" + "a" * 79 + "…"),
    ],
)
def test_a_page_is_named_without_what_may_be_secret(url: str, name: str) -> None:
    assert page_name(url) == name


# What a browser does not ask for


@pytest.mark.parametrize(
    ("url", "desk", "loads"),
    [
        ("http://crm.example", "http://desk.example", True),
        ("https://crm.example", "http://desk.example", True),
        ("https://crm.example", "https://desk.example", True),
        ("http://crm.example", "https://desk.example", False),
        ("http://10.0.0.1", "https://desk.example", False),
        ("http://localhost:3000", "https://desk.example", True),
        ("http://crm.localhost:3000", "https://desk.example", True),
        ("http://notlocalhost:3000", "https://desk.example", False),
        ("http://127.0.0.1:3000", "https://desk.example", True),
        ("http://127.1.2.3:3000", "https://desk.example", True),
        ("http://[::1]:3000", "https://desk.example", True),
    ],
)
def test_a_desk_on_https_loads_http_from_its_own_machine_only(url: str, desk: str, loads: bool) -> None:
    trouble = never_loaded(url, desk)
    assert (trouble is None) is loads
    assert trouble is None or (trouble.kind == "framing" and "over https" in trouble.sentence)


@pytest.mark.parametrize("port", [0, 22, 6000, 6667, 10080])
def test_browsers_load_no_page_from_a_port_of_another_protocol(port: int) -> None:
    trouble = never_loaded(f"http://localhost:{port}/crm", DESK)
    assert trouble is not None
    assert trouble.sentence.startswith(f"Browsers load no page from port {port},")


@pytest.mark.parametrize("url", ["http://[zz/", "http://localhost:99999", "http://localhost:x", "http://", "http:///crm"])
def test_an_address_that_is_none_is_said_to_be_none(url: str) -> None:
    trouble = never_loaded(url, DESK)
    assert trouble is not None
    assert trouble.kind == "address"
    assert trouble.sentence.startswith(url)
