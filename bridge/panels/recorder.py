"""The recorder panel's page. It is one file that also runs elsewhere, with script and style inside, which our policy forbids."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bridge.files import TEMPLATES

RECORDER = TEMPLATES / "panels" / "recorder.html"

_INLINE = re.compile(r"<(script|style)\b[^>]*>(.*?)</\1>", re.DOTALL)


def recorder_routes() -> list[Route]:
    """`/panels/recorder`, with a policy of its own that leaves it nothing but its own script and style, and no request."""

    async def recorder(request: Request) -> Response:
        page, policy = _page(RECORDER)
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    return [Route("/panels/recorder", recorder)]


@cache
def _page(file: Path) -> tuple[str, str]:
    """The page and its policy. Line ends are those that a browser makes of any before it takes a hash."""
    page = file.read_text(encoding="utf-8")
    return page, content_security_policy(page)


def content_security_policy(page: str) -> str:
    """The policy that allows a page just the scripts and styles that stand in it, each by its SHA-256."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in _INLINE.findall(page):
        hashes[kind].append(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'")
    sources = "; ".join(f"{kind}-src {' '.join(found)}" for kind, found in hashes.items() if found)
    return f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"
