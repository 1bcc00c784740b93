"""The dialog in which an agent chooses a colleague (`static/desk/colleagues.js`)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk
from tests.serving import Serve


@pytest.mark.parametrize(("skill", "there"), [("Support", ".controls[tabindex]"), ("Sales", "#new-contact-button")])
def test_who_leaves_it_after_the_contact_has_ended_goes_on_with_what_there_is(
    page: Page, serve: Serve, skill: str, there: str
) -> None:
    """With after-call work, or with nothing where the skill has none: the button that opened the dialog is gone."""
    server = serve()
    open_desk(page, server.url)
    call = server.call(skill=skill)
    server.act(call, "answer")
    page.get_by_role("button", name="Consult").click()
    expect(page.get_by_role("combobox", name="Agent or skill")).to_be_focused()
    server.act(call, "customer/hangup")
    expect(page.get_by_role("button", name="Consult", include_hidden=True)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(there)).to_be_focused()
