"""What a tenant's answer means: for a command how it went, for the poll what is wrong (cxone-agent-session.md, section 1). Pure.

Only what the tenant refused is known not to have happened. Where it failed, or its answer never came, a command may have been
carried out all the same; nobody knows, and asking again could do it twice.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec

LONGEST_WAIT = 30
"""Seconds between two attempts at most, unless the tenant asks for more."""

LONGEST_ASKED = 3600
"""Seconds that a tenant may ask to wait; one that asks for more is asked again after these."""

SLOWLY = 30
"""Seconds between two attempts where time alone heals nothing."""


GONE = "the tenant knows it no more"
"""What became of a session that there is none of."""


class Answer(msgspec.Struct, frozen=True):
    """`said` is what the tenant says of it in its own words, "" where nothing. `retry_after` is in seconds."""

    status: int
    said: str = ""
    retry_after: float | None = None
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_the_apis(self) -> bool:
        """Whether the API says it, in its own words or in a JSON object: what else is in the way answers 404 as well."""
        return bool(self.said) or _is_object(self.body)

    @property
    def words(self) -> str:
        """`409, Invalid State`."""
        return f"{self.status}, {self.said}" if self.said else str(self.status)


def answer_of(status: int, headers: Mapping[str, str], body: bytes, token: str) -> Answer:
    """Read an answer to a request that showed the token; names of `headers` in lower case. The tenant's own words are in
    `icStatusDescription`, in the body's `error_description`, or in both, as it happens. They are shown and kept: should they
    repeat the token, that is masked."""
    said: list[str] = []
    if status >= 400:
        for given in (headers.get("icstatusdescription", ""), _description(body)):
            words = given.replace(token, "•••").strip()[:200].rstrip(".")  # a part of our sentences
            if words and words not in said:
                said.append(words)
    return Answer(status, "; ".join(said), _seconds(headers.get("retry-after", "")), body)


def _description(body: bytes) -> str:
    try:
        return _text.decode(_members(body).get("error_description", _NULL)) or ""
    except _UNREADABLE:
        return ""


def _is_object(body: bytes) -> bool:
    try:
        _members(body)
    except _UNREADABLE:
        return False
    return True


def _members(body: bytes) -> Mapping[str, msgspec.Raw]:
    """Those of a JSON object, their names in lower case: how the tenant spells its paths and parameters varies in case too.
    Raises what `_UNREADABLE` lists."""
    return {name.lower(): value for name, value in _objects.decode(body).items()}


_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str | None)
_events = msgspec.json.Decoder(list[msgspec.Raw] | None)
_session_id: msgspec.json.Decoder[str] = msgspec.json.Decoder(Annotated[str, msgspec.Meta(min_length=1)])
_NULL = msgspec.Raw(b"null")
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _seconds(text: str) -> float | None:
    """Of `Retry-After`; one that names a date counts for none, as its clock may be another than ours."""
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


class Outcome(NamedTuple):
    """How a call went; `reason` is a sentence, "" where all is well."""

    outcome: Literal["done", "refused", "unknown"]
    reason: str = ""


def outcome_of(words: str, answer: Answer) -> Outcome:
    """How the call went that was to do what `words` say."""
    if answer.is_success:
        return Outcome("done")
    if answer.status >= 500:
        return unknown(words, f"the tenant answered {answer.words}")
    if 300 <= answer.status < 400:
        return Outcome("refused", f"The tenant answered {words} with {answer.words}, a redirect, which is not followed.")
    if answer.status == 401:
        return Outcome("refused", f"The tenant refused {words}: it does not accept the token ({answer.words}).")
    wait = f" It asks to wait {answer.retry_after:g} seconds." if answer.retry_after is not None else ""
    return Outcome("refused", f"The tenant refused {words}: {answer.words}.{wait}")


def not_sent(words: str, why: str, trouble: str = "") -> Outcome:
    """The tenant was not reached; `trouble` are further sentences, if there are any."""
    return Outcome("refused", f"The tenant was not asked for {words}: {why}. {trouble}".rstrip())


def unknown(words: str, why: str) -> Outcome:
    """The call went out, and what became of it was not heard."""
    return Outcome("unknown", f"Nobody knows whether {words} reached the tenant: {why}. What the desk shows is what counts.")


class Trouble(NamedTuple):
    """What keeps the tenant's events from coming, in sentences, and after how many seconds it is tried again. With `is_over` it
    is not: the session has ended, and `words` say why as a part of a sentence."""

    words: str
    wait: float
    is_over: bool = False


def backoff(attempt: int) -> float:
    """Seconds to wait after this many attempts in a row that failed: 1, 2, 4, and so on to `LONGEST_WAIT`."""
    return float(min(LONGEST_WAIT, 1 << min(attempt - 1, 16)))


def unreachable(why: str, attempt: int) -> Trouble:
    """No connection, or one that broke."""
    return Trouble(
        f"The tenant cannot be reached: {why}. It is tried again, at most {LONGEST_WAIT} seconds apart.", backoff(attempt)
    )


def trouble_of(answer: Answer, attempt: int) -> Trouble:
    """What an answer other than success means for the session."""
    match answer.status:
        case 401:
            return Trouble(
                f"The tenant does not accept the token ({answer.words}): it has expired, or is wrong. Start deskbridge again "
                f"with a new one in DESKBRIDGE_UPSTREAM_TOKEN. Until then the tenant is asked every {SLOWLY} seconds.",
                SLOWLY,
            )
        case 404:
            return Trouble(GONE, 0, is_over=True)
        case 409:
            return Trouble("the tenant says that it is over", 0, is_over=True)
        case 429:
            wait = min(LONGEST_ASKED, max(1, backoff(attempt) if answer.retry_after is None else answer.retry_after))
            return Trouble(
                f"The tenant has had too many requests ({answer.words}). It is asked again after {wait:g} seconds.", wait
            )
        case status if 300 <= status < 400:
            return Trouble(
                f"The tenant redirects ({answer.words}), and the token goes nowhere else than where --upstream says. Start "
                f"deskbridge with the address that it redirects to. Until then it is asked every {SLOWLY} seconds.",
                SLOWLY,
            )
        case status if status >= 500:
            wait = backoff(attempt) if answer.retry_after is None else min(LONGEST_ASKED, max(1, answer.retry_after))
            apart = f"at most {LONGEST_WAIT} seconds apart" if answer.retry_after is None else f"after {wait:g} seconds"
            return Trouble(f"The tenant fails ({answer.words}). It is tried again, {apart}.", wait)
    return Trouble(f"The tenant refuses ({answer.words}). It is asked again every {SLOWLY} seconds.", SLOWLY)


class Events(NamedTuple):
    """What a poll brought: the id that counts from now on, "" for the one before, and the events as they came."""

    session_id: str
    events: list[msgspec.Raw]


def events_of(answer: Answer, attempt: int) -> Events | Trouble:
    """What a poll's answer brings."""
    if answer.status in (204, 304):
        return Events("", [])
    if answer.is_success:
        try:
            answer.body.decode()  # which the decoder does not do for what it leaves as it is, and a page could not read it
            polled = _members(answer.body)
            if not polled.keys() & {"sessionid", "events"}:
                raise msgspec.ValidationError("it has neither sessionId nor events")
            session_id = _text.decode(polled.get("sessionid", _NULL))
            return Events(session_id or "", _events.decode(polled.get("events", _NULL)) or [])
        except _UNREADABLE as problem:
            return _unreadable(problem, attempt)
    return trouble_of(answer, attempt)


def has_no_session(joined: Answer) -> bool:
    """Whether an answer to a join says that there is no session. Of the vendor's only that it fails then is known (section 1)."""
    return joined.status == 409 or (joined.status == 404 and joined.is_the_apis)


def session_of(answer: Answer, attempt: int) -> str | Trouble:
    """The session's id that a join was answered with."""
    if answer.status == 404 and not answer.is_the_apis:
        return _unreadable(answer.words, attempt)
    if answer.is_success:
        try:
            return _session_id.decode(_members(answer.body).get("sessionid", _NULL))
        except _UNREADABLE as problem:
            return _unreadable(problem, attempt)
    return trouble_of(answer, attempt)


def _unreadable(problem: Exception | str, attempt: int) -> Trouble:
    return Trouble(
        f"The tenant's answer is none of an agent session ({problem}). Is the address of --upstream right? It is asked again, "
        f"at most {LONGEST_WAIT} seconds apart.",
        backoff(attempt),
    )
