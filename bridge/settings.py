"""What the command can be told: flags first, then `DESKBRIDGE_*` environment variables, then the defaults.

One table of settings gives all three. It is plain Python, and the command line the standard library's: what validates more would
take longer to import than the server takes to start.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from bridge.configuration import panel_of
from bridge.paths import AGENT
from bridge.postmessage.profiles import PROFILES

NAME = r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])"
"""A host's name or address, in lower case; one of IPv6 in brackets, as in addresses of pages."""


@dataclass(frozen=True)
class Settings:
    """The settings of `deskbridge serve`; each field is the flag of its name."""

    host: str
    port: int
    journal: str
    fresh: bool
    config: Path | None
    workspace: tuple[str, ...]
    panel: tuple[str, ...]
    profile: str
    token: str | None
    public_url: str | None
    allow_host: tuple[str, ...]
    ssl_certfile: Path | None
    ssl_keyfile: Path | None
    upstream: str | None
    upstream_token: str | None
    upstream_station: str | None
    upstream_phone: str | None

    def __repr__(self) -> str:
        return f"<settings for {self.host}:{self.port}>"  # without the tokens


class InvalidSettings(ValueError):
    """Some settings are not as they should be. `problems` has the flag or variable that each came from, and a sentence."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{given}: {problem}" for given, problem in problems))
        self.problems = problems


def _text(text: str) -> str:
    if not text:
        raise ValueError("it is empty")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 65535):
        raise ValueError(f"{text!r} is no port: give a number from 0 to 65535")
    return int(text)


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() in ("1", "true", "yes", "on")


def _workspace(text: str) -> str:
    return panel_of("workspace", text).url


def _panel(text: str) -> str:
    return panel_of("contact", text).url


def _profile(text: str) -> str:
    if text not in PROFILES:
        raise ValueError(f"there is no profile {text!r}; there is {', '.join(PROFILES)}")
    return text


def read_token(text: str) -> str:
    """The token, if it is one; no sentence repeats it. Raises `ValueError`."""
    if not re.fullmatch("[!-~]+", text):
        raise ValueError("a token is one or more printable ASCII characters without spaces")
    return text


def _public_url(text: str) -> str:
    """The address as browsers spell it in `Origin`."""
    parts = re.fullmatch(rf"(https?)://({NAME}(?::[0-9]+)?)/?", text.lower())
    if parts is None:
        raise ValueError(f"{text!r} is no server's address: give one like https://desk.example.com, without a path")
    scheme, place = parts.groups()
    return f"{scheme}://{place.removesuffix(':443' if scheme == 'https' else ':80')}"


class Address(NamedTuple):
    """Where a server is, and the token that stood with it."""

    url: str
    token: str | None


def read_address(text: str) -> Address:
    """A server's address for who is to call it. People paste what they have: the link that was printed, or that of a desk. Raises
    `ValueError`."""
    page, _, fragment = text.partition("#")
    shown = re.sub("//.*@", "//", page.partition("?")[0])  # where no token stands
    parts = re.fullmatch(rf"(https?)://({NAME}(?::([0-9]+))?)(/.*)?", page, re.IGNORECASE)
    if parts is None:
        raise ValueError(f"{shown!r} is no server's address: give one like http://127.0.0.1:8700")
    scheme, place, port, path = parts.groups()
    if port is not None:
        _port(port)
    if path is not None and not re.fullmatch(f"/(?:desk/{AGENT})?", path):
        raise ValueError(f"{shown!r} is a page's address, and not a server's: give {scheme}://{place}")
    is_link = fragment.startswith("token=")
    return Address(f"{scheme}://{place}".lower(), read_token(unquote(fragment.removeprefix("token="))) if is_link else None)


def _host_name(text: str) -> str:
    if not re.fullmatch(NAME, text, re.IGNORECASE):
        raise ValueError(f"{text!r} is no host's name: give it without http:// and without a port")
    return text


def _upstream(text: str) -> str:
    """The address before `/services`. Whoever is on the way of plain http would read the tenant's token."""
    from bridge.access import host_name, is_loopback

    parts = re.fullmatch(rf"(https?)://({NAME}(?::([0-9]+))?)(/incontactapi)?/?", text, re.IGNORECASE)
    if parts is None:
        raise ValueError(
            f"{text!r} is no tenant's address: give one like https://cluster.example.com, with /inContactAPI behind it or without"
        )
    scheme, place, port, path = parts.groups()
    if port is not None:
        _port(port)
    if scheme.lower() == "http" and not is_loopback(host_name(place)):
        raise ValueError(
            f"with {text!r} the tenant's token would travel in the clear; http:// is for this machine alone, give https://"
        )
    return f"{scheme.lower()}://{place.lower()}{path or '/inContactAPI'}"


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise ValueError(f"there is no file {text!r}")
    return Path(text)


def _default_journal() -> str:
    from platformdirs import user_state_path

    return f"sqlite:///{user_state_path('deskbridge') / 'journal.sqlite'}"


@dataclass(frozen=True)
class Setting:
    """One row of the table: how it is read from text, its default (made when nobody says otherwise), and what the help says.
    One with `many` may be given several times, in its environment variable as words with spaces between them. One that is
    `secret` has no flag: anybody on the machine can read a process's flags."""

    name: str
    read: Callable[[str], Any]
    default: Callable[[], Any]
    help: str
    metavar: str | None = None
    shown_default: str | None = None
    many: bool = False
    secret: bool = False

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return f"DESKBRIDGE_{self.name.upper()}"


def _nothing() -> None:
    return None


TABLE: Sequence[Setting] = (
    Setting("host", _text, lambda: "127.0.0.1", "address to listen on", "HOST", "127.0.0.1"),
    Setting("port", _port, lambda: 8700, "port to listen on; 0 takes a free one", "PORT", "8700"),
    Setting(
        "journal",
        _text,
        _default_journal,
        "where what happens is kept: memory: or sqlite:///file",
        "URL",
        "a file in your state directory",
    ),
    Setting("fresh", _yes_or_no, lambda: False, "begin with an empty history"),
    Setting(
        "config",
        _file,
        _nothing,
        "bridge.toml: panels, workspaces, skills, agents, dispositions, unavailable codes, customers and articles; read again "
        "when it changes",
        "FILE",
    ),
    Setting(
        "workspace",
        _workspace,
        tuple,
        "a page that is always open",
        "URL",
        "/panels/knowledge while no page is named anywhere",
        many=True,
    ),
    Setting(
        "panel",
        _panel,
        tuple,
        "a page that opens and closes with each contact; {ContactID} {ANI} {DNIS} {Skill} {SkillId} and screen-pop variables in "
        "its address are filled in",
        "URL",
        "/panels/crm",
        many=True,
    ),
    Setting("profile", _profile, lambda: "max", f"which desktop to be: {', '.join(PROFILES)}", "NAME", "max"),
    Setting(
        "token",
        read_token,
        _nothing,
        "what the desk and the API must show; made up where others than this machine reach the server",
        "TOKEN",
    ),
    Setting("public_url", _public_url, _nothing, "the address that a proxy in front gives this server", "URL"),
    Setting("allow_host", _host_name, tuple, "a further name that this server is called by", "NAME", many=True),
    Setting("ssl_certfile", _file, _nothing, "certificate, to serve https", "FILE"),
    Setting("ssl_keyfile", _file, _nothing, "the certificate's key", "FILE"),
    Setting(
        "upstream",
        _upstream,
        _nothing,
        "a CXone tenant to work with in place of the mock, its token in DESKBRIDGE_UPSTREAM_TOKEN; what happens is then kept in "
        "memory unless --journal says otherwise",
        "URL",
    ),
    Setting("upstream_token", read_token, _nothing, "the tenant's bearer token", "TOKEN", secret=True),
    Setting("upstream_station", _text, _nothing, "the id of a station to start the tenant's session with if there is none", "ID"),
    Setting("upstream_phone", _text, _nothing, "a phone number, or WebRTC, to start one with in its place", "NUMBER"),
)


def read_settings(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. `flags` has the text of each flag that was given, a list of texts where it may be given several times, and
    True for `fresh`; an empty environment variable counts as none. Raises `InvalidSettings`."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    given: set[str] = set()
    for setting in TABLE:
        source, text = setting.variable if setting.secret else setting.flag, flags.get(setting.name)
        if text is None and (variable := environment.get(setting.variable)):
            source, text = setting.variable, variable.split() if setting.many else variable
        sources[setting.name] = source
        if text is not None:
            given.add(setting.name)
        try:
            values[setting.name] = setting.default() if text is None else _read(setting, text)
        except ValueError as problem:
            problems.append((source, str(problem)))
    if values.get("ssl_keyfile") is not None and values.get("ssl_certfile", ...) is None:
        problems.append((sources["ssl_keyfile"], "a key is of use only with --ssl-certfile"))
    if values.get("upstream") is not None:
        if values.get("upstream_token", ...) is None:
            problems.append((sources["upstream"], "the tenant's token is missing: give it in DESKBRIDGE_UPSTREAM_TOKEN"))
        if values.get("upstream_station") is not None and values.get("upstream_phone") is not None:
            problems.append((sources["upstream_phone"], "a session has one phone: give this or --upstream-station, not both"))
        if "journal" not in given:
            values["journal"] = "memory:"
    elif "upstream" in values:
        phones = [name for name in ("upstream_station", "upstream_phone") if values.get(name) is not None]
        problems += [(sources[name], "a phone is of use only with --upstream") for name in phones]
    if problems:
        raise InvalidSettings(problems)
    return Settings(**values)


def _read(setting: Setting, text: str | bool | Sequence[str]) -> Any:
    if isinstance(text, bool):
        return text
    return setting.read(text) if isinstance(text, str) else tuple(map(setting.read, text))
