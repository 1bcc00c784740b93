"""Takes the documentation's pictures again: `python docs/pictures.py [SCENE...]`, from the top of a checkout."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.testing.chromium import launch_options
from tests.serving import Server
from tests.supervisor import busy

IMAGES = Path(__file__).parent / "images"
SIZES = {"": (1440, 900), "-narrow": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

Scene = Callable[[Page, Server], None]


def desk(page: Page, server: Server) -> None:
    """A call rings, and the CRM panel has found who calls."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    server.call(ani="8015551234", dnis="8005550199", skill="Support", variables={"OrderID": "A-1001"})
    expect(page.frame_locator("iframe[title=CRM]").get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")


def calls(page: Page, server: Server) -> None:
    """Two calls, one of them on hold, and the messages that passed."""
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    for ani, skill in (("8015550142", "Sales"), ("8015551234", "Support")):
        server.act(server.call(ani=ani, dnis="8005550199", skill=skill), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.keyboard.press("Alt+Shift+E")
    expect(page.get_by_role("button", name="Record")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+Shift+D")
    expect(page.locator(".message").last).to_contain_text("CallContactEvent")


def knowledge(page: Page, server: Server) -> None:
    """The knowledge workspace while a call of Support is on."""
    server.act(server.call(ani="8015551234", skill="Support"), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.get_by_role("tab", name="Knowledge").click()
    expect(page.frame_locator("iframe[title=Knowledge]").get_by_text("Support").first).to_be_visible()


def softphone(page: Page, server: Server) -> None:
    """The softphone panel with a call on it."""
    server.act(server.call(ani="8015551234", skill="Support"), "answer")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.get_by_role("tab", name="Softphone").click()
    expect(page.frame_locator("iframe[title=Softphone]").get_by_role("button", name="Hang up")).to_be_enabled()


def new_contact(page: Page, server: Server) -> None:
    """The form that lets a call arrive."""
    page.keyboard.press("Alt+Shift+N")
    expect(page.get_by_role("dialog", name="New contact")).to_be_visible()
    page.get_by_label("Screen-pop variables").fill("OrderID=A-1001")


def trouble(page: Page, server: Server) -> None:
    """A panel whose server does not run."""
    page.get_by_role("tab", name="Orders").click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def supervisor(page: Page, server: Server) -> None:
    """The overview of 50 agents and 200 contacts."""
    page.goto(f"{server.url}/supervisor")
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(busy.CONTACTS)
    if page.locator(".parts").is_visible():
        page.get_by_role("button", name="Agents").click()


SCENES: Sequence[Scene] = (desk, calls, knowledge, softphone, new_contact, trouble, supervisor)

SETTINGS = """
[[agent]]
id = "1001"
name = "Robin Vale"

[[panel]]
name = "CRM"
url = "/panels/crm"

[[workspace]]
name = "Knowledge"
url = "/panels/knowledge"

[[workspace]]
name = "Softphone"
url = "/panels/softphone"
"""

DEAD = """
[[workspace]]
name = "Orders"
url = "http://localhost:8799/orders"
"""


def main(wanted: Sequence[str]) -> None:
    scenes = [scene for scene in SCENES if scene.__name__ in (wanted or [scene.__name__])]
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        browser = playwright.chromium.launch(**launch_options(playwright.chromium.executable_path))
        for scene in scenes:
            settings = folder / "bridge.toml"
            settings.write_text(SETTINGS + (DEAD if scene is trouble else ""))
            journal = "memory:"
            if scene is supervisor:
                settings.write_text(busy.settings())
                busy.fill(folder / "journal", settings)
                journal = f"sqlite:///{folder / 'journal'}"
            server = Server("--config", str(settings), journal=journal)
            for scheme in SCHEMES:
                for size, (width, height) in SIZES.items():
                    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
                    if scene is not supervisor:
                        server.post("/api/v1/reset")
                        page.goto(server.url)
                        expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
                    scene(page, server)
                    page.evaluate("Promise.all(document.getAnimations().map(({finished}) => finished))")
                    page.screenshot(path=IMAGES / f"{scene.__name__.replace('_', '-')}-{scheme}{size}.png")
                    page.close()
            server.stop()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
