"""Dispositions through the control API, and through the desk's socket."""

from collections.abc import Iterator
from typing import Any

import pytest

from bridge.acd.dispositions import DISPOSITIONS, LONGEST_NOTES
from tests.server import App

from .test_control import AGENT, faults, problem

RESOLVED, FOLLOW_UP = DISPOSITIONS[0].id, DISPOSITIONS[1].id


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def call(app: App) -> str:
    """A call of Support that was answered."""
    its_id = app.call(skill="Support")
    app.act(its_id, "answer")
    return its_id


def dispose(app: App, contact: str, **body: Any) -> Any:
    return app.post(f"{AGENT}/contacts/{contact}/disposition", json=body)


def noted(app: App, contact: str) -> Any:
    answer = app.get(f"{AGENT}/contacts/{contact}/disposition")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("named", [{"dispositionId": RESOLVED}, {"dispositionId": int(RESOLVED)}, {"name": "resolved"}])
def test_a_disposition_is_named_by_id_or_by_name(app: App, call: str, named: dict[str, Any]) -> None:
    assert dispose(app, call, **named, notes="All is well.").status_code == 202
    assert noted(app, call) == {
        "dispositionId": RESOLVED,
        "name": "Resolved",
        "notes": "All is well.",
        "secondaryDispositionId": "",
        "previewDispositionId": "",
        "commitmentAmount": "",
        "callbackTime": "",
        "callbackNumber": "",
    }


def test_what_goes_with_it_is_told_again_and_the_last_one_counts(app: App, call: str) -> None:
    dispose(app, call, dispositionId=RESOLVED)
    more = {"secondaryDispositionId": RESOLVED, "commitmentAmount": "12.50", "callbackTime": "tomorrow", "callbackNumber": "801"}
    assert dispose(app, call, name="Follow-up needed", **more).status_code == 202
    told = noted(app, call)
    assert {name: told[name] for name in more} == more
    assert told["dispositionId"] == FOLLOW_UP


def test_in_wrap_up_it_ends_the_contact_and_can_be_read_after_that(app: App, call: str) -> None:
    app.act(call, "hangup")
    assert app.agent()["isAcw"]
    assert dispose(app, call, name="Resolved", notes="Done.").status_code == 202
    assert (app.agent()["contacts"], app.agent()["isAcw"]) == ([], False)
    assert noted(app, call)["notes"] == "Done."


def test_of_a_contact_without_one_there_is_nothing_to_read(app: App, call: str) -> None:
    dispose(app, call, name="Resolved")
    other = app.call()
    answer = app.get(f"{AGENT}/contacts/{other}/disposition")
    assert problem(answer, 404)["detail"] == f"Agent 1001 has noted no disposition of contact {other}."


@pytest.mark.parametrize("named", [{"dispositionId": "9"}, {"name": "Nonsense"}])
def test_one_that_there_is_not_is_refused_with_those_that_there_are(app: App, call: str, named: dict[str, str]) -> None:
    told = problem(dispose(app, call, **named), 409)
    assert told["code"] == "unknown-disposition"
    assert "there is 5101 (Resolved), 5102" in told["detail"]


def test_a_contact_that_nobody_answered_has_none(app: App) -> None:
    assert problem(dispose(app, app.call(), name="Resolved"), 409)["code"] == "wrong-state"


def test_a_contact_that_is_not_there_has_none(app: App) -> None:
    problem(dispose(app, "77", name="Resolved"), 404)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, [""]),
        ({"name": "Resolved", "dispositionId": RESOLVED}, [""]),
        ({"name": "Resolved", "notes": "x" * (LONGEST_NOTES + 1)}, ["notes"]),
        ({"name": "Resolved", "note": "x"}, ["note"]),
        ({"dispositionId": True}, ["dispositionId"]),
        ({"name": "x" * 201}, ["name"]),
    ],
)
def test_a_body_that_does_not_fit_is_told_by_its_fields(app: App, call: str, body: Any, wrong: list[str]) -> None:
    assert faults(app.post(f"{AGENT}/contacts/{call}/disposition", json=body)) == wrong


def test_the_desk_notes_one_once_however_often_it_is_sent(app: App, call: str) -> None:
    with app.desk() as desk:
        for _ in range(2):
            answer = desk.do("disposition", seq=7, contact=call, disposition=RESOLVED, notes="Once.")
            assert answer.get("refused") is None
    assert noted(app, call)["notes"] == "Once."
    assert app.portal is not None
    records = app.portal.call(app.journal.read, "agent/1001")
    assert [record.kind for record in records].count("disposition") == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"disposition": "9", "notes": ""}, "takes no disposition '9'"),
        ({"disposition": "", "notes": ""}, "give either dispositionId or name"),
        ({"disposition": RESOLVED, "notes": "x" * (LONGEST_NOTES + 1)}, "notes: String should have at most 4000 characters"),
        ({"disposition": RESOLVED, "notes": None}, "notes: "),
    ],
)
def test_what_the_desk_asks_for_wrongly_is_refused_in_words(app: App, call: str, args: dict[str, Any], words: str) -> None:
    with app.desk() as desk:
        assert words in desk.do("disposition", contact=call, **args)["refused"]
