"""What a tenant's answer means (cxone-agent-session.md, section 1)."""

import msgspec
import pytest

from bridge.acd.live.answers import (
    Answer,
    Events,
    Trouble,
    answer_of,
    backoff,
    events_of,
    has_no_session,
    not_sent,
    outcome_of,
    session_of,
    trouble_of,
    unknown,
    unreachable,
)


@pytest.mark.parametrize("status", [200, 202])
def test_a_success_is_done(status: int) -> None:
    assert outcome_of("hold", Answer(status)) == ("done", "")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 302])
def test_what_the_tenant_answers_otherwise_it_has_not_done(status: int) -> None:
    outcome, reason = outcome_of("hold of call 77", Answer(status))
    assert outcome == "refused"
    assert "hold of call 77" in reason
    assert str(status) in reason


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_of_what_the_tenant_fails_at_nobody_knows(status: int) -> None:
    outcome, reason = outcome_of("hold of call 77", Answer(status, "Bad Gateway"))
    assert outcome == "unknown"
    assert reason == (
        f"Nobody knows whether hold of call 77 reached the tenant: the tenant answered {status}, Bad Gateway. "
        "What the desk shows is what counts."
    )


def test_what_was_never_sent_is_not_done_and_what_was_sent_may_be() -> None:
    assert not_sent("hold", "nothing answers").outcome == "refused"
    assert unknown("hold", "the connection broke").outcome == "unknown"


def test_a_refusal_has_the_tenants_words_from_header_and_body_each_once() -> None:
    headers = {"icstatusdescription": "Invalid State"}
    assert answer_of(409, headers, b'{"error_description": "NotOnHold"}', "secret").words == "409, Invalid State; NotOnHold"
    assert answer_of(409, headers, b'{"error_description": "Invalid State"}', "secret").words == "409, Invalid State"
    assert answer_of(409, {}, b'{"error_description": "NotOnHold"}', "secret").words == "409, NotOnHold"


def test_a_tenant_that_ends_its_words_with_a_full_stop_gets_no_second_one() -> None:
    answer = answer_of(400, {"icstatusdescription": "Bad Request."}, b'{"error_description": "Invalid skill.."}', "secret")
    assert outcome_of("the call to Foo", answer).reason == "The tenant refused the call to Foo: 400, Bad Request; Invalid skill."


def test_what_was_not_sent_is_told_with_the_trouble_there_is() -> None:
    assert not_sent("hold", "there is no session").reason == "The tenant was not asked for hold: there is no session."
    assert not_sent("hold", "there is no session", "It hangs.").reason == (
        "The tenant was not asked for hold: there is no session. It hangs."
    )


def test_a_tenant_with_many_words_is_cut_short() -> None:
    assert answer_of(400, {"icstatusdescription": "x" * 10_000}, b"", "secret").said == "x" * 200


def test_a_tenant_that_repeats_the_token_does_not_have_it_shown() -> None:
    said = b'{"error_description": "Bearer secret has expired"}'
    assert answer_of(401, {"icstatusdescription": "secret"}, said, "secret").words == "401, •••; Bearer ••• has expired"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error_description": 5}', b"[" * 100_000, b"\xff"])
def test_a_body_that_says_nothing_leaves_the_status(body: bytes) -> None:
    assert answer_of(409, {}, body, "secret").words == "409"


def test_attempts_are_made_1_2_4_and_so_on_to_30_seconds_apart() -> None:
    assert [backoff(attempt) for attempt in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff(10_000) == 30
    assert unreachable("it hangs", 3).wait == 4


@pytest.mark.parametrize("status", [404, 409])
def test_a_session_that_is_none_is_over(status: int) -> None:
    assert trouble_of(Answer(status), 1).is_over


def test_a_wrong_token_is_tried_slowly_and_says_how_to_give_another() -> None:
    trouble = trouble_of(Answer(401, "Unauthorized"), 1)
    assert trouble.wait == 30
    assert "DESKBRIDGE_UPSTREAM_TOKEN" in trouble.words


@pytest.mark.parametrize(
    ("given", "wait"), [("7", 7), ("0", 1), ("999999", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", 4), ("", 4), ("-5", 4)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_tenant_says_how_long_to_wait(status: int, given: str, wait: float) -> None:
    trouble = trouble_of(answer_of(status, {"retry-after": given}, b"", "secret"), 3)
    assert trouble.wait == wait
    assert not trouble.is_over


@pytest.mark.parametrize("status", [302, 400, 403, 405])
def test_what_time_does_not_heal_is_tried_slowly(status: int) -> None:
    trouble = trouble_of(Answer(status), 1)
    assert (trouble.wait, trouble.is_over) == (30, False)
    assert str(status) in trouble.words


def test_a_poll_brings_events_byte_for_byte_and_the_next_id() -> None:
    body = b'{"sessionId":"abc==","events":[{ "Type" : "X", "n": 1e400, "a":1, "a":2 },{"Type":"Y"}]}'
    assert events_of(Answer(200, body=body), 1) == Events(
        "abc==", [msgspec.Raw(b'{ "Type" : "X", "n": 1e400, "a":1, "a":2 }'), msgspec.Raw(b'{"Type":"Y"}')]
    )


@pytest.mark.parametrize("status", [204, 304])
def test_a_poll_that_brings_nothing_keeps_the_id(status: int) -> None:
    assert events_of(Answer(status), 1) == Events("", [])


@pytest.mark.parametrize(
    ("body", "brought"),
    [
        (b'{"SessionId":"abc==","Events":[1]}', ("abc==", [b"1"])),
        (b'{"events":[1]}', ("", [b"1"])),
        (b'{"sessionId":null,"events":[1]}', ("", [b"1"])),
        (b'{"sessionId":"abc=="}', ("abc==", [])),
        (b'{"sessionId":"abc==","events":null}', ("abc==", [])),
    ],
)
def test_no_event_is_lost_over_how_the_answer_around_it_is_spelt(body: bytes, brought: tuple[str, list[bytes]]) -> None:
    heard = events_of(Answer(200, body=body), 1)
    assert isinstance(heard, Events)
    assert (heard.session_id, [bytes(event) for event in heard.events]) == brought


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"sessionId":5,"events":[]}', b'{"events":["\xff"]}'])
def test_a_poll_that_cannot_be_read_is_trouble_and_tried_again(body: bytes) -> None:
    trouble = events_of(Answer(200, body=body), 2)
    assert isinstance(trouble, Trouble)
    assert trouble.wait == 2
    assert "--upstream" in trouble.words


def test_a_join_gives_the_sessions_id() -> None:
    assert session_of(Answer(202, body=b'{"sessionId":"abc=="}'), 1) == "abc=="
    assert session_of(Answer(202, body=b'{"SessionID":"abc=="}'), 1) == "abc=="
    for body in (b"", b"{}", b'{"sessionId":""}', b'{"sessionId":5}'):
        assert isinstance(session_of(Answer(202, body=body), 1), Trouble)
    assert isinstance(session_of(Answer(503), 1), Trouble)


@pytest.mark.parametrize(
    "answer",
    [
        answer_of(409, {}, b"", "secret"),
        answer_of(404, {"icstatusdescription": "Not Found"}, b"<html>", "secret"),
        answer_of(404, {}, b'{"error": "resource not found"}', "secret"),
    ],
)
def test_a_join_is_told_that_there_is_no_session(answer: Answer) -> None:
    assert has_no_session(answer)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff"])
def test_who_knows_no_page_says_nothing_of_sessions(body: bytes) -> None:
    answer = answer_of(404, {}, body, "secret")
    assert not has_no_session(answer)
    trouble = session_of(answer, 2)
    assert isinstance(trouble, Trouble)
    assert (trouble.wait, trouble.is_over) == (2, False)
    assert trouble.words == (
        "The tenant's answer is none of an agent session (404). Is the address of --upstream right? It is asked again, at most "
        "30 seconds apart."
    )
