"""Bearer tokens, as `/inContactAuthorizationServer/Token` issues them (cxone-agent-session.md, section 1: missing or bad is 401).

The server's own token opens the API too, and where there is one it is the password. Where there is none, any credentials do: they
are for development, on a machine of one's own; yet clients show a token with each call, as they must to the vendor.

A token carries what it grants, under a signature; nothing is kept. It is signed with the journal's epoch, so that it outlives a
restart and ends with a reset.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.access import Access, bearer
from bridge.acd.rest.calls import ApiError, parameters_of
from bridge.clock import Clock
from bridge.paths import AGENT

LIFETIMES = {"access": 3600, "refresh": 7200}
"""Seconds that the vendor's tokens live when they were issued for a password (its page on API authentication tokens)."""


class Grant(msgspec.Struct, frozen=True):
    """What a token carries: the agent that it was issued to (None: an application's), and until when, in milliseconds."""

    kind: Literal["access", "refresh"]
    agent_id: str | None
    until: int


class Tokens:
    """`epoch` is the journal's, which a reset changes."""

    def __init__(self, access: Access, clock: Clock, epoch: Callable[[], str]) -> None:
        self._access, self._clock, self._epoch = access, clock, epoch

    def user(self, request: Request) -> str | None:
        """The agent that the request's token was issued to, None for that of an application or of the server. Raises
        `ApiError`."""
        token = bearer(request.headers)
        if token is not None and self._access.token is not None and self._access.token_fits(token):
            return None
        grant = None if token is None else self._read(token)
        if grant is None or grant.kind != "access":
            raise _unauthorized(
                "Send Authorization: Bearer and a token of /inContactAuthorizationServer/Token"
                + (", or the server's own." if self._access.token else ".")
            )
        return grant.agent_id

    async def issue(self, request: Request) -> Response:
        """The token endpoint. Raises `ApiError`."""
        if request.method != "POST":
            raise ApiError(405, "Method Not Allowed", "Method Not Allowed", "Tokens are issued by POST.", Allow="POST")
        given = await parameters_of(request)
        agent_id = self._granted(request, given)
        site = next(iter(self._access.origins), f"{request.url.scheme}://{request.url.netloc}")
        body = {
            "access_token": self._sign("access", agent_id),
            "token_type": "bearer",
            "expires_in": LIFETIMES["access"],
            "refresh_token": self._sign("refresh", agent_id),
            "scope": given.get("scope", ""),
            "resource_server_base_uri": f"{site}/inContactAPI/",
            "refresh_token_server_uri": f"{site}/inContactAuthorizationServer/Token",
            "agent_id": agent_id or "",
            "team_id": 1,
            "bus_no": 1,
        }
        return Response(msgspec.json.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"})

    def _granted(self, request: Request, given: Mapping[str, str]) -> str | None:
        """Whom the request wants a token for, and may have one for."""
        match given.get("grant_type", ""):
            case "password":
                self._check_password(given.get("password"))
                # Real user names are addresses; here an agent is known by an id.
                agent_id = given.get("username", "").strip().partition("@")[0]
                if not re.fullmatch(AGENT, agent_id):
                    raise _refused("invalid_request", "Give an agent's id as username, 1001 or 1001@example.com.")
                return agent_id
            case "client_credentials":
                self._check_password(given.get("client_secret") or _basic_password(request))
                return None
            case "refresh_token":
                grant = self._read(given.get("refresh_token", ""))
                if grant is None or grant.kind != "refresh":
                    raise _refused("invalid_grant", "The refresh token has expired, or was never issued; ask with the password.")
                return grant.agent_id
            case other:
                known = "password, client_credentials, refresh_token"
                raise _refused("unsupported_grant_type", f"There is no grant_type {other!r}; there is {known}.")

    def _check_password(self, given: str | None) -> None:
        if self._access.token is not None and (given is None or not self._access.token_fits(given)):
            raise _unauthorized("This server has a token, printed when it started; give it as the password or client secret.")

    def _sign(self, kind: Literal["access", "refresh"], agent_id: str | None) -> str:
        grant = Grant(kind, agent_id, self._clock.now() + 1000 * LIFETIMES[kind])
        content = base64.urlsafe_b64encode(msgspec.json.encode(grant)).decode()
        return f"{content}.{self._signature(content)}"

    def _read(self, token: str) -> Grant | None:
        """What a token grants; None if it was not signed here, or has expired."""
        content, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(content).encode()):
            return None
        grant = msgspec.json.decode(base64.urlsafe_b64decode(content), type=Grant)
        return grant if self._clock.now() < grant.until else None

    def _signature(self, content: str) -> str:
        key = f"rest/{self._epoch()}/{self._access.token or ''}"
        return hmac.new(key.encode(), content.encode(), hashlib.sha256).hexdigest()


def _unauthorized(detail: str) -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized", detail, **{"WWW-Authenticate": "Bearer"})


def _refused(error: str, detail: str) -> ApiError:
    """As RFC 6749, section 5.2, has it, with its code where the vendor's errors have theirs."""
    return ApiError(400, error, error, detail)


def _basic_password(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None
