"""The customer file: a CSV of who calls from which number."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from bridge.api.problem import Problem

KNOWN = ("ani", "name", "company", "email", "city", "plan", "since", "notes", "picture")
"""The columns that the CRM panel has a place for, in any case of letters; it lists others under their headings."""

NEEDED = ("ani", "name")

_SPELT = r"((?:\d|(?![@;])\W)++)"  # whatever stands between the digits but letters: marks that a paste brings along, too
_PHONE = re.compile(rf"(?:tel:)?{_SPELT}(?:;.*|(?:x|ext)\W*\d+)?|sips?:{_SPELT}(?:[@;].*)?", re.IGNORECASE | re.DOTALL)


def digits(number: str) -> str:
    """What of a number tells callers apart: its digits, without the country code of North America, an extension or the parts of
    a `tel:` or `sip:` address around it. "" for what is no number: an e-mail address, a name."""
    spelt = _PHONE.fullmatch(number.strip())
    only = "".join(filter(str.isdecimal, spelt[1] or spelt[2])) if spelt else ""
    return only[1:] if len(only) == 11 and only.startswith("1") else only


def find_customer(path: Path, ani: str) -> dict[str, str] | None:
    """The customer with this number: the later of two, nobody for what is no number.

    It has what the row has under each heading, those of `KNOWN` in lower case; cells beyond the last heading are left out. The
    file is read each time, so that what it says now counts. Raises a 500 Problem that names the file, the place in it and the
    remedy when it is gone, no UTF-8, no CSV, or without a column that a customer needs.
    """
    wanted, found = digits(ani), None
    for customer in _customers(path):
        if wanted and digits(customer["ani"]) == wanted:
            found = customer
    return found


def _customers(path: Path) -> Iterator[dict[str, str]]:
    # Strict: a quotation mark that does not close would otherwise swallow the rest of the file without a word.
    rows = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        headings = [heading.strip() for heading in next(rows, [])]
        names = [heading.lower() if heading.lower() in KNOWN else heading for heading in headings]
        for needed in NEEDED:
            if needed not in names:
                columns = ", ".join(map(repr, headings)) or "nothing"
                raise _problem(
                    f"{path}, line 1: there is no column {needed!r} among {columns}",
                    "The first line names the columns, with commas between them; ani and name must be there.",
                )
        for row in rows:
            if row:  # an empty line is nobody
                cells = [cell.strip() for cell in row] + [""] * (len(names) - len(row))
                yield {name: cell for name, cell in zip(names, cells, strict=False) if name}
    except csv.Error as broken:
        raise _problem(
            f"{path}, line {rows.line_num}: {broken}",
            "A cell with a comma or a quotation mark in it stands between quotation marks, and a mark within it is doubled.",
        ) from None


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise _problem(
            f"{path} cannot be read: {problem.strerror}", "Put the file back, or name another as customers in bridge.toml."
        ) from None
    try:
        return content.decode("utf-8-sig")  # spreadsheets begin a file with a byte order mark
    except UnicodeDecodeError as broken:
        before = content[: broken.start]
        line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
        raise _problem(
            f"{path}, line {line}, byte {column}: this is no UTF-8", "Save the file as “CSV UTF-8”; spreadsheets offer that."
        ) from None


def _problem(what: str, remedy: str) -> Problem:
    return Problem(500, "Customer file unreadable", f"{what}. {remedy}")
