"""Errors of the HTTP interfaces as problem+json (RFC 9457)."""

from typing import Any

import msgspec
from starlette.responses import Response


class Problem(Exception):
    """An answer that says what is wrong and what to do. `more` are further members of the problem object."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.more = status, title, detail, more

    def response(self) -> Response:
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.more}
        return Response(msgspec.json.encode(body), self.status, media_type="application/problem+json")
