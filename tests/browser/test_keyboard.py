"""An agent works with the keyboard alone."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import open_desk
from tests.serving import Serve


def status(page: Page) -> Locator:
    return page.locator(".card .status")


def test_a_day_of_calls_by_keyboard(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    # Available
    expect(page.locator(".state")).to_contain_text("Unavailable")
    page.keyboard.press("Alt+Shift+S")
    expect(page.get_by_role("button", name="Unavailable", exact=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("Available")
    expect(page.locator("#state-button")).to_be_focused()
    # A call
    page.keyboard.press("Alt+Shift+N")
    expect(page.get_by_role("dialog", name="New contact")).to_be_visible()
    page.get_by_label("ANI").press("Enter")
    expect(page.locator("#incoming")).to_be_visible()
    page.keyboard.press("Alt+Shift+A")
    expect(status(page)).to_have_text("Active")
    # Its controls, each pressed and pressed again
    for key, pressed, released in (("H", "On hold", "Active"), ("K", "Masked", "Active")):
        page.keyboard.press(f"Alt+Shift+{key}")
        expect(status(page)).to_have_text(pressed)
        page.keyboard.press(f"Alt+Shift+{key}")
        expect(status(page)).to_have_text(released)
    mute = page.get_by_role("button", name="Mute", exact=True)
    page.keyboard.press("Alt+Shift+M")
    expect(mute).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+Shift+M")
    expect(mute).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Alt+Shift+E")
    expect(page.get_by_role("button", name="Record")).to_have_attribute("aria-pressed", "true")
    # A second call is refused, a third taken, and the contacts gone through
    server.call(customer="Second", skill="Sales")
    expect(page.locator("#incoming")).to_be_visible()
    page.keyboard.press("Alt+Shift+R")
    expect(page.locator("#incoming")).to_be_hidden()
    server.call(customer="Third", skill="Sales")
    expect(page.locator("#incoming")).to_be_visible()
    page.keyboard.press("Alt+Shift+A")
    expect(page.locator(".card h2")).to_have_text("Third")
    page.keyboard.press("Alt+Shift+C")
    expect(page.locator(".row[aria-current]")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".card h2")).to_have_text("Third")
    # Over, after-call work included
    page.keyboard.press("Alt+Shift+X")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.keyboard.press("Alt+Shift+H")
    expect(status(page)).to_have_text("Active")
    page.keyboard.press("Alt+Shift+X")
    expect(page.locator(".state")).to_contain_text("After-call work")
    page.keyboard.press("Alt+Shift+S")
    expect(page.locator("#state-menu button:focus")).to_have_count(1)
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Log out")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("Available")
    expect(page.locator(".row")).to_have_count(0)


def test_every_control_is_reached_by_tab_and_shows_where_the_focus_is(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.act(server.call(ani="8015551234"), "answer")
    expect(status(page)).to_have_text("Active")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    page.evaluate("void (window.nameOf = (element) => element.textContent.trim().split('\\n')[0])")
    buttons = page.locator("button:visible:not([role=tab][tabindex='-1'])")
    wanted = set(buttons.evaluate_all("all => all.map(nameOf)"))
    reached: set[str] = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """() => {
              const { activeElement } = document;
              if (activeElement.tagName === "IFRAME" || activeElement === document.body) return "elsewhere";
              const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
              return outlineStyle !== "none" && outlineWidth !== "0px" ? nameOf(activeElement) : "unseen";
            }"""
        )
        assert where != "unseen"
        reached.add(where)
        if wanted <= reached:
            break
    assert wanted <= reached


def test_escape_closes_the_menu_and_gives_the_focus_back(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    expect(page.locator(".state")).to_contain_text("Unavailable")
    page.keyboard.press("Alt+Shift+S")
    expect(page.locator("#state-menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#state-menu")).to_be_hidden()
    expect(page.locator("#state-button")).to_be_focused()


def test_keys_do_nothing_behind_a_dialog(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call()
    server.act(call, "answer")
    expect(status(page)).to_have_text("Active")
    page.keyboard.press("Alt+Shift+?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Alt+Shift+X")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("Alt+Shift+H")
    expect(status(page)).to_have_text("On hold")


def test_the_list_of_keys_is_that_of_the_controls(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.act(server.call(), "answer")
    server.call()
    expect(page.locator("#incoming")).to_be_visible()
    page.get_by_role("button", name="Keys").click()
    listed = set(page.locator(".keys kbd").all_text_contents())
    on_controls = page.locator("[aria-keyshortcuts]").evaluate_all("all => all.map((one) => one.ariaKeyShortcuts.at(-1))")
    assert listed == {*on_controls, "C", "T", "W", "O", "L"}  # places, and what a voicemail has beside


def test_a_control_that_does_not_fit_says_why_when_it_is_pressed(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call()
    server.act(call, "answer")
    server.act(call, "hold")
    expect(status(page)).to_have_text("On hold")
    page.keyboard.press("Alt+Shift+X")
    expect(page.locator(".notices")).to_contain_text(
        f"hangup needs a call that is Dialing or Active or Joined; call {call} is Holding."
    )
