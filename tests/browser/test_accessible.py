"""Everyone can use the desk: axe finds nothing in any of its states, light and dark, wide and narrow, and nothing is cut off."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import open_desk
from tests.serving import Serve

Scheme = Literal["light", "dark"]
WIDE, NARROW = (1440, 900), (390, 844)


def accessible(page: Page) -> None:
    """What the page shows now is accessible, and fits its width."""
    page.evaluate("Promise.all(document.getAnimations().map(({finished}) => finished))")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_on_the_desk(browser: Browser, serve: Serve, scheme: Scheme, size: tuple[int, int]) -> None:
    server = serve("--panel", "/panels/crm", "--workspace", "http://localhost:1/nothing-there")
    page = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    open_desk(page, server.url)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    accessible(page)  # without a contact, a panel in trouble in front

    page.locator("#state-button").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    accessible(page)  # the menu of states
    page.keyboard.press("Escape")

    call = server.call(ani="8015551234", skill="Support", variables={"OrderID": "4711"})
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    accessible(page)  # a call that rings, its CRM panel included

    server.act(call, "answer")
    server.act(call, "mute")
    server.act(call, "record")
    server.call(customer="A name that is rather long for the place where it has to stand in the list of contacts", skill="Sales")
    expect(page.locator(".row")).to_have_count(2)
    page.keyboard.press("Alt+Shift+D")
    expect(page.locator(".message").first).to_be_visible()
    page.locator(".message summary").first.click()
    accessible(page)  # two calls, and the messages
    page.keyboard.press("Alt+Shift+D")

    page.keyboard.press("Alt+Shift+N")
    expect(page.get_by_role("dialog", name="New contact")).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+Shift+?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")

    with page.expect_popup():
        page.keyboard.press("Alt+Shift+P")
    expect(page.get_by_role("button", name="Bring it back")).to_be_visible()
    accessible(page)  # a panel popped out

    server.act(call, "hangup")
    server.post("/api/v1/agents/1001/state", {"state": "LoggedOut", "reason": "SessionTimeout"})
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.locator(".notices p")).to_have_count(1)
    accessible(page)  # logged out, with a notice
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_where_the_desk_asks_for_its_token(
    browser: Browser, serve: Serve, scheme: Scheme, size: tuple[int, int]
) -> None:
    server = serve("--token", "open-sesame")
    page = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page.goto(f"{server.url}/desk/1001")
    expect(page.get_by_role("dialog")).to_be_visible()
    accessible(page)
    page.close()


def test_without_motion_nothing_moves(browser: Browser, serve: Serve) -> None:
    server = serve()
    page = browser.new_page(reduced_motion="reduce")
    open_desk(page, server.url)
    server.call()
    expect(page.locator("#incoming")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0
    page.close()
