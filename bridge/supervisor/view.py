"""What the overview page shows: three tables of cells, and regions of HTML.

A row is rendered again when something in it has changed, and of a row only the cells that then read differently are sent: a queue
that moves up costs each contact behind its head one small cell.
"""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from bridge.configuration import Configuration
from bridge.desk.view import template
from bridge.supervisor.overview import Overview

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "agents": ("agent", "state", "time", "contacts", "skills"),
    "queues": ("queue", "waiting", "longest", "staff", "estimate"),
    "contacts": ("contact", "medium", "skill", "status", "agent", "age", "place", "leave"),
}
"""The columns of each table. A cell is rendered by the macro `<table>_<column>` of supervisor/cells.html."""

REGIONS = ("summary", "states", "skills", "problem")
"""The regions of the page, by the key of the element that holds each."""

REMEMBERED_ROWS = 4096
"""How many rendered rows are kept for as long as they read the same; several times what there is to see."""

Cells = Mapping[str, str]
"""A row's cells, HTML by column."""


class View(msgspec.Struct, frozen=True):
    """What the page needs to show a moment: rows by table and key, regions, and what to say of it to who does not see it."""

    tables: Mapping[str, Mapping[str, Cells]]
    regions: Mapping[str, str]
    said: str


class Changes(msgspec.Struct, frozen=True):
    """What turns one view into another: of each table the cells that read differently, None for a row that has gone; likewise the
    regions. `whole` says that it begins with nothing."""

    whole: bool
    tables: Mapping[str, Mapping[str, Cells | None]]
    regions: Mapping[str, str]
    said: str | None


def view(overview: Overview, configuration: Configuration, problem: str | None = None) -> View:
    """Render a moment. The same row gives the same text. `problem` is what is wrong with a configuration that should replace this
    one."""
    rows: Mapping[str, Mapping[Any, Hashable]] = {
        "agents": overview.agents,
        "queues": overview.queues,
        "contacts": overview.contacts,
    }
    values = {
        "overview": overview,
        "activities": overview.activities,
        "ringing": sum(contact.stage == "ringing" for contact in overview.contacts.values()),
        "handled": sum(contact.stage == "handled" for contact in overview.contacts.values()),
        "unavailable_codes": configuration.unavailable_codes,
        "skills": [skill.name for skill in configuration.skills.values()],
        "problem": problem,
    }
    return View(
        {table: {str(key): _cells(table, row) for key, row in its_rows.items()} for table, its_rows in rows.items()},
        {
            "summary": template("supervisor/summary.html").render(values),
            "states": template("supervisor/states.html").render(values),
            "skills": template("desk/skills.html").render(values),
            "problem": template("supervisor/problem.html").render(values),
        },
        f"{_count(overview.waiting, 'contact')} waiting, {_count(overview.activities.get('available', 0), 'agent')} available",
    )


def changes(before: View | None, after: View) -> Changes | None:
    """What a page that shows `before`, None: nothing yet, has to be told. None where that is nothing."""
    if before is None:
        return Changes(True, after.tables, after.regions, None)
    tables = {table: changed for table, rows in after.tables.items() if (changed := _changed_rows(before.tables[table], rows))}
    regions = {key: html for key, html in after.regions.items() if before.regions[key] != html}
    return Changes(False, tables, regions, after.said if before.said != after.said else None) if tables or regions else None


def _changed_rows(before: Mapping[str, Cells], after: Mapping[str, Cells]) -> dict[str, Cells | None]:
    changed: dict[str, Cells | None] = {key: None for key in before if key not in after}
    for key, cells in after.items():
        old = before.get(key, {})
        if old is not cells and (different := {column: html for column, html in cells.items() if old.get(column) != html}):
            changed[key] = different
    return changed


@lru_cache(maxsize=REMEMBERED_ROWS)
def _cells(table: str, row: Hashable) -> Cells:
    macros = template("supervisor/cells.html").module
    return {column: str(getattr(macros, f"{table}_{column}")(row)).strip() for column in COLUMNS[table]}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
