"""The CRM panel: its page, who calls, and the notes on contacts."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bridge.api.problem import Problem
from bridge.clock import Clock
from bridge.configuration import Configured
from bridge.files import TEMPLATES
from bridge.journal.base import Journal
from bridge.panels.customers import digits, find_customer
from bridge.panels.notes import LONGEST, Edit, Kept, Notes

CUSTOMERS = TEMPLATES / "panels" / "customers.csv"

BODY_BYTES = 8 * LONGEST
"""What the longest note takes as JSON, whatever it is of, and some more."""


def crm_routes(configured: Configured, journal: Journal, clock: Clock) -> list[Route]:
    """`/panels/crm`, and beside it, all by `?ani=`, the customer, a 204 for an unknown one, and the note on a contact with the
    caller's earlier ones."""
    notes = Notes(journal, clock)

    async def crm(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(page("panels/crm.html", longest=LONGEST))

    async def customer(request: Request) -> Response:
        path = configured.now.customers or CUSTOMERS
        found = await asyncio.to_thread(find_customer, path, request.query_params.get("ani", ""))
        # That a caller is unknown is no error, or browsers would print it as one.
        return Response(status_code=204) if found is None else _json(found)

    async def note(request: Request) -> Response:
        contact, number = request.path_params["contact"], digits(request.query_params.get("ani", ""))
        if request.method == "PUT":
            return _json(_answer(await notes.save(contact, number, await _edit(request))))
        kept = await notes.on(contact)
        earlier, more = await notes.earlier(contact, number)
        return _json({**_answer(kept), "earlier": earlier, "more": more})

    return [
        Route("/panels/crm", crm),
        Route("/panels/crm/customer", customer),
        Route("/panels/crm/notes/{contact:contact}", note, methods=["GET", "PUT"]),
    ]


async def _edit(request: Request) -> Edit:
    """The body. Raises a Problem: 413 for a note that is too long, 400 for what is none."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise _too_long(f"{BODY_BYTES:,} bytes or more")
    try:
        edit = msgspec.json.decode(body, type=Edit)
    except msgspec.DecodeError as invalid:
        raise Problem(400, "Bad request", f"The body does not fit: {invalid}.") from None
    if len(edit.text) > LONGEST:
        raise _too_long(f"{len(edit.text):,}")
    return edit


def _too_long(size: str) -> Problem:
    return Problem(413, "Note too long", f"A note has {LONGEST:,} characters at most, this one {size}. Shorten it.")


def _answer(kept: Kept) -> dict[str, Any]:
    return {"text": kept.note.text, "version": kept.version, "elsewhere": kept.note.elsewhere}


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
