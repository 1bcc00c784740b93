"""Whether the page of a configured panel comes and may be framed: the server asks for it as the desk's frame would."""

import asyncio
import logging
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bridge import __version__
from bridge.desk.framing import Origin, Trouble, is_localhost, never_loaded, page_name, refusal

if TYPE_CHECKING:
    import httpx2

LIMIT = 5.0
"""Seconds that a page has to answer, redirects included."""

ANSWERS = ("status", "redirects", "content")
"""Kinds of trouble in which something comes, which may be another thing for the browser: it may be signed in."""

REMEMBERED = 30.0
"""Seconds for which an answer serves all who ask about a page: contacts that come together open the same panels."""

AT_A_TIME = 4

MOST_REDIRECTS = 20
"""As many as a browser follows (Fetch, "HTTP-redirect fetch")."""

ASKING = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Dest": "iframe",
    "Sec-Fetch-Mode": "navigate",
    "User-Agent": f"Mozilla/5.0 (compatible; deskbridge/{__version__})",
}

SHOWN = re.compile(
    r"(text|image|audio|video)/.*|multipart/x-mixed-replace|application/(json|pdf|xml|javascript|ecmascript|.*\+(json|xml))"
)
"""Content types that browsers show in a frame; they save the others as a file."""

Error = TypeVar("Error", bound=BaseException)

log = logging.getLogger(__name__)


class Reach:
    """Asks for pages, each at most once in `REMEMBERED` seconds whatever its query, unless a fresh answer is wanted.

    `limit` is in seconds, `now` a monotonic clock in seconds. Use one in one event loop.
    """

    def __init__(self, limit: float = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._now = limit, now
        self._looks: dict[tuple[str, str], _Look] = {}
        self._at_a_time = asyncio.Semaphore(AT_A_TIME)
        self._client: httpx2.AsyncClient | None = None
        self._making_client = asyncio.Lock()

    async def check(self, url: str, desk_origin: str, fresh: bool = False) -> Trouble | None:
        """Why the panel with this address stays empty in a desk of this origin, as far as the server can tell; None if it should
        not. Raises nothing.

        The desk's own pages and what is not http(s) are not asked for. `fresh` asks again although the answer is known, but
        joins a question that is under way. The query is left out: it may name a customer, and a page that does something for
        each request shall not do it twice. What a page answers without its query says nothing then; its headers still do.
        """
        if not url.lower().startswith(("http://", "https://")) or url.startswith(desk_origin + "/"):
            return None
        page = re.split(r"[?#]", url, maxsplit=1)[0]
        key = (page, desk_origin)
        now = self._now()
        self._looks = {of: look for of, look in self._looks.items() if look.until > now or not look.task.done()}
        look = self._looks.get(key)
        if look is None or (fresh and look.task.done()):
            look = self._looks[key] = _Look(asyncio.create_task(self._look(page, desk_origin)), now + REMEMBERED)
        trouble = await asyncio.shield(look.task)  # others may wait for it when this one goes
        has_query = "?" in url.partition("#")[0]
        return None if has_query and trouble is not None and trouble.kind in ANSWERS else trouble

    async def _look(self, url: str, desk_origin: str) -> Trouble | None:
        async with self._at_a_time:
            try:
                client = await self._made_client()
                async with asyncio.timeout(self._limit):
                    trouble = await _ask(client, url, desk_origin)
            except TimeoutError:
                return Trouble(
                    "timeout",
                    f"{Origin.of(url)} has not answered within {self._limit:g} seconds. Is its server busy, or does it hang?",
                    f"no answer in {self._limit:g} s",
                )
            except Exception:
                log.exception("looking at the panel %s failed", url.partition("?")[0])
                return None
        if trouble is not None and trouble.kind == "certificate":
            self._client = None  # the next one reads anew which certificates this machine trusts
        return trouble

    async def _made_client(self) -> "httpx2.AsyncClient":
        async with self._making_client:
            if self._client is None:
                self._client = await asyncio.to_thread(_make_client)
            return self._client


class _Look(NamedTuple):
    task: asyncio.Task[Trouble | None]
    until: float


def _make_client() -> "httpx2.AsyncClient":
    """Needs a thread: to import httpx2 and to read the system's certificates takes 60 ms and more."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx2

    return httpx2.AsyncClient(
        headers=ASKING,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=None,
        limits=httpx2.Limits(max_keepalive_connections=0),
        # Browsers ask no proxy for their own machine, whatever the environment says.
        mounts={"all://127.0.0.1": None, "all://[::1]": None},
    )


async def _ask(client: "httpx2.AsyncClient", asked: str, desk_origin: str) -> Trouble | None:
    import httpx2

    url, seen = asked, {asked}
    while True:
        if trouble := never_loaded(url, desk_origin):
            return _on_the_way(trouble, asked, url)
        try:
            answer = await _answer(client, url, desk_origin)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return _on_the_way(_failure(error, Origin.of(url)), asked, url)
        if not answer.has_redirect_location:
            return _judged(answer, asked, url, desk_origin)
        try:
            url = str(httpx2.URL(url).join(answer.headers["location"]))
        except httpx2.InvalidURL as invalid:
            why = str(invalid).rstrip(".")
            return Trouble("redirects", f"{page_name(url)} redirects to what is no address ({why}). Correct its Location.", why)
        if not url.startswith(("http://", "https://")):
            scheme = url.partition(":")[0]
            return Trouble(
                "redirects", f"{page_name(asked)} leads to an address of {scheme}:, which no frame loads.", f"{scheme}:"
            )
        if url in seen or len(seen) > MOST_REDIRECTS:
            return Trouble(
                "redirects",
                f"{page_name(asked)} redirects without end, so the frame stays empty. If it waits for a cookie to come back: "
                "browsers keep most cookies from pages in frames, and deskbridge sends none.",
                f"{answer.status_code} to {page_name(url)}",
            )
        seen.add(url)


async def _answer(client: "httpx2.AsyncClient", url: str, desk_origin: str) -> "httpx2.Response":
    """The page's answer without its body. Localhost and names under it are this machine's two addresses in turn, as browsers take
    them: a development server often listens on one of them, and a resolver may know the other."""
    import httpx2

    page = httpx2.URL(url)

    async def answer_of(host: str) -> httpx2.Response:
        request = client.build_request(
            "GET",
            page.copy_with(host=host),
            headers={"Host": page.netloc.decode(), "Referer": f"{desk_origin}/"},
            extensions={"sni_hostname": page.host},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
        return answer

    if is_localhost(page.host):
        try:
            return await answer_of("::1")
        except httpx2.ConnectError as error:
            if _cause(error, ssl.SSLError):
                raise
        return await answer_of("127.0.0.1")
    return await answer_of(page.host)


def _judged(answer: "httpx2.Response", asked: str, url: str, desk_origin: str) -> Trouble | None:
    page = page_name(url)
    if page != page_name(asked):
        page = f"{page_name(asked)} leads to {page}, which"
    status, kind = answer.status_code, answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if status >= 400:
        said = f"{status} {answer.reason_phrase}".strip()
        return Trouble("status", f"{page} answers {said}.{_hint(status)}", said)
    if status in (204, 205):
        return Trouble("content", f"{page} answers {status} and sends no page, so the frame stays empty.", str(status))
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
    if trouble := refusal(headers, url, desk_origin, page):
        return trouble
    disposition = answer.headers.get("content-disposition", "")
    if disposition.partition(";")[0].strip().lower() == "attachment":
        line = "Content-Disposition: attachment"
        return Trouble("content", f"{page} answers with {line}, so browsers save it as a file. Let it send none.", line)
    if "/" in kind and not SHOWN.fullmatch(kind):
        line = f"Content-Type: {kind}"
        return Trouble("content", f"{page} answers with {line}, so browsers save it as a file. A panel is text/html.", line)
    return None


def _hint(status: int) -> str:
    if status in (401, 403):
        return " It may want a sign-in: deskbridge asked without cookies."
    if status in (404, 410):
        return " Is the path in the panel's address right?"
    return " The log of its server says why." if status >= 500 else ""


def _on_the_way(trouble: Trouble, asked: str, url: str) -> Trouble:
    """The trouble with an address that redirects may have led to."""
    if url == asked:
        return trouble
    return Trouble(trouble.kind, f"{page_name(asked)} leads to another page. {trouble.sentence}", trouble.evidence)


def _failure(error: Exception, page: Origin) -> Trouble:
    """What keeps the page from answering. httpx2 says it in the errors that its own was raised from."""
    import httpx2

    said = str(error) or type(error).__name__
    if untrusted := _cause(error, ssl.SSLCertVerificationError):
        why = getattr(untrusted, "verify_message", "") or str(untrusted)
        return Trouble(
            "certificate",
            f"The certificate of {page} is not trusted ({why}), and browsers show nothing in a frame until it is. Open {page} in "
            "a tab of its own and accept it there, or let this machine trust whoever issued it.",
            said,
        )
    if _cause(error, ssl.SSLError):
        plain = page._replace(scheme="http")
        return Trouble("unreachable", f"{page} does not speak TLS as it should. Is its address {plain}?", said)
    if _cause(error, socket.gaierror):
        return Trouble(
            "unreachable",
            f"Nobody knows the name {page.host}. Is it spelt right, and is this machine in the network that knows it?",
            said,
        )
    if isinstance(error, httpx2.ProxyError):
        return Trouble("unreachable", f"The proxy that this machine is set to use does not lead to {page}: {said}.", said)
    if _cause(error, ConnectionRefusedError):
        return Trouble("unreachable", f"Nothing answers at {page}. Is its server running?", said)
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        numbers = [one.errno for one in _causes(error) if isinstance(one, OSError) and one.errno]
        return Trouble("unreachable", f"{page} cannot be reached: {os.strerror(numbers[0]) if numbers else said}.", said)
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return Trouble("address", f"{page} cannot be asked for: {said.rstrip('.')}. Correct the panel's address.", said)
    https = f" Is its address {page._replace(scheme='https')}?" if page.scheme == "http" else ""
    return Trouble("unreachable", f"{page} breaks off, or answers something other than HTTP ({said.rstrip('.')}).{https}", said)


def _cause(error: BaseException, kind: type[Error]) -> Error | None:
    return next((one for one in _causes(error) if isinstance(one, kind)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, those that it holds (one for each address that was tried), and what it was raised from."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    if before := error.__cause__ or error.__context__:
        yield from _causes(before)
