"""Real servers for tests: deskbridge in a process of its own, and a site of pages elsewhere."""

import asyncio
import contextlib
import http.server
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import trustme


class Certificate(NamedTuple):
    """A certificate and its key in files, and who trusts the authority that issued it."""

    certfile: Path
    keyfile: Path
    trusts: ssl.SSLContext

    @property
    def flags(self) -> list[str]:
        return ["--ssl-certfile", str(self.certfile), "--ssl-keyfile", str(self.keyfile)]

    @property
    def context(self) -> ssl.SSLContext:
        """For a server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certfile, self.keyfile)
        return context


def issue_certificate(folder: Path, *names: str) -> Certificate:
    """A certificate for these names and for this machine, by an authority of its own."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost", *names)
    issued.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    trusts = ssl.create_default_context()
    authority.configure_trust(trusts)
    return Certificate(folder / "certificate.pem", folder / "key.pem", trusts)


def free_port() -> int:
    """A port that nothing listens on, for a server that something in front of it must know of before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Server:
    """`deskbridge serve` in a process of its own. `link` is what it printed, `url` its address, `token` what the link carries; it
    listens on the same port after a restart. Its calls here show the token, and over https they trust what `trusts` does. With a
    `port` it listens there, which its link does not tell when it is that of a proxy."""

    def __init__(
        self,
        *args: str,
        journal: str = "memory:",
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        trusts: ssl.SSLContext | None = None,
    ) -> None:
        self._args = [*args, "--journal", journal]
        self._environment = {**os.environ, **(environment or {})}
        self._trusts = trusts
        self._port = port
        self.url = f"http://127.0.0.1:{port}"
        self.output = ""
        self.start()

    def start(self) -> None:
        """Start the process and wait for its address; an error of the command is an error of the test."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bridge.cli", "serve", "--port", str(self._port), *self._args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
        )
        assert self._process.stdout is not None
        self.printed = ""
        while "deskbridge is at " not in self.printed:
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError(f"deskbridge did not start:\n{self.printed}")
            self.printed += line
        self.link = self.printed.rpartition("deskbridge is at ")[2].strip()
        parts = urlsplit(self.link)
        self.token = unquote(parts.fragment.removeprefix("token=")) or None
        if self._port == 0:
            self.url, self._port = f"{parts.scheme}://{parts.netloc}", parts.port or 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output += line

    def kill(self) -> None:
        """End it as a crash would: without a word to anyone."""
        self._process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """End it as Ctrl+C would."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._ended()

    def _ended(self) -> None:
        self._process.wait(timeout=10)
        self._reader.join(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _open(self, request: urllib.request.Request, timeout: float = 10) -> Any:
        if self.token is not None:
            request.add_header("Authorization", f"Bearer {self.token}")
        return urllib.request.urlopen(request, timeout=timeout, context=self._trusts)

    def get(self, path: str) -> Any:
        with self._open(urllib.request.Request(self.url + path)) as response:
            return json.load(response)

    def post(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(self.url + path, method="POST")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with self._open(request) as response:
            text = response.read()
        return json.loads(text) if text else None

    def send(self, recording: str) -> Any:
        """Send a recording's text; what the server says of it."""
        request = urllib.request.Request(f"{self.url}/api/v1/recordings", recording.encode(), method="POST")
        request.add_header("Content-Type", "application/x-ndjson")
        with self._open(request) as response:
            return json.load(response)

    def call(self, agent: str = "1001", **contact: Any) -> str:
        """Let a contact arrive; its id."""
        contact_id: str = self.post(f"/api/v1/agents/{agent}/contacts", contact)["contactId"]
        return contact_id

    def act(self, contact: str, verb: str, agent: str = "1001") -> None:
        self.post(f"/api/v1/agents/{agent}/contacts/{contact}/{verb}")

    def events(self, agent: str = "1001") -> list[dict[str, Any]]:
        """The agent's wire events so far."""
        return [entry["event"] for entry in self.get(f"/api/v1/agents/{agent}/events")["events"]]

    def wait_for_event(self, wanted: Callable[[dict[str, Any]], bool], agent: str = "1001") -> dict[str, Any]:
        """The first wire event of the agent that is wanted, waited for."""
        request = urllib.request.Request(f"{self.url}/api/v1/agents/{agent}/events", headers={"Accept": "text/event-stream"})
        with self._open(request, timeout=20) as stream:
            for line in stream:
                if line.startswith(b"data: ") and wanted(event := json.loads(line.removeprefix(b"data: "))["event"]):
                    return event  # type: ignore[no-any-return]
        raise AssertionError("the events ended before one that is wanted")

    def wait_for_wire(self, wanted: Callable[[list[dict[str, Any]]], bool], agent: str = "1001") -> list[dict[str, Any]]:
        """Read the desk's post messages as they come, until those so far are what is wanted."""
        request = urllib.request.Request(f"{self.url}/api/v1/agents/{agent}/wire", headers={"Accept": "text/event-stream"})
        messages: list[dict[str, Any]] = []
        with self._open(request, timeout=20) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    messages.append(json.loads(line.removeprefix(b"data: ")))
                    if wanted(messages):
                        break
        return messages

    def status(self, contact: str, agent: str = "1001") -> str | None:
        """The contact's status, None when it has ended."""
        contacts = self.get(f"/api/v1/agents/{agent}")["contacts"]
        return next((one["status"] for one in contacts if one["contactId"] == contact), None)


class Site:
    """Pages on `http://localhost:port`, which is another site than a desk on 127.0.0.1; with another host, on that."""

    def __init__(self, host: str = "localhost") -> None:
        pages = self._pages = dict[str, tuple[str, str]]()
        redirects = self._redirects = dict[str, str]()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if to := redirects.get(path):
                    self.send_response(307)
                    self.send_header("Location", to)
                    self.end_headers()
                    return
                found = pages.get(path)
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", found[0] if found else "text/plain")
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # who asks only for the headers hangs up before
                    self.wfile.write(found[1].encode() if found else b"no such page")

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"

    def page(self, path: str, html: str) -> str:
        """Put a page there; its address."""
        self._pages[path] = ("text/html; charset=utf-8", html)
        return self.url + path

    def redirect(self, path: str, to: str) -> str:
        """Let an address there send its callers on, method and body kept; its address."""
        self._redirects[path] = to
        return self.url + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Passed(NamedTuple):
    """A request that came by, its first line and its headers, and the status of its answer."""

    head: str
    status: int

    @property
    def method(self) -> str:
        return self.head.split(" ", 2)[0]

    @property
    def path(self) -> str:
        return self.head.split(" ", 2)[1]


class Proxy:
    """A reverse proxy on `port`, in front of a port of this machine that may change as it runs. It keeps the `Host` that it is
    asked for or, with `rewrites_host`, puts the server's own in its place; with a `context` it takes TLS, and the server none.
    `passed` has what came by, as it came."""

    def __init__(self, upstream: int, *, rewrites_host: bool = False, context: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self._rewrites_host, self._context = rewrites_host, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.passed: list[Passed] = []
        self._serving = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._serving.wait(timeout=10)

    async def _serve(self) -> None:
        self._loop, self._closed = asyncio.get_running_loop(), asyncio.Event()
        self._socket.setblocking(False)
        self._serving.set()
        accepting = asyncio.ensure_future(self._accept())
        await self._closed.wait()
        accepting.cancel()
        await asyncio.wait([accepting])
        self._socket.close()

    async def _accept(self) -> None:
        async with asyncio.TaskGroup() as connections:  # each ends before the loop does, or its transport would stay open
            while True:
                accepted, _ = await self._loop.sock_accept(self._socket)
                connections.create_task(self._forward(accepted))

    async def _forward(self, accepted: socket.socket) -> None:
        """One request, or one that becomes a WebSocket; then the connection closes, so that no further head passes as it is."""
        client = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(client)
        with contextlib.suppress(OSError, EOFError):
            transport, _ = await self._loop.connect_accepted_socket(lambda: protocol, accepted, ssl=self._context)
            to_client = asyncio.StreamWriter(transport, protocol, client, self._loop)
            try:
                await self._answer(client, to_client)
                await to_client.wait_closed()
            finally:
                transport.abort()

    async def _answer(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        asked = head = (await client.readuntil(b"\r\n\r\n")).decode("latin-1")
        if self._rewrites_host:
            head = re.sub("(?im)^host:[^\r]*", f"Host: 127.0.0.1:{self.upstream}", head)
        if not re.search("(?im)^upgrade:", head):
            head = re.sub("(?im)^connection:[^\r]*", "Connection: close", head)
        server, to_server = await asyncio.open_connection("127.0.0.1", self.upstream)
        asking = asyncio.ensure_future(_pipe(client, to_server))
        try:
            to_server.write(head.encode("latin-1"))
            answer = await server.readuntil(b"\r\n")
            self.passed.append(Passed(asked, int(answer.split()[1])))
            to_client.write(answer)
            await _pipe(server, to_client)
        finally:
            asking.cancel()
            to_server.transport.abort()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._closed.set)
        self._thread.join(timeout=10)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All that comes, until no more does; closes the writer then."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Refusing:
    """A site whose page refuses to be framed until it is given other `headers`; once closed, nothing answers at its `url`."""

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
                with contextlib.suppress(BrokenPipeError):
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


Serve = Callable[..., Server]
