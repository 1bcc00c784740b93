"""The tenant's Agent Session API over HTTP (cxone-agent-session.md, section 1)."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bridge import __version__
from bridge.acd.commands import StartSession
from bridge.acd.live.answers import Answer, answer_of

if TYPE_CHECKING:
    import httpx2

VERSION = "v23.0"
"""Of the API; that of the vendor's SDK, which calls all that is called here."""

POLL = 60
"""Seconds that the tenant holds a poll at most."""

ANSWERS_WITHIN = 15.0
"""Seconds in which a connection is made, and an answer comes, a poll's after those that it is held."""


class NotSent(Exception):
    """Nothing reached the tenant. The text says why, as a part of a sentence."""


class Broken(Exception):
    """The call went out, and no answer came. The text says why, as a part of a sentence."""


class Tenant:
    """`base` is the address before `/services`, `token` the bearer token of its user. Use one in one event loop.

    Certificates are verified. Redirects are not followed: the token goes to the tenant and nowhere else.
    """

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = base, token
        self._client: httpx2.AsyncClient | None = None
        self._making_client = asyncio.Lock()

    @property
    def host(self) -> str:
        """What the tenant is called in sentences."""
        return self._base.partition("://")[2].partition("/")[0]

    async def join(self, as_agent: str | None) -> Answer:
        """Join the session of the token's own agent or, where it has none, of another."""
        return await self._call("POST", "agent-sessions/join", {"asAgentId": as_agent} if as_agent else {})

    async def start(self, station: StartSession, as_agent: str | None) -> Answer:
        """Start a session with a phone."""
        stations = {"stationId": station.station_id, "stationPhoneNumber": station.station_phone_number}
        return await self._call("POST", "agent-sessions", {**stations, **({"asAgentId": as_agent} if as_agent else {})})

    async def poll(self, session_id: str, held: int = POLL) -> Answer:
        """What happens next in the session, waited for so many seconds."""
        return await self._call("GET", f"{_session(session_id)}/get-next-event?timeout={held}", None, held)

    async def ask(self, session_id: str, method: str, path: str, parameters: Mapping[str, Any]) -> Answer:
        """A command to the session, once."""
        return await self._call(method, f"{_session(session_id)}/{path}" if path else _session(session_id), parameters)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _call(self, method: str, path: str, parameters: Mapping[str, Any] | None, held: int = 0) -> Answer:
        """Call once; the tenant may hold it for so many seconds. Raises `NotSent` and `Broken`."""
        import httpx2

        client, answers_within = await self._made_client(), ANSWERS_WITHIN + held
        try:
            # The client's own limits are for each piece of an answer: one that comes in drops would never end.
            async with asyncio.timeout(ANSWERS_WITHIN + answers_within):
                answer = await client.request(
                    method,
                    f"{self._base}/services/{VERSION}/{path}",
                    json=parameters,
                    timeout=httpx2.Timeout(ANSWERS_WITHIN, read=answers_within),
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
            raise NotSent(_why(error)) from error
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise Broken(f"no answer came within {answers_within:g} seconds") from error
        except httpx2.RequestError as error:
            raise Broken("the connection broke") from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return answer_of(answer.status_code, headers, answer.content, self._token)

    async def _made_client(self) -> "httpx2.AsyncClient":
        async with self._making_client:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make_client)
            return self._client

    def _make_client(self) -> "httpx2.AsyncClient":
        """Needs a thread: to import httpx2 and to read the system's certificates takes 60 ms and more."""
        import httpx2

        return httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {self._token}", "User-Agent": f"deskbridge/{__version__}"},
            follow_redirects=False,
            # A proxy of the environment's is for the way out of this machine; what is not encrypted never goes that way.
            mounts={"http://": None, "all://127.0.0.1": None, "all://[::1]": None, "all://localhost": None},
        )


def _session(session_id: str) -> str:
    # The vendor's ids are spelt as they are, some with "=" at their end; nothing in one shall lead elsewhere.
    return f"agent-sessions/{quote(session_id, safe='=+~:@!$&,;')}"


def _why(error: Exception) -> str:
    """In words that tell a wrong address from a server that does not run."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing answers at its address"
        cause = cause.__cause__ or cause.__context__
    return str(error).rstrip(".") or f"no connection was made within {ANSWERS_WITHIN:g} seconds"
