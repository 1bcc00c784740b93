"""The control API in front of a live tenant, which another deskbridge plays."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.serving import Serve, Server
from tests.tenant import Link, serve_live


@pytest.fixture
def tenant(serve: Serve) -> Server:
    tenant = serve()
    tenant.post("/api/v1/agents/1001/state", {"state": "Available"})
    return tenant


@pytest.fixture
def link(tenant: Server) -> Iterator[Link]:
    link = Link(tenant)
    yield link
    link.close()


def refused(live: Server, path: str, body: Any = None) -> tuple[int, str]:
    """The status and the detail of a request that is refused."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        live.post(f"/api/v1/agents/1001/{path}", body)
    with caught.value as answer:
        return answer.code, json.load(answer)["detail"]


def in_a_call(tenant: Server, live: Server) -> str:
    """A call that both know to be Active; its id."""
    call = tenant.call(skill="Sales")
    tenant.act(call, "answer")
    live.wait_for_event(lambda event: (event.get("ContactID"), event.get("Status")) == (call, "Active"))
    return call


def test_a_command_is_accepted_once_the_tenant_has_accepted_it(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    call = in_a_call(tenant, live)
    live.act(call, "hold")
    assert tenant.status(call) == "Holding"


def test_a_state_goes_to_the_tenant(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    live.post("/api/v1/agents/1001/state", {"state": "Unavailable", "reason": "Lunch"})
    agent = tenant.get("/api/v1/agents/1001")
    assert (agent["state"], agent["reason"]) == ("Unavailable", "Lunch")


def test_what_the_tenant_refuses_is_409_with_its_words(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    call = in_a_call(tenant, live)
    link.answers("/hold", 409, {"icStatusDescription": "Invalid State"})
    assert refused(live, f"contacts/{call}/hold") == (409, f"The tenant refused hold of call {call}: 409, Invalid State.")


def test_a_state_logs_in_where_there_is_a_session_or_a_phone_to_start_one_with(serve: Serve, tenant: Server, link: Link) -> None:
    available = {"state": "Available"}
    tenant.post("/api/v1/agents/1001/state", {"state": "LoggedOut"})
    live = serve_live(serve, link)
    status, detail = refused(live, "state", available)
    assert status == 409
    assert detail.startswith("The tenant has no session of this agent. deskbridge was given no phone to start one with")
    tenant.post("/api/v1/agents/1001/state", {"state": "Unavailable"})
    live.post("/api/v1/agents/1001/state", available)
    assert tenant.get("/api/v1/agents/1001")["state"] == "Available"

    tenant.post("/api/v1/agents/1001/state", {"state": "LoggedOut"})
    live = serve_live(serve, link, "--upstream-phone", "WebRTC")
    live.post("/api/v1/agents/1001/state", available)
    assert tenant.get("/api/v1/agents/1001")["state"] == "Available"


def test_a_script_and_the_terminal_are_told_what_is_wrong(serve: Serve, tenant: Server, link: Link) -> None:
    link.answers("/join", 401, {"icStatusDescription": "Unauthorized"})
    live = serve_live(serve, link)
    status, detail = refused(live, "state", {"state": "Available"})
    assert status == 409
    assert detail.startswith("The tenant does not accept the token (401, Unauthorized): it has expired, or is wrong.")
    upstream = live.get("/api/v1/agents/1001")["upstream"]
    assert datetime.fromisoformat(upstream.pop("since")) <= datetime.now(UTC)
    assert upstream == {"address": link.url.removeprefix("http://"), "trouble": detail, "sessionOf": None}
    live.stop()
    assert (live.printed + live.output).count(detail) == 1


def test_a_script_is_told_that_all_is_well_and_whose_session_it_is(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    in_a_call(tenant, live)
    well = {"address": link.url.removeprefix("http://"), "trouble": "", "since": None, "sessionOf": None}
    assert live.get("/api/v1/agents/1001")["upstream"] == well
    assert live.get("/api/v1/agents/2002")["upstream"] == {**well, "sessionOf": "1001"}


def test_a_wrong_address_is_told_as_one_and_nothing_is_started_there(serve: Serve, tenant: Server, link: Link) -> None:
    tenant.post("/api/v1/agents/1001/state", {"state": "LoggedOut"})
    link.answers("/join", 404, {"Content-Type": "text/html"}, b"<title>404 Not Found</title>")
    live = serve_live(serve, link, "--upstream-phone", "WebRTC")
    status, detail = refused(live, "state", {"state": "Available"})
    assert status == 409
    assert "Is the address of --upstream right?" in detail
    assert link.asked("agent-sessions") == 0
    assert tenant.get("/api/v1/agents/1001")["state"] == "LoggedOut"


def test_what_nobody_knows_is_504(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    call = in_a_call(tenant, live)
    link.swallows("/hold")
    status, detail = refused(live, f"contacts/{call}/hold")
    assert status == 504
    assert detail.startswith(f"Nobody knows whether hold of call {call} reached the tenant: the connection broke.")
    assert link.asked("hold") == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contacts", {"ani": "8015551234"}),
        ("contacts", {"media": "chat", "text": "Hello"}),
        ("events", [{"Type": "AgentState", "CurrentState": "Available"}]),
        ("contacts/CALL/customer/hangup", None),
    ],
)
def test_nothing_is_made_up_at_a_live_tenant(serve: Serve, tenant: Server, link: Link, path: str, body: Any) -> None:
    live = serve_live(serve, link)
    call = in_a_call(tenant, live)
    status, detail = refused(live, path.replace("CALL", call), body)
    assert status == 409
    assert detail.startswith("The contacts of a live tenant are real: ")
    assert tenant.status(call) == "Active"


def test_the_agent_dials_and_the_contacts_id_comes_by_its_event(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    dial = {"direction": "outbound", "dnis": "8015550100", "skill": "Sales"}
    assert live.post("/api/v1/agents/1001/contacts", dial) is None
    event = live.wait_for_event(lambda event: event.get("Status") == "Dialing")
    assert (event["DNIS"], event["Skill"], event["IsInbound"]) == ("8015550100", "4102", "False")
    [dialed] = tenant.get("/api/v1/agents/1001")["contacts"]
    assert dialed["contactId"] == event["ContactID"]


def test_after_a_reset_the_tenant_tells_everything_anew(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    call = in_a_call(tenant, live)
    live.post("/api/v1/reset")
    live.wait_for_event(lambda event: event.get("ContactID") == call)
    assert live.status(call) == "Active"


def test_an_event_that_comes_in_several_lines_is_one_item_of_the_stream(serve: Serve) -> None:
    server = serve()
    body = b'[{\r\n  "Type": "X",\n  "text": "a\\nb"\n}]'
    request = urllib.request.Request(f"{server.url}/api/v1/agents/1001/events", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10):
        assert server.wait_for_event(lambda event: event["Type"] == "X") == {"Type": "X", "text": "a\nb"}


def test_the_agent_session_api_is_the_tenants(serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    with pytest.raises(urllib.error.HTTPError) as caught:
        live.post("/inContactAPI/services/v23.0/agent-sessions/join", {})
    with caught.value as answer:
        assert answer.code == 404
        assert json.load(answer)["detail"] == (
            f"This server works with a live tenant. Its Agent Session API is at {link.url}/inContactAPI."
        )
