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

_POLICY = re.compile(r"""http-equiv="Content-Security-Policy" content="([^"]+)\"""")
_INLINE = re.compile(r"<(script|style)\b[^>]*>(.*?)</\1>", re.DOTALL)


def recorder_routes() -> list[Route]:
    """`/panels/recorder`, with a policy of its own: the page's, but of scripts and styles it leaves it none but its own."""

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
    """The policy that stands in a page, with just the scripts and styles that stand there too, each by its SHA-256, in the place
    of any."""
    stated = _POLICY.search(page)
    assert stated is not None  # the file is ours
    policy = stated[1]
    for kind in ("script", "style"):
        hashes = " ".join(_sha256(text) for inline, text in _INLINE.findall(page) if inline == kind)
        policy = policy.replace(f"{kind}-src 'unsafe-inline'", f"{kind}-src {hashes}")
    return policy


def _sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
