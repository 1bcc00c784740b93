"""A client of the Agent Session API that knows nothing but the vendor's description: status codes, header, rotating id
(cxone-agent-session.md, section 1)."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from httpx2 import Response

from bridge.clock import let_others_run
from tests.server import App

TOKEN = "/inContactAuthorizationServer/Token"
SERVICES = "/inContactAPI/services/v23.0"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token_for(app: App, agent: str = "1001", password: str = "secret") -> str:
    answer = app.post(TOKEN, json={"grant_type": "password", "username": agent, "password": password, "scope": ""})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


class Client:
    """`session` is the id that counts now, `events` are all that were delivered, `batches` how many came with each poll."""

    def __init__(self, app: App, agent: str = "1001", token: str | None = None) -> None:
        self.app = app
        self.headers = bearer(token or token_for(app, agent))
        self.session = ""
        self.events: list[Any] = []
        self.batches: list[int] = []

    def call(self, method: str, path: str, /, **options: Any) -> Response:
        """A call below the services' address."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self.app.request(method, f"{SERVICES}/{path}", headers=headers, **options)

    def start(self) -> "Client":
        answer = self.call("POST", "agent-sessions", json={"stationId": "WebRTC"})
        assert answer.status_code == 202, answer.text
        self.session = answer.json()["sessionId"]
        return self

    def join(self) -> "Client":
        answer = self.call("POST", "agent-sessions/join", json={"asAgentId": ""})
        assert answer.status_code == 202, answer.text
        self.session = answer.json()["sessionId"]
        return self

    def do(self, path: str, /, **parameters: Any) -> Response:
        """A command to the session."""
        return self.call("POST", f"agent-sessions/{self.session}/{path}", json=parameters)

    def poll(self, timeout: int | str = 0, session: str | None = None) -> Response:
        answer = self.call("GET", f"agent-sessions/{session or self.session}/get-next-event?timeout={timeout}")
        if answer.status_code == 200 and session is None:
            self.session = answer.json()["sessionId"]
            self.events += answer.json()["events"]
            self.batches.append(len(answer.json()["events"]))
        return answer

    def end(self, **parameters: Any) -> Response:
        return self.call("DELETE", f"agent-sessions/{self.session}", params=parameters)

    @contextlib.contextmanager
    def polling(self) -> Iterator[list[Response]]:
        """A poll that is held meanwhile; it has been answered at the end, with what is then in the list."""
        before = held(self.app)
        answers: list[Response] = []
        thread = threading.Thread(target=lambda: answers.append(self.poll(60)), daemon=True)
        thread.start()
        until_held(self.app, before + 1)
        yield answers
        thread.join(10)
        assert not thread.is_alive(), "the poll is still held"


def held(app: App, agent: str = "1001") -> int:
    """How many follow the agent's stream now: polls that are held, and desks."""
    return len(app.journal._followers.get(f"agent/{agent}", ()))


def until_held(app: App, number: int) -> None:
    """Wait until so many follow the stream of agent 1001."""

    async def wait() -> None:
        async with asyncio.timeout(10):
            while held(app) != number:
                await let_others_run()

    assert app.portal is not None
    app.portal.call(wait)
