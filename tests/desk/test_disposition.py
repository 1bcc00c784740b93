"""What a desk page shows of how the contact in focus came out: the regions `dispositions` and `disposition`."""

from typing import Any

import pytest

from bridge.acd.agent_state import Agent
from bridge.acd.dispositions import Disposition
from bridge.acd.skills import Skill
from bridge.configuration import Configuration
from bridge.desk.view import announcements, view
from bridge.journal.base import Draft

from . import agent, call, state
from .test_view import HOSTILE, Html

SOLVED, SOLD = Disposition("1", "Solved", frozenset({"4101"})), Disposition("2", "Sold", frozenset({"4102"}))


def seen(region: str, agent: Agent, *dispositions: Disposition) -> Html:
    configuration = Configuration(skills={"4101": Skill("4101", "Support")}, dispositions=dispositions or (SOLVED, SOLD))
    return Html(view(agent, 7, configuration).regions[region])


def noted(notes: str = "All is well.", name: str = "Solved", contact_id: str = "101") -> Draft:
    return Draft.of("disposition", {"contactId": contact_id, "primaryId": "1", "name": name, "notes": notes})


ACTIVE = call(101, Skill="4101")
ACW = state("Unavailable", IsAcw="True", AcwTimeout="30", StartTimeUTC="2026-01-01T00:00:00Z")


def test_what_fits_the_skill_of_the_contact_in_focus_can_be_chosen() -> None:
    shown = seen("dispositions", agent(ACTIVE, call(102, Skill="4102")))
    assert list(zip(shown.all("option", "value"), shown.texts, strict=True)) == [("", "Choose …"), ("1", "Solved")]


@pytest.mark.parametrize(
    "happened",
    [
        [],
        [call(101, "Incoming", Skill="4101")],
        [call(101, "Dialing", Skill="4101")],
        [call(101, Skill="4199")],
        [call(101, Skill="4101", AllowDispositions="False")],
    ],
    ids=["no contact", "rings", "is dialed", "nothing fits", "not allowed"],
)
def test_where_nothing_can_be_noted_there_is_no_form(happened: list[dict[str, Any]]) -> None:
    for region in ("dispositions", "disposition"):
        assert seen(region, agent(*happened)).elements == []


def test_what_was_noted_is_shown_with_its_notes() -> None:
    shown = seen("disposition", agent(ACTIVE, noted()))
    assert shown.text == "Noted: Solved All is well."
    assert (shown.all("div", "data-contact"), shown.all("div", "data-noted")) == (["101"], ["1"])


def test_before_it_says_only_whose_it_is() -> None:
    shown = seen("disposition", agent(ACTIVE))
    assert (shown.text, shown.all("div", "data-contact"), shown.all("div", "data-noted")) == ("", ["101"], [])


@pytest.mark.parametrize(
    ("happened", "finishes", "left"),
    [
        ([state(), ACTIVE], False, []),
        ([ACW, call(101, "Disconnected", Skill="4101", FinalState="False")], True, ["1767225630000"]),
        ([state(), call(101, "Disconnected", Skill="4101", FinalState="False")], True, []),
        ([ACW, {"Type": "ChatContactEvent", "ContactID": "101", "Status": "Active", "Skill": "4101"}], False, []),
    ],
    ids=["live", "after-call work", "wrap-up without", "a chat meanwhile"],
)
def test_in_wrap_up_saving_finishes_and_after_call_work_counts_down(
    happened: list[dict[str, Any]], finishes: bool, left: list[str]
) -> None:
    shown = seen("disposition", agent(*happened))
    assert bool(shown.all("div", "data-finishes")) is finishes
    assert shown.all("time", "data-until") == left


def test_text_with_html_in_it_is_text() -> None:
    hostile, harmless = agent(ACTIVE, noted(HOSTILE, HOSTILE)), agent(ACTIVE, noted("Fine", "Solved"))
    assert seen("disposition", hostile).text == f"Noted: {HOSTILE} {HOSTILE}"
    assert seen("disposition", hostile).shape == seen("disposition", harmless).shape
    chosen = seen("dispositions", agent(ACTIVE), Disposition("1", HOSTILE))
    assert (chosen.texts[-1], chosen.shape) == (HOSTILE, seen("dispositions", agent(ACTIVE), Disposition("1", "A")).shape)


def test_what_is_noted_is_said_once() -> None:
    before, after = agent(ACTIVE, noted("First.")), agent(ACTIVE, noted("First."), noted("Second.", "Sold"))
    assert announcements(agent(ACTIVE), before).polite == ["Contact 101: Solved noted"]
    assert announcements(before, after).polite == ["Contact 101: Sold noted"]
    assert announcements(after, after).polite == []
