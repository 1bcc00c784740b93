"""The control API's view of everybody: all agents, the queues, and contacts that are nobody's yet."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bridge.configuration import AgentDetails
from tests.server import App

CALL = {"media": "call", "ani": "8015551234", "skill": "Support"}


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def available(app: App, agent: str = "1001") -> None:
    assert app.post(f"/api/v1/agents/{agent}/state", json={"state": "Available"}).status_code == 202


def queued(app: App, **contact: Any) -> str:
    answer = app.post("/api/v1/contacts", json={**CALL, **contact})
    assert answer.status_code == 201, answer.text
    contact_id: str = answer.json()["contactId"]
    return contact_id


def where(app: App, contact: str) -> Any:
    return app.get(f"/api/v1/contacts/{contact}").json()


def test_all_agents_are_told_those_set_up_too(app: App) -> None:
    app.configured.replace(msgspec.structs.replace(app.configured.now, agents={"1000": AgentDetails("1000", "Robin Vale")}))
    available(app)
    queued(app)
    assert app.get("/api/v1/agents").json() == {
        "agents": [
            {"agentId": "1000", "name": "Robin Vale", "state": "LoggedOut", "reason": "", "isAcw": False, "contacts": 0},
            {"agentId": "1001", "name": "", "state": "InboundContact", "reason": "", "isAcw": False, "contacts": 1},
        ]
    }


def test_the_queues_are_told_with_who_waits_in_the_order_in_which_they_are_served(app: App) -> None:
    usual = queued(app)
    app.advance(5)
    urgent = queued(app, priority=1)
    support, sales = app.get("/api/v1/queues").json()["queues"]
    assert support == {
        "skillId": "4101",
        "skill": "Support",
        "waiting": 2,
        "longestWait": 5,
        "estimate": None,
        "contacts": [
            {"contactId": urgent, "media": "call", "position": 1, "estimate": None, "waited": 0},
            {"contactId": usual, "media": "call", "position": 2, "estimate": None, "waited": 5},
        ],
    }
    assert (sales["skill"], sales["waiting"], sales["longestWait"], sales["contacts"]) == ("Sales", 0, 0, [])


@pytest.mark.parametrize(
    ("media", "field"), [("chat", "RoomId"), ("digital", "DFOContactId"), ("workitem", "WorkItemId")], ids=lambda one: one
)
def test_a_contact_has_one_room_case_or_item_wherever_it_rings(app: App, media: str, field: str) -> None:
    for agent in ("1001", "1002"):
        available(app, agent)
    contact: str = app.post("/api/v1/contacts", json={"media": media, "skill": "Support"}).json()["contactId"]
    [at_first] = app.agent("1001")["contacts"]
    app.act(contact, "refuse")
    [then] = app.agent("1002")["contacts"]
    assert at_first["event"][field]
    assert then["event"][field] == at_first["event"][field]


def test_a_contact_waits_rings_and_is_handled(app: App) -> None:
    call = queued(app)
    told = {"contactId": call, "media": "call", "skill": "Support"}
    nowhere = {"agent": None, "position": None, "estimate": None}
    assert where(app, call) == {**told, **nowhere, "status": "waiting", "position": 1}
    available(app)
    assert where(app, call) == {**told, **nowhere, "status": "ringing", "agent": "1001"}
    app.act(call, "answer")
    assert where(app, call) == {**told, **nowhere, "status": "handled", "agent": "1001"}
    app.act(call, "hangup")
    app.advance(10)
    answer = app.get(f"/api/v1/contacts/{call}")
    assert (answer.status_code, answer.json()["detail"]) == (404, f"Contact {call} waits in no queue, and no agent has it.")


def test_a_customer_who_waits_hangs_up(app: App) -> None:
    call = queued(app)
    assert app.post(f"/api/v1/contacts/{call}/customer/hangup").status_code == 202
    assert app.post(f"/api/v1/contacts/{call}/customer/hangup").status_code == 404


def test_a_customer_who_hangs_up_while_it_rings_is_offered_to_nobody_else(app: App) -> None:
    available(app)
    call = queued(app)
    available(app, "1002")
    assert app.post(f"/api/v1/contacts/{call}/customer/hangup").status_code == 202
    assert [app.agent(agent)["contacts"] for agent in ("1001", "1002")] == [[], []]


def test_a_customer_hangs_up_on_an_agent_whom_no_queue_led_to(app: App) -> None:
    call = app.call()
    app.act(call, "answer")
    assert app.post(f"/api/v1/contacts/{call}/customer/hangup").status_code == 202
    assert app.status(call) in ("Disconnected", None)


def test_an_email_that_rings_stays_sent(app: App) -> None:
    available(app)
    email = app.post("/api/v1/contacts", json={"media": "email", "skill": "Support"}).json()["contactId"]
    assert where(app, email)["status"] == "ringing"
    answer = app.post(f"/api/v1/contacts/{email}/customer/hangup")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-media")
    assert where(app, email)["status"] == "ringing"


def test_who_has_hung_up_cannot_hang_up_again(app: App) -> None:
    available(app)
    call = queued(app)
    app.act(call, "answer")
    assert app.post(f"/api/v1/contacts/{call}/customer/hangup").status_code == 202
    answer = app.post(f"/api/v1/contacts/{call}/customer/hangup")  # the agent still writes it up
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"direction": "outbound"}, "direction"),
        ({"priority": 101}, "priority"),
        ({"media": "chat"}, "ani"),
        ({"agent": "1"}, "agent"),
    ],
)
def test_a_contact_that_cannot_wait_is_refused_in_words(app: App, wrong: dict[str, Any], field: str) -> None:
    answer = app.post("/api/v1/contacts", json={**CALL, **wrong})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert app.get("/api/v1/queues").json()["queues"][0]["waiting"] == 0
