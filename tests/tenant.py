"""A deskbridge that plays the tenant of another one, and what may go wrong between the two."""

import contextlib
import http.client
import http.server
import socket
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.serving import Serve, Server

Fault = Callable[["_Handler"], bool]
"""What is done to a request in place of passing it on; False: pass it on all the same."""


class Reached(NamedTuple):
    """A request that reached the tenant, and what it answered."""

    method: str
    path: str
    status: int


class Held:
    """Requests that are held on the way: set `let_go`, and they go on; `has_come` is set when there is one."""

    def __init__(self) -> None:
        self.has_come, self.let_go = threading.Event(), threading.Event()


class Link:
    """The way from a live desk to its tenant: a proxy that does to requests what networks and gateways do to them. `reached` has
    those that got through, in order."""

    def __init__(self, tenant: Server) -> None:
        self.tenant = tenant
        self.reached: list[Reached] = []
        self.faults: list[tuple[str, Fault]] = []
        self.connections: set[socket.socket] = set()
        """Those that were made to it, and those to the tenant."""
        self._port = 0
        self.up()
        self.url = f"http://127.0.0.1:{self._port}"

    def up(self) -> None:
        """Let connections be made."""
        link = self

        class Handler(_Handler):
            its_link = link

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Break all connections, and let none be made."""
        self._server.shutdown()
        self._server.server_close()
        self.cut()

    def cut(self) -> None:
        """Break all connections that there are."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def answers(self, part: str, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"{}") -> None:
        """From now on requests with this in their path are answered so, and the tenant never hears of them."""

        def answer(handler: "_Handler") -> bool:
            handler.answer(status, {"Content-Type": "application/json", **(headers or {})}, body)
            return True

        self.faults.append((part, answer))

    def swallows(self, part: str) -> None:
        """From now on requests with this in their path reach the tenant, and the connection breaks before its answer is back."""

        def swallow(handler: "_Handler") -> bool:
            handler.passed_on()
            handler.break_off()
            return True

        self.faults.append((part, swallow))

    def holds(self, part: str) -> "Held":
        """From now on requests with this in their path wait to be let go."""
        held = Held()

        def hold(handler: "_Handler") -> bool:
            held.has_come.set()
            held.let_go.wait(30)
            return False

        self.faults.append((part, hold))
        return held

    def heals(self) -> None:
        """Nothing is done to requests any more; those that are held break, to be made again."""
        self.faults.clear()

    def asked(self, name: str) -> int:
        """How many requests reached the tenant whose path ends so."""
        return sum(one.path.partition("?")[0].endswith(f"/{name}") for one in self.reached)

    def close(self) -> None:
        self.down()


class _Handler(http.server.BaseHTTPRequestHandler):
    its_link: Link
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.its_link.connections.add(self.connection)

    def finish(self) -> None:
        self.its_link.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def _do(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        for part, fault in self.its_link.faults:
            if part in self.path and fault(self):
                return
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, headers, body = self.passed_on()
            self.answer(status, headers, body)

    do_GET = do_POST = do_DELETE = _do  # noqa: N815

    def passed_on(self) -> tuple[int, dict[str, str], bytes]:
        """Ask the tenant; its answer."""
        link = self.its_link
        connection = http.client.HTTPConnection(link.tenant.url.removeprefix("http://"), timeout=90)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        with contextlib.closing(connection):
            connection.connect()
            to_tenant: socket.socket = connection.sock
            link.connections.add(to_tenant)
            try:
                connection.request(self.command, self.path, self.body, headers)
                answer = connection.getresponse()
                body = answer.read()
            finally:
                link.connections.discard(to_tenant)
        link.reached.append(Reached(self.command, self.path, answer.status))
        return answer.status, {name: value for name, value in answer.getheaders() if name.lower() != "content-length"}, body

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        with contextlib.suppress(OSError):
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 304:
                self.wfile.write(body)

    def break_off(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        pass


def token_of(tenant: Server, agent: str = "1001") -> str:
    """A bearer token of this agent's, as the tenant issues it."""
    asked = {"grant_type": "password", "username": agent, "password": "secret", "scope": ""}
    token: str = tenant.post("/inContactAuthorizationServer/Token", asked)["access_token"]
    return token


def serve_live(serve: Serve, link: Link, *args: str, agent: str = "1001", **options: str) -> Server:
    """A desk in front of the tenant at the other end, as this agent of it."""
    environment = {"DESKBRIDGE_UPSTREAM_TOKEN": token_of(link.tenant, agent)}
    return serve("--upstream", link.url, *args, environment=environment, **options)
