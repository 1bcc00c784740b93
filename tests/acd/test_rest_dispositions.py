"""Dispositions and custom data over the Agent Session REST API: cxone-agent-session.md, section 1."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from bridge.acd.dispositions import DISPOSITIONS, LONGEST_NOTES, Disposition
from tests.acd.rest_client import Client
from tests.acd.test_rest import accepted, read, refused
from tests.server import App

RESOLVED, FOLLOW_UP = DISPOSITIONS[0].id, DISPOSITIONS[1].id


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def client(app: App) -> Client:
    client = Client(app).start()
    client.poll()
    return client


def answered(app: App, **contact: Any) -> str:
    its_id = app.call(**contact)
    app.act(its_id, "answer")
    return its_id


def noted(app: App) -> Any:
    """The last disposition in the agent's stream."""
    return [record.value() for record in read(app) if record.kind == "disposition"][-1]


def configure(app: App, *dispositions: Disposition) -> None:
    app.configured.replace(msgspec.structs.replace(app.configured.now, dispositions=dispositions))


# interactions/{contactId}/disposition


def test_a_disposition_is_answered_200_with_a_body(app: App, client: Client) -> None:
    call = answered(app)
    answer = client.do(f"interactions/{call}/disposition", primaryDispositionId=RESOLVED, primaryDispositionNotes="All is well.")
    assert (answer.status_code, answer.headers["icStatusDescription"], answer.json()) == (200, "Success", {})
    assert (noted(app)["name"], noted(app)["notes"]) == ("Resolved", "All is well.")


def test_all_its_parameters_are_noted_and_numbers_may_be_numbers(app: App, client: Client) -> None:
    call = answered(app)
    client.do(
        f"interactions/{call}/disposition",
        primaryDispositionId=int(RESOLVED),
        primaryCommitmentAmount=12.5,
        primaryCallbackTime="2026-01-01T10:00:00Z",
        primaryCallbackNumber="8015551234",
        secondaryDispositionId=int(FOLLOW_UP),
        previewDispositionId=RESOLVED,
    )
    assert noted(app) == {
        "contactId": call,
        "primaryId": RESOLVED,
        "name": "Resolved",
        "notes": "",
        "secondaryId": FOLLOW_UP,
        "previewId": RESOLVED,
        "commitmentAmount": "12.5",
        "callbackTime": "2026-01-01T10:00:00Z",
        "callbackNumber": "8015551234",
    }


@pytest.mark.parametrize("nothing", [None, 0, "0", ""])
def test_a_second_one_may_be_nothing(app: App, client: Client, nothing: Any) -> None:
    call = answered(app)
    answer = client.do(
        f"interactions/{call}/disposition",
        primaryDispositionId=RESOLVED,
        secondaryDispositionId=nothing,
        previewDispositionId=nothing,
    )
    assert answer.status_code == 200
    assert (noted(app)["secondaryId"], noted(app)["previewId"]) == ("", "")


def test_in_wrap_up_it_ends_after_call_work_and_pollers_hear_so(app: App, client: Client) -> None:
    client.do("state", state="Available")
    call = answered(app, skill="Support")
    app.act(call, "hangup")
    assert app.agent()["isAcw"]
    client.poll()
    client.events.clear()
    assert client.do(f"interactions/{call}/disposition", primaryDispositionId=RESOLVED).status_code == 200
    client.poll()
    ended, state = client.events
    assert (ended["ContactID"], ended["Status"], ended["FinalState"]) == (call, "Disconnected", "True")
    assert (state["CurrentState"], state["IsAcw"]) == ("Available", "False")


@pytest.mark.parametrize("its_id", ["", "0", "9", "abc", "Resolved", "0005101"])
def test_an_id_that_there_is_not_is_a_bad_argument(app: App, client: Client, its_id: str) -> None:
    answer = client.do(f"interactions/{answered(app)}/disposition", primaryDispositionId=its_id)
    assert refused(answer, 400, "Invalid disposition Id.")
    assert app.events()[-1]["Status"] == "Active"


def test_one_of_another_skill_is_a_bad_argument_that_names_those_that_fit(app: App, client: Client) -> None:
    configure(app, Disposition("1", "Sold", frozenset({"4102"})), Disposition("2", "Solved", frozenset({"4101"})))
    call = answered(app, skill="Support")
    answer = client.do(f"interactions/{call}/disposition", primaryDispositionId="1")
    assert refused(answer, 400, "Invalid disposition Id.")
    assert answer.json()["detail"] == f"Call {call} takes no disposition '1'; there is 2 (Solved)."


def test_a_contact_that_nobody_answered_is_in_a_wrong_state(app: App, client: Client) -> None:
    answer = client.do(f"interactions/{app.call()}/disposition", primaryDispositionId=RESOLVED)
    assert refused(answer, 409, "Invalid State")


def test_a_contact_that_the_agent_does_not_have_is_unknown(client: Client) -> None:
    assert refused(client.do("interactions/77/disposition", primaryDispositionId=RESOLVED), 404, "InvalidContactId")


def test_notes_have_a_longest_length(app: App, client: Client) -> None:
    path, notes = f"interactions/{answered(app)}/disposition", "x" * LONGEST_NOTES
    assert client.do(path, primaryDispositionId=RESOLVED, primaryDispositionNotes=notes).status_code == 200
    answer = client.do(path, primaryDispositionId=RESOLVED, primaryDispositionNotes=f"{notes}x")
    assert refused(answer, 400, "Invalid disposition notes.")
    assert noted(app)["notes"] == notes


@pytest.mark.parametrize("amount", ["much", "-1", "1,5", "1e3", "."])
def test_an_amount_is_a_number(app: App, client: Client, amount: str) -> None:
    path = f"interactions/{answered(app)}/disposition"
    answer = client.do(path, primaryDispositionId=RESOLVED, primaryCommitmentAmount=amount)
    assert refused(answer, 400, "Invalid commitment amount.")


# interactions/{contactId}/custom-data


def test_custom_data_comes_back_in_the_contacts_event(app: App, client: Client) -> None:
    call = answered(app)
    client.poll()
    for data in ("order=4711|state=new", "state=paid"):
        assert accepted(client.do(f"interactions/{call}/custom-data", indicatorName="Order", data=data))
    client.poll()
    assert [(event["ContactID"], event["CustomData"]) for event in client.events[-2:]] == [
        (call, "order=4711|state=new"),
        (call, "order=4711|state=paid"),
    ]


@pytest.mark.parametrize("data", ["", "order", "=1", "a=1||b=2", "a=" + "x" * 10_000])
def test_custom_data_that_is_no_list_of_pairs_or_too_long_is_a_bad_argument(app: App, client: Client, data: str) -> None:
    answer = client.do(f"interactions/{answered(app)}/custom-data", data=data)
    assert refused(answer, 400, "Invalid custom data.")
    assert app.events()[-1]["CustomData"] == ""


@pytest.mark.parametrize("media", ["digital", "email"])
def test_media_without_custom_data_are_in_a_wrong_state(app: App, client: Client, media: str) -> None:
    answer = client.do(f"interactions/{answered(app, media=media)}/custom-data", data="a=1")
    assert refused(answer, 409, "Invalid State")
    assert "Custom data is for calls, chats" in answer.json()["detail"]


# skills/{id}/dispositions and tags


def test_a_skills_dispositions_are_listed_with_what_the_vendor_says_of_each(client: Client) -> None:
    answer = client.call("GET", "skills/4101/dispositions")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["skillId"], told["skillName"], told["totalRecords"]) == ("4101", "Support", len(DISPOSITIONS))
    assert told["dispositions"][0] == {
        "dispositionId": int(RESOLVED),
        "dispositionName": "Resolved",
        "displayOrder": 1,
        "classification": "",
        "reportingGroup": "",
        "systemOutcome": "",
        "requireCommitmentAmount": False,
        "requireRescheduleDate": False,
        "agentSpecific": False,
        "isPreviewDisposition": False,
    }


@pytest.mark.parametrize(("skill", "names"), [("4101", ["Both"]), ("4102", ["Sold", "Both"]), ("4199", ["Both"])])
def test_only_those_of_the_skill_are_listed_also_of_one_that_nobody_set_up(
    app: App, client: Client, skill: str, names: list[str]
) -> None:
    configure(app, Disposition("1", "Sold", frozenset({"4102"})), Disposition("2", "Both"))
    listed = client.call("GET", f"skills/{skill}/dispositions").json()["dispositions"]
    assert [(one["dispositionName"], one["displayOrder"]) for one in listed] == list(zip(names, (1, 2), strict=False))


def test_what_is_listed_for_a_calls_skill_can_be_noted_of_it(app: App, client: Client) -> None:
    call = answered(app, skill="Sales")
    listed = client.call("GET", f"skills/{app.events()[-1]['Skill']}/dispositions").json()["dispositions"]
    for one in listed:
        answer = client.do(f"interactions/{call}/disposition", primaryDispositionId=one["dispositionId"])
        assert (answer.status_code, noted(app)["name"]) == (200, one["dispositionName"])


def test_a_skill_has_no_tags(client: Client) -> None:
    told = client.call("GET", "skills/4101/tags").json()
    assert (told["totalRecords"], told["resultSet"]["tags"]) == (0, [])


@pytest.mark.parametrize("what", ["dispositions", "tags"])
@pytest.mark.parametrize("skill", ["Support", "-1", "4101.0", "%20"])
def test_what_is_no_skills_id_is_unknown(client: Client, skill: str, what: str) -> None:
    assert refused(client.call("GET", f"skills/{skill}/{what}"), 404, "InvalidSkillId")
