"""Errors of the HTTP interfaces as problem+json (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response


class Problem(Exception):
    """An answer that says what is wrong and what to do. `more` are further members of the problem object."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.more = status, title, detail, more

    def response(self) -> Response:
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.more}
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else None  # RFC 9110, section 15.5.2
        return Response(msgspec.json.encode(body), self.status, headers, media_type="application/problem+json")


async def problem_answer(request: Request, problem: Exception) -> Response:
    """Starlette's handler for a `Problem` that a route raises."""
    assert isinstance(problem, Problem)
    return problem.response()


async def http_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for `HTTPException`: nothing is routed at this path, or not for this method."""
    assert isinstance(error, HTTPException)
    path, headers = request.url.path, dict(error.headers or {})
    what = f"{path} takes {headers['Allow']}, not {request.method}" if "Allow" in headers else f"Nothing is at {path}"
    title, detail = HTTPStatus(error.status_code).phrase, f"{what}. The control API is described at /api/v1/openapi.json."
    answer = Problem(error.status_code, title, detail).response()
    answer.headers.update(headers)
    return answer


async def nobody_left_to_answer(request: Request, gone: Exception) -> Response:
    """Starlette's handler for who goes away before all that it asks has come: nothing is done, and no fault of the server's is
    logged."""
    assert isinstance(gone, ClientDisconnect)
    return Response(status_code=400)
