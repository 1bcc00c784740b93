"""The Agent Session REST API (cxone-agent-session.md, section 1): commands, codes and how a request is read."""

from collections.abc import Iterator
from typing import Any

import pytest

from bridge.acd.skills import SKILLS
from bridge.journal.base import Record
from tests.acd.rest_client import Client, bearer, token_for
from tests.server import App, types_of


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def client(app: App) -> Client:
    """One that has started its session, and heard so."""
    client = Client(app).start()
    client.poll()
    return client


def refused(answer: Any, status: int, description: str) -> bool:
    """Whether an error is spelt as the vendor spells them, with a sentence beside it."""
    body = answer.json()
    return bool(
        (answer.status_code, body["error_description"]) == (status, description)
        and answer.headers["icStatusDescription"]
        and len(body["detail"]) > 10
    )


def accepted(answer: Any) -> bool:
    return bool(answer.status_code == 202 and answer.headers["icStatusDescription"] == "Accepted")


def read(app: App) -> list[Record]:
    """The records of the agent's stream."""
    assert app.portal is not None
    return app.portal.call(app.journal.read, "agent/1001")


# Where it is


@pytest.mark.parametrize(
    "prefix",
    [
        "/inContactAPI/services/v23.0",
        "/InContactAPI/services/v4.0",
        "/incontactapi/services/v34.0",
        "/inContactapi/services/V4.0",
        "/INCONTACTAPI/SERVICES/V115.0",
        "/incontactapi//services/v23.0",
    ],
)
def test_the_prefix_is_matched_in_any_case_and_in_any_version(app: App, prefix: str) -> None:
    assert app.get(f"{prefix}/skills", headers=bearer(token_for(app))).status_code == 200


@pytest.mark.parametrize("version", ["v23", "23.0", "v23.1", "vX.0", "v1.0.0"])
def test_what_is_no_version_is_not_found(app: App, version: str) -> None:
    answer = app.get(f"/inContactAPI/services/{version}/skills", headers=bearer(token_for(app)))
    assert refused(answer, 404, "resource not found")


@pytest.mark.parametrize("path", ["", "agent-session", "agent-sessions/x/y", "agent-sessions/x/interactions/1/explode"])
def test_a_path_that_nothing_is_at_is_not_found(client: Client, path: str) -> None:
    assert refused(client.call("POST", path), 404, "resource not found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "agent-sessions", "POST"),
        ("GET", "agent-sessions/{sid}", "DELETE"),
        ("POST", "agent-sessions/{sid}/get-next-event", "GET"),
        ("PUT", "agent-sessions/{sid}/state", "POST"),
        ("GET", "agent-sessions/join", "DELETE, POST"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_not_allowed(client: Client, method: str, path: str, allow: str) -> None:
    answer = client.call(method, path.format(sid=client.session))
    assert refused(answer, 405, "Method Not Allowed")
    assert answer.headers["icStatusDescription"] == "Method Not Allowed"
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("agent-sessions//state", 405, "Method Not Allowed"),
        ("agent-sessions//dial-phone", 405, "Method Not Allowed"),
        ("agent-sessions//agent-phone/mute", 404, "resource not found"),
        ("agent-sessions//interactions/17/hold", 404, "resource not found"),
        ("agent-sessions/{sid}/interactions//hold", 404, "resource not found"),
    ],
)
def test_an_empty_segment_is_answered_as_unevenly_as_the_vendor_does(
    client: Client, path: str, status: int, description: str
) -> None:
    assert refused(client.call("POST", path.format(sid=client.session)), status, description)


def test_each_operation_of_the_table_is_reached_at_its_path(client: Client) -> None:
    """No row hides another: with an id of no session each answers that there is none, or does what needs none."""
    rows = {
        "POST": "state agent-phone/dial agent-phone/end agent-phone/mute agent-phone/unmute dial-phone dial-agent dial-skill "
        "consult-agent send-dtmf interactions/transfer-calls interactions/conference-calls interactions/1/accept "
        "interactions/1/accept-consult interactions/1/activate-chat interactions/1/disposition interactions/1/custom-data "
        "interactions/1/transfer-chat-to-agent interactions/1/transfer-chat-to-skill interactions/1/transfer-voicemail-to-agent "
        "interactions/1/transfer-voicemail-to-skill interactions/1/transfer-work-item-to-agent "
        "interactions/1/transfer-work-item-to-skill interactions/1/transfer-email-to-agent "
        "interactions/1/transfer-email-to-skill "
        "interactions/1/reject interactions/1/hold interactions/1/resume interactions/1/mask interactions/1/unmask "
        "interactions/1/record interactions/1/end interactions/1/activate interactions/1/send-chat-text interactions/1/typing "
        "interactions/1/play-voicemail interactions/1/pause-voicemail",
        "GET": "get-next-event",
    }
    for method, paths in rows.items():
        for path in paths.split():
            assert refused(client.call(method, f"agent-sessions/garbled/{path}"), 404, "InvalidAgentSession"), path
    assert refused(client.call("DELETE", "agent-sessions/garbled"), 404, "InvalidAgentSession")


# How a request is read


@pytest.mark.parametrize(
    "how",
    [
        {"params": {"state": "Unavailable", "reason": "Lunch"}},
        {"json": {"state": "Unavailable", "reason": "Lunch"}},
        {"data": {"state": "Unavailable", "reason": "Lunch"}},
        {"json": {"STATE": "Unavailable", "Reason": "Lunch"}},
        {"params": {"State": "Unavailable"}, "json": {"reason": "Lunch"}},
        {"content": '{"state": "Unavailable", "reason": "Lunch"}', "headers": {"Content-Type": "text/plain;charset=UTF-8"}},
        {"content": '{"state": "Unavailable", "reason": "Lunch"}'},
        {
            "content": ' {"state": "Unavailable", "reason": "Lunch"}',
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
    ],
    ids=[
        "query",
        "JSON",
        "form",
        "other case",
        "query and JSON",
        "JSON as fetch calls it",
        "JSON called nothing",
        "JSON as curl calls it",
    ],
)
def test_parameters_come_as_query_json_or_form_under_names_in_any_case(app: App, client: Client, how: dict[str, Any]) -> None:
    assert accepted(client.call("POST", f"agent-sessions/{client.session}/state", **how))
    assert app.events()[-1]["CurrentOutReason"] == "Lunch"


@pytest.mark.parametrize("body", ["[1]", "{", '"x"', "\x00", "[" * 100_000])
def test_a_body_that_cannot_be_read_is_a_bad_request(client: Client, body: str) -> None:
    answer = client.call("POST", f"agent-sessions/{client.session}/state", content=body)
    assert refused(answer, 400, "Invalid request body.")


def test_a_form_in_no_encoding_is_a_bad_request(client: Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.call("POST", f"agent-sessions/{client.session}/state", content=b"\xff", headers=form)
    assert refused(answer, 400, "Invalid request body.")


@pytest.mark.parametrize(
    ("path", "name", "longest", "description"),
    [
        ("state", "reason", 1_000, "Invalid reason."),
        ("interactions/{chat}/send-chat-text", "chatText", 10_000, "Invalid chat text."),
    ],
)
def test_a_parameter_beyond_its_limit_is_refused(
    app: App, client: Client, path: str, name: str, longest: int, description: str
) -> None:
    chat = app.call(media="chat")
    client.do(f"interactions/{chat}/accept")
    assert accepted(client.do(path.format(chat=chat), state="Unavailable", **{name: "x" * longest}))
    answer = client.do(path.format(chat=chat), state="Unavailable", **{name: "x" * (longest + 1)})
    assert refused(answer, 400, description)
    assert f"{longest} characters at most" in answer.json()["detail"]


def test_a_body_beyond_the_limit_is_refused(client: Client) -> None:
    answer = client.call("POST", f"agent-sessions/{client.session}/state", content=b" " * 1_000_001)
    assert refused(answer, 413, "Request too large")


@pytest.mark.parametrize(
    "path", ["agent-sessions/{sid}/get-next-event?timeout=0", "skills", "nowhere", "agent-sessions/x/get-next-event"]
)
def test_the_correlation_id_comes_back_with_every_answer(client: Client, path: str) -> None:
    answer = client.call("GET", path.format(sid=client.session), headers={"CorrelationId": "abc-1"})
    assert answer.headers["CorrelationId"] == "abc-1"
    assert "CorrelationId" not in client.call("GET", path.format(sid=client.session)).headers


# The session


def test_a_session_starts_with_its_id(app: App) -> None:
    client = Client(app)
    answer = client.call("POST", "agent-sessions", params={"stationPhoneNumber": "8015550100"})
    assert accepted(answer)
    assert list(answer.json()) == ["sessionId"]
    assert app.agent()["state"] == "Unavailable"


def test_a_session_wants_a_station_or_its_number(app: App) -> None:
    assert refused(Client(app).call("POST", "agent-sessions", json={"inactivityTimeout": 60}), 400, "Invalid station.")
    assert app.events() == []


def test_a_second_session_of_an_agent_is_a_conflict_and_the_client_joins(app: App, client: Client) -> None:
    other = Client(app)
    answer = other.call("POST", "agent-sessions", json={"stationId": "WebRTC"})
    assert refused(answer, 409, "Agent session already exists.")
    other.join()
    assert other.poll().status_code == 200
    assert types_of(app.events()).count("AgentSessionStart") == 1


def test_a_session_that_a_desk_opened_is_joined(app: App) -> None:
    with app.desk():
        assert accepted(Client(app).join().do("state", state="Available"))
    assert app.agent()["state"] == "Available"


def test_there_is_no_session_to_join_before_one_began(app: App) -> None:
    assert refused(Client(app).call("POST", "agent-sessions/join"), 404, "InvalidAgentSession")
    assert app.journal.head == 0


@pytest.mark.parametrize("named", ["", "garbled", "12x", "../..", "-1"])
def test_a_garbled_agent_id_joins_oneself(client: Client, named: str) -> None:
    assert accepted(client.call("POST", "agent-sessions/join", json={"asAgentId": named}))


def test_a_session_is_started_and_joined_as_another_agent(app: App) -> None:
    client = Client(app)
    answer = client.call("POST", "agent-sessions", json={"stationId": "WebRTC", "asAgentId": "1002"})
    assert (accepted(answer), app.agent("1002")["state"], app.agent("1001")["state"]) == (True, "Unavailable", "LoggedOut")
    joined = client.call("POST", "agent-sessions/join", params={"asAgentId": 1002})
    client.session = joined.json()["sessionId"]
    assert client.poll().json()["events"][0]["AgentId"] == "1002"


def test_pitfall_6_the_end_of_a_session_is_answered_with_a_body(app: App, client: Client) -> None:
    answer = client.end()
    assert accepted(answer)
    assert answer.json()
    assert app.agent()["state"] == "LoggedOut"


def test_contacts_keep_a_session_from_ending_unless_they_are_to_end_with_it(app: App, client: Client) -> None:
    app.call()
    assert refused(client.end(forceLogoff="true"), 409, "Invalid State")
    assert app.agent()["state"] == "InboundContact"
    assert accepted(client.end(forceLogoff="true", endContacts="true"))
    assert types_of(app.events())[-3:] == ["CallContactEvent", "AgentLeg", "AgentSessionEnd"]


def test_the_parameters_of_an_end_come_in_the_body_too(app: App, client: Client) -> None:
    app.call()
    ending = {"forceLogoff": True, "endContacts": True, "ignorePersonalQueue": True}
    assert accepted(client.call("DELETE", f"agent-sessions/{client.session}", json=ending))


def test_a_session_that_is_over_takes_no_command(client: Client) -> None:
    client.end()
    assert refused(client.do("state", state="Available"), 404, "InvalidAgentSession")
    assert refused(client.end(), 404, "InvalidAgentSession")


def test_the_id_of_an_earlier_session_commands_no_later_one(app: App, client: Client) -> None:
    client.end()
    Client(app).start()
    assert refused(client.do("state", state="Available"), 404, "InvalidAgentSession")
    assert app.agent()["state"] == "Unavailable"


def test_who_joins_attends_the_session(app: App, client: Client) -> None:
    attended = [record.kind for record in read(app)].count("attended")
    Client(app).join()
    assert [record.kind for record in read(app)].count("attended") == attended + 1


# The agent's state


def test_the_agent_asks_for_a_state(app: App, client: Client) -> None:
    assert accepted(client.do("state", state="Available"))
    assert accepted(client.do("state", state="Unavailable", reason="no such code"))
    assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "no such code")


@pytest.mark.parametrize("state", ["", "Lunch", "InboundContact", "LoggedOut"])
def test_no_other_state_can_be_asked_for(app: App, client: Client, state: str) -> None:
    answer = client.do("state", state=state)
    assert refused(answer, 400, "Invalid state request.")
    assert answer.headers["icStatusDescription"] == "Invalid state request."
    assert app.agent()["state"] == "Unavailable"


def test_a_state_asked_for_on_a_contact_comes_back_as_the_next(app: App, client: Client) -> None:
    app.call()
    assert accepted(client.do("state", state="Unavailable", reason="Break"))
    assert app.events()[-1]["NextStates"] == [{"State": "Unavailable", "OutReason": "Break"}]


# The agent's leg


def test_the_leg_ends_and_is_dialed_again(app: App, client: Client) -> None:
    first = app.events()[-1]["AgentLegId"]
    assert accepted(client.do("agent-phone/end"))
    assert (app.events()[-1]["Status"], app.events()[-1]["FinalState"]) == ("Disconnected", "True")
    assert accepted(client.do("agent-phone/dial"))
    again = app.events()[-2:]
    assert [(event["Status"], event["FinalState"]) for event in again] == [("Dialing", "False"), ("Active", "False")]
    assert first != again[0]["AgentLegId"] == again[1]["AgentLegId"]


@pytest.mark.parametrize("verbs", [["dial"], ["end", "end"], ["end", "mute"], ["unmute"], ["mute", "mute"]])
def test_the_leg_refuses_what_does_not_fit_it(app: App, client: Client, verbs: list[str]) -> None:
    *before, last = verbs
    assert all(accepted(client.do(f"agent-phone/{verb}")) for verb in before)
    count = len(app.events())
    assert refused(client.do(f"agent-phone/{last}"), 409, "Invalid State")
    assert len(app.events()) == count


def test_mute_is_the_agents_and_leaves_the_contact_as_it_is(app: App, client: Client) -> None:
    call = app.call(skill="Sales")
    assert accepted(client.do(f"interactions/{call}/accept"))
    count = len(app.events())
    assert accepted(client.do("agent-phone/mute"))
    assert accepted(client.do("agent-phone/unmute"))
    assert [(event["Type"], event["AgentMuted"]) for event in app.events()[count:]] == [("Mute", "True"), ("Mute", "False")]


# Contacts


def test_a_call_is_accepted_held_masked_recorded_and_ended(app: App, client: Client) -> None:
    call = app.call(skill="Sales")
    for verb, status in [
        ("accept", "Active"),
        ("hold", "Holding"),
        ("resume", "Active"),
        ("mask", "Masking"),
        ("unmask", "Active"),
        ("record", "Active"),
        ("end", None),
    ]:
        assert accepted(client.do(f"interactions/{call}/{verb}")), verb
        assert app.status(call) == status, verb
    assert [event["IsLogging"] for event in app.events() if event["Type"] == "CallContactEvent"][-1] == "True"


def test_a_call_is_rejected(app: App, client: Client) -> None:
    assert accepted(client.do(f"interactions/{app.call()}/reject"))
    assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "Refused")


def test_a_call_on_hold_is_ended_which_no_panel_could(app: App, client: Client) -> None:
    call = app.call(skill="Sales")
    app.act(call, "answer", "hold")
    assert accepted(client.do(f"interactions/{call}/end"))
    assert app.status(call) is None


def test_a_verb_in_a_wrong_state_is_a_conflict(app: App, client: Client) -> None:
    call = app.call()
    answer = client.do(f"interactions/{call}/hold")
    assert refused(answer, 409, "Invalid State")
    assert f"call {call} is Incoming" in answer.json()["detail"]


@pytest.mark.parametrize("contact", ["1", "0", "-1", "abc", "1.5", "9" * 5000, "%20"])
def test_a_contact_that_the_agent_does_not_have_is_unknown(app: App, client: Client, contact: str) -> None:
    app.call()
    answer = client.do(f"interactions/{contact}/accept")
    assert refused(answer, 404, "InvalidContactId")


def test_a_contact_is_brought_into_focus(app: App, client: Client) -> None:
    first, second = app.call(), app.call()
    assert app.agent()["focus"] == first
    assert accepted(client.do(f"interactions/{second}/activate"))
    assert app.agent()["focus"] == second


def test_the_end_of_a_contact_is_the_same_whatever_its_medium(app: App, client: Client) -> None:
    chat = {"Type": "ChatContactEvent", "ContactID": "77", "Status": "Active", "FinalState": "False"}
    app.happen(chat)
    assert accepted(client.do("interactions/77/end"))
    assert app.agent()["contacts"] == []


# Chats and voicemail


def test_the_agent_types_and_writes_in_a_chat(app: App, client: Client) -> None:
    chat = app.call(media="chat")
    assert accepted(client.do(f"interactions/{chat}/accept"))
    assert accepted(client.do(f"interactions/{chat}/typing", isTyping=True, isTextEntered=True))
    assert accepted(client.do(f"interactions/{chat}/send-chat-text", chatText="Good morning", chatTarget=""))
    records = [(record.kind, record.value()) for record in read(app)][-2:]
    assert records == [
        ("typing", {"contactId": chat, "from": "agent", "isTyping": True}),
        ("transcript", {"contactId": chat, "from": "agent", "text": "Good morning"}),
    ]


def test_an_empty_chat_text_is_refused(app: App, client: Client) -> None:
    assert refused(client.do(f"interactions/{app.call(media='chat')}/send-chat-text"), 400, "Invalid chat text.")


@pytest.mark.parametrize("verb", ["send-chat-text", "typing", "play-voicemail", "pause-voicemail"])
def test_a_call_is_neither_written_to_nor_played(app: App, client: Client, verb: str) -> None:
    answer = client.do(f"interactions/{app.call()}/{verb}", chatText="x", isTyping=True)
    assert refused(answer, 409, "Invalid State")


def test_a_voicemail_is_played_from_a_place_and_paused(app: App, client: Client) -> None:
    voicemail = app.call(media="voicemail", duration=30)
    assert accepted(client.do(f"interactions/{voicemail}/accept"))
    assert accepted(client.do(f"interactions/{voicemail}/play-voicemail", position=10))
    app.advance(5)
    assert accepted(client.do(f"interactions/{voicemail}/pause-voicemail"))
    played = [event for event in app.events() if event["Type"] == "VoiceMailPlayBackEvent"]
    assert [(event["PlayBackPaused"], event["PlayBackPosition"]) for event in played] == [("False", "10"), ("True", "15")]
    assert accepted(client.do(f"interactions/{voicemail}/end"))
    assert app.agent()["contacts"] == []


@pytest.mark.parametrize("position", ["-1", "soon", "1.5", "9999999"])
def test_a_voicemail_is_played_from_whole_seconds(app: App, client: Client, position: str) -> None:
    answer = client.do(f"interactions/{app.call(media='voicemail')}/play-voicemail", position=position)
    assert refused(answer, 400, "Invalid position.")


# Dialing


@pytest.mark.parametrize("number", ["8015550100", "+1 (801) 555-0100", "*72", "801.555.0100"])
@pytest.mark.parametrize("skill", [{"skillId": "4102"}, {"skillID": 4102}, {"skillName": "sales"}])
def test_the_agent_dials(app: App, client: Client, number: str, skill: dict[str, Any]) -> None:
    assert accepted(client.do("dial-phone", phoneNumber=number, **skill))
    state, call = app.events()[-2:]
    assert state["CurrentState"] == "OutboundContact"
    assert (call["Status"], call["Skill"], call["IsInbound"]) == ("Dialing", "4102", "False")
    assert call["DNIS"] == number.translate(str.maketrans("", "", " ().-"))


@pytest.mark.parametrize("number", ["", "x", "1", "80155 or so", "++1", "5" * 33])
def test_what_cannot_be_dialed_is_refused(client: Client, number: str) -> None:
    assert refused(client.do("dial-phone", phoneNumber=number, skillId="4102"), 400, "Phone Number is not valid.")


@pytest.mark.parametrize("skill", [{}, {"skillId": "1"}, {"skillName": "Nobody"}, {"skillId": "x"}])
def test_a_skill_that_there_is_not_is_refused(client: Client, skill: dict[str, str]) -> None:
    assert refused(client.do("dial-phone", phoneNumber="8015550100", **skill), 400, "Skill is not valid.")


# What is set up


@pytest.mark.parametrize("team", ["1", "77"])
def test_the_unavailable_codes_of_any_team(app: App, client: Client, team: str) -> None:
    answer = client.call("GET", f"teams/{team}/unavailable-codes?activityOnly=true")
    codes = answer.json()["unavailableCodes"]
    assert [code["outStateName"] for code in codes] == list(app.configured.now.unavailable_codes)
    assert all((code["isAcw"], code["isActive"]) == (False, True) for code in codes)
    assert (answer.status_code, answer.headers["icStatusDescription"]) == (200, "Success")


def test_the_skills(client: Client) -> None:
    skills = client.call("GET", "skills").json()["skills"]
    assert {(skill["skillId"], skill["skillName"]) for skill in skills} == {(one.id, one.name) for one in SKILLS.values()}
