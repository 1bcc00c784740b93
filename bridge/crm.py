"""The CRM panel's page, and the customer file that it looks callers up in."""

import csv
from collections.abc import Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bridge.api.problem import Problem
from bridge.files import TEMPLATES

CUSTOMERS = TEMPLATES / "panels" / "customers.csv"


def read_customers(path: Path) -> dict[str, Mapping[str, str]]:
    """The customers of a CSV file with a column `ani`, by their number's digits. The later of two with one number counts; who has
    no number is nobody's caller."""
    with path.open(newline="", encoding="utf-8-sig") as lines:  # spreadsheets begin a file with a byte order mark
        rows = csv.DictReader(lines, restkey="more", restval="")
        return {number: row for row in rows if (number := digits(row["ani"]))}


def digits(number: str) -> str:
    """What of a number tells callers apart: its digits, without the country code of North America."""
    only = "".join(filter(str.isdecimal, number))
    return only[1:] if len(only) == 11 and only.startswith("1") else only


def crm_routes(customers: Path = CUSTOMERS) -> list[Route]:
    """`/panels/crm`, and beside it the look-up by `?ani=`: one customer as JSON, or a 404 problem."""

    async def crm(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(page("panels/crm.html"))

    async def customer(request: Request) -> Response:
        found = read_customers(customers).get(digits(request.query_params.get("ani", "")))
        if found is None:
            return Problem(404, "Unknown caller", "The customer file has nobody with this number.").response()
        return Response(msgspec.json.encode(found), media_type="application/json")

    return [Route("/panels/crm", crm), Route("/panels/crm/customer", customer)]
