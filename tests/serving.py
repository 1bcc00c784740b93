"""Real servers for tests: deskbridge in a process of its own, and a site of pages elsewhere."""

import http.server
import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit


class Server:
    """`deskbridge serve` in a process of its own. `url` is its address; it listens on the same port after a restart."""

    def __init__(self, *args: str, journal: str = "memory:") -> None:
        self._args = [*args, "--journal", journal]
        self._port = 0
        self.output = ""
        self.start()

    def start(self) -> None:
        """Start the process and wait for its address; an error of the command is an error of the test."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bridge.cli", "serve", "--port", str(self._port), *self._args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
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

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)

    def post(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(self.url + path, method="POST")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=10) as response:
            text = response.read()
        return json.loads(text) if text else None

    def call(self, agent: str = "1001", **contact: Any) -> str:
        """Let a contact arrive; its id."""
        contact_id: str = self.post(f"/api/v1/agents/{agent}/contacts", contact)["contactId"]
        return contact_id

    def act(self, contact: str, verb: str, agent: str = "1001") -> None:
        self.post(f"/api/v1/agents/{agent}/contacts/{contact}/{verb}")

    def events(self, agent: str = "1001") -> list[dict[str, Any]]:
        """The agent's wire events so far."""
        return [entry["event"] for entry in self.get(f"/api/v1/agents/{agent}/events")["events"]]

    def wait_for_wire(self, wanted: Callable[[list[dict[str, Any]]], bool], agent: str = "1001") -> list[dict[str, Any]]:
        """Read the desk's post messages as they come, until those so far are what is wanted."""
        request = urllib.request.Request(f"{self.url}/api/v1/agents/{agent}/wire", headers={"Accept": "text/event-stream"})
        messages: list[dict[str, Any]] = []
        with urllib.request.urlopen(request, timeout=20) as stream:
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
    """Pages on `http://localhost:port`, which is another site than a desk on 127.0.0.1."""

    def __init__(self) -> None:
        pages = self._pages = dict[str, tuple[str, str]]()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = pages.get(urlsplit(self.path).path)
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", found[0] if found else "text/plain")
                self.end_headers()
                self.wfile.write(found[1].encode() if found else b"no such page")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://localhost:{self._server.server_port}"

    def page(self, path: str, html: str) -> str:
        """Put a page there; its address."""
        self._pages[path] = ("text/html; charset=utf-8", html)
        return self.url + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Serve = Callable[..., Server]
