"""What stands where: notices cover no button, and labels are not split."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk
from tests.browser.test_accessible import NARROW, WIDE
from tests.serving import Serve

COVERED = """(selector) => {
  const notice = document.querySelector(".notices p").getBoundingClientRect();
  const isUnder = ({left, right, top, bottom}) =>
    left < notice.right && right > notice.left && top < notice.bottom && bottom > notice.top;
  const there = [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  return there.filter((one) => isUnder(one.getBoundingClientRect())).map((one) => one.outerHTML);
}"""
"""What fits the selector and lies under the notice."""

CONTROLS = ":is(button, a, input, select, textarea):not(.notices *)"

LINES = """(element) => {
  const text = new Range();
  text.selectNodeContents(element);
  return text.getClientRects().length;
}"""
"""On how many lines an element's text stands."""


def press_in_vain(page: Page) -> None:
    """Press what a notice answers: the conference of a single call."""
    expect(page.get_by_role("button", name="Conference")).to_be_visible()
    page.keyboard.press("Alt+Shift+J")
    expect(page.locator(".notices p")).to_have_count(1)


def size(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("flags", [(), ("--workspace", "/panels/knowledge")], ids=["panels of contacts", "a workspace"])
def test_a_notice_covers_no_button_of_the_desk(page: Page, serve: Serve, screen: tuple[int, int], flags: tuple[str, ...]) -> None:
    server = serve(*flags)
    size(page, *screen)
    open_desk(page, server.url)
    server.act(server.call(ani="8015551234", customer="Ada Example"), "answer")
    press_in_vain(page)
    assert page.evaluate(COVERED, CONTROLS) == []


def test_a_notice_stands_above_a_contact_that_rings_on_a_narrow_screen(page: Page, serve: Serve) -> None:
    server = serve()
    size(page, *NARROW)
    open_desk(page, server.url)
    server.act(server.call(), "answer")
    server.call(media="chat")
    expect(page.get_by_role("dialog", name="Incoming contact")).to_be_visible()
    press_in_vain(page)
    assert page.evaluate(COVERED, ".ringer") == []


def test_a_notice_stands_above_the_messages_on_a_wide_screen(page: Page, serve: Serve) -> None:
    server = serve()
    size(page, *WIDE)
    open_desk(page, server.url)
    server.act(server.call(), "answer")
    page.keyboard.press("Alt+Shift+D")
    press_in_vain(page)
    assert page.evaluate(COVERED, ".messages") == []


@pytest.mark.parametrize("screen", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_notice_covers_no_button_of_the_overview(page: Page, serve: Serve, screen: tuple[int, int]) -> None:
    server = serve()
    size(page, *screen)
    page.goto(f"{server.url}/supervisor")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    server.post("/api/v1/reset")
    expect(page.locator(".notices p")).to_have_text("The server began a new history.×")
    server.post("/api/v1/contacts", {"skill": "Support"})
    expect(page.get_by_role("button", name="hangs up")).to_be_visible()
    assert page.evaluate(COVERED, CONTROLS) == []


def test_a_long_file_name_leaves_its_label_whole(page: Page, serve: Serve) -> None:
    server = serve()
    size(page, *NARROW)
    open_desk(page, server.url)
    server.act(server.call(media="voicemail", duration=5, file=f"{'a-long-name-' * 8}.wav"), "answer")
    labels = page.locator(".facts dt")
    expect(labels).to_have_text(["Contact id", "File", "Seconds"])
    assert [label.evaluate(LINES) for label in labels.all()] == [1, 1, 1]
