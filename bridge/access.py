"""Who may call what. Three zones by path: the operator's, the customers', and what is public.

A browser sends `Origin` with every request that another site could forge to an effect, and a page cannot change it; so an
operator request must come from the desk's own origin or from no page at all. `Host` must be a name that this server is known by,
or a page could reach it under a name of its own (DNS rebinding).

The pages of the panels are public and may be framed by anybody, since they run under a real MAX too. What they look up is the
operator's, and wants a key even where no token is set: a page of another site could frame the CRM panel, play MAX to it and read
a customer's name off the contact card that the panel posts. The request would be the panel's own, so Origin tells nothing. The
key is the server's token, or one made from the journal's epoch that the desk puts into the fragment of its own panels' addresses.

One thing a page of any site may do: send a recording, if it shows that key or the token. The recorder is hosted anywhere. A
browser adds neither by itself, so a page that shows one was given it on purpose.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.api.problem import Problem
from bridge.paths import PREFIX

PUBLIC = re.compile(r"/static/.*|/panels/[^/]*|/healthz|/favicon\.ico", re.DOTALL)
"""What any page may load and frame. A panel's page is of this origin, so its Host must be known too."""

PANEL_DATA = re.compile(r"/panels/[^/]+/.*", re.DOTALL)
"""What the panels' pages look up and keep, each below its own address."""

PAGES = re.compile(r"/|/desk/[^/]+|/inspector|/supervisor")
"""The operator's pages themselves: they carry no data and so need no token; their sockets and calls do."""

AGENT_API = re.compile(r"/incontactapi/.*|/incontactauthorizationserver/.*", re.DOTALL | re.IGNORECASE)
"""The Agent Session API and its token endpoint, for clients as the vendor has them. They check the bearer token themselves, and
answer as the vendor does; the server's own is one of those that they take. They take forms too, and JSON that is called text.
Browsers let a page of any site send these without asking first, but not without its Origin, for which it is refused, and not with
a bearer token."""

RECORDINGS = f"{PREFIX}/recordings"
"""Where recordings are sent to."""

JSON = ("application/json",)
JSON_LINES = ("application/x-ndjson", "application/jsonl")

LOOPBACK = ("127.0.0.1", "localhost", "::1")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' http: https: data:; frame-src http: https:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'"
)


@lru_cache(maxsize=1)
def panel_key(epoch: str) -> str:
    """What opens the panels' data while the journal has this epoch: 32 hexadecimal digits. It outlives a restart, and ends with
    a reset, when the desk loads its panels anew."""
    return hashlib.sha256(f"panels/{epoch}".encode()).hexdigest()[:32]


def is_loopback(host: str) -> bool:
    """Whether a server bound to this host can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host.lower() in LOOPBACK


@lru_cache(maxsize=256)
def host_name(authority: str) -> str:
    """The name in a `Host` header's `name:port`, in lower case; "" where it holds none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:  # brackets that do not close, or hold no address
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Access:
    """What the operator zone asks for. `hosts` are the names (without port) that the server is known by, `origins` further
    origins of its own pages (a public URL behind a proxy), `token` the secret that calls must show, if any. With `any_address` it
    is also known by every address in numbers: no name, and so no rebinding of one, leads there."""

    def __init__(
        self, hosts: Iterable[str], origins: Iterable[str] = (), token: str | None = None, any_address: bool = False
    ) -> None:
        self.any_address = any_address
        self.hosts = frozenset(host.lower() for host in hosts)
        self.origins = frozenset(origins)
        self.token = token

    def refusal(self, scope: Scope, panel_key: str) -> Problem | None:
        """Why this request is not let in; None when it is. `panel_key` is the one that counts now."""
        path = scope["path"]
        if path.startswith("/static/") or path == "/healthz":
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        name = host_name(host)
        if not name or (name not in self.hosts and not (self.any_address and _is_address(name))):
            named = f"[{name}]" if ":" in name else name or "NAME"
            return Problem(
                421, "Unknown host", f"This server is not known as {host!r}. If it should be, start it with --allow-host {named}."
            )
        if PUBLIC.fullmatch(path) or _asks_to_send_a_recording(scope):
            return None
        origin = headers.get("origin")
        is_anothers = origin is not None and not self._is_own(origin, scope, host)
        sends_recording = _sends_recording(scope)
        if sends_recording and is_anothers:
            return self._stranger_with_recording(headers, panel_key)
        if is_anothers:
            return Problem(
                403,
                "Another origin",
                f"Only the desk's own pages may do this, not a page of {origin}. Behind a proxy, start the server with "
                "--public-url and the address that the proxy gives it.",
            )
        if _is_of_another_site(headers) and not self._is_page(scope):
            return Problem(403, "Another site", "Only the desk's own pages may do this, not a page of another site.")
        if AGENT_API.fullmatch(path):
            return None
        if PANEL_DATA.fullmatch(path):
            if not self._opens_panels(bearer(headers), panel_key):
                return Problem(
                    401,
                    "Key needed",
                    "Open this panel from the desk, or add #key=TOKEN to its address, with the token that the server has.",
                )
        elif (
            scope["type"] == "http"
            and not self._is_page(scope)
            and not self.token_fits(bearer(headers))
            and not (sends_recording and self._opens_panels(bearer(headers), panel_key))
        ):
            return Problem(
                401, "Token needed", "Send the token that the server printed when it started: Authorization: Bearer TOKEN."
            )
        if scope["type"] == "http" and sends_recording:
            return _unless_of_type(headers, JSON_LINES)
        return _unless_of_type(headers, JSON) if scope["type"] == "http" else None

    def _stranger_with_recording(self, headers: Mapping[str, str], panel_key: str) -> Problem | None:
        """The refusal of a recording that a page of another site sends."""
        key = bearer(headers)
        if key is None:
            return Problem(
                403,
                "Another origin",
                f"A page of {headers['origin']} may send a recording only with the server's token. Start the "
                "server with --token TOKEN, and give the page the same.",
            )
        if not self._opens_panels(key, panel_key):
            has_one = "This is not it." if self.token is not None else "It has none yet: start it with --token TOKEN."
            return Problem(401, "Token needed", f"To take a recording from another site the server wants its token. {has_one}")
        return _unless_of_type(headers, JSON_LINES)

    def token_fits(self, token: str | None) -> bool:
        """Whether this token opens the operator zone; any does when none is set."""
        return self.token is None or _same(token, self.token)

    def _opens_panels(self, key: str | None, panel_key: str) -> bool:
        return _same(key, panel_key) or (self.token is not None and _same(key, self.token))

    def _is_own(self, origin: str, scope: Scope, host: str) -> bool:
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        return origin in self.origins or origin.lower() == f"{scheme}://{host}".lower()

    @staticmethod
    def _is_page(scope: Scope) -> bool:
        return scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and PAGES.fullmatch(scope["path"]) is not None


class AccessMiddleware:
    """Refuses what `Access` refuses, and gives every answer the headers that its zone wants. `epoch` is the journal's, which a
    reset changes."""

    def __init__(self, app: ASGIApp, access: Access, epoch: Callable[[], str]) -> None:
        self.app, self.access, self.epoch = app, access, epoch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        refusal = self.access.refusal(scope, panel_key(self.epoch()))
        if scope["type"] == "websocket":
            if refusal is not None:  # 403 in place of the upgrade: no page sees a body, and uvicorn logs an error over one
                return await send({"type": "websocket.close", "code": 4003, "reason": refusal.detail})
            return await self.app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}  # a page may have a policy of its own
                zone = [header for header in _headers(scope["path"]) if header[0] not in own]
                if _sends_recording(scope):  # the page that sent it, wherever it is, may read what came of it
                    zone.append((b"access-control-allow-origin", b"*"))
                message["headers"] = [*message["headers"], *zone]
            await send(message)

        app = self.app if refusal is None else refusal.response()
        if refusal is None and _asks_to_send_a_recording(scope):
            app = _may_send_a_recording(scope)
        return await app(scope, receive, with_headers)


@lru_cache(maxsize=256)
def _headers(path: str) -> list[tuple[bytes, bytes]]:
    """The headers of every answer at this path."""
    policy = CONTENT_SECURITY_POLICY
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}
    if path.startswith("/static/"):  # panels of other origins import the panel library
        headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    if not PUBLIC.fullmatch(path):
        policy += "; frame-ancestors 'self'"
        headers |= {"Cross-Origin-Opener-Policy": "same-origin-allow-popups", "Cross-Origin-Resource-Policy": "same-origin"}
    if PANEL_DATA.fullmatch(path):
        headers["Cache-Control"] = "no-store"  # customers' data stays in no browser
    headers["Content-Security-Policy"] = policy
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _same(given: str | None, secret: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), secret.encode())


def bearer(headers: Mapping[str, str]) -> str | None:
    """The bearer token that a request shows; None where it shows none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _unless_of_type(headers: Mapping[str, str], media_types: Sequence[str]) -> Problem | None:
    """The refusal of a body that is of another type than these."""
    if not _has_body(headers) or headers.get("content-type", "").partition(";")[0].strip().lower() in media_types:
        return None
    if media_types == JSON:
        return Problem(415, "JSON only", "Send the body as JSON, with Content-Type: application/json.")
    return Problem(415, "JSON Lines only", f"Send the recording as JSON Lines, with Content-Type: {media_types[0]}.")


def _is_of_another_site(headers: Mapping[str, str]) -> bool:
    return headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _sends_recording(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == RECORDINGS)


def _asks_to_send_a_recording(scope: Scope) -> bool:
    """Whether a browser asks what a page of another site may send here. It asks without the token."""
    if scope["type"] != "http" or scope["method"] != "OPTIONS" or scope["path"] != RECORDINGS:
        return False
    return (b"access-control-request-method", b"POST") in scope["headers"]


def _may_send_a_recording(scope: Scope) -> Response:
    """The answer to that. Without credentials, so that any origin may stand for all; what counts is the token."""
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
    }
    if (b"access-control-request-private-network", b"true") in scope["headers"]:
        allowed["Access-Control-Allow-Private-Network"] = "true"  # the page is public, and this server on the user's own machine
    return Response(status_code=204, headers=allowed)
