"""Who may call what: the zones of `bridge/access.py`, one row each."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from bridge.access import is_loopback, panel_key
from bridge.journal.sqlite import SqliteJournal
from tests.server import ORIGIN, App

API, PAGE, PANEL = "/api/v1/agents/1001", "/desk/1001", "/panels/crm"
STATIC = "/static/max-client.js"
CUSTOMER, NOTE = "/panels/crm/customer?ani=8015551234", "/panels/crm/notes/101?ani=8015551234"
DATA = [CUSTOMER, NOTE, "/panels/crm/", "/panels/crm/a/b", "/panels/another/data", "/panels/crm%2Fcustomer?ani=8015551234"]
"""Paths of what panels look up, of panels to come too."""
ANOTHERS = [
    "https://evil.example",
    "null",
    "http://127.0.0.1:3000",
    "http://127.0.0.1",
    "https://127.0.0.1:8700",
    "http://localhost:8700",
    "http://127.0.0.1:8700.evil.example",
    "",
]
"""Origins other than ORIGIN: another site, a sandboxed frame, another port, no port, another scheme, another name."""


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def locked() -> Iterator[App]:
    with App(token="open-sesame") as app:
        yield app


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def is_problem(answer: Any, status: int) -> bool:
    media_type, problem = answer.headers["content-type"], answer.json()
    return bool(answer.status_code == problem["status"] == status and media_type == "application/problem+json")


# Origin


@pytest.mark.parametrize("origin", ANOTHERS)
def test_a_call_by_a_page_of_another_origin_is_refused(app: App, origin: str) -> None:
    answer = app.post(f"{API}/contacts", json={}, headers={"Origin": origin})
    assert is_problem(answer, 403)
    assert origin in answer.json()["detail"]
    assert app.agent()["contacts"] == []


@pytest.mark.parametrize("origin", ANOTHERS)
def test_a_socket_of_a_page_of_another_origin_is_refused_before_it_opens(app: App, origin: str) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, app.socket(Origin=origin):
        pass
    assert "not a page of" in refused.value.reason


def test_the_desks_own_page_may_call_and_open_a_socket(app: App) -> None:
    assert app.post(f"{API}/contacts", json={}, headers={"Origin": ORIGIN}).status_code == 201
    with app.socket(Origin=ORIGIN) as socket:
        socket.send_json({"t": "hello", "page": "p"})
        assert socket.receive_json()["t"] == "welcome"


def test_a_caller_that_is_no_page_sends_no_origin_and_is_let_in(app: App) -> None:
    assert app.post(f"{API}/contacts", json={}).status_code == 201


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
def test_a_form_of_another_site_cannot_be_sent_to_a_page_either(app: App, method: str) -> None:
    assert is_problem(app.request(method, PAGE, headers={"Origin": "https://evil.example"}), 403)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_get_of_the_api_is_refused(app: App, site: str) -> None:
    """An image or a script element sends no Origin, but the browser says where it stands."""
    assert is_problem(app.get(API, headers={"Sec-Fetch-Site": site}), 403)


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_the_desks_own_get_and_a_typed_address_are_let_in(app: App, site: str) -> None:
    assert app.get(API, headers={"Sec-Fetch-Site": site}).status_code == 200


def test_a_link_on_another_site_may_lead_to_the_desk(app: App) -> None:
    assert app.get(PAGE, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


# Host


@pytest.mark.parametrize("path", [API, PAGE, PANEL, "/panels/crm/customer?ani=8015551234", "/"])
@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:8700", "127.0.0.1.rebound.example", "", "[::1", "[x]", "a b"]
)
def test_a_request_by_a_name_that_is_not_the_servers_is_refused(app: App, path: str, host: str) -> None:
    """A page can have its own name lead to this machine (DNS rebinding), and is then of the same origin."""
    answer = app.get(path, headers={"Host": host, "Origin": f"http://{host}"})
    assert is_problem(answer, 421)
    assert "--allow-host" in answer.json()["detail"]


def test_a_socket_by_a_name_that_is_not_the_servers_is_refused(app: App) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, app.socket(Host="rebound.example:8700"):
        pass
    assert "--allow-host rebound.example" in refused.value.reason


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost:8700", "LOCALHOST:8700", "127.0.0.1"])
def test_the_servers_own_names_are_known_on_any_port(app: App, host: str) -> None:
    assert app.get(API, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["desk.test:8700", "DESK.TEST"])
def test_a_name_that_the_server_was_told_of_is_let_in(host: str) -> None:
    with App(hosts=["127.0.0.1", "Desk.test"]) as app:
        assert app.post(f"{API}/contacts", json={}, headers={"Host": host, "Origin": f"http://{host}"}).status_code == 201


def test_behind_a_proxy_the_public_origin_is_the_desks_own() -> None:
    public = {"Host": "desk.example", "Origin": "https://desk.example"}
    with App(hosts=["127.0.0.1", "desk.example"], origins=["https://desk.example"]) as app:
        assert app.post(f"{API}/contacts", json={}, headers=public).status_code == 201
        assert app.post(f"{API}/contacts", json={}, headers={**public, "Host": "127.0.0.1:8700"}).status_code == 201
        assert is_problem(app.post(f"{API}/contacts", json={}, headers={**public, "Origin": "https://other.example"}), 403)


# JSON only


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/jsonp", ""]
)
def test_a_body_that_a_form_could_send_is_refused(app: App, media_type: str) -> None:
    answer = app.post(f"{API}/events", content='[{"Type": "X"}]', headers={"Content-Type": media_type})
    assert is_problem(answer, 415)
    assert app.events() == []


def test_a_body_without_a_length_is_a_body_too(app: App) -> None:
    answer = app.post(f"{API}/events", content=iter([b'[{"Type": "X"}]']), headers={"Content-Type": "text/plain"})
    assert is_problem(answer, 415)


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_taken(app: App, media_type: str) -> None:
    answer = app.post(f"{API}/events", content='[{"Type": "X"}]', headers={"Content-Type": media_type})
    assert answer.status_code == 202


def test_a_post_without_a_body_needs_no_media_type(app: App) -> None:
    assert app.post("/api/v1/reset").status_code == 200


# Token


@pytest.mark.parametrize(
    "headers",
    [{}, bearer("wrong"), bearer(""), bearer("open-sesame2"), bearer("öpen"), {"Authorization": "Basic open-sesame"}],
    ids=["none", "wrong", "empty", "longer", "not ASCII", "another scheme"],
)
def test_a_call_without_the_token_is_refused(locked: App, headers: dict[str, str]) -> None:
    encoded = {name.encode(): value.encode() for name, value in headers.items()}
    for answer in (locked.get(API, headers=encoded), locked.post("/api/v1/reset", headers=encoded)):
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_call_with_the_token_is_let_in(locked: App, scheme: str) -> None:
    assert locked.get(API, headers={"Authorization": f"{scheme} open-sesame"}).status_code == 200


def test_the_token_does_not_let_another_origin_in(locked: App) -> None:
    answer = locked.get(API, headers={**bearer("open-sesame"), "Origin": "https://evil.example"})
    assert is_problem(answer, 403)


@pytest.mark.parametrize("path", ["/", PAGE, PANEL, STATIC, "/healthz"])
def test_pages_and_what_they_load_need_no_token(locked: App, path: str) -> None:
    assert locked.get(path).status_code in (200, 307)


def test_pages_carry_no_data(locked: App) -> None:
    """Who opens the desk without the token sees what an agent without contacts would see."""
    blank = locked.get(PAGE).text
    contact = locked.post(
        f"{API}/contacts", json={"ani": "8015551234", "customer": "Ada Example"}, headers=bearer("open-sesame")
    ).json()["contactId"]
    assert locked.get(PAGE).text == blank
    assert contact not in blank


@pytest.mark.parametrize("token", [{}, {"token": None}, {"token": "wrong"}], ids=["absent", "null", "wrong"])
def test_a_socket_whose_hello_has_not_the_token_is_closed_and_nothing_was_done(locked: App, token: dict[str, Any]) -> None:
    with locked.socket() as socket:
        socket.send_json({"t": "hello", "page": "p", **token})
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4401
    assert locked.journal.head == 0, "no session was started"


def test_a_socket_whose_hello_has_the_token_is_welcomed(locked: App) -> None:
    with locked.desk(token="open-sesame") as desk:
        assert desk.welcome["t"] == "welcome"


def test_without_a_token_any_hello_is_welcomed(app: App) -> None:
    with app.desk(token="whatever the tab remembers") as desk:
        assert desk.welcome["t"] == "welcome"


# The panels' data


def key_of(app: App) -> dict[str, str]:
    """What the desk's own panels send now."""
    return bearer(panel_key(app.journal.epoch))


@pytest.mark.parametrize("path", DATA)
def test_a_panels_data_wants_a_key_even_where_no_token_is_set(app: App, path: str) -> None:
    """A page of another site could frame the panel and play MAX to it: the request would be the panel's own."""
    answer = app.get(path, headers={"Sec-Fetch-Site": "same-origin"})
    assert is_problem(answer, 401)
    assert "Open this panel from the desk, or add #key=TOKEN to its address" in answer.json()["detail"]
    assert "Dana" not in answer.text


@pytest.mark.parametrize("key", ["", "wrong", "0" * 32, "None", "open-sesame"])
@pytest.mark.parametrize("path", [CUSTOMER, NOTE])
def test_a_key_that_does_not_fit_opens_no_data(app: App, path: str, key: str) -> None:
    assert is_problem(app.get(path, headers=bearer(key)), 401)


def test_the_epoch_itself_is_no_key(app: App) -> None:
    assert is_problem(app.get(CUSTOMER, headers=bearer(app.journal.epoch)), 401)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "OPTIONS"])
def test_no_method_gets_past_the_key(app: App, method: str) -> None:
    assert is_problem(app.request(method, NOTE), 401)


@pytest.mark.parametrize("path", [CUSTOMER, NOTE])
def test_the_panels_key_opens_their_data_with_a_token_and_without(app: App, locked: App, path: str) -> None:
    assert app.get(path, headers=key_of(app)).status_code == 200
    assert locked.get(path, headers=key_of(locked)).status_code == 200


@pytest.mark.parametrize("path", [CUSTOMER, NOTE])
def test_the_servers_token_is_a_key_too(locked: App, path: str) -> None:
    assert locked.get(path, headers=bearer("open-sesame")).status_code == 200
    assert is_problem(locked.get(path, headers=bearer("open-sesam")), 401)


def test_the_panels_key_opens_nothing_else(locked: App) -> None:
    assert is_problem(locked.get(API, headers=key_of(locked)), 401)
    with locked.socket() as socket:
        socket.send_json({"t": "hello", "page": "p", "token": panel_key(locked.journal.epoch)})
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_a_reset_ends_the_panels_key(app: App) -> None:
    before = key_of(app)
    app.post("/api/v1/reset")
    assert is_problem(app.get(CUSTOMER, headers=before), 401)
    assert app.get(CUSTOMER, headers=key_of(app)).status_code == 200


def test_the_panels_key_outlives_a_restart(tmp_path: Path) -> None:
    async def key() -> str:
        journal = SqliteJournal(tmp_path / "journal.sqlite")
        await journal.close()
        return panel_key(journal.epoch)

    assert asyncio.run(key()) == asyncio.run(key())


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_the_panels_key_does_not_let_a_page_of_another_site_in(app: App, headers: dict[str, str]) -> None:
    assert is_problem(app.get(CUSTOMER, headers={**key_of(app), **headers}), 403)


def test_a_note_is_taken_as_json_only(app: App) -> None:
    note = '{"text": "hello", "version": 0, "window": "w", "save": 1}'
    answer = app.put(NOTE, content=note, headers={**key_of(app), "Content-Type": "text/plain"})
    assert is_problem(answer, 415)
    assert app.get(NOTE, headers=key_of(app)).json()["text"] == ""


def test_a_panels_data_stays_in_no_cache_and_in_no_other_sites_frame(app: App) -> None:
    headers = app.get(CUSTOMER, headers=key_of(app)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]


def test_the_desk_gives_the_key_to_its_own_panels_alone(app: App) -> None:
    contact = app.call()
    with app.desk() as desk:
        panels = desk.next("view")["changed"]["panels"]
    assert {panel["key"]: panel["url"] for panel in panels} == {
        f"crm:{contact}": f"/panels/crm#key={panel_key(app.journal.epoch)}",
        "tools": "https://tools.example/",
    }


# Headers


def policy(app: App, path: str) -> list[str]:
    """The directives of the path's content security policy."""
    return app.get(path).headers["content-security-policy"].split("; ")


@pytest.mark.parametrize("path", [PAGE, API, "/", "/api/v1/nothing"])
def test_what_is_the_operators_is_framed_by_no_other_site_and_opened_by_none(app: App, path: str) -> None:
    headers = app.get(path).headers
    assert "frame-ancestors 'self'" in policy(app, path)
    assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_the_desk_runs_no_inline_script_and_loads_scripts_of_its_own_only(app: App) -> None:
    assert "default-src 'self'" in policy(app, PAGE)
    assert not any(directive.startswith(("script-src", "style-src")) for directive in policy(app, PAGE))
    assert "unsafe" not in app.get(PAGE).headers["content-security-policy"]


def test_the_desk_may_frame_pages_of_http_and_https(app: App) -> None:
    assert "frame-src http: https:" in policy(app, PAGE)


def test_panels_may_be_framed_by_any_desk(app: App) -> None:
    assert not any("frame-ancestors" in directive for directive in policy(app, PANEL))
    assert "cross-origin-opener-policy" not in app.get(PANEL).headers
    assert "x-frame-options" not in app.get(PANEL).headers


def test_static_files_may_be_loaded_by_any_page(app: App) -> None:
    answer = app.get(STATIC, headers={"Origin": "https://panel.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [API, PAGE, PANEL, "/panels/crm/customer?ani=8015551234", "/healthz", "/static"])
def test_nothing_else_may_be_read_by_other_origins(app: App, path: str) -> None:
    assert "access-control-allow-origin" not in app.get(path, headers={"Origin": ORIGIN}).headers


@pytest.mark.parametrize("path", [API, PAGE, PANEL, STATIC, "/healthz", "/api/v1/nothing"])
def test_every_answer_says_that_its_type_is_not_to_be_guessed(app: App, path: str) -> None:
    assert app.get(path).headers["x-content-type-options"] == "nosniff"


# What the server listens on


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.7.6", "localhost", "Localhost", "::1"])
def test_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example", "127.desk.example", "127.0.0.1.nip.io", ""])
def test_others_can_reach_it(host: str) -> None:
    assert not is_loopback(host)
