"""How a request to the Agent Session API is read, and how it is answered (cxone-agent-session.md, section 1, "REST")."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

MAX_BODY = 1_000_000
"""Bytes of a request's body."""

MAX_TEXT = 1_000
"""Characters of a parameter that may not be longer."""


class ApiError(Exception):
    """An answer that refuses. `description` is the vendor's word for programs, `phrase` what the vendor's status header says,
    `detail` a sentence that says what was wrong and what to do."""

    def __init__(self, status: int, description: str, phrase: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.description, self.phrase, self.detail, self.headers = status, description, phrase, detail, headers

    def response(self) -> Response:
        # Which endpoints of the vendor say it in the header and which in the body is uneven: both.
        return _answer({"error_description": self.description, "detail": self.detail}, self.status, self.phrase, self.headers)


def bad_argument(phrase: str, detail: str) -> ApiError:
    return ApiError(400, phrase, phrase, detail)


def unknown_session(detail: str) -> ApiError:
    return ApiError(404, "InvalidAgentSession", "Invalid agent session Id.", detail)


def unknown_contact(detail: str) -> ApiError:
    return ApiError(404, "InvalidContactId", "Invalid contact Id.", detail)


def wrong_state(detail: str) -> ApiError:
    return ApiError(409, "Invalid State", "Invalid State", detail)


class Call:
    """A request that was read: `path` has the values in its path, `user` the agent that its token was issued to, if any."""

    def __init__(self, request: Request, path: Mapping[str, str], parameters: Mapping[str, str], user: str | None) -> None:
        self.request, self.path, self.user = request, path, user
        self._parameters = parameters

    def text(self, name: str, longest: int = MAX_TEXT, invalid: str = "") -> str:
        """A parameter's value without blanks around it; "" where it is absent. Raises `ApiError` for one of more than `longest`
        characters; `invalid` is what the vendor says to a bad one."""
        value = self._parameters.get(name.lower(), "").strip()
        if len(value) > longest:
            raise bad_argument(invalid or f"Invalid {name}.", f"{name} has {longest} characters at most, not {len(value)}.")
        return value

    def is_true(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1")


async def parameters_of(request: Request) -> dict[str, str]:
    """All parameters, names in lower case, whether they came as query, as JSON or as a form; the body's count for more.

    The SDK sends JSON and calls it nothing, so that fetch calls it text/plain, and curl calls all that it is given a form: what
    is no form is taken for JSON, and what begins as JSON is no form. Raises `ApiError` for a body that is neither, or too large.
    """
    body = await _body(request)
    pairs = list(request.query_params.multi_items())
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded" and not body.lstrip().startswith(b"{"):
        try:
            pairs += parse_qsl(body.decode(), keep_blank_values=True)
        except ValueError as invalid:
            raise bad_argument("Invalid request body.", f"The form cannot be read: {invalid}.") from None
    elif body.strip():
        pairs += _members(body)
    return {name.lower(): value for name, value in pairs}


def _members(body: bytes) -> list[tuple[str, str]]:
    try:
        members = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as invalid:
        raise bad_argument("Invalid request body.", f"The body is neither a form nor a JSON object: {invalid}.") from None
    return [(name, _as_text(value)) for name, value in members.items() if value is not None]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise ApiError(413, "Request too large", "Request too large", f"A body may have {MAX_BODY} bytes at most.")
    return b"".join(chunks)


def accepted(value: Any = None) -> Response:
    """The success of nearly every command: what it leads to comes as events."""
    return _answer(value, 202, "Accepted", {})


def found(value: Any) -> Response:
    return _answer(value, 200, "Success", {})


def _answer(value: Any, status: int, phrase: str, headers: Mapping[str, str]) -> Response:
    body = None if value is None else msgspec.json.encode(value)
    return Response(body, status, {"icStatusDescription": phrase, **headers}, media_type="application/json" if body else None)
