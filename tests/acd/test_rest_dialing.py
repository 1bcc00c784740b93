"""Dialing, consult, transfer and conference over the Agent Session REST API (cxone-agent-session.md, section 1)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acd.rest_client import Client
from tests.acd.test_rest import accepted, refused
from tests.server import App


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def client(app: App) -> Client:
    """That of agent 1001."""
    return started(app, "1001")


@pytest.fixture
def other(app: App) -> Client:
    """That of agent 1002."""
    return started(app, "1002")


def started(app: App, agent: str) -> Client:
    client = Client(app, agent).start()
    client.poll()
    client.do("state", state="Available")
    return client


def only_contact(app: App, agent: str) -> Any:
    [contact] = app.agent(agent)["contacts"]
    return contact


def statuses(app: App, agent: str) -> list[str]:
    return [contact["status"] for contact in app.agent(agent)["contacts"]]


def answered(app: App, client: Client) -> str:
    """A customer's call that agent 1001 talks on."""
    call = app.call(skill="Sales", ani="8015551234")
    client.do(f"interactions/{call}/accept")
    return call


@pytest.mark.parametrize(
    "target",
    [{"targetAgentId": "1002"}, {"targetagentid": 1002}, {"agentUserName": "1002"}, {"agentUserName": "1002@example.com"}],
)
def test_an_agent_is_called_by_id_or_user_name(app: App, client: Client, other: Client, target: dict[str, Any]) -> None:
    assert accepted(client.do("dial-agent", **target))
    assert (statuses(app, "1001"), statuses(app, "1002")) == (["Dialing"], ["Incoming"])


@pytest.mark.parametrize("verb", ["dial-agent", "consult-agent"])
@pytest.mark.parametrize("target", [{}, {"targetAgentId": "1009"}, {"agentUserName": "nobody@example.com"}])
def test_an_agent_who_is_not_there_is_a_bad_argument(app: App, client: Client, verb: str, target: dict[str, str]) -> None:
    answered(app, client)
    assert refused(client.do(verb, **target), 400, "InvalidAgentUsername")


@pytest.mark.parametrize("target", ["10 02", ".", "1002/state", "x" * 65])
def test_what_cannot_be_an_agents_id_is_a_bad_argument(app: App, client: Client, target: str) -> None:
    head = app.journal.head
    assert refused(client.do("dial-agent", targetAgentId=target), 400, "InvalidAgentUsername")
    assert app.journal.head == head


def test_a_call_to_an_agent_that_names_a_contact_is_a_consult_about_it(app: App, client: Client, other: Client) -> None:
    call = answered(app, client)
    assert accepted(client.do("dial-agent", targetAgentId="1002", parentContactId=call))
    assert (only_contact(app, "1002")["event"]["CallType"], statuses(app, "1001")) == ("Consult", ["Holding", "Dialing"])


def test_a_consult_is_accepted_as_one(app: App, client: Client, other: Client) -> None:
    call = answered(app, client)
    assert accepted(client.do("consult-agent", targetAgentId="1002", parentContactId=call))
    assert statuses(app, "1001") == ["Holding", "Dialing"]
    assert accepted(other.do(f"interactions/{only_contact(app, '1002')['contactId']}/accept-consult"))
    assert (statuses(app, "1001"), statuses(app, "1002")) == (["Holding", "Active"], ["Active"])


def test_what_is_no_consult_is_not(app: App, client: Client) -> None:
    call = app.call(skill="Sales")
    assert refused(client.do(f"interactions/{call}/accept-consult"), 409, "Invalid State")


def test_a_consult_without_a_call_is_in_the_wrong_state(client: Client, other: Client) -> None:
    assert refused(client.do("consult-agent", targetAgentId="1002"), 409, "Invalid State")


@pytest.mark.parametrize("parent", ["", "0", 0, None])
def test_a_parent_that_is_nothing_is_none(app: App, client: Client, other: Client, parent: Any) -> None:
    assert accepted(client.do("dial-agent", targetAgentId="1002", parentContactId=parent))
    assert only_contact(app, "1002")["event"]["CallType"] == "Regular"


@pytest.mark.parametrize(("parent", "description"), [("1", "InvalidContactId"), ("x", "InvalidContactId")])
def test_a_consult_about_no_contact_is_told_so(app: App, client: Client, other: Client, parent: str, description: str) -> None:
    answered(app, client)
    assert refused(client.do("consult-agent", targetAgentId="1002", parentContactId=parent), 404, description)


@pytest.mark.parametrize("skill", [{"skillId": "4101"}, {"skillName": "Support"}])
def test_a_skill_is_called(app: App, client: Client, other: Client, skill: dict[str, str]) -> None:
    call = answered(app, client)
    assert accepted(client.do("dial-skill", parentContactId=call, **skill))
    assert only_contact(app, "1002")["event"]["Skill"] == "4101"
    assert statuses(app, "1001") == ["Holding", "Dialing"]


def test_a_skill_that_there_is_not_is_a_bad_argument(client: Client) -> None:
    assert refused(client.do("dial-skill", skillName="Nobody"), 400, "Invalid skill.")


@pytest.mark.parametrize(
    ("verb", "here", "there"), [("transfer-calls", [], ["Active"]), ("conference-calls", ["Joined"] * 2, ["Joined"])]
)
def test_two_calls_become_one(app: App, client: Client, other: Client, verb: str, here: list[str], there: list[str]) -> None:
    answered(app, client)
    client.do("consult-agent", targetAgentId="1002")
    assert refused(client.do(f"interactions/{verb}"), 409, "Invalid State")
    other.do(f"interactions/{only_contact(app, '1002')['contactId']}/accept")
    assert accepted(client.do(f"interactions/{verb}"))
    assert (statuses(app, "1001"), statuses(app, "1002")) == (here, there)


@pytest.mark.parametrize(
    ("media", "name", "target"),
    [
        ("chat", "chat", "targetAgentId"),
        ("voicemail", "voicemail", "targetAgentId"),
        ("workitem", "work-item", "targetAgentName"),
        ("email", "email", "targetAgentId"),
    ],
)
def test_a_contact_is_passed_on_to_an_agent(app: App, client: Client, other: Client, media: str, name: str, target: str) -> None:
    contact = app.call(media=media)
    client.do(f"interactions/{contact}/accept")
    assert refused(
        client.do(f"interactions/{contact}/transfer-{name}-to-agent", **{target: "1009"}), 400, "Invalid target Agent Id."
    )
    assert accepted(client.do(f"interactions/{contact}/transfer-{name}-to-agent", **{target: "1002"}))
    assert (statuses(app, "1001"), only_contact(app, "1002")["contactId"]) == ([], contact)


@pytest.mark.parametrize(
    ("media", "name", "target"),
    [("chat", "chat", {"targetSkillId": "4101"}), ("workitem", "work-item", {"targetSkillName": "support"})],
)
def test_or_to_a_skill(app: App, client: Client, other: Client, media: str, name: str, target: dict[str, str]) -> None:
    contact = app.call(media=media)
    client.do(f"interactions/{contact}/accept")
    client.do("state", state="Unavailable")
    unknown = client.do(f"interactions/{contact}/transfer-{name}-to-skill", targetSkillName="Nobody")
    assert refused(unknown, 400, "Invalid target Skill Id.")
    assert accepted(client.do(f"interactions/{contact}/transfer-{name}-to-skill", **target))
    assert (statuses(app, "1001"), only_contact(app, "1002")["contactId"]) == ([], contact)


def test_the_verb_of_another_medium_does_not_fit(app: App, client: Client, other: Client) -> None:
    chat = app.call(media="chat")
    client.do(f"interactions/{chat}/accept")
    assert refused(client.do(f"interactions/{chat}/transfer-email-to-agent", targetAgentId="1002"), 409, "Invalid State")


def test_a_dialed_phone_belongs_to_the_call_that_it_is_about(app: App, client: Client) -> None:
    call = answered(app, client)
    assert accepted(client.do("dial-phone", phoneNumber="8015550100", skillId="4102", parentContactId=call))
    dialed = app.agent()["contacts"][1]["event"]
    assert (dialed["ParentContactId"], dialed["MasterID"]) == (call, call)
    unknown = client.do("dial-phone", phoneNumber="8015550100", skillId="4102", parentContactId="999999")
    assert refused(unknown, 404, "InvalidContactId")


@pytest.mark.parametrize(
    ("tones", "status"),
    [
        ({"dtmfSequence": "12*#"}, 202),
        ({"dtmfSequence": "12*#", "toneDurationMS": "100", "toneSpacingMS": 50}, 202),
        ({}, 400),
        ({"dtmfSequence": "call me"}, 400),
        ({"dtmfSequence": "1", "toneDurationMS": "long"}, 400),
    ],
)
def test_tones_are_digits(app: App, client: Client, tones: dict[str, Any], status: int) -> None:
    answered(app, client)
    assert client.do("send-dtmf", **tones).status_code == status


def test_tones_need_a_call_that_is_talked_on(app: App, client: Client) -> None:
    call = answered(app, client)
    client.do(f"interactions/{call}/hold")
    assert refused(client.do("send-dtmf", dtmfSequence="1"), 409, "Invalid State")


def test_the_station_stands_in_the_session_start(app: App) -> None:
    client = Client(app)
    client.call("POST", "agent-sessions", json={"stationPhoneNumber": "8015550777"})
    start = app.events()[0]
    assert (start["StationId"], start["StationPhoneNumber"]) == ("", "8015550777")
