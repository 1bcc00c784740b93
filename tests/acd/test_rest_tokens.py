"""Who may use the Agent Session API: its tokens, and the zone that its paths are in."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acd.rest_client import SERVICES, TOKEN, Client, bearer, token_for
from tests.acd.test_rest import refused
from tests.server import ORIGIN, App

PASSWORD = {"grant_type": "password", "username": "1001", "password": "secret"}


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def locked() -> Iterator[App]:
    with App(token="open-sesame") as app:
        yield app


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


def opens(app: App, token: str) -> bool:
    return app.get(f"{SERVICES}/skills", headers=bearer(token)).status_code == 200


# The token endpoint


@pytest.mark.parametrize("path", [TOKEN, "/InContactAuthorizationServer/Token", "/incontactauthorizationserver/token"])
def test_a_token_is_issued_for_any_password_where_the_server_has_none(app: App, path: str) -> None:
    body = app.post(path, json=PASSWORD, headers=basic("app@vendor", "4321")).json()
    assert (body["token_type"], body["expires_in"], body["agent_id"]) == ("bearer", 3600, "1001")
    assert body["resource_server_base_uri"] == f"{ORIGIN}/inContactAPI/"
    assert body["refresh_token_server_uri"] == f"{ORIGIN}/inContactAuthorizationServer/Token"
    assert opens(app, body["access_token"])


@pytest.mark.parametrize("how", [{"json": PASSWORD}, {"data": PASSWORD}, {"params": PASSWORD}], ids=["JSON", "form", "query"])
def test_a_token_is_asked_for_as_json_form_or_query(app: App, how: dict[str, Any]) -> None:
    assert app.post(TOKEN, **how).status_code == 200


def test_the_address_that_a_token_names_is_the_public_one() -> None:
    with App(origins=["https://desk.example.com"]) as app:
        assert app.post(TOKEN, json=PASSWORD).json()["resource_server_base_uri"] == "https://desk.example.com/inContactAPI/"


def test_a_user_name_that_is_an_address_is_the_agent_before_the_at(app: App) -> None:
    client = Client(app, "anna@example.com").start()
    assert client.poll().json()["events"][0]["AgentId"] == "anna"


@pytest.mark.parametrize("name", ["", "two words", "@example.com", "a" * 65])
def test_a_user_name_that_is_no_agents_is_refused(app: App, name: str) -> None:
    assert refused(app.post(TOKEN, json={**PASSWORD, "username": name}), 400, "invalid_request")


@pytest.mark.parametrize("grant", [{}, {"grant_type": "implicit"}])
def test_a_grant_type_that_there_is_not_is_refused(app: App, grant: dict[str, str]) -> None:
    assert refused(app.post(TOKEN, json=grant), 400, "unsupported_grant_type")


def test_tokens_are_issued_by_post_alone(app: App) -> None:
    answer = app.get(TOKEN)
    assert refused(answer, 405, "Method Not Allowed")
    assert answer.headers["allow"] == "POST"


def test_an_applications_token_says_whose_session_it_means(app: App) -> None:
    token = app.post(TOKEN, json={"grant_type": "client_credentials"}, headers=basic("app@vendor", "4321")).json()["access_token"]
    client = Client(app, token=token)
    assert refused(client.call("POST", "agent-sessions", json={"stationId": "WebRTC"}), 400, "Invalid agent Id.")
    starting = {"stationId": "WebRTC", "asAgentId": "anna"}
    assert client.call("POST", "agent-sessions", json=starting).status_code == 202
    assert app.agent("anna")["state"] == "Unavailable"


# Tokens end


def test_a_token_ends_after_an_hour(app: App) -> None:
    token = token_for(app)
    app.advance(3599)
    assert opens(app, token)
    app.advance(1)
    assert not opens(app, token)


def test_a_refresh_token_gives_another_for_two_hours(app: App) -> None:
    refresh = app.post(TOKEN, json=PASSWORD).json()["refresh_token"]
    asking = {"grant_type": "refresh_token", "refresh_token": refresh}
    app.advance(7199)
    again = app.post(TOKEN, json=asking).json()
    assert again["agent_id"] == "1001"
    assert opens(app, again["access_token"])
    app.advance(1)
    assert refused(app.post(TOKEN, json=asking), 400, "invalid_grant")


def test_a_refresh_token_opens_nothing_and_no_other_refreshes(app: App) -> None:
    tokens = app.post(TOKEN, json=PASSWORD).json()
    assert not opens(app, tokens["refresh_token"])
    for wrong in (tokens["access_token"], "garbled", ""):
        assert refused(app.post(TOKEN, json={"grant_type": "refresh_token", "refresh_token": wrong}), 400, "invalid_grant")


def test_a_reset_ends_all_tokens(app: App) -> None:
    token = token_for(app)
    app.post("/api/v1/reset")
    assert not opens(app, token)


# 401


def forged(token: str) -> str:
    """The same signature under another agent's name."""
    content, _, signature = token.partition(".")
    other = base64.urlsafe_b64encode(base64.urlsafe_b64decode(content).replace(b"1001", b"1002")).decode()
    assert other != content
    return f"{other}.{signature}"


@pytest.mark.parametrize("path", ["skills", "agent-sessions/garbled/get-next-event", "teams/1/unavailable-codes", "nowhere", ""])
def test_without_a_token_everything_is_401(app: App, path: str) -> None:
    signed = token_for(app)
    for headers in ({}, bearer(""), bearer("x"), bearer("x.y"), bearer("é"), bearer(forged(signed)), basic("1001", "secret")):
        encoded = {name.encode(): value.encode() for name, value in headers.items()}
        answer = app.get(f"{SERVICES}/{path}", headers=encoded)
        assert refused(answer, 401, "Unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_start_without_a_token_starts_nothing(app: App) -> None:
    assert app.post(f"{SERVICES}/agent-sessions", json={"stationId": "WebRTC"}).status_code == 401
    assert app.journal.head == 0


# A server with a token


def test_the_servers_token_is_the_password(locked: App) -> None:
    assert refused(locked.post(TOKEN, json=PASSWORD), 401, "Unauthorized")
    assert opens(locked, token_for(locked, password="open-sesame"))


@pytest.mark.parametrize("secret", ["header", "body"])
def test_the_servers_token_is_an_applications_secret(locked: App, secret: str) -> None:
    asking: dict[str, Any] = {"grant_type": "client_credentials"}
    assert refused(locked.post(TOKEN, json=asking, headers=basic("app", "wrong")), 401, "Unauthorized")
    assert refused(locked.post(TOKEN, json=asking, headers={"Authorization": "Basic ?"}), 401, "Unauthorized")
    if secret == "header":
        answer = locked.post(TOKEN, json=asking, headers=basic("app", "open-sesame"))
    else:
        answer = locked.post(TOKEN, json={**asking, "client_id": "app", "client_secret": "open-sesame"})
    assert opens(locked, answer.json()["access_token"])


def test_the_servers_token_opens_the_api_itself(locked: App) -> None:
    assert opens(locked, "open-sesame")
    assert not opens(locked, "open-sesame2")


def test_a_token_of_the_endpoint_opens_nothing_but_its_own_api(locked: App) -> None:
    issued = bearer(token_for(locked, password="open-sesame"))
    assert locked.get("/api/v1/agents/1001", headers=issued).status_code == 401


# The zone


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:3000"])
@pytest.mark.parametrize("path", [TOKEN, TOKEN.upper(), f"{SERVICES}/agent-sessions", f"{SERVICES}/agent-sessions".lower()])
def test_a_form_that_a_page_of_another_site_sends_is_refused(app: App, path: str, origin: str) -> None:
    """Forms are taken here, and browsers send them anywhere; but they say from where."""
    answer = app.post(path, data={**PASSWORD, "stationId": "WebRTC"}, headers={**bearer(token_for(app)), "Origin": origin})
    assert answer.status_code == 403
    assert app.journal.head == 0


def test_a_request_that_a_page_of_another_site_began_is_refused(app: App) -> None:
    headers = {**bearer(token_for(app)), "Sec-Fetch-Site": "cross-site"}
    assert app.get(f"{SERVICES}/skills", headers=headers).status_code == 403


def test_a_host_that_the_server_is_not_known_by_is_refused(app: App) -> None:
    assert app.post(TOKEN, json=PASSWORD, headers={"Host": "evil.example"}).status_code == 421


def test_the_desks_own_page_may_call(app: App) -> None:
    assert app.get(f"{SERVICES}/skills", headers={**bearer(token_for(app)), "Origin": ORIGIN}).status_code == 200


@pytest.mark.parametrize("path", ["/inContactAPIx/services/v1.0/skills", "/x/inContactAPI/services/v1.0/skills", "/api/v1/reset"])
def test_forms_are_taken_at_these_paths_alone(app: App, path: str) -> None:
    assert app.post(path, data={"x": "y"}).status_code == 415


def test_a_token_says_nothing_that_its_holder_may_not_know(locked: App) -> None:
    content = token_for(locked, password="open-sesame").partition(".")[0]
    assert re.fullmatch(rb'\{"kind":"access","agent_id":"1001","until":[0-9]+\}', base64.urlsafe_b64decode(content))
