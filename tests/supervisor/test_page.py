"""An overview page's socket, seen from the page: what it is shown, what it may ask for, and how it comes back."""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bridge.access import Access
from bridge.acd.platform import Floor
from bridge.app import Upstream, create_app
from bridge.configuration import AgentDetails, Configuration, Configured
from bridge.journal import MemoryJournal
from bridge.supervisor import feed
from bridge.supervisor.overview import Overview
from bridge.supervisor.overview import overview as overview_of
from tests.server import HOSTS, ORIGIN, App, Desk

CALL: Any = {"media": "call", "ani": "8015551234", "skill": "Support"}
ADDRESS = f"{ORIGIN.replace('http', 'ws')}/supervisor/socket"


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@contextlib.contextmanager
def overview(app: App, **hello: Any) -> Iterator[Desk]:
    """An overview page that has been welcomed."""
    with app.websocket_connect(ADDRESS) as socket:
        yield Desk(socket, {"t": "hello", "page": "page-1", **hello})


def shown(page: Desk) -> Any:
    """What the next `view` changes."""
    return page.next("view")["changed"]


def until(page: Desk, table: str, key: str, column: str, words: str) -> None:
    """Read views until this cell reads so."""
    while words not in (shown(page)["tables"].get(table, {}).get(key) or {}).get(column, ""):
        pass


def available(app: App, *agents: str) -> None:
    for agent in agents:
        assert app.post(f"/api/v1/agents/{agent}/state", json={"state": "Available"}).status_code == 202


def queued(app: App, **contact: Any) -> str:
    """Let a contact arrive for whoever serves its skill; its id."""
    answer = app.post("/api/v1/contacts", json={**CALL, **contact})
    assert answer.status_code == 201, answer.text
    contact_id: str = answer.json()["contactId"]
    return contact_id


# What it is shown


def test_a_page_is_welcomed_and_shown_everything(app: App) -> None:
    available(app, "7")
    call = queued(app, customer="Ada Example")
    with overview(app) as page:
        assert page.welcome == {"t": "welcome", "epoch": app.journal.epoch, "resumed": False, "now": app.clock.now()}
        first = shown(page)
    assert first["whole"]
    assert "Working" in first["tables"]["agents"]["7"]["state"]
    assert "Ada Example" in first["tables"]["contacts"][call]["contact"]
    assert [*first["tables"]["queues"]] == ["4101", "4102"]
    assert first["regions"].keys() == {"summary", "states", "skills", "problem"}


def test_looking_on_leaves_no_trace(app: App) -> None:
    with overview(app) as page:
        shown(page)
    assert app.journal.head == 0


def test_a_page_is_shown_what_changes_and_no_more(app: App) -> None:
    available(app, "7", "8")
    with overview(app) as page:
        shown(page)
        available(app, "9")
        changed = shown(page)
    assert not changed["whole"]
    assert [*changed["tables"]["agents"]] == ["9"]
    assert "contacts" not in changed["tables"]


def test_a_row_that_has_gone_is_told(app: App) -> None:
    call = queued(app)
    with overview(app) as page:
        shown(page)
        assert app.post(f"/api/v1/contacts/{call}/customer/hangup").status_code == 202
        assert shown(page)["tables"]["contacts"] == {call: None}


def test_a_page_that_comes_later_is_shown_everything_too(app: App) -> None:
    with overview(app) as first:
        shown(first)
        available(app, "7")
        shown(first)
        with overview(app, page="page-2") as second:
            assert [*shown(second)["tables"]["agents"]] == ["7"]


def test_what_comes_together_is_shown_together(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much comes, a page is told of it in its own time."""
    rested = asyncio.Event()

    async def rest(seconds: float) -> None:
        await rested.wait()

    monkeypatch.setattr(feed, "pace", rest)
    with overview(app) as page:
        shown(page)
        calls = [queued(app) for _ in range(5)]
        assert app.portal is not None
        app.portal.call(rested.set)
        assert [*shown(page)["tables"]["contacts"]] == calls


def test_two_pages_are_rendered_for_once(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[int] = []

    def counted(floor: Floor, configuration: Configuration) -> Overview:
        rendered.append(1)
        return overview_of(floor, configuration)

    monkeypatch.setattr(feed, "overview", counted)
    with overview(app, page="page-1") as one, overview(app, page="page-2") as other:
        shown(one), shown(other)
        rendered.clear()
        available(app, "7")
        assert shown(one) == shown(other)
        assert len(rendered) == 1


def test_nothing_is_rendered_when_nobody_looks(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with overview(app) as page:
        shown(page)
    monkeypatch.setattr(feed, "overview", lambda *given: pytest.fail("rendered for nobody"))
    available(app, "7")
    app.configured.replace(msgspec.structs.replace(app.configured.now, agents={"5": AgentDetails("5", "Robin")}))


def test_a_change_of_the_configuration_is_shown(app: App) -> None:
    with overview(app) as page:
        shown(page)
        assert app.portal is not None
        changed = msgspec.structs.replace(app.configured.now, agents={"5": AgentDetails("5", "Robin")})
        app.portal.call(app.configured.replace, changed)
        assert "Robin" in shown(page)["tables"]["agents"]["5"]["agent"]
        app.portal.call(app.configured.refuse, "line 3: no such key")
        assert "line 3: no such key" in shown(page)["regions"]["problem"]


def test_an_overview_that_cannot_be_rendered_is_tried_again(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed, "BETWEEN_FAILURES", 0.001)
    failures = itertools.count()

    def failing(floor: Floor, configuration: Configuration) -> Overview:
        if next(failures) == 0:
            raise ZeroDivisionError
        return overview_of(floor, configuration)

    monkeypatch.setattr(feed, "overview", failing)
    with overview(app) as page:
        assert shown(page)["whole"]
    assert "rendering the overview failed" in caplog.text


# What it may ask for


def test_an_agents_state_is_set(app: App) -> None:
    available(app, "7")
    with overview(app) as page:
        assert page.do("state", agent="7", state="Unavailable", reason="Lunch") == {"t": "ok", "seq": 1, "refused": None}
        until(page, "agents", "7", "state", "Unavailable, Lunch")
    assert (app.agent("7")["state"], app.agent("7")["reason"]) == ("Unavailable", "Lunch")


def test_an_agent_is_logged_out_with_all_contacts_and_told_by_whom(app: App) -> None:
    available(app, "7")
    queued(app)
    with overview(app) as page:
        assert page.do("log-out", agent="7")["refused"] is None
    assert (app.agent("7")["state"], app.agent("7")["contacts"]) == ("LoggedOut", [])
    end = app.events(agent="7")[-1]
    assert (end["Type"], end["Message"]) == ("RemoteAgentSessionEnd", "RemoteLogoff")


def test_the_customer_of_a_waiting_contact_hangs_up(app: App) -> None:
    call = queued(app)
    with overview(app) as page:
        assert page.do("abandon", contact=call)["refused"] is None
        assert page.do("abandon", contact=call)["refused"] == f"Contact {call} is no longer there."


def test_a_contact_arrives_for_whoever_serves_its_skill(app: App) -> None:
    available(app, "7")
    with overview(app) as page:
        answer = page.do("new-contact", **CALL, direction="inbound", priority="3", variables={"OrderID": "4711"})
    assert answer["refused"] is None
    [contact] = app.agent("7")["contacts"]
    assert (contact["status"], contact["ani"], contact["skill"]) == ("Incoming", "8015551234", "Support")


@pytest.mark.parametrize(
    ("verb", "args", "reason"),
    [
        ("state", {"agent": "no-one", "state": "Available"}, "no-one"),
        ("state", {"agent": "7", "state": "Asleep"}, "Asleep"),
        ("state", {"agent": "a/b", "state": "Available"}, "'a/b' is no agent."),
        ("state", {"agent": "7", "state": "x" * 201}, "state is a text of 200 characters at most."),
        ("log-out", {"agent": ["7"]}, "agent is a text"),
        ("abandon", {"contact": "first"}, "'first' is no contact."),
        ("new-contact", {"media": "call", "direction": "outbound"}, "direction: Input should be 'inbound'"),
        ("new-contact", {"media": "call", "priority": "101"}, "priority: Input should be less than or equal to 100"),
        ("answer", {}, "The overview has no control 'answer'."),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(app: App, verb: str, args: dict[str, Any], reason: str) -> None:
    available(app, "7")
    head = app.journal.head
    with overview(app) as page:
        refused = page.do(verb, **args)["refused"]
    assert reason in refused or (reason == "no-one" and "logged" in refused)
    assert [record.kind for record in _since(app, head)] in ([], ["refused"])


def test_a_live_tenants_queues_take_no_contact() -> None:
    upstream = Upstream("http://127.0.0.1:9/inContactAPI", "token")
    app = create_app(MemoryJournal(), Access(HOSTS), Configured(Configuration()), upstream=upstream)
    with TestClient(app, base_url=ORIGIN) as client, client.websocket_connect(ADDRESS) as socket:
        page = Desk(socket, {"t": "hello", "page": "page-1"})
        assert page.do("new-contact", **CALL)["refused"] == (
            "The queues are those of the live tenant: contacts come from there alone."
        )


def _since(app: App, head: int) -> list[Any]:
    assert app.portal is not None
    return [*app.portal.call(app.journal.read, "agent/7", head), *app.portal.call(app.journal.read, "agent/no-one", head)]


@pytest.mark.parametrize(
    ("verb", "args"),
    [("new-contact", CALL), ("state", {"agent": "7", "state": "Unavailable"}), ("log-out", {"agent": "7"})],
)
def test_what_is_sent_twice_is_done_once(app: App, verb: str, args: Any) -> None:
    """A page sends again what it is unsure of when its socket comes back."""
    available(app, "7")
    with overview(app) as page:
        page.do(verb, seq=4, **args)
    head = app.journal.head
    with overview(app) as page:
        assert page.do(verb, seq=4, **args)["refused"] is None
    assert app.journal.head == head


def test_a_frame_that_nobody_understands_is_told(app: App) -> None:
    with overview(app) as page:
        page.send_text("{")
        assert "does not understand" in page.next("error")["text"]
        page.send({"t": "listen", "on": True})
        assert "Listen" in page.next("error")["text"]


# Beginning and coming back


def test_a_page_shows_the_token(app: App) -> None:
    with App(token="open-sesame") as app, app.websocket_connect(ADDRESS) as socket:
        socket.send_json({"t": "hello", "page": "p", "token": "guess"})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4401


def test_the_page_itself_needs_no_token_and_carries_no_data() -> None:
    with App(token="open-sesame") as app:
        answer = app.get("/supervisor")
        app.configured.replace(msgspec.structs.replace(app.configured.now, agents={"5": AgentDetails("5", "Robin")}))
    assert answer.status_code == 200
    assert "Robin" not in answer.text


def test_a_page_of_another_origin_is_shown_nothing(app: App) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        app.websocket_connect(ADDRESS, headers={"origin": "https://elsewhere.example"}),
    ):
        pass
    assert closed.value.code == 4003


def test_a_page_that_comes_back_is_known(app: App) -> None:
    with overview(app, epoch=app.journal.epoch) as page:
        assert page.welcome["resumed"]


def test_a_reset_sends_the_page_back_for_the_new_history(app: App) -> None:
    available(app, "7")
    with app.websocket_connect(ADDRESS) as socket:
        page = Desk(socket, {"t": "hello", "page": "page-1"})
        shown(page)
        app.post("/api/v1/reset")
        with pytest.raises(WebSocketDisconnect) as closed:
            page.next("what does not come")
    assert closed.value.code == 4001
    with overview(app, epoch=page.welcome["epoch"]) as page:
        assert not page.welcome["resumed"]
        assert shown(page)["tables"]["agents"] == {}
