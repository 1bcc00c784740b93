"""The tenant over HTTP: what was sent, what was not, and where the token goes."""

import asyncio
import contextlib
import re
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bridge.acd.commands import StartSession
from bridge.acd.live.answers import Answer
from bridge.acd.live.tenant import Broken, NotSent, Tenant
from bridge.clock import pace
from tests.serving import Site, free_port, issue_certificate


class Peer:
    """Something that takes one connection on this machine: it keeps what was sent in `heard` and answers `answer`, or nothing."""

    def __init__(self, answer: bytes = b"", host: str = "127.0.0.1") -> None:
        self._listener = socket.create_server((host, 0))
        self.url = f"http://{host}:{self._listener.getsockname()[1]}/inContactAPI"
        self._answer, self.heard = answer, b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(5)
            while not self._is_whole():
                self.heard += connection.recv(65_536)
            connection.sendall(self._answer)

    def _is_whole(self) -> bool:
        head, blank, body = self.heard.partition(b"\r\n\r\n")
        length = re.search(b"(?i)content-length: ([0-9]+)", head)
        return bool(blank) and len(body) >= (int(length[1]) if length else 0)

    def close(self) -> None:
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def peers() -> Iterator[Callable[[bytes], Peer]]:
    made: list[Peer] = []

    def make(answer: bytes) -> Peer:
        made.append(Peer(answer))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


def calling(base: str, call: Callable[[Tenant], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        tenant = Tenant(base, "secret")
        try:
            return await call(tenant)
        finally:
            await tenant.close()

    return asyncio.run(run())


def test_a_call_goes_below_the_session_with_the_token(peers: Callable[[bytes], Peer]) -> None:
    peer = peers(b"HTTP/1.1 202 Accepted\r\nicStatusDescription: Accepted\r\nContent-Length: 0\r\n\r\n")
    answer = calling(peer.url, lambda tenant: tenant.ask("a/b==", "POST", "interactions/77/hold", {}))
    assert answer == Answer(202)
    head = peer.heard.decode().lower()
    assert head.startswith("post /incontactapi/services/v23.0/agent-sessions/a%2fb==/interactions/77/hold http/1.1\r\n")
    assert "authorization: bearer secret\r\n" in head


def test_a_poll_is_held_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.acd.live.tenant.ANSWERS_WITHIN", 0.5)
    heard: list[bytes] = []

    async def run() -> Answer:
        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            await pace(0.8)  # longer than any other answer may take
            writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        tenant = Tenant(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/inContactAPI", "secret")
        try:
            return await tenant.poll("a")
        finally:
            await tenant.close()
            server.close()

    assert asyncio.run(run()).status == 304
    assert heard[0].startswith(b"GET /inContactAPI/services/v23.0/agent-sessions/a/get-next-event?timeout=60 ")


@pytest.mark.parametrize(("as_agent", "body"), [(None, b"{}"), ("2002", b'{"asAgentId":"2002"}')])
def test_a_session_is_joined_as_the_tokens_own_agent_unless_another_is_named(
    peers: Callable[[bytes], Peer], as_agent: str | None, body: bytes
) -> None:
    peer = peers(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    calling(peer.url, lambda tenant: tenant.join(as_agent))
    assert peer.heard.startswith(b"POST /inContactAPI/services/v23.0/agent-sessions/join ")
    assert peer.heard.endswith(b"\r\n\r\n" + body)


def test_a_session_is_started_with_a_phone(peers: Callable[[bytes], Peer]) -> None:
    peer = peers(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    calling(peer.url, lambda tenant: tenant.start(StartSession(station_phone_number="WebRTC"), "1001"))
    assert b'{"stationId":"","stationPhoneNumber":"WebRTC","asAgentId":"1001"}' in peer.heard


def test_where_nothing_answers_nothing_was_sent() -> None:
    with pytest.raises(NotSent, match="nothing answers at its address"):
        calling(f"http://127.0.0.1:{free_port()}", lambda tenant: tenant.join(None))


def test_a_connection_that_breaks_leaves_it_open(peers: Callable[[bytes], Peer]) -> None:
    with pytest.raises(Broken, match="the connection broke"):
        calling(peers(b"").url, lambda tenant: tenant.join(None))


def test_an_answer_that_comes_in_drops_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.acd.live.tenant.ANSWERS_WITHIN", 0.5)

    async def run() -> None:
        hung_up = asyncio.Event()

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while not writer.is_closing():
                    writer.write(b" ")
                    await writer.drain()
                    await pace(0.1)
            hung_up.set()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        tenant = Tenant(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/inContactAPI", "secret")
        with pytest.raises(Broken, match=r"no answer came within 0\.5 seconds"):
            await asyncio.wait_for(tenant.join(None), 10)
        await asyncio.wait_for(hung_up.wait(), 10)
        await tenant.close()
        server.close()

    asyncio.run(run())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere this machine has but one address")
def test_what_is_not_encrypted_goes_by_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "127.0.0.2")
    for variable in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    try:
        assert calling(peer.url, lambda tenant: tenant.join(None)).status == 202
    finally:
        peer.close()


def test_a_redirect_is_not_followed(site: Site) -> None:
    other = site.page("/elsewhere", "{}")
    site.redirect("/services/v23.0/agent-sessions/join", other)
    assert calling(site.url, lambda tenant: tenant.join(None)).status == 307


def test_a_certificate_that_is_not_trusted_gets_no_token(tmp_path: Path) -> None:
    context = issue_certificate(tmp_path).context

    async def run() -> None:
        heard: list[bytes] = []

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.read())

        server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        tenant = Tenant(f"https://127.0.0.1:{port}/inContactAPI", "secret")
        with pytest.raises(NotSent, match="its certificate is not trusted"):
            await tenant.join(None)
        assert heard == []
        await tenant.close()
        server.close()

    asyncio.run(run())
