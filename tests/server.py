"""The app in this process: no port, a journal in memory, and time that a test moves."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from starlette.testclient import TestClient, WebSocketTestSession

from bridge.access import Access
from bridge.app import create_app
from bridge.clock import VirtualClock
from bridge.configuration import Configuration, Configured, Panel, with_ids
from bridge.journal import MemoryJournal

ORIGIN = "http://127.0.0.1:8700"
HOSTS = ("127.0.0.1", "localhost")
PANELS = with_ids([Panel("contact", "/panels/crm", "CRM"), Panel("workspace", "https://tools.example/", "Tools")])
WORKSPACE = "tools"
"""The key of the workspace among `PANELS`; the contact panel's is `crm:` and the contact's id."""


class App(TestClient):
    """A client of the app; use it in a `with`, which keeps the app's loop running between the calls."""

    def __init__(self, *, token: str | None = None, hosts: Iterable[str] = HOSTS, origins: Iterable[str] = ()) -> None:
        self.journal, self.clock = MemoryJournal(), VirtualClock()
        self.configured = Configured(Configuration(PANELS))
        app = create_app(self.journal, Access(hosts, origins, token), self.configured, clock=self.clock)
        super().__init__(app, base_url=ORIGIN, follow_redirects=False)

    def advance(self, seconds: float) -> None:
        """Move time on, with all that falls due on the way."""
        assert self.portal is not None
        self.portal.call(self.clock.advance, round(seconds * 1000))

    def call(self, agent: str = "1001", /, **contact: Any) -> str:
        """Let a contact arrive; its id."""
        answer = self.post(f"/api/v1/agents/{agent}/contacts", json=contact)
        assert answer.status_code == 201, answer.text
        contact_id: str = answer.json()["contactId"]
        return contact_id

    def act(self, contact: str, *verbs: str, agent: str = "1001") -> None:
        """What the agent, or with `customer/...` the other party, does one after the other."""
        for verb in verbs:
            answer = self.post(f"/api/v1/agents/{agent}/contacts/{contact}/{verb}")
            assert answer.status_code == 202, answer.text

    def happen(self, *events: Any, agent: str = "1001") -> None:
        """Let raw wire events happen as one batch."""
        answer = self.post(f"/api/v1/agents/{agent}/events", json=events)
        assert answer.status_code == 202, answer.text

    def agent(self, agent: str = "1001") -> Any:
        return self.get(f"/api/v1/agents/{agent}").json()

    def status(self, contact: str) -> str | None:
        """The contact's status, None when it has ended."""
        return next((one["status"] for one in self.agent()["contacts"] if one["contactId"] == contact), None)

    def events(self, after: int = 0, agent: str = "1001") -> list[Any]:
        """The agent's wire events."""
        return [entry["event"] for entry in self.get(f"/api/v1/agents/{agent}/events?after={after}").json()["events"]]

    def wire(self) -> list[Any]:
        """The post messages between the desk and its panels."""
        messages: list[Any] = self.get("/api/v1/agents/1001/wire").json()["messages"]
        return messages

    def socket(self, agent: str = "1001", **headers: str) -> WebSocketTestSession:
        """A desk's socket, silent so far."""
        return self.websocket_connect(f"{ORIGIN.replace('http', 'ws')}/desk/{agent}/socket", headers=headers)

    @contextlib.contextmanager
    def desk(self, agent: str = "1001", **hello: Any) -> Iterator["Desk"]:
        """A desk page that has been welcomed."""
        with self.socket(agent) as socket:
            yield Desk(socket, {"t": "hello", "page": "page-1", **hello})


class Desk:
    """The page's side of a desk's socket. `welcome` is what the server said to its hello."""

    def __init__(self, socket: WebSocketTestSession, hello: dict[str, Any]) -> None:
        self._socket, self._seqs = socket, itertools.count(1)
        self.send(hello)
        self.welcome = self.next()

    def send(self, frame: Any) -> None:
        self._socket.send_json(frame)

    def send_text(self, text: str) -> None:
        self._socket.send_text(text)

    def next(self, kind: str | None = None) -> Any:
        """The next frame, or the next of a kind."""
        while True:
            frame = self._socket.receive_json()
            is_receipt = frame.keys() == {"t", "seq"}  # says that frames came, and no more
            if kind in (None, frame["t"]) and not is_receipt:
                return frame

    def rest(self) -> list[Any]:
        """All frames that are on their way, but for the views, which come in their own time. Two questions and answers stand
        behind them: the first lets all that is under way go out before the second is answered."""
        frames = []
        for _ in range(2):
            self.send({"t": "do", "seq": 0, "verb": "nothing"})
            while (frame := self.next())["t"] != "ok" or frame["seq"] != 0:
                if frame["t"] != "view":
                    frames.append(frame)
        return frames

    def do(self, verb: str, /, *, seq: int | None = None, **args: Any) -> Any:
        """Use a control; the answer."""
        self.send({"t": "do", "seq": seq or next(self._seqs), "verb": verb, "args": args})
        return self.next("ok")

    def post(self, data: Any, *, window: int | None = 1, panel: str | None = WORKSPACE, seq: int | None = None) -> None:
        """Relay what a window posted."""
        frame = {"t": "posted", "seq": seq or next(self._seqs), "window": window, "panel": panel, "data": data}
        self.send({**frame, "origin": "https://tools.example"})

    def register(self, *types: str, window: int = 1, panel: str = WORKSPACE) -> Any:
        """Register a window; the server's `post` frame with the acknowledgement."""
        self.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": types}, window=window, panel=panel)
        return self.next("post")


def types_of(events: Sequence[Any]) -> list[str]:
    """The types of wire events."""
    return [event["Type"] for event in events]
