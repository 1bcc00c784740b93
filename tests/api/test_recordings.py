"""Recordings at the control API: kept in the journal, given back as they came, played to agents, taken of agents."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from bridge.access import Access, panel_key
from bridge.app import Upstream, create_app
from bridge.configuration import Configuration, Configured
from bridge.journal import MemoryJournal
from bridge.postmessage.messages import SessionInfo
from bridge.recordings.file import LARGEST
from tests.api.test_control import problem
from tests.recordings.test_file import ACKNOWLEDGED, HEADER, STATE, text
from tests.server import HOSTS, ORIGIN, PANELS, App

RECORDINGS = "/api/v1/recordings"
NDJSON = {"Content-Type": "application/x-ndjson"}
CALL = {"Type": "CallContactEvent", "ContactID": "77", "Status": "Incoming", "FinalState": "False"}
FILE = text(
    HEADER,
    {"at": 0, "contactId": None, "events": [ACKNOWLEDGED, STATE]},
    {"at": 1500, "contactId": None, "events": [CALL, STATE]},
    {"at": 1600, "dropped": "sessionToken"},
    {"at": 2000, "contactId": None, "events": [{**CALL, "Status": "Active"}]},
)


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def kept(app: App, file: bytes = FILE) -> str:
    """Keep a recording; its id."""
    answer = app.post(RECORDINGS, content=file, headers=NDJSON)
    assert answer.status_code == 201, answer.text
    recording_id: str = answer.json()["recordingId"]
    return recording_id


def play(app: App, recording_id: str, agent: str = "2001", **more: Any) -> Any:
    return app.post(f"{RECORDINGS}/{recording_id}/replay", json={"agent": agent, **more})


# Kept


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl", "Application/JSONL; charset=utf-8"])
def test_a_recording_is_kept_and_told_what_it_is(app: App, media_type: str) -> None:
    answer = app.post(RECORDINGS, content=FILE, headers={"Content-Type": media_type})
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{RECORDINGS}/{told['recordingId']}"
    assert {key: told[key] for key in told if key not in ("recordingId", "kept")} == {
        "started": "2026-11-21T12:45:00.000Z",
        "issuer": "MAX",
        "masked": True,
        "subscriptionTypes": ["agent", "contacts"],
        "messages": 3,
        "events": 5,
        "duration": 2000,
        "bytes": len(FILE),
        "leftOut": {"sessionToken": 1},
        "isCut": False,
    }


def test_the_file_is_given_back_as_it_came(app: App) -> None:
    spelt = text(HEADER, b'{"at":0,  "later":1,"events":[{"Type":"X","n":1.50}]}', {"at": "a kind to come"})
    answer = app.get(f"{RECORDINGS}/{kept(app, spelt)}")
    assert answer.content == spelt
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"].startswith('attachment; filename="deskbridge-recording-')


def test_a_last_line_that_was_cut_off_is_not_kept_and_told(app: App) -> None:
    answer = app.post(RECORDINGS, content=FILE + b'{"at":3', headers=NDJSON)
    assert answer.json()["isCut"]
    assert app.get(answer.headers["location"]).content == FILE


def test_recordings_are_listed_newest_first(app: App) -> None:
    first = kept(app)
    app.advance(1)
    second = kept(app)
    assert [one["recordingId"] for one in app.get(RECORDINGS).json()["recordings"]] == [second, first]


def test_the_same_file_twice_is_two_recordings(app: App) -> None:
    assert kept(app) != kept(app)


def test_a_recording_that_is_deleted_is_gone(app: App) -> None:
    recording_id, other = kept(app), kept(app)
    assert app.delete(f"{RECORDINGS}/{recording_id}").status_code == 204
    assert [one["recordingId"] for one in app.get(RECORDINGS).json()["recordings"]] == [other]
    for answer in (
        app.get(f"{RECORDINGS}/{recording_id}"),
        app.delete(f"{RECORDINGS}/{recording_id}"),
        play(app, recording_id),
    ):
        assert "There is no recording" in problem(answer, 404)["detail"]


def test_a_reset_forgets_them(app: App) -> None:
    kept(app)
    app.post("/api/v1/reset")
    assert app.get(RECORDINGS).json() == {"recordings": []}


def test_what_is_no_recording_is_refused_with_its_line(app: App) -> None:
    bad = app.post(RECORDINGS, content=text(HEADER, {"at": 5, "events": []}, {"at": 4, "events": []}), headers=NDJSON)
    assert problem(bad, 400)["detail"] == "Line 3: its time is 4, and that of a line before it 5. Times never fall."
    assert app.get(RECORDINGS).json() == {"recordings": []}


def test_json_is_no_recording(app: App) -> None:
    answer = app.post(RECORDINGS, json={})
    assert problem(answer, 415)["detail"] == "Send the recording as JSON Lines, with Content-Type: application/x-ndjson."


def test_a_recording_has_a_size_of_its_own(app: App) -> None:
    line = json.dumps({"at": 0, "events": [{"Type": "Big", "x": "x" * (LARGEST - 400)}]}).encode()
    assert app.post(RECORDINGS, content=text(HEADER, line), headers=NDJSON).status_code == 201
    problem(app.post(RECORDINGS, content=text(HEADER, line + b" " * 400), headers=NDJSON), 413)


# Played


def test_a_panel_gets_the_events_deep_equal_and_in_their_messages(app: App) -> None:
    recording_id = kept(app)
    with app.desk("2001") as desk:
        desk.do("log-out")
        desk.register("agent", "contacts")
        desk.rest()
        assert play(app, recording_id).status_code == 202
        app.advance(2)
        told = [frame["e"] for frame in desk.rest() if frame["t"] == "events"]
    assert told == [[STATE], [CALL, STATE], [{**CALL, "Status": "Active"}]]


def test_who_registers_meanwhile_is_told_the_state_at_that_time(app: App) -> None:
    play(app, kept(app))
    app.advance(1.5)
    with app.desk("2001") as desk:
        message = desk.register("all")["message"]
    assert message["events"][1:] == [STATE, CALL], "and no session token: there is no session"


def test_the_agent_says_what_is_played(app: App) -> None:
    recording_id = kept(app)
    play(app, recording_id, speed=2)
    app.advance(0.75)
    assert app.agent("2001")["replay"] == {"recordingId": recording_id, "speed": 2.0, "messages": 3, "played": 2}
    assert "replay" not in app.agent("1001")


def test_at_once_all_has_happened_when_the_answer_comes(app: App) -> None:
    play(app, kept(app), speed=0)
    assert app.agent("2001")["contacts"][0]["status"] == "Active"


def test_who_is_logged_in_or_being_played_to_gets_no_recording(app: App) -> None:
    app.call()
    recording_id = kept(app)
    assert problem(play(app, recording_id, agent="1001"), 409)["detail"].startswith("Agent 1001 is logged in.")
    play(app, recording_id)
    refused = problem(play(app, recording_id), 409)
    assert refused["detail"].startswith(f"Recording {recording_id} is being played to agent 2001.")
    assert refused["code"] == "no-replay"


def test_a_command_is_refused_and_opening_the_desk_starts_no_session(app: App) -> None:
    play(app, kept(app))
    app.advance(1.5)
    with app.desk("2001") as desk:
        assert desk.do("answer", contact="77")["refused"] == "This is a recording being played; it cannot be commanded."
    for path, body in (
        ("contacts/77/answer", None),
        ("contacts", {}),
        ("state", {"state": "Available"}),
        ("events", [{**CALL, "ContactID": "99"}]),
    ):
        assert problem(app.post(f"/api/v1/agents/2001/{path}", json=body), 409)["code"] == "replay"
    assert app.status("77") is None
    [contact] = app.agent("2001")["contacts"]
    assert (contact["contactId"], contact["status"]) == ("77", "Incoming")


def test_the_desk_says_that_it_is_a_replay_and_offers_to_end_it(app: App) -> None:
    play(app, kept(app))
    with app.desk("2001") as desk:
        regions = desk.next("view")["changed"]
        assert "Replay 1 of 3" in regions["agent"]
        assert "End the replay" in regions["states"]
        assert "Available" not in regions["states"]
        assert desk.do("log-out")["refused"] is None
    assert app.agent("2001")["state"] == "LoggedOut"
    assert "replay" not in app.agent("2001")


def test_an_agent_logs_in_after_a_replay_as_ever(app: App) -> None:
    play(app, kept(app), speed=0)
    app.post("/api/v1/agents/2001/state", json={"state": "LoggedOut"})
    assert app.post("/api/v1/agents/2001/state", json={"state": "Available"}).status_code == 202
    assert app.agent("2001")["state"] == "Available"


def test_what_is_being_played_cannot_be_deleted(app: App) -> None:
    recording_id = kept(app)
    play(app, recording_id)
    refused = problem(app.delete(f"{RECORDINGS}/{recording_id}"), 409)
    assert refused["detail"].startswith(f"Recording {recording_id} is being played to agent 2001.")
    app.advance(2)
    assert app.delete(f"{RECORDINGS}/{recording_id}").status_code == 204


@pytest.mark.parametrize("speed", [-1, 1001, "fast", None])
def test_a_speed_is_a_number_from_0_to_1000(app: App, speed: object) -> None:
    assert problem(play(app, kept(app), speed=speed), 400)["errors"][0]["field"] == "speed"


# Taken


def test_what_an_agents_stream_holds_is_a_recording_that_plays_as_it_was(app: App) -> None:
    call = app.call(ani="8015551234", skill="Support")
    for verb in ("answer", "hold", "resume", "hangup"):
        app.advance(1)
        app.act(call, verb)
    app.advance(10)
    taken = app.get("/api/v1/agents/1001/recording").content
    play(app, kept(app, taken), speed=0)
    problem(app.post("/api/v1/agents/2001/events", json=[CALL]), 409)
    again = app.get("/api/v1/agents/2001/recording").content
    assert messages(again) == messages(taken)
    assert (
        [event for events in messages(taken) for event in events if "Type" in event] == app.events() == app.events(agent="2001")
    )


def messages(file: bytes) -> list[list[Any]]:
    return [json.loads(line)["events"] for line in file.splitlines()[1:]]


def test_no_session_token_is_in_it(app: App) -> None:
    with app.desk() as desk:
        [info] = [event for event in desk.register("sessioninfo")["message"]["events"] if "sessionToken" in event]
    assert info["messageType"] == SessionInfo.of("x").message_type
    assert info["sessionToken"] not in app.get("/api/v1/agents/1001/recording").text


def test_an_event_says_whether_the_next_came_together_with_it(app: App) -> None:
    app.happen({"Type": "A"}, {"Type": "B"})
    app.advance(1)
    app.happen({"Type": "C"})
    entries = app.get("/api/v1/agents/1001/events").json()["events"]
    assert [entry.get("more", False) for entry in entries] == [True, False, False]


# Sent by a page of another site, or of ours


ELSEWHERE = {"Origin": "https://recorder.example", "Sec-Fetch-Site": "cross-site", **NDJSON}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def locked() -> Iterator[App]:
    with App(token="open-sesame") as app:
        yield app


def test_a_page_of_another_site_with_the_token_sends_a_recording_and_reads_the_answer(locked: App) -> None:
    answer = locked.post(RECORDINGS, content=FILE, headers={**ELSEWHERE, **bearer("open-sesame")})
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_frame_of_no_origin_may_as_well(locked: App) -> None:
    assert (
        locked.post(RECORDINGS, content=FILE, headers={**ELSEWHERE, "Origin": "null", **bearer("open-sesame")}).status_code == 201
    )


def test_without_the_token_it_may_not_and_can_read_why(app: App, locked: App) -> None:
    for one, headers, status, words in (
        (locked, {}, 403, "start the server with --token TOKEN"),
        (locked, bearer("wrong"), 401, "This is not it."),
        (app, bearer("any"), 401, "It has none yet: start it with --token TOKEN."),
        (app, {}, 403, "start the server with --token TOKEN"),
    ):
        answer = one.post(RECORDINGS, content=FILE, headers={**ELSEWHERE, **headers})
        assert words.lower() in problem(answer, status)["detail"].lower()
        assert answer.headers["access-control-allow-origin"] == "*"
        assert one.journal.head == 0


def test_without_a_token_the_panels_key_opens_it(app: App) -> None:
    headers = {**ELSEWHERE, **bearer(panel_key(app.journal.epoch))}
    assert app.post(RECORDINGS, content=FILE, headers=headers).status_code == 201


def test_the_recorder_at_the_desk_sends_with_the_panels_key_even_where_there_is_a_token(locked: App) -> None:
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **NDJSON}
    problem(locked.post(RECORDINGS, content=FILE, headers=headers), 401)
    problem(locked.post(RECORDINGS, content=FILE, headers={**headers, **bearer("wrong")}), 401)
    assert (
        locked.post(RECORDINGS, content=FILE, headers={**headers, **bearer(panel_key(locked.journal.epoch))}).status_code == 201
    )


def test_the_panels_key_does_not_list_read_play_or_delete_recordings(locked: App) -> None:
    key = bearer(panel_key(locked.journal.epoch))
    one = f"{RECORDINGS}/{kept_by(locked, 'open-sesame')}"
    for answer in (
        locked.get(RECORDINGS, headers=key),
        locked.get(one, headers=key),
        locked.delete(one, headers=key),
        locked.post(f"{one}/replay", json={"agent": "2001"}, headers=key),
    ):
        problem(answer, 401)


def kept_by(app: App, token: str) -> str:
    recording_id: str = app.post(RECORDINGS, content=FILE, headers={**NDJSON, **bearer(token)}).json()["recordingId"]
    return recording_id


@pytest.mark.parametrize(("method", "path"), [("GET", RECORDINGS), ("GET", "/api/v1/agents/1001"), ("POST", "/api/v1/reset")])
def test_the_token_opens_nothing_else_to_another_site(locked: App, method: str, path: str) -> None:
    answer = locked.request(method, path, headers={**ELSEWHERE, **bearer("open-sesame")})
    problem(answer, 403)
    assert "access-control-allow-origin" not in answer.headers


PREFLIGHT = {"Origin": "https://recorder.example", "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "cross-site"}


def test_a_browser_that_asks_first_is_told_what_may_be_sent(locked: App) -> None:
    answer = locked.options(RECORDINGS, headers={**PREFLIGHT, "Access-Control-Request-Headers": "authorization,content-type"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type"
    assert "access-control-allow-private-network" not in answer.headers


def test_a_browser_that_asks_for_a_network_that_is_private_is_answered(app: App) -> None:
    answer = app.options(RECORDINGS, headers={**PREFLIGHT, "Access-Control-Request-Private-Network": "true"})
    assert answer.headers["access-control-allow-private-network"] == "true"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (RECORDINGS, {"Access-Control-Request-Method": "DELETE"}),
        (RECORDINGS, {"Access-Control-Request-Method": ""}),
        (f"{RECORDINGS}/20261121-124500-3f9a", {}),
        (f"{RECORDINGS}/", {}),
        ("/api/v1/reset", {}),
    ],
)
def test_nothing_else_is_allowed(app: App, path: str, headers: dict[str, str]) -> None:
    answer = app.options(path, headers={**PREFLIGHT, **headers})
    assert answer.status_code == 403
    assert "access-control-allow-methods" not in answer.headers


def test_by_a_name_that_is_not_the_servers_nothing_is_allowed_either(app: App) -> None:
    answer = app.options(RECORDINGS, headers={**PREFLIGHT, "Host": "rebound.example"})
    problem(answer, 421)
    assert "access-control-allow-methods" not in answer.headers


def test_in_front_of_a_live_tenant_recordings_are_kept_and_not_played() -> None:
    upstream = Upstream("http://127.0.0.1:9/inContactAPI", "token")
    app = create_app(MemoryJournal(), Access(HOSTS), Configured(Configuration(PANELS)), upstream=upstream)
    with TestClient(app, base_url=ORIGIN) as client:
        answer = client.post(RECORDINGS, content=FILE, headers=NDJSON)
        assert answer.status_code == 201
        refused = client.post(f"{answer.headers['location']}/replay", json={"agent": "2001"})
    assert problem(refused, 409)["detail"] == (
        "The agents here are a live tenant's. Play recordings on a server without --upstream."
    )
