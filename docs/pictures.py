"""Takes the documentation's pictures again: `python docs/pictures.py`, from the top of a checkout."""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.testing.chromium import launch_options
from tests.serving import Server

IMAGES = Path(__file__).parent / "images"
SIZES = {"": (1440, 900), "-narrow": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def ringing(page: Page, server: Server) -> None:
    """The desk while a call rings and the CRM panel has found who calls."""
    server.post("/api/v1/reset")
    page.goto(server.url)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    server.call(ani="8015551234", dnis="8005550199", skill="Support", variables={"OrderID": "A-1001"})
    expect(page.frame_locator("iframe[title=CRM]").get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")


def main() -> None:
    server = Server()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(playwright.chromium.executable_path))
        for scheme in SCHEMES:
            for name, (width, height) in SIZES.items():
                page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
                ringing(page, server)
                page.evaluate("Promise.all(document.getAnimations().map(({finished}) => finished))")
                page.screenshot(path=IMAGES / f"desk-{scheme}{name}.png")
                page.close()
        browser.close()
    server.stop()


if __name__ == "__main__":
    main()
