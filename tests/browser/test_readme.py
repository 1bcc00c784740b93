"""What the README shows works as it stands there."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk
from tests.serving import Serve, Site

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_panel_of_the_readme_is_short_registers_follows_its_call_and_holds_it(page: Page, serve: Serve, site: Site) -> None:
    [panel] = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    assert len(panel.splitlines()) < 20
    address = site.page("/panel.html", "")
    server = serve("--panel", address)
    site.page("/panel.html", panel.replace("http://127.0.0.1:8700", server.url))
    open_desk(page, server.url)

    call = server.call(ani="8015551234")
    frame = page.frame_locator("iframe[title=panel]")
    expect(frame.locator("#who")).to_have_text("8015551234: Incoming")
    server.act(call, "answer")
    expect(frame.locator("#who")).to_have_text("8015551234: Active")
    frame.get_by_role("button", name="Hold").click()
    expect(frame.locator("#who")).to_have_text("8015551234: Holding")


def test_every_address_of_the_control_api_in_the_readme_is_described(serve: Serve) -> None:
    described = set(serve().get("/api/v1/openapi.json")["paths"])
    agent = "/api/v1/agents/{agent}"
    listed = re.findall(r"^\| `(?:GET|POST) (\S+?)(?:\?[^`]*)?`", README, re.MULTILINE)
    addresses = {path.replace("...", agent).replace("{id}", "{contact}") for path in listed} - {"/healthz"}
    verbs = {address for address in addresses if address.endswith("/{verb}")}
    assert len(verbs) == 2
    assert addresses - verbs <= described
    assert all(any(path.startswith(address.removesuffix("{verb}")) for path in described) for address in verbs)
