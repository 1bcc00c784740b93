"""Dispositions and custom data as an agent's decider takes them: cxone-agent-session.md, sections 1 and 3."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Contact
from bridge.acd.commands import (
    Act,
    CustomerAct,
    Dispose,
    EndAcw,
    OfferCall,
    OfferChat,
    OfferDigital,
    OfferEmail,
    OfferVoicemail,
    OfferWorkItem,
    SetCustomData,
    SetState,
)
from bridge.acd.custom_data import LONGEST, InvalidCustomData, merged, pairs_of
from bridge.acd.dispositions import DISPOSITIONS, Disposition, fitting
from bridge.acd.media import MEDIA
from bridge.acd.skills import SKILLS
from bridge.journal.base import Draft

from . import JSON
from .line import SALES, SUPPORT, Line
from .line import call_event as event_of_a_call

RESOLVED, FOLLOW_UP = DISPOSITIONS[0].id, DISPOSITIONS[1].id
FOR_SALES = (Disposition("1", "Sold", frozenset({SALES})), Disposition("2", "Not sold", frozenset({SALES})))


def call_event(status: str, contact_id: str = "77", **fields: str) -> dict[str, Any]:
    """The event of a call that can have a disposition."""
    return event_of_a_call(status, contact_id, **{"AllowDispositions": "True", **fields})


def line_with(*dispositions: Disposition) -> Line:
    """An agent on a platform that has these."""
    line = Line()
    line.decider = AgentDecider(dispositions=lambda: dispositions)
    return line


def outcome(line: Line) -> tuple[str, str] | None:
    """The disposition of the newest contact and its notes."""
    noted = line.newest.outcome
    return None if noted is None else (noted.name, noted.notes)


# When one can be noted


@pytest.mark.parametrize("status", ["Active", "Holding", "Masking", "Joined"])
def test_on_a_call_that_was_answered_it_is_kept_and_changes_nothing_else(status: str) -> None:
    line = Line().happens(call_event(status))
    before = line.agent.contacts[77]
    assert line.do(Dispose(77, RESOLVED, "All is well.")).said == ["disposition"]
    assert outcome(line) == ("Resolved", "All is well.")
    assert (line.newest.status, line.newest.raw) == (before.status, before.raw)


@pytest.mark.parametrize("status", ["Incoming", "Ringing", "Dialing", "Preview", ""])
def test_before_a_call_was_answered_it_is_refused(status: str) -> None:
    line = Line().happens(call_event(status)).do(Dispose(77, RESOLVED))
    shown = status or "without a status"
    assert line.refusal["code"] == "wrong-state"
    assert line.refusal["reason"] == f"A disposition needs a contact that was answered; call 77 is {shown}."
    assert line.refusal["command"] == "disposition"


def test_a_call_whose_event_does_not_allow_it_is_refused() -> None:
    line = Line().happens(call_event("Active", AllowDispositions="False")).do(Dispose(77, RESOLVED))
    assert line.refusal["code"] == "wrong-state"
    assert "AllowDispositions is False" in line.refusal["reason"]


def test_a_later_one_replaces_the_former_with_all_that_went_with_it() -> None:
    line = Line()
    call = line.active()
    line.do(Dispose(call, RESOLVED, "First.", commitment_amount="12.50")).do(Dispose(call, FOLLOW_UP))
    assert line.newest.outcome is not None
    assert (line.newest.outcome.name, line.newest.outcome.notes, line.newest.outcome.commitment_amount) == (
        "Follow-up needed",
        "",
        "",
    )


def test_of_a_contact_that_is_not_there_it_is_refused() -> None:
    assert Line().do(Dispose(77, RESOLVED)).refusal["code"] == "unknown-contact"


def test_an_agent_who_is_logged_out_notes_none() -> None:
    line = Line(logged_in=False).happens(call_event("Active"))
    assert line.do(Dispose(77, RESOLVED)).refusal["code"] == "no-session"


NEW = {
    "chat": OfferChat(skill_id=SALES),
    "digital": OfferDigital(skill_id=SALES, skill_name="Sales"),
    "workitem": OfferWorkItem(skill_id=SALES),
    "voicemail": OfferVoicemail(skill_id=SALES),
    "email": OfferEmail(skill_id=SALES),
}


def test_every_medium_is_tried() -> None:
    assert {"call", *NEW} == {medium.name for medium in MEDIA}


@pytest.mark.parametrize("media", NEW)
def test_a_contact_of_any_medium_takes_one_once_it_is_answered(media: str) -> None:
    line = line_with(*FOR_SALES).do(NEW[media])
    contact = line.newest.id
    assert line.do(Dispose(contact, "1")).refusal["code"] == "wrong-state"
    line.do(Act("answer", contact)).do(Dispose(contact, "1", "Two pairs."))
    assert outcome(line) == ("Sold", "Two pairs.")


# In wrap-up


def wrapping_up(line: Line) -> int:
    """A call of Support that has ended, with its after-call work."""
    call = line.active(SUPPORT)
    line.do(CustomerAct("hangup", call))
    assert line.agent.is_acw
    return call


def test_in_wrap_up_it_ends_after_call_work_as_the_agent_would() -> None:
    by_hand, by_disposition = Line(), Line()
    for line in (by_hand, by_disposition):
        line.do(SetState("Available"))
        call = wrapping_up(line)
        line.do(EndAcw() if line is by_hand else Dispose(call, RESOLVED, "Done."))
    assert by_disposition.said == ["disposition", *by_hand.said]
    assert by_disposition.said[1:] == ["CallContactEvent Disconnected final", "AgentState Available"]
    assert by_disposition.agent.ended is not None
    assert by_disposition.agent.ended.outcome is not None
    assert by_disposition.agent.ended.outcome.notes == "Done."


def test_the_state_that_was_asked_for_comes_after_it() -> None:
    line = Line()
    call = line.active(SUPPORT)
    line.do(SetState("Unavailable", "Lunch")).do(CustomerAct("hangup", call)).do(Dispose(call, RESOLVED))
    assert line.said[-1] == "AgentState Unavailable Lunch"


def test_one_noted_while_the_call_was_on_does_not_spare_the_agent_after_call_work() -> None:
    line = Line()
    call = line.active(SUPPORT)
    line.do(Dispose(call, RESOLVED, "Done.")).do(CustomerAct("hangup", call))
    assert line.agent.is_acw
    assert outcome(line) == ("Resolved", "Done.")
    assert line.wait(3).agent.contacts == {}


def test_one_that_is_refused_ends_nothing() -> None:
    line = Line()
    call = wrapping_up(line)
    assert line.do(Dispose(call, "nothing")).refusal["code"] == "unknown-disposition"
    assert line.agent.is_acw
    assert call in line.agent.contacts


def test_a_wrap_up_that_raw_events_left_beside_a_live_call_ends_alone() -> None:
    line = Line().happens(call_event("Disconnected"))
    other = line.active()
    line.happens(call_event("Disconnected")).do(Dispose(77, RESOLVED))
    assert line.said == ["disposition", "CallContactEvent Disconnected final"]
    assert list(line.agent.contacts) == [other]


# Which one


@pytest.mark.parametrize("field", ["primary_id", "secondary_id", "preview_id"])
@pytest.mark.parametrize("wrong", ["9", "Sold", "01"])
def test_one_that_there_is_not_is_refused_with_those_that_there_are(field: str, wrong: str) -> None:
    line = line_with(*FOR_SALES)
    call = line.active(SALES)
    line.do(Dispose(call, **{"primary_id": "1", field: wrong}))
    assert line.refusal["code"] == "unknown-disposition"
    assert line.refusal["reason"] == f"Call {call} takes no disposition {wrong!r}; there is 1 (Sold), 2 (Not sold)."


def test_none_at_all_is_refused() -> None:
    line = Line()
    assert line.do(Dispose(line.active(), "")).refusal["code"] == "unknown-disposition"


def test_one_of_another_skill_is_refused() -> None:
    line = line_with(*FOR_SALES, Disposition("3", "Solved", frozenset({SUPPORT})))
    assert line.do(Dispose(line.active(SUPPORT), "1")).refusal["reason"].endswith("there is 3 (Solved).")


def test_all_that_goes_with_it_is_noted() -> None:
    line = Line()
    line.do(Dispose(line.active(), RESOLVED, "Notes", FOLLOW_UP, RESOLVED, "12.50", "2026-01-01T10:00:00Z", "8015551234"))
    call = str(line.newest.id)
    [record] = line.last
    assert record.value() == {
        "contactId": call,
        "primaryId": RESOLVED,
        "name": "Resolved",
        "notes": "Notes",
        "secondaryId": FOLLOW_UP,
        "previewId": RESOLVED,
        "commitmentAmount": "12.50",
        "callbackTime": "2026-01-01T10:00:00Z",
        "callbackNumber": "8015551234",
    }


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"Skill": SALES}, ["1", "2"]),
        ({"SkillId": SALES}, ["1", "2"]),
        ({"SkillName": "SALES"}, ["1", "2"]),
        ({"SkillName": "Support"}, ["2"]),
        ({"Skill": "4199"}, ["2"]),
        ({"SkillName": ""}, ["2"]),
        ({}, ["2"]),
    ],
)
def test_the_skill_is_that_of_the_contacts_event_however_it_tells_it(fields: dict[str, str], ids: list[str]) -> None:
    dispositions = [Disposition("1", "Sold", frozenset({SALES})), Disposition("2", "Wrong number")]
    line = Line().happens({"Type": "DigitalContactEvent", "ContactID": "77", "Status": "Active", **fields})
    assert [one.id for one in fitting(dispositions, line.newest, SKILLS)] == ids


@pytest.mark.parametrize(
    ("dispositions", "offer", "allowed"),
    [
        ((Disposition("2", "Wrong number"),), OfferCall(skill_id=SUPPORT), "True"),
        (FOR_SALES, OfferCall(skill_id=SALES), "True"),
        (FOR_SALES, OfferCall(skill_id=SUPPORT), "False"),
        (FOR_SALES, OfferCall("outbound", dnis="8015550100", skill_id=SALES), "True"),
        ((), OfferCall(skill_id=SALES), "False"),
        (FOR_SALES, OfferCall(skill_id=SALES, consult=True), "False"),
    ],
)
def test_a_calls_event_says_whether_there_are_any_for_it(
    dispositions: Sequence[Disposition], offer: OfferCall, allowed: str
) -> None:
    assert line_with(*dispositions).do(offer).newest.event["AllowDispositions"] == allowed


# The record


@given(data=JSON, its_id=st.sampled_from(["77", 77, "78", None]))
def test_a_record_that_cannot_be_read_leaves_the_agent_as_it_is(data: Any, its_id: Any) -> None:
    line = Line().happens(call_event("Active"))
    before = line.agent
    line.append([Draft.of("disposition", {"contactId": its_id, "name": data, "notes": "x"})])
    assert line.agent == before


# Custom data


def data_of(contact: Contact) -> str:
    return str(contact.event["CustomData"])


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        ("", {"a": "1"}, "a=1"),
        ("", {"a": "1", "b": ""}, "a=1|b="),
        ("a=1|b=2", {"b": "3", "c": "x=y"}, "a=1|b=3|c=x=y"),
        ("a text of somebody's", {"a": "1"}, "a=1"),
    ],
)
def test_custom_data_sets_what_it_names_and_leaves_the_rest(before: str, values: dict[str, str], after: str) -> None:
    line = Line().happens(call_event("Active", CustomData=before))
    line.do(SetCustomData(77, tuple(values.items())))
    assert [event["CustomData"] for event in line.events] == [after]


def test_nothing_else_of_the_event_changes() -> None:
    line = Line().happens({**call_event("Incoming"), "Mine": "stays"})
    before = dict(line.newest.event)
    line.wait(5).do(SetCustomData(77, (("a", "1"),)))
    assert line.events == [{**before, "CustomData": "a=1"}]


@pytest.mark.parametrize("media", ["chat", "workitem", "voicemail"])
def test_media_whose_events_have_the_field_take_it(media: str) -> None:
    line = Line().do(NEW[media])
    assert data_of(line.do(SetCustomData(line.newest.id, (("a", "1"),))).newest) == "a=1"


@pytest.mark.parametrize("media", ["digital", "email"])
def test_other_media_do_not(media: str) -> None:
    line = Line().do(NEW[media])
    line.do(SetCustomData(line.newest.id, (("a", "1"),)))
    assert line.refusal["code"] == "wrong-media"
    assert "Custom data is for calls, chats, work items and voicemails" in line.refusal["reason"]


def test_custom_data_does_not_grow_without_end() -> None:
    line = Line()
    call = line.active()
    line.do(SetCustomData(call, (("a", "x" * (LONGEST - 2)),)))
    assert len(data_of(line.newest)) == LONGEST
    line.do(SetCustomData(call, (("b", ""),)))
    assert line.refusal["code"] == "invalid-data"
    assert line.refusal["reason"] == "A contact has 10000 characters of custom data at most, not 10003."


@pytest.mark.parametrize("data", ["", "a", "a=1|", "|a=1", "=1", " =1", "a=1||b=2", "a=1|b"])
def test_what_is_no_list_of_pairs_is_told(data: str) -> None:
    with pytest.raises(InvalidCustomData, match=r"^Custom data is name=value\|name=value; '.*' is no name with its value\.$"):
        pairs_of(data)


NAMES = st.text("ab ", min_size=1, max_size=3).map(str.strip).filter(bool)
VALUES = st.dictionaries(NAMES, st.text("x=& ", max_size=3), min_size=1, max_size=4)


@given(VALUES)
def test_what_was_set_is_read_again(values: dict[str, str]) -> None:
    assert pairs_of(merged("", values)) == values


@given(VALUES, VALUES)
def test_each_name_has_the_value_set_last(first: dict[str, str], second: dict[str, str]) -> None:
    data = merged(merged("", first), second)
    assert pairs_of(data) == {**first, **second}
    assert merged(data, second) == data
