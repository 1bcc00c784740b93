"""The file of a recording, rule by rule (docs/recordings.md)."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clock import iso
from bridge.recordings.file import LARGEST, MOST_LINES, InvalidRecording, LeftOut, Message, Recording, Writer, read_recording
from tests.acd import JSON

START = 1_795_265_100_000
HEADER = {
    "deskbridge": "recording",
    "version": 1,
    "started": "2026-11-21T12:45:00.000Z",
    "issuer": "MAX",
    "masked": True,
    "subscriptionTypes": ["agent", "contacts"],
}
ACKNOWLEDGED = {"messageType": "ClientEventSubscriptionAcknowledge", "contactId": None, "status": "OK", "reason": "Success"}
STATE = {"Type": "AgentState", "CurrentState": "Available"}


def text(*lines: Any) -> bytes:
    """A file of these lines, which are JSON or are to be it."""
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def read(*lines: Any) -> Recording:
    """What a file with a header and these lines holds."""
    return read_recording(text(HEADER, *lines))


def refusal(file: bytes) -> str:
    with pytest.raises(InvalidRecording) as refused:
        read_recording(file)
    return str(refused.value)


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def events_of(recording: Recording) -> list[list[Any]]:
    return [[msgspec.json.decode(event) for event in message.events] for message in recording.messages]


# What is read


def test_the_header_says_when_where_and_how_it_was_recorded() -> None:
    header = read().header
    assert (header.started, header.issuer, header.masked) == ("2026-11-21T12:45:00.000Z", "MAX", True)
    assert header.subscription_types == ("agent", "contacts")
    assert header.started_at == START


def test_messages_come_in_order_with_the_events_that_came_together() -> None:
    recording = read(
        {"at": 0, "contactId": None, "events": [ACKNOWLEDGED, STATE]}, {"at": 1532, "contactId": 5, "events": [STATE]}
    )
    assert events_of(recording) == [[ACKNOWLEDGED, STATE], [STATE]]
    assert [(message.at, message.contact_id) for message in recording.messages] == [(0, raw(None)), (1532, raw(5))]
    assert recording.duration == 1532


def test_a_contact_id_may_be_absent_as_it_came() -> None:
    assert read({"at": 0, "events": []}).messages[0].contact_id is None


def test_events_keep_their_text() -> None:
    spelt = b'{"Type": "X",  "n": 1.0, "big": 12345678901234567890123, "e": "\\u00e9"}'
    [message] = read(b'{"at":0,"events":[' + spelt + b"]}").messages
    assert bytes(message.events[0]) == spelt


def test_an_event_may_be_anything() -> None:
    assert events_of(read({"at": 0, "events": [1, "x", None, [], {}]})) == [[1, "x", None, [], {}]]


def test_what_was_left_out_says_why() -> None:
    assert read({"at": 2210, "dropped": "sessionToken"}, {"at": 2211, "dropped": "limit"}).entries == (
        LeftOut(2210, "sessionToken"),
        LeftOut(2211, "limit"),
    )


@pytest.mark.parametrize("place", [0, 1], ids=["first, as under MAX", "last, as under CXone Agent"])
def test_a_message_with_an_acknowledgement_tells_the_state(place: int) -> None:
    events: list[dict[str, Any]] = [STATE]
    events.insert(place, ACKNOWLEDGED)
    acknowledged, other = read({"at": 0, "events": events}, {"at": 1, "events": [STATE]}).messages
    assert (acknowledged.tells_state, other.tells_state) == (True, False)
    assert [msgspec.json.decode(event) for event in acknowledged.told] == [STATE]


def test_an_event_that_only_speaks_of_an_acknowledgement_is_none() -> None:
    speaks = {"Type": "CustomEvent", "data": json.dumps(ACKNOWLEDGED)}
    assert not read({"at": 0, "events": [speaks]}).messages[0].tells_state


def test_unknown_fields_and_lines_of_an_unknown_kind_are_passed_over() -> None:
    later = {"at": 0, "contactId": None, "events": [STATE], "later": 1}
    recording = read_recording(text({**HEADER, "later": 1}, {"at": "a kind to come"}, later))
    assert events_of(recording) == [[STATE]]
    assert len(recording.lines) == 3, "but the file keeps them"


def test_half_a_character_is_read_as_a_replacement_character() -> None:
    """JavaScript's texts may hold one, and its JSON spells it."""
    recording = read(b'{"at":0,"events":[{"Type":"X","text":"\\ud83d\\ude00 \\ud83d"}]}')
    assert events_of(recording) == [[{"Type": "X", "text": "\U0001f600 \ufffd"}]]
    assert read_recording(b"".join(line + b"\n" for line in recording.lines)) == recording


def test_a_line_may_end_as_windows_ends_them() -> None:
    assert events_of(read_recording(text(HEADER, {"at": 0, "events": [STATE]}).replace(b"\n", b"\r\n"))) == [[STATE]]
    assert refusal(text(HEADER, b" \r")) == "Line 2: it is empty. Each line is a JSON object."


# What is refused


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "It is empty."),
        (b"{", "Line 1: it has no end. Nothing of the file can be read."),
        (b"\n", "Line 1: it is empty. Each line is a JSON object."),
        (b"hello\n", "Line 1: it is no JSON"),
        (b"[]\n", "Line 1: it is no JSON object."),
        (text({"Type": "X"}), 'Line 1: it is no recording\'s header, which has "deskbridge":"recording".'),
        (text({**HEADER, "version": "1"}), 'Line 1: its version is "1", which is no whole number from 1.'),
        (text({**HEADER, "started": "then"}), 'Line 1: started is "then", which is not a time like 2026-11-21T12:45:00.000Z.'),
        (text({**HEADER, "masked": 1}), "Line 1: masked is 1, which is not true or false."),
        (text({**HEADER, "subscriptionTypes": "agent"}), 'Line 1: subscriptionTypes is "agent", which is not a list of texts.'),
        (text({key: HEADER[key] for key in HEADER if key != "issuer"}), "Line 1: issuer is missing, which is not a text."),
        (text(HEADER, b"", {"at": 0, "events": []}), "Line 2: it is empty. Each line is a JSON object."),
        (text(HEADER, b'{"at":0,"events":[}'), "Line 2: it is no JSON"),
        (text(HEADER, b'{"at":0,"events":["\xff"]}'), "Line 2: it is no UTF-8 text, from byte 20 on."),
        (text(HEADER, b'{"events":' + b"[" * 9000 + b"]" * 9000 + b"}"), "Line 2: it is nested too deep."),
        (text(HEADER, {"at": 0, "events": {}}), "Line 2: events is {}, which is not a list."),
        (text(HEADER, {"at": -1, "events": []}), "Line 2: at is -1, which is not a whole number of milliseconds."),
        (text(HEADER, {"at": 1.5, "events": []}), "Line 2: at is 1.5, which is not a whole number of milliseconds."),
        (text(HEADER, {"at": True, "events": []}), "Line 2: at is true, which is not a whole number of milliseconds."),
        (text(HEADER, {"dropped": "limit"}), "Line 2: at is missing, which is not a whole number of milliseconds."),
        (
            text(HEADER, {"at": 5, "events": []}, {"at": 4, "events": []}),
            "Line 3: its time is 4, and that of a line before it 5. Times never fall.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(file: bytes, sentence: str) -> None:
    assert refusal(file).startswith(sentence)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"hello", "invalid character (byte 1)"),
        (b'{"at":0,"events":[}', "invalid character (byte 19)"),
        (b'{"at":0,}', "trailing comma in object (byte 9)"),
        (b'{"at":0', "expected ',' or '}' (byte 8)"),
    ],
)
def test_what_is_no_json_is_told_with_the_byte_of_its_line(line: bytes, problem: str) -> None:
    assert refusal(text(HEADER, line)) == f"Line 2: it is no JSON (JSON is malformed: {problem})."


def test_a_version_to_come_is_refused_in_words() -> None:
    assert refusal(text({**HEADER, "version": 2})) == (
        "Line 1: the recording is of version 2, and this deskbridge reads version 1. Use a newer one."
    )


def test_a_file_beyond_the_limit_is_refused() -> None:
    assert refusal(b" " * (LARGEST + 1)) == "It has 33,555,457 bytes, and a recording 33,554,432 at most."


def test_what_is_read_can_be_read_again_from_deeper_in_a_stack() -> None:
    def nested(depth: int) -> bytes:
        return b'{"dropped":' + b"[" * depth + b"]" * depth + b',"at":0}'

    deepest = max(range(100, 2000, 10), key=lambda depth: depth if _decodes(nested(depth)) else 0)
    assert refusal(text(HEADER, nested(deepest - 100))) == "Line 2: it is nested too deep."


def _decodes(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except RecursionError:
        return False
    return True


def test_a_file_of_more_lines_than_any_writer_writes_is_refused() -> None:
    assert refusal(b"\n" * (MOST_LINES + 1)) == "It has more than 1,048,576 lines, and a recording that many at most."


# What was cut off


def test_a_last_line_without_its_line_feed_is_left_out_and_told() -> None:
    recording = read_recording(text(HEADER, {"at": 0, "events": [STATE]}) + b'{"at":5,"ev')
    assert events_of(recording) == [[STATE]]
    assert recording.is_cut
    assert not read().is_cut


MESSAGES = st.lists(
    st.tuples(st.integers(-5, 50), st.lists(JSON.map(lambda value: {"Type": "X", "value": value}), max_size=3)), max_size=5
)


def written(messages: list[tuple[int, list[Any]]], most: int = 10**6) -> bytes:
    """A file with these messages, each at so many milliseconds after the one before."""
    writer, at = Writer(START, "MAX", most=most), START
    lines = [writer.header]
    for passed, events in messages:
        at += passed
        lines.append(writer.message(at, [raw(event) for event in events]))
    return b"".join(lines)


@given(MESSAGES)
def test_what_is_written_is_read(messages: list[tuple[int, list[Any]]]) -> None:
    recording = read_recording(written(messages))
    assert events_of(recording) == [events for _, events in messages]
    assert recording.header.started == iso(START)


@given(MESSAGES, st.data())
def test_of_a_file_cut_anywhere_all_before_the_cut_is_read(messages: list[tuple[int, list[Any]]], data: st.DataObject) -> None:
    file = written(messages)
    whole = read_recording(file)
    at = data.draw(st.integers(file.index(b"\n") + 1, len(file)))
    cut = read_recording(file[:at])
    assert cut.entries == whole.entries[: file[:at].count(b"\n") - 1]
    assert cut.is_cut == (file[at - 1 : at] != b"\n")


@given(st.binary(max_size=60) | st.lists(JSON, max_size=3).map(lambda lines: text(HEADER, *lines)))
def test_whatever_a_file_holds_it_is_read_or_refused_in_a_sentence(file: bytes) -> None:
    assert outcome(file).endswith(".")


def outcome(file: bytes) -> str:
    try:
        read_recording(file)
    except InvalidRecording as refused:
        return str(refused)
    return "It was read."


# What is written


def test_times_never_fall() -> None:
    assert [message.at for message in read_recording(written([(3, []), (-2, []), (4, [])])).messages] == [3, 3, 5]


@pytest.mark.parametrize(
    "event",
    [
        {"messageType": "SessionInfo", "sessionToken": "hush"},
        {"Type": "X", "Session_Token": "hush"},
        {"Type": "X", "data": json.dumps({"nested": json.dumps({"sessionToken": "hush"})})},
    ],
)
def test_a_message_with_a_session_token_is_left_out(event: dict[str, Any]) -> None:
    file = written([(0, [STATE]), (1, [STATE, event]), (1, [STATE])])
    assert b"hush" not in file
    assert [isinstance(entry, Message) or entry.dropped for entry in read_recording(file).entries] == [True, "sessionToken", True]


def test_a_session_token_is_found_however_its_key_is_spelt() -> None:
    writer = Writer(START, "MAX")
    assert b"hush" not in writer.message(START, [msgspec.Raw(b'{"Type":"X","session\\u0054oken" : "hush"}')])


def test_half_a_character_hides_no_session_token_and_is_none() -> None:
    writer = Writer(START, "MAX")
    half = writer.message(START, [msgspec.Raw(b'{"Type":"X","text":"\\ud83d"}')])
    bears = writer.message(START, [msgspec.Raw(b'{"Type":"\\ud83d","session\\u0054oken":"hush"}')])
    kept, left_out = read_recording(writer.header + half + bears).entries
    assert isinstance(kept, Message)
    assert [msgspec.json.decode(event) for event in kept.events] == [{"Type": "X", "text": "\ufffd"}]
    assert left_out == LeftOut(0, "sessionToken")


def test_what_is_too_deep_to_look_for_a_session_token_is_left_out() -> None:
    deep = b'{"Type":"\\u0058","deep":' + b"[" * 9000 + b"]" * 9000 + b"}"
    assert b"deep" not in Writer(START, "MAX").message(START, [msgspec.Raw(deep)])


def test_a_recording_that_is_full_says_so_once_and_ends() -> None:
    messages: list[tuple[int, list[Any]]] = [(1, [{"Type": "X", "x": "x" * 100}])] * 9
    recording = read_recording(written(messages, most=800))
    assert 0 < len(recording.messages) < 9
    assert recording.entries[-1] == LeftOut(len(recording.messages) + 1, "limit")
    assert sum(map(len, recording.lines)) < 800 + 100
