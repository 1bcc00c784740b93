"""The control API's rows for what agents do together: dial, consult, transfer, conference."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server import App

AGENT = "/api/v1/agents/1001"


@pytest.fixture
def app() -> Iterator[App]:
    """Agents 1001 and 1002, Available."""
    with App() as app:
        for agent in ("1001", "1002"):
            app.post(f"/api/v1/agents/{agent}/state", json={"state": "Available"})
        yield app


def talking(app: App) -> str:
    call = app.call(skill="Sales", ani="8015551234")
    app.act(call, "answer")
    return call


def there(app: App) -> Any:
    """The one contact of agent 1002."""
    [contact] = app.agent("1002")["contacts"]
    return contact


@pytest.mark.parametrize("target", [{"agent": "1002"}, {"skill": "Support"}, {"skill": "4101"}])
@pytest.mark.parametrize("verb", ["dial", "consult"])
def test_an_agent_or_a_skill_is_called(app: App, verb: str, target: dict[str, str]) -> None:
    if verb == "consult":
        talking(app)
    else:
        app.post(f"{AGENT}/state", json={"state": "Unavailable"})
    assert app.post(f"{AGENT}/{verb}", json=target).status_code == 202
    assert there(app)["event"]["CallType"] == ("Consult" if verb == "consult" else "Regular")


@pytest.mark.parametrize("target", [{}, {"agent": "1002", "skill": "Support"}, {"agent": "no agent"}, {"who": "1002"}])
def test_who_is_called_is_one_and_only_one(app: App, target: dict[str, str]) -> None:
    answer = app.post(f"{AGENT}/dial", json=target)
    assert answer.status_code == 400
    assert answer.json()["title"] == "Bad request"


@pytest.mark.parametrize(("verb", "status"), [("transfer-calls", "Active"), ("conference-calls", "Joined")])
def test_the_calls_of_a_consult_become_one(app: App, verb: str, status: str) -> None:
    talking(app)
    app.post(f"{AGENT}/consult", json={"agent": "1002"})
    app.act(there(app)["contactId"], "answer", agent="1002")
    assert app.post(f"{AGENT}/{verb}").status_code == 202
    assert there(app)["status"] == status


@pytest.mark.parametrize("verb", ["transfer-calls", "conference-calls"])
def test_why_not_is_told(app: App, verb: str) -> None:
    talking(app)
    answer = app.post(f"{AGENT}/{verb}")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")
    assert "two calls" in answer.json()["detail"]


@pytest.mark.parametrize("media", ["call", "chat", "digital", "workitem", "voicemail", "email"])
@pytest.mark.parametrize("target", [{"agent": "1002"}, {"skill": "Support"}])
def test_a_contact_of_any_medium_is_passed_on(app: App, media: str, target: dict[str, str]) -> None:
    contact = app.call(media=media)
    app.act(contact, "answer")
    app.post(f"{AGENT}/state", json={"state": "Unavailable"})
    assert app.post(f"{AGENT}/contacts/{contact}/transfer", json=target).status_code == 202
    assert (there(app)["media"], there(app)["status"]) == (media, "Incoming")
