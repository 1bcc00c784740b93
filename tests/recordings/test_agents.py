"""What an agent's stream holds, as a recording: what a panel registered for `agent` and `contacts` would have got."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from bridge.acd.commands import Act, EndSession, OfferCall, StartReplay, StartSession
from bridge.journal.base import WIRE, Record
from bridge.postmessage.profiles import MAX
from bridge.recordings.agents import batches, followed_at_once, recording_of
from bridge.recordings.file import read_recording
from tests.acd.line import START, Line, call_event
from tests.acd.test_replayed import STATE, play, replayed

ACK = "ClientEventSubscriptionAcknowledge"


def records(*kinds: str, first: int = 1, at: int = 0, cause: str | None = None) -> list[Record]:
    """Those of one append."""
    return [Record(offset, at, cause, kind, msgspec.Raw(b'{"Type":"X"}')) for offset, kind in enumerate(kinds, first)]


def recorded(line: Line, after: int = 0) -> list[tuple[int, list[Any]]]:
    """The messages of the line's agent, each with its time."""
    read = read_recording(recording_of("1001", line.records, MAX, "epoch", line.now, after))
    return [(message.at, [msgspec.json.decode(event) for event in message.events]) for message in read.messages]


def kinds(messages: Sequence[tuple[int, list[Any]]]) -> list[list[str]]:
    """What each message holds, in short."""
    return [
        [" ".join(filter(None, (one.get("messageType") or one["Type"], one.get("Status", "")))) for one in events]
        for _, events in messages
    ]


# Batches


def test_records_of_one_append_come_together_and_others_apart() -> None:
    later = records(WIRE, WIRE, first=3, at=5)
    elsewhere = records(WIRE, first=9, at=5)
    caused = records(WIRE, first=10, at=5, cause="page/1/1")
    whole = [*records(WIRE, WIRE), *later, *elsewhere, *caused]
    assert [[record.offset for record in batch] for batch in batches(whole)] == [[1, 2], [3, 4], [9], [10]]


def test_an_event_says_whether_another_came_with_it_whatever_stands_between() -> None:
    told = followed_at_once([*records("contact", WIRE, "focus", WIRE, "focus"), *records(WIRE, first=6, at=1)])
    assert [(record.offset, more) for record, more in told] == [(2, True), (4, False), (6, False)]


# The session


def test_an_agent_never_used_has_an_acknowledgement_and_no_state() -> None:
    assert kinds(recorded(Line(logged_in=False))) == [[f"{ACK}"]]


def test_it_begins_with_the_session_and_holds_all_that_happened_batch_for_batch() -> None:
    line = Line()
    line.now += 1500
    call = line.do(OfferCall(ani="8015551234")).newest.id
    line.now += 500
    line.do(Act("answer", call))
    first, login, offer, answer = recorded(line)
    assert kinds([first]) == [[f"{ACK}"]]
    assert kinds([login])[0][:2] == ["AgentSessionStart", "MchAgentSettingsChangeEvent"]
    assert [at for at, _ in (first, login, offer, answer)] == [0, 0, 1500, 2000]
    assert kinds([offer, answer]) == [["AgentState", "CallContactEvent Incoming"], ["CallContactEvent Active"]]
    assert [event for _, events in (login, offer, answer) for event in events] == [
        record.value() for record in line.records if record.kind == WIRE
    ]


def test_only_the_last_session_is_in_it() -> None:
    line = Line()
    line.incoming()
    line.now += 1000
    line.do(EndSession()).now += 1000
    line.do(StartSession())
    messages = recorded(line)
    assert kinds(messages)[0] == [f"{ACK}", "AgentState"], "of the session before it is known that it has ended"
    assert messages[0][1][1]["CurrentState"] == "LoggedOut"
    assert len(messages) == 2


def test_a_session_that_is_over_is_in_it_until_there_is_another() -> None:
    line = Line()
    line.now += 1000
    line.do(EndSession())
    assert kinds(recorded(line))[-1][-1] == "AgentSessionEnd"


def test_after_an_offset_it_begins_with_the_state_at_that_time() -> None:
    line = Line()
    call = line.incoming()
    after = len(line.records)
    line.now += 1000
    line.do(Act("answer", call))
    assert kinds(recorded(line, after)) == [
        [f"{ACK}", "AgentState", "CallContactEvent Incoming"],
        ["CallContactEvent Active"],
    ]
    assert kinds(recorded(line, 10**18)) == [[f"{ACK}", "AgentState", "CallContactEvent Active"]]


def test_the_session_token_is_nowhere_in_it() -> None:
    line = Line()
    assert line.agent.session is not None
    text = recording_of("1001", line.records, MAX, "epoch", line.now)
    assert line.agent.session.encode() not in text
    assert b"SessionInfo" not in text


def test_the_header_says_where_it_was_taken() -> None:
    line = Line()
    header = json.loads(recording_of("1001", line.records, MAX, "e7", line.now).splitlines()[0])
    assert header["source"] == {"agentId": "1001", "epoch": "e7", "offset": len(line.records)}
    assert header["started"] == "2026-01-01T00:00:00.000Z"
    assert header["masked"] is False
    assert line.now == START


# A replay


def test_a_recording_that_was_played_is_what_it_was() -> None:
    line = replayed([STATE, call_event("Incoming")], [call_event("Active")], of=4)
    play(line, 3, STATE, call_event("Active", contact_id="78"), anew=True)
    play(line, 4, call_event("Holding", contact_id="78"))
    assert kinds(recorded(line)) == [
        [f"{ACK}", "AgentState", "CallContactEvent Incoming"],
        ["CallContactEvent Active"],
        [f"{ACK}", "AgentState", "CallContactEvent Active"],
        ["CallContactEvent Holding"],
    ]


def test_before_anything_was_played_there_is_no_state() -> None:
    line = Line().do(EndSession()).do(StartReplay("r1", 5))
    assert kinds(recorded(line)) == [[f"{ACK}"]]
