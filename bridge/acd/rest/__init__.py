"""The Agent Session REST API as CXone has it (cxone-agent-session.md, section 1), over any platform.

`api.py` is the table of operations and what each does, `calls.py` how a request is read and answered, `polling.py` the long
poll, `sessions.py` which sessions an agent's stream has had, `tokens.py` the bearer tokens.
"""

import re

from starlette.routing import Route
from starlette.types import ASGIApp


class _AnyCase(Route):
    """A route whose path is matched in any case: the vendor's own clients spell the prefix in four ways."""

    def __init__(self, path: str, endpoint: ASGIApp) -> None:
        super().__init__(path, endpoint)
        self.path_regex = re.compile(self.path_regex.pattern, re.IGNORECASE)


def rest_routes(services: ASGIApp, tokens: ASGIApp) -> list[Route]:
    """Where the two applications of a `RestApi` are."""
    return [_AnyCase("/inContactAPI/{path:path}", services), _AnyCase("/inContactAuthorizationServer/Token", tokens)]
