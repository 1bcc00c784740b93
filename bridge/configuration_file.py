"""The file `bridge.toml` (docs/configuration.md): read, checked, and read again whenever it changes while the server runs.

Imported only where `--config` names a file: pydantic, which checks it, takes longer to import than the server takes to start.
"""

import asyncio
import contextlib
import csv
import difflib
import logging
import re
import stat
import tomllib
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails

from bridge.acd.dispositions import Disposition
from bridge.acd.qualifications import TOTAL_LIMIT
from bridge.acd.skills import SKILLS, UNKNOWN_SKILL, Skill
from bridge.clock import pace
from bridge.configuration import (
    AgentDetails,
    Configuration,
    Configured,
    Panel,
    PanelKind,
    panel_of,
    panels_or_defaults,
    skill_ids,
)
from bridge.paths import AGENT

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks at the files. What changed is read when two looks saw the same, for an editor may be at it still."""

A_DAY = 24 * 3600
"""Seconds: the longest after-call work and the longest ringing."""

LONGEST_NUMBER = 15
"""Digits of an id that the REST API tells as a number: any reader of JSON reads so many exactly."""

MOST_CONTACTS = 100
"""The highest limit of contacts at once; a real agent has single digits."""

Where = tuple[str | int, ...]
"""The place of a value in a TOML document: keys, and indexes of lists from 0."""


class InvalidConfiguration(ValueError):
    """The file is not as it should be. `problems` has a sentence for each thing that is wrong, with the file, the line and the
    key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# What may stand in it


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


def _workspace_url(url: str) -> str:
    return panel_of("workspace", url).url


def _panel_url(url: str) -> str:
    return panel_of("contact", url).url


def _number_as_text(value: object) -> object:
    """Ids may be written as numbers. True is one to Python, and none to TOML."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _skill_id(text: str) -> str:
    if not _is_number(text):
        raise ValueError(f"{text!r} is no skill's id: give a whole number, as 4101")
    return text


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _disposition_id(text: str) -> str:
    if not (_is_number(text) and len(text) <= LONGEST_NUMBER and not text.startswith("0")):
        raise ValueError(f"{text!r} is no disposition's id: give a whole number from 1, of {LONGEST_NUMBER} digits at most")
    return text


def _some_skills(skills: list[str]) -> list[str]:
    if not skills:
        raise ValueError("it is empty: name a skill, or leave it out, and the agent gets contacts of any")
    return skills


def _agent_id(text: str) -> str:
    if not re.fullmatch(AGENT, text):
        raise ValueError(
            f"{text!r} is no agent's id: give up to 64 letters, digits and the characters _ - . with none of these dots in front"
        )
    return text


def _beside(name: str, info: ValidationInfo) -> Path:
    """What has this name for the file, whose folder is the context of its validation."""
    assert isinstance(info.context, Path)
    return info.context / _text(name)


def _customers(file: str, info: ValidationInfo) -> str:
    """A file that the CRM panel can look callers up in."""
    try:
        with _beside(file, info).open(newline="", encoding="utf-8-sig") as lines:
            columns = next(csv.reader(lines), [])
            for _ in lines:
                pass  # the rest is text too
    except OSError as problem:
        raise ValueError(f"the file {file!r} cannot be read: {problem.strerror}") from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise ValueError(f"the file {file!r} is no CSV in UTF-8: {problem}") from problem
    if missing := [column for column in ("ani", "name") if column not in columns]:
        raise ValueError(
            f"the first line of {file!r} has no column {' and no column '.join(missing)}: it has {','.join(columns)}"
        )
    return file


def _articles(folder: str, info: ValidationInfo) -> str:
    if not _beside(folder, info).is_dir():
        raise ValueError(f"there is no folder {folder!r}")
    return folder


Text = Annotated[str, AfterValidator(_text)]
NumberOrText = Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_text)]
Seconds = Annotated[int, Field(le=A_DAY)]
Limit = Annotated[int, Field(ge=0, le=MOST_CONTACTS)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WorkspaceTable(_Table):
    """A page that is always open."""

    name: Text = ""
    url: Annotated[str, AfterValidator(_workspace_url)]


class PanelTable(_Table):
    """A page that opens and closes with each contact, or with each of some skills (names in any case, or ids)."""

    name: Text = ""
    url: Annotated[str, AfterValidator(_panel_url)]
    skills: list[NumberOrText] = []


class SkillTable(_Table):
    """`acw` and `refusal` are seconds: of after-call work, and that a call rings. Without `manual_accept` a contact that is
    routed to an agent is answered by itself."""

    id: Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_skill_id)]
    name: Text
    acw: Annotated[Seconds, Field(ge=0)] = UNKNOWN_SKILL.acw
    refusal: Annotated[Seconds, Field(ge=1)] = UNKNOWN_SKILL.refusal
    manual_accept: bool = UNKNOWN_SKILL.manual_accept


class LimitsTable(_Table):
    """How many contacts of a medium an agent has at once; None: as many as anybody. More than one call nobody has."""

    call: Annotated[int, Field(ge=0, le=1)] | None = None
    chat: Limit | None = None
    digital: Limit | None = None
    workitem: Limit | None = None
    voicemail: Limit | None = None
    email: Limit | None = None


class AgentTable(_Table):
    """`skills` (names in any case, or ids) are those whose contacts the agent gets, None: any. `total` is how many contacts of
    all media at once."""

    id: Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_agent_id)]
    name: Text
    skills: Annotated[list[NumberOrText], AfterValidator(_some_skills)] | None = None
    limits: LimitsTable = LimitsTable()
    total: Limit = TOTAL_LIMIT


class DispositionTable(_Table):
    """An outcome of contacts of some skills (names in any case, or ids), empty: of any."""

    id: Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_disposition_id)]
    name: Text
    skills: list[NumberOrText] = []


class UnavailableCodeTable(_Table):
    name: Text


class BridgeToml(_Table):
    """The whole file. `customers` and `articles` are paths from the folder that it is in."""

    workspace: list[WorkspaceTable] = []
    panel: list[PanelTable] = []
    skill: list[SkillTable] = []
    agent: list[AgentTable] = []
    disposition: list[DispositionTable] = []
    unavailable_code: list[UnavailableCodeTable] = []
    customers: Annotated[str, AfterValidator(_customers)] = ""
    articles: Annotated[str, AfterValidator(_articles)] = ""


TABLES: Mapping[str, type[_Table]] = {
    key: get_args(field.annotation)[0] for key, field in BridgeToml.model_fields.items() if get_args(field.annotation)
}
"""The tables that may come several times, by name."""

UNIQUE = (
    ("skill", "id"),
    ("skill", "name"),
    ("agent", "id"),
    ("disposition", "id"),
    ("disposition", "name"),
    ("unavailable_code", "name"),
)
"""What no two tables of a kind may share, whatever its case."""

BESIDE = ("customers", "articles")
"""The keys that name something beside the file."""


# The file


class ConfigurationFile:
    """The file at `path`. `more` are the panels that the flags gave: they stand behind those of the file."""

    def __init__(self, path: Path, more: Sequence[Panel] = ()) -> None:
        self._path, self._more = path, more
        self._seen: dict[Path, object] = {}

    def read(self) -> Configuration:
        """What the file sets up, the defaults where it says nothing. Raises `InvalidConfiguration` with all that is wrong."""
        self._seen = {self._path: _look(self._path)}  # before it is read: what changes meanwhile is read once more
        try:
            source = Source(self._path.read_bytes().decode("utf-8-sig"))  # some editors begin a file with a byte order mark
            document = source.document
        except OSError as problem:
            raise InvalidConfiguration([f"{self._path}: it cannot be read: {problem.strerror}"]) from problem
        except UnicodeDecodeError as problem:
            line = problem.object.count(b"\n", 0, problem.start) + 1
            raise InvalidConfiguration([f"{self._path}, line {line}: it is not UTF-8: {problem.reason}"]) from problem
        except tomllib.TOMLDecodeError as problem:
            raise InvalidConfiguration([f"{self._path}, {source.told(problem)}"]) from problem
        except RecursionError as problem:
            raise InvalidConfiguration([f"{self._path}: it is nested too deep"]) from problem
        folder = self._path.parent
        for name in (document.get(key) for key in BESIDE):
            if isinstance(name, str):
                self._seen[folder / name] = _look(folder / name)
        problems = [*_repeated(document, self._more), *_unknown_skills(document)]
        try:
            content = BridgeToml.model_validate(document, context=folder)
        except ValidationError as invalid:
            problems += [Problem(error["loc"], _sentence(error)) for error in invalid.errors()]
        if problems:
            found = sorted((source.line_of(problem.where), problem.where, problem.sentence) for problem in problems)
            raise InvalidConfiguration([f"{self._path}, line {line}: {_key(where)}: {words}" for line, where, words in found])
        return _configuration(content, folder, self._more)

    @contextlib.asynccontextmanager
    async def watched(self, configured: Configured, say: Callable[[str], None]) -> AsyncIterator[None]:
        """Meanwhile, when the file has changed since it was read, or what it names beside itself: read it and let it count. While
        it is wrong, what counted still counts. `say` is told either."""
        watching = asyncio.create_task(self._keep_reading(configured, say))
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _keep_reading(self, configured: Configured, say: Callable[[str], None]) -> None:
        last = self._seen
        while True:
            await pace(LOOK_EVERY)
            now = {path: _look(path) for path in self._seen}
            if now == last and now != self._seen:
                try:
                    await self._read_again(configured, say)
                except Exception:
                    log.exception("reading %s failed", self._path)
            last = now

    async def _read_again(self, configured: Configured, say: Callable[[str], None]) -> None:
        try:
            new = await asyncio.to_thread(self.read)
        except InvalidConfiguration as invalid:
            configured.refuse(str(invalid))
            for problem in invalid.problems:
                say(problem)
        else:
            configured.replace(new)
            say(f"{self._path} has been read again and counts from now on")


def _look(path: Path) -> object:
    """What tells a changed file from the one before, one put in its place included. A folder is there or not."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # of a name with a zero character
        return None
    return stat.S_ISDIR(status.st_mode) or (status.st_mtime_ns, status.st_size, status.st_ino)


def _configuration(content: BridgeToml, folder: Path, more: Sequence[Panel]) -> Configuration:
    default = Configuration()
    panels = [
        *(_panel("contact", panel.url, panel.name, panel.skills) for panel in content.panel),
        *(_panel("workspace", workspace.url, workspace.name) for workspace in content.workspace),
        *more,
    ]
    skills = {skill.id: Skill(**skill.model_dump()) for skill in content.skill} or default.skills
    return Configuration(
        panels=panels_or_defaults(panels),
        skills=skills,
        agents={agent.id: _agent(agent) for agent in content.agent},
        dispositions=tuple(
            Disposition(disposition.id, disposition.name, skill_ids(skills, disposition.skills))
            for disposition in content.disposition
        )
        or default.dispositions,
        unavailable_codes=tuple(code.name for code in content.unavailable_code) or default.unavailable_codes,
        customers=folder / content.customers if content.customers else None,
        articles=folder / content.articles if content.articles else None,
    )


def _agent(agent: AgentTable) -> AgentDetails:
    skills = None if agent.skills is None else frozenset(agent.skills)
    return AgentDetails(agent.id, agent.name, skills, agent.limits.model_dump(exclude_none=True), agent.total)


def _panel(kind: PanelKind, url: str, name: str, skills: Iterable[str] = ()) -> Panel:
    known_by_address = panel_of(kind, url)
    return msgspec.structs.replace(known_by_address, name=name or known_by_address.name, skills=frozenset(skills))


# What is wrong with it


class Problem(NamedTuple):
    where: Where
    sentence: str


def _key(where: Where) -> str:
    """A place as people count: `panel[2].url` is in the second panel."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")


def _sentence(error: ErrorDetails) -> str:
    """What pydantic found, in the words of someone who writes TOML."""
    where = error["loc"]
    match error["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            return _unknown(where)
        case "string_type":
            return "give a text in quotes"
        case "int_type":
            return "give a whole number"
        case "bool_type":
            return "give true or false"
        case "greater_than_equal" | "less_than_equal":
            [(bound, number)] = error["ctx"].items()
            return f"give a number that is at {'least' if bound == 'ge' else 'most'} {number}"
        case "list_type" if where[0] in TABLES and len(where) == 1:
            return f"write [[{where[0]}]], each bracket twice: there may be several"
        case "list_type":
            return 'give a list, as in ["Support", "Sales"]'
        case "model_type" if len(where) > 2:
            return "give a table in braces, as in {call = 1, chat = 3}"
        case "model_type":
            return f"give a table: [[{where[0]}]], and below it its keys"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return error["msg"]


def _unknown(where: Where) -> str:
    *_, key = where
    if len(where) == 1:
        known = {name: f"[[{name}]]" if name in TABLES else name for name in BridgeToml.model_fields}
    elif len(where) > 3:  # in an agent's limits, the only table within a table
        known = {name: name for name in LimitsTable.model_fields}
    else:
        known = {name: name for name in TABLES[str(where[0])].model_fields}
        if key in BridgeToml.model_fields and key not in TABLES:
            return f"{key} is no key of [[{where[0]}]]: it stands at the head of the file, before the first table"
    close = difflib.get_close_matches(str(key).lower(), known, n=1)
    advice = f" Did you mean {known[close[0]]}?" if close else ""
    return f"nobody knows this.{advice} There is {', '.join(known.values())}"


def _repeated(document: Mapping[str, Any], more: Iterable[Panel]) -> Iterator[Problem]:
    """What should be unique and is not. Read from the document as it is, so that it is found beside all other problems."""
    for table, key in UNIQUE:
        named = [((table, i, key), one[key]) for i, one in _tables(document, table) if key in one]
        yield from _doubles(named, {})
    # A panel is told from others by its name (`with_ids`): if two shared one, they could change places when one of them goes.
    pages = [((table, i, "name"), _name(one)) for table in ("panel", "workspace") for i, one in _tables(document, table)]
    yield from _doubles(pages, {panel.name.casefold(): f"that of the flag --{_flag(panel)} {panel.url}" for panel in more})


def _unknown_skills(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Names of skills that are not there. A number is an id, of which there may be others than those set up."""
    set_up = [one.get("name") for _, one in _tables(document, "skill")] or [skill.name for skill in SKILLS.values()]
    names = [name for name in set_up if isinstance(name, str)]
    known = {name.casefold() for name in names}
    for table in ("agent", "disposition"):
        for i, one in _tables(document, table):
            listed = one.get("skills")
            for j, skill in enumerate(listed if isinstance(listed, list) else []):
                if isinstance(skill, str) and skill.strip() and not _is_number(skill) and skill.casefold() not in known:
                    yield Problem((table, i, "skills", j), f"there is no skill {skill!r}. There is {', '.join(names) or 'none'}")


def _flag(panel: Panel) -> str:
    return "panel" if panel.kind == "contact" else "workspace"


def _tables(document: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    listed = document.get(key)
    return ((i, one) for i, one in enumerate(listed if isinstance(listed, list) else []) if isinstance(one, dict))


def _name(page: Mapping[str, Any]) -> object:
    """The name of a panel or workspace, its address's where it has none; None where neither can be read."""
    name, url = page.get("name"), page.get("url")
    try:
        return name or (panel_of("contact", url).name if isinstance(url, str) else None)
    except ValueError:
        return None


def _doubles(values: Iterable[tuple[Where, object]], taken: dict[str, str]) -> Iterator[Problem]:
    for where, value in values:
        text = _number_as_text(value)
        if not isinstance(text, str):
            continue
        if text.casefold() in taken:
            yield Problem(where, f"{text!r} is {taken[text.casefold()]} too: give each one of its own")
        else:
            taken[text.casefold()] = f"that of {_key(where[:-1])}"


class Source:
    """The text of a TOML file and where in it something stands, which tomllib does not tell. But a part of a file up to the end
    of a statement is TOML too, so that a value stands in the statement with which it first appears."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._lines = self._text.split("\n")

    @cached_property
    def document(self) -> dict[str, Any]:
        """Raises `tomllib.TOMLDecodeError`."""
        return tomllib.loads(self._text)

    def told(self, problem: tomllib.TOMLDecodeError) -> str:
        """The line and what is wrong there. tomllib puts the place behind it, in brackets; where that is the end of the file, a
        statement is not complete, and its beginning tells more."""
        words, _, place = str(problem).rpartition(" (at ")
        if at := re.match(r"line (\d+), column (\d+)", place):
            return f"line {at[1]}, column {at[2]}: this is no TOML: {words}"
        begun = self._statements[-1][1] if self._statements else 0
        return f"line {begun + 1}: this is no TOML: {words}, up to the end of the file"

    def line_of(self, where: Where) -> int:
        """The line, from 1, in which the statement begins that brings this place, or of it as much as there is."""
        there = next(where[:length] for length in range(len(where), -1, -1) if _holds(self.document, where[:length]))
        ends = [end for _, end in self._statements]
        found = bisect_left(ends, True, key=lambda end: _holds(tomllib.loads("\n".join(self._lines[:end])), there))
        return self._statements[found][0] + 1

    @cached_property
    def _statements(self) -> list[tuple[int, int]]:
        """Where each begins, in lines from 0, and where the next one does: the fewest lines that are TOML by themselves."""
        statements: list[tuple[int, int]] = []
        start = 0
        for end in range(1, len(self._lines) + 1):
            with contextlib.suppress(tomllib.TOMLDecodeError):
                tomllib.loads("\n".join(self._lines[start:end]))
                statements.append((start, end))
                start = end
        return statements


def _holds(document: Any, where: Where) -> bool:
    for part in where:
        try:
            document = document[part]
        except (LookupError, TypeError):
            return False
    return True
