"""What a contact centre's administrator sets up: which pages the desk embeds, skills, agents, dispositions, unavailable codes,
the demo's data.

It can change while the server runs (`bridge.toml` is read again), so whoever uses it asks `Configured` each time.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from bridge.acd.dispositions import DISPOSITIONS, Disposition
from bridge.acd.qualifications import TOTAL_LIMIT, Qualification
from bridge.acd.skills import SKILLS, Skill

PanelKind = Literal["contact", "workspace"]

VARIABLE = re.compile(r"\{([^{}]+)\}")
"""A name in a panel's address that stands for what is known of its contact."""


class Panel(msgspec.Struct, frozen=True):
    """A configured page. `url` may carry `{ContactID}`, `{ANI}`, `{DNIS}`, `{Skill}`, `{SkillId}` and any screen-pop variable;
    `skills` (names in any case, or ids) limits a contact panel to contacts of these, empty: of any. `id` tells it from all others
    and is made of its name, so that it outlives a change of order."""

    kind: PanelKind
    url: str
    name: str
    skills: frozenset[str] = frozenset()
    id: str = ""


class AgentDetails(msgspec.Struct, frozen=True):
    """What is known of an agent beyond the id. `skills` (names in any case, or ids) are those whose contacts the agent gets,
    None: any. `limits`, by medium, and `total` are how many contacts at once, as in `Qualification`."""

    id: str
    name: str = ""
    skills: frozenset[str] | None = None
    limits: Mapping[str, int] = {}
    total: int = TOTAL_LIMIT


class Configuration(msgspec.Struct, frozen=True, dict=True):
    """All of it at one moment. `skills` are by id, in the order in which they are offered, as are `dispositions`; `customers`
    (CSV) and `articles` (a folder of Markdown) are the user's own, None: those that ship."""

    panels: Sequence[Panel] = ()
    skills: Mapping[str, Skill] = msgspec.field(default_factory=lambda: SKILLS)
    agents: Mapping[str, AgentDetails] = {}
    dispositions: Sequence[Disposition] = DISPOSITIONS
    unavailable_codes: Sequence[str] = ("Break", "Lunch", "Meeting", "Training")
    customers: Path | None = None
    articles: Path | None = None

    @cached_property
    def qualifications(self) -> Mapping[str, Qualification]:
        """What routing lets those agents do who were set up, by agent id."""
        return {
            agent.id: Qualification(
                None if agent.skills is None else skill_ids(self.skills, agent.skills), agent.limits, agent.total
            )
            for agent in self.agents.values()
        }


def skill_ids(skills: Mapping[str, Skill], named: Iterable[str]) -> frozenset[str]:
    """The ids of skills that are named by id, or by name in any case. What names none of them is an id all the same: contacts
    come with skills that nobody set up as well."""
    by_name = {skill.name.casefold(): skill.id for skill in skills.values()}
    return frozenset(one if one in skills else by_name.get(one.casefold(), one) for one in named)


class Configured:
    """The configuration that counts now. `problem` is what is wrong with one that was to replace it."""

    def __init__(self, now: Configuration) -> None:
        self.now = now
        self.problem: str | None = None
        self._listeners: list[Callable[[], None]] = []

    def listen(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each change, of the problem too."""
        self._listeners.append(changed)

    def replace(self, new: Configuration) -> None:
        self._change(new, None)

    def refuse(self, problem: str) -> None:
        """What should have replaced it cannot be read: what counted still counts."""
        self._change(self.now, problem)

    def _change(self, now: Configuration, problem: str | None) -> None:
        if (now, problem) == (self.now, self.problem):
            return
        self.now, self.problem = now, problem
        for changed in self._listeners:
            changed()


def panel_of(kind: PanelKind, url: str) -> Panel:
    """A panel known by its address alone, named after it. Raises ValueError for what is no page's address, and for a workspace's
    that wants to know a contact."""
    try:
        parts = urlsplit(url)
        embeddable = (parts.scheme in ("http", "https") and parts.hostname) or re.match(r"/(?![/\\])", url)
    except ValueError:  # brackets around what is no IPv6 address
        embeddable = None
    if not embeddable:
        raise ValueError(f"{url!r} is no page that the desk can embed: give an address that begins with http:// or https://")
    if kind == "workspace" and (variable := VARIABLE.search(url)):
        raise ValueError(f"{url!r} asks for {variable[0]}, and a workspace has no contact: give it as a panel, which has one")
    last = parts.path.rstrip("/").rpartition("/")[2].rpartition(".")[0] or parts.path.rstrip("/").rpartition("/")[2]
    return Panel(kind, url, (last or parts.netloc or url).replace("-", " "))


def with_ids(panels: Iterable[Panel]) -> tuple[Panel, ...]:
    """The panels, each with an id of its own: its name in lower case, with a number where several share one."""
    taken: set[str] = set()
    given: list[Panel] = []
    for panel in panels:
        base = re.sub(r"[^a-z0-9]+", "-", panel.name.lower()).strip("-") or "panel"
        its_id, number = base, 1
        while its_id in taken:
            number += 1
            its_id = f"{base}-{number}"
        taken.add(its_id)
        given.append(msgspec.structs.replace(panel, id=its_id))
    return tuple(given)


CRM = Panel("contact", "/panels/crm", "CRM")
KNOWLEDGE = Panel("workspace", "/panels/knowledge", "Knowledge")


def panels_or_defaults(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """What is embedded when the user named these: the panels that ship stand in where there is no contact panel, or nothing."""
    if not panels:
        return with_ids([CRM, KNOWLEDGE])
    if all(panel.kind == "workspace" for panel in panels):
        return with_ids([CRM, *panels])
    return with_ids(panels)
