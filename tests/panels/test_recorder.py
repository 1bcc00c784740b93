"""The recorder panel's page as it is served: one file that needs no other, under a policy that allows just what stands in it."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.panels.recorder import RECORDER, content_security_policy
from tests.server import App

FORMAT = Path(__file__).resolve().parents[2] / "docs" / "recordings.md"


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_page_is_served_as_the_file_is(app: App) -> None:
    answer = app.get("/panels/recorder")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == RECORDER.read_text(encoding="utf-8")


def test_its_policy_is_the_only_one_and_any_site_may_frame_it(app: App) -> None:
    answer = app.get("/panels/recorder")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy == content_security_policy(answer.text)
    assert "frame-ancestors" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_other_pages_keep_the_policy_of_their_zone(app: App) -> None:
    (policy,) = app.get("/panels/softphone").headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'self';")


def test_the_policy_is_the_pages_own_with_its_scripts_and_styles_by_their_hashes() -> None:
    own = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'"
    page = (
        f'<meta http-equiv="Content-Security-Policy" content="{own}">'
        "<style>p {}</style><script type='module'>let a;\n</script><script>b</script>"
    )
    assert content_security_policy(page) == (
        f"default-src 'none'; script-src {sha256('let a;' + chr(10))} {sha256('b')}; style-src {sha256('p {}')}; "
        "connect-src 'self'; base-uri 'none'"
    )


def test_it_can_reach_the_server_it_came_from_this_machine_and_https_and_nothing_else(app: App) -> None:
    policy = app.get("/panels/recorder").headers["content-security-policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self' https: http://127.0.0.1:* http://localhost:*"
    assert "unsafe-inline" not in policy
    assert directives.keys() == {"default-src", "script-src", "style-src", "connect-src", "base-uri", "form-action"}


def test_each_field_with_a_rule_of_its_own_is_documented() -> None:
    page = RECORDER.read_text(encoding="utf-8")
    lists = re.findall(r"const (?:IDS|NUMBERS|WHOLE|NAMES|NAMES_OF_THINGS) = words\((.*?)\);", page, re.DOTALL)
    assert len(lists) == 5
    fields = {field for one in lists for field in re.findall(r"[a-z]+", one)}
    documented = {field.lower() for field in re.findall(r"`(\w+)`", FORMAT.read_text(encoding="utf-8"))}
    assert fields <= documented


def test_hosted_elsewhere_the_file_loads_nothing_and_has_one_place_that_sends() -> None:
    page = RECORDER.read_text(encoding="utf-8")
    assert """http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src""" in page
    assert re.findall(r"""\b(?:src|href)\s*=\s*["']|@import|url\(|\bimport\b|XMLHttpRequest|sendBeacon|WebSocket""", page) == []
    assert len(re.findall(r"\bfetch\(", page)) == 1
