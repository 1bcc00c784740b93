"""Whether a browser loads a page into the desk's frame, from the page's address and the headers of its answer. No I/O.

The rules are those of Content Security Policy Level 3 (frame-ancestors), HTML ("The X-Frame-Options header"), Mixed Content and
Fetch ("Port blocking"). Where Chromium is stricter than their text, Chromium counts: its users would see an empty box. Where it
lets through more (a policy that names an IPv4 address), other browsers do so too.
"""

import ipaddress
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

Headers = Sequence[tuple[str, str]]
"""An answer's headers, names as they were sent; one name may stand several times."""

DEFAULT_PORTS = {"http": 80, "https": 443}

BLOCKED_PORTS = frozenset([
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
    113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548,
    554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
    6666, 6667, 6668, 6669, 6679, 6697, 10080,
])  # fmt: skip
"""Fetch, "Port blocking"."""

SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::(?P<port>[0-9]+|\*))?(?P<path>/.*)?"
)
"""CSP3's host-source, in lower case. It has no brackets: no policy can name an address of IPv6."""

LONGEST_LIST = 200
"""Characters of a policy's sources that a sentence repeats."""

LONGEST_PATH = 80
"""Characters of a page's path that a sentence repeats."""


class Trouble(msgspec.Struct, frozen=True):
    """Why a panel's box is empty. `sentence` tells a person what happens and what to do; `evidence` is what was read, such as the
    header line or the error's text.

    `framing` and `address` are the browser's own rules; in all other kinds a browser may see something else than the server
    did: it is signed in, trusts a certificate, stands in another network.
    """

    kind: Literal["address", "framing", "unreachable", "certificate", "timeout", "status", "redirects", "content"]
    sentence: str
    evidence: str


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None

    @classmethod
    def of(cls, url: str) -> "Origin":
        """Raises ValueError for an address that has none."""
        parts = urlsplit(url)
        return cls(parts.scheme, parts.hostname or "", DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port)

    def at(self, host: str) -> "Origin":
        return self._replace(host=host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def page_name(url: str) -> str:
    """A page's address as a sentence names it: without user, query and fragment, which may be a customer's or a secret."""
    path = urlsplit(url).path
    if len(path) > LONGEST_PATH:
        path = path[:LONGEST_PATH] + "…"
    return f"{Origin.of(url)}{'' if path == '/' else path}"


def never_loaded(url: str, desk_origin: str) -> Trouble | None:
    """Why a browser does not even ask for this http(s) page in a frame of the desk; None if it does."""
    try:
        page = Origin.of(url)
    except ValueError as invalid:
        address = url.partition("?")[0]
        return Trouble("address", f"{address} is no address that a browser can load. Correct the panel's address.", str(invalid))
    if not page.host:
        return Trouble("address", f"{url.partition('?')[0]} names no host. Correct the panel's address.", "no host")
    if page.port in BLOCKED_PORTS:
        return Trouble(
            "address",
            f"Browsers load no page from port {page.port}, which belongs to another protocol. Serve {page} on another port.",
            f"port {page.port}",
        )
    desk = Origin.of(desk_origin)
    if desk.scheme == "https" and page.scheme == "http" and not _is_this_machine(page.host):
        return Trouble(
            "framing",
            f"The desk is open over https, and browsers show no http page in its frames, unless it is on localhost. Serve {page} "
            "over https, or open the desk over http.",
            f"mixed content: {page} in {desk}",
        )
    return None


def refusal(headers: Headers, url: str, desk_origin: str, page: str | None = None) -> Trouble | None:
    """Why a browser does not show this answer in a frame of the desk; None if it does.

    `url` is the address that answered, after all redirects; `desk_origin` the desk's as its page knows it
    (`http://127.0.0.1:8700`). `page` is how the sentence names the page, its address unless told.
    """
    page = page or page_name(url)
    own, desk = Origin.of(url), Origin.of(desk_origin)
    policies = list(_frame_ancestors(headers))
    if not policies:
        return _x_frame_options(headers, own, desk, page)
    for sources in policies:
        if not _allows(sources, own, desk):
            shown = textwrap.shorten(" ".join(sources), LONGEST_LIST, placeholder=" …")
            line = f"Content-Security-Policy: frame-ancestors {shown}".rstrip()
            names_anyone = bool(sources) and [source.lower() for source in sources] != ["'none'"]
            fix = f"Let the policy name {_wanted(desk)}{' too' if names_anyone else ' instead'}{_there(desk)}."
            for other in _other_names(desk):
                if all(_allows(each, own, other) for each in policies):
                    fix += f" Or open the desk at {other}, which it allows."
                    break
            return Trouble("framing", f"{page} answers with {line}, so browsers do not show it in a frame of {desk}. {fix}", line)
    return None


# Content-Security-Policy


def _frame_ancestors(headers: Headers) -> Iterable[list[str]]:
    """The sources of each policy that has the directive (CSP3, "Parse a serialized CSP"): the first of a name counts in a policy,
    and one that is not ASCII is none."""
    for value in _values(headers, "content-security-policy"):
        for policy in value.split(","):
            for directive in policy.split(";"):
                words = directive.split() if directive.isascii() else []
                if words and words[0].lower() == "frame-ancestors":
                    yield words[1:]
                    break


def _allows(sources: Iterable[str], own: Origin, desk: Origin) -> bool:
    """CSP3, "Does url match source list": `own` is the page's origin, which 'self' and sources without a scheme mean."""
    return any(_matches(source.lower(), own, desk) for source in sources)


def _matches(source: str, own: Origin, desk: Origin) -> bool:
    if source == "*":
        return True
    if source == "'self'":
        return desk == own or (
            desk.scheme == "https" and desk.host == own.host and all(one.port == DEFAULT_PORTS[one.scheme] for one in (desk, own))
        )
    if source.endswith(":"):
        return _scheme_matches(source[:-1], desk)
    parts = SOURCE.fullmatch(source)
    if parts is None:
        return False
    scheme = parts["scheme"] or own.scheme
    return (
        _scheme_matches(scheme, desk)
        and _host_matches(parts["host"], desk.host)
        and _port_matches(parts["port"], scheme, desk)
        and parts["path"] in (None, "/")  # compared with an origin's path, which is "/"
    )


def _scheme_matches(scheme: str, desk: Origin) -> bool:
    return scheme == desk.scheme or (scheme == "http" and desk.scheme == "https")


def _host_matches(host: str, desk_host: str) -> bool:
    if host == "*":
        return True
    return desk_host.endswith(host[1:]) if host.startswith("*.") else desk_host == host


def _port_matches(port: str | None, scheme: str, desk: Origin) -> bool:
    if port == "*":
        return True
    if port is None:
        return desk.port == DEFAULT_PORTS[desk.scheme]
    number = port.lstrip("0")  # compared as text: a header may hold more digits than Python reads
    if scheme == desk.scheme:
        return number == str(desk.port)
    return number == "80" and desk.port == 443  # Chromium: a source for http fits https on the default ports alone


# X-Frame-Options


def _x_frame_options(headers: Headers, own: Origin, desk: Origin, page: str) -> Trouble | None:
    """HTML, "check a navigation response's adherence to X-Frame-Options". What is no known value is ignored, as ALLOW-FROM is."""
    line = ", ".join(_values(headers, "x-frame-options"))
    options = {option.strip(" \t").lower() for option in _outside_quotes(line).split(",")}
    if len(options) > 1 and options & {"deny", "sameorigin", "allowall"}:
        why = "which contradicts itself, so browsers show it in no frame"
    elif options == {"deny"}:
        why = "so browsers show it in no frame"
    elif options == {"sameorigin"} and own != desk:
        why = f"so browsers show it in frames of {own} only"
    else:
        return None
    header = f"X-Frame-Options: {textwrap.shorten(line, LONGEST_LIST, placeholder=' …')}"
    fix = f"Let the page send Content-Security-Policy: frame-ancestors {_wanted(desk)} instead{_there(desk)}."
    return Trouble("framing", f"{page} answers with {header}, {why}. {fix}", header)


def _outside_quotes(line: str) -> str:
    """The line without the commas that stand in quotes, which separate nothing (Fetch, "get, decode, and split")."""
    return re.sub(r'"(?:\\.|[^"\\])*"?', lambda quoted: quoted[0].replace(",", " "), line)


def _values(headers: Headers, name: str) -> list[str]:
    return [value for each, value in headers if each.lower() == name]


# This machine's names


def is_localhost(host: str) -> bool:
    """Whether browsers take this name for their own machine without asking anyone."""
    return host == "localhost" or host.endswith(".localhost")


def _is_this_machine(host: str) -> bool:
    """Whether browsers trust this host without TLS (Secure Contexts, "Is origin potentially trustworthy?")."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return is_localhost(host)


def _other_names(desk: Origin) -> list[Origin]:
    """The same desk under its other names that a policy can hold."""
    return [desk.at(name) for name in ("localhost", "127.0.0.1") if name != desk.host] if _is_this_machine(desk.host) else []


def _wanted(desk: Origin) -> Origin:
    """The origin that a policy should name for the desk to be allowed."""
    return desk if ":" not in desk.host else desk.at("localhost" if _is_this_machine(desk.host) else "NAME")


def _there(desk: Origin) -> str:
    return "" if ":" not in desk.host else f", and open the desk at that address: no policy can name [{desk.host}]"
