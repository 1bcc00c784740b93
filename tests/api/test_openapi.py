"""The control API's description: valid, complete, and true of what the operations answer."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from starlette.applications import Starlette
from starlette.routing import Mount, Route, Router

from bridge.acd.commands import CustomerVerb, Verb
from bridge.app import Deferred
from bridge.paths import PREFIX
from tests.acd import JSON, TEXT
from tests.server import App

ITSELF = f"{PREFIX}/openapi.json"
AGENT = f"{PREFIX}/agents/{{agent}}"
NDJSON = "application/x-ndjson"
RECORDING = "20261121-124500-3f9a"


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture(scope="module")
def described(app: App) -> Any:
    return app.get(ITSELF).json()


def operations(described: Any) -> dict[tuple[str, str], Any]:
    return {(method.upper(), path): operation for path, item in described["paths"].items() for method, operation in item.items()}


def conforms(described: Any, method: str, path: str, answer: Any) -> None:
    """The answer is one that the operation describes, and its body is as described."""
    response = operations(described)[method, path]["responses"][str(answer.status_code)]
    content = response.get("content")
    if content is None:
        assert answer.content == b""
        return
    media_type = answer.headers["content-type"]
    body = answer.text if media_type == NDJSON else answer.json()
    OAS31Validator({**content[media_type]["schema"], "components": described["components"]}).validate(body)


def test_it_is_valid(described: Any) -> None:
    validate(described)


def test_every_route_is_described_and_everything_described_is_a_route(app: App, described: Any) -> None:
    assert isinstance(app.app, Starlette)
    [api] = [route.app for route in app.app.routes if isinstance(route, Mount) and route.path == PREFIX]
    assert isinstance(api, Deferred)
    assert isinstance(api.app, Router)
    routes = {
        (method, re.sub(r":\w+}", "}", PREFIX + route.path))
        for route in api.app.routes
        if isinstance(route, Route) and PREFIX + route.path != ITSELF
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert routes == set(operations(described))


def test_every_verb_is_described(described: Any) -> None:
    contact = f"{AGENT}/contacts/{{contact}}"
    verbs = {f"{contact}/{verb}" for verb in get_args(Verb)} | {f"{contact}/customer/{verb}" for verb in get_args(CustomerVerb)}
    assert verbs | {f"{contact}/{more}" for more in ("messages", "typing", "disposition", "transfer")} == {
        path for path in described["paths"] if path.startswith(f"{contact}/")
    }


def test_every_operation_says_what_it_is_and_names_its_path_parameters(described: Any) -> None:
    for (method, path), operation in operations(described).items():
        assert operation["summary"], (method, path)
        named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_problems_are_described_as_such(described: Any) -> None:
    for operation in operations(described).values():
        for status, response in operation["responses"].items():
            assert response["description"] == HTTPStatus(int(status)).phrase
            assert int(status) < 400 or list(response["content"]) == ["application/problem+json"]


def test_the_token_is_described(described: Any) -> None:
    assert {} in described["security"], "a server without one needs none"
    assert {"token": []} in described["security"]
    assert described["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_answers_are_as_described(described: Any) -> None:
    with App() as app:
        with app.desk() as desk:
            desk.register("all")
            desk.post("nonsense")
            desk.rest()
        app.happen({"Type": "CarrierPigeonContactEvent", "ContactID": 5})
        contact = app.call(customer="Ada")
        app.act(contact, "answer")
        chat = app.call(media="chat", text="Hello?")
        app.post(f"{AGENT}/contacts/{chat}/typing".replace("{agent}", "1001"), json={})
        for path in (AGENT, f"{AGENT}/events", f"{AGENT}/wire", f"{AGENT}/contacts/{{contact}}/messages"):
            answer = app.get(path.replace("{agent}", "1001").replace("{contact}", chat))
            assert answer.status_code == 200
            conforms(described, "GET", path, answer)
        for path, body, status in (
            (f"{AGENT}/state", {"state": "Available"}, 202),
            (f"{AGENT}/state", {"state": "Asleep"}, 400),
            (f"{AGENT}/contacts", {}, 201),
            (f"{AGENT}/contacts", {"media": 1}, 400),
            (f"{AGENT}/contacts/{{contact}}/disposition", {"name": "Resolved"}, 202),
            (f"{AGENT}/contacts/{{contact}}/disposition", {"name": "Nonsense"}, 409),
            (f"{AGENT}/contacts/{{contact}}/hold", None, 202),
            (f"{AGENT}/contacts/{{contact}}/hold", None, 409),
            (f"{AGENT}/contacts/{{contact}}/customer/hangup", None, 202),
            (f"{AGENT}/contacts/{{contact}}/customer/hangup", None, 404),
            (f"{AGENT}/events", [{"Type": "X"}], 202),
            (f"{AGENT}/events", {}, 400),
            (f"{PREFIX}/reset", None, 200),
        ):
            answer = app.post(path.replace("{agent}", "1001").replace("{contact}", contact), json=body)
            assert answer.status_code == status, (path, answer.text)
            conforms(described, "POST", path, answer)
            if path.endswith("/disposition"):
                noted = app.get(path.replace("{agent}", "1001").replace("{contact}", contact))
                conforms(described, "GET", path, noted)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "rebound.example"}, 421),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({}, 401),
    ],
)
def test_what_access_refuses_is_described_for_every_operation(described: Any, headers: dict[str, str], status: int) -> None:
    with App(token="open-sesame" if status == 401 else None) as app:
        for method, path in operations(described):
            answer = app.request(
                method, path.format(agent="1001", contact="5", recording=RECORDING), headers=headers, content=b"[]"
            )
            assert answer.status_code == status
            conforms(described, method, path, answer)


IDS = st.sampled_from(["1001", "5", "", ".", "a b", "é", "9" * 70])
QUERIES = st.dictionaries(st.sampled_from(["after", "x"]), st.sampled_from(["0", "7", "-1", "x", "", "9" * 30]))
MEANT = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["Available", "Unavailable"]) | JSON,
        "reason": JSON,
        "direction": st.sampled_from(["inbound", "outbound"]),
        "skill": TEXT,
        "variables": JSON | st.dictionaries(TEXT, TEXT),
        "media": st.sampled_from(["call", "chat", "digital", "workitem", "voicemail", "email"]),
        "from": st.sampled_from(["agent", "customer"]) | TEXT,
        "text": TEXT,
        "payload": JSON,
        "duration": st.integers(-1, 1_000_000) | JSON,
        "position": st.integers(-1, 1_000_000) | JSON,
    },
)
EVENT = st.fixed_dictionaries(
    {"Type": st.sampled_from(["CallContactEvent", "AgentState", "AgentSessionStart", "AgentSessionEnd", "X"])},
    optional={"ContactID": st.sampled_from([5, "5"]) | JSON, "Status": st.sampled_from(["Active", "Incoming"]) | JSON},
)
BODIES = JSON | MEANT | st.lists(EVENT, max_size=3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_as_described(app: App, described: Any, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(sorted(operations(described))))
    agent, contact, query = data.draw(IDS), data.draw(IDS), data.draw(QUERIES)
    sent = path.replace("{agent}", agent or "%20").replace("{contact}", contact or "%20").replace("{recording}", RECORDING)
    body = json.dumps(data.draw(BODIES)) if method == "POST" and data.draw(st.booleans()) else b""
    answer = app.request(method, sent, params=query, content=body, headers={"Content-Type": "application/json"})
    if agent != "." and contact != ".":  # which clients take out of a path
        conforms(described, method, path, answer)
    assert answer.status_code < 500
