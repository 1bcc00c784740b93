"""The drawer with the messages between the desk and its panels."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Serve, Site


def test_the_drawer_shows_messages_in_both_directions_as_they_pass(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("contacts")
    page.get_by_role("button", name="Messages").click()
    rows = page.locator(".message")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("to desk")
    expect(rows.nth(0)).to_contain_text("RegisterForClientEvents · contacts")
    expect(rows.nth(0).locator(".window")).to_have_text("probe #1")
    expect(rows.nth(1)).to_contain_text("ClientEventSubscriptionAcknowledge OK")

    server.call(skill="Sales")
    expect(rows.nth(2)).to_contain_text("CallContactEvent Incoming")
    rows.nth(2).locator("summary").click()
    expect(rows.nth(2).locator("pre")).to_contain_text('"Status": "Incoming"')


def test_the_drawer_can_be_limited_to_one_window(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site), "--workspace", probe_page(site, "/other.html"))
    open_desk(page, server.url)
    probe_of(page).register("agent")
    probe_of(page, "other").register("contacts")
    page.get_by_role("button", name="Messages").click()
    shown = page.locator(".message:visible")
    expect(shown).to_have_count(4)
    page.get_by_label("Window").select_option("other #2")
    expect(shown).to_have_count(2)
    server.call(skill="Sales")
    expect(shown).to_have_count(3)
    page.get_by_label("Window").select_option("all")
    expect(shown).to_have_count(6)


def test_what_a_panel_misspells_is_told_on_screen_and_in_the_drawer(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe_of(page).post({"messageType": "UnegisterFromClientEvents"})
    sentence = "MAX ignores the messageType 'UnegisterFromClientEvents' without a word: it is spelt UnregisterFromClientEvents."
    expect(page.locator(".notices")).to_contain_text(f"probe: {sentence}")
    page.get_by_role("button", name="Messages").click()
    expect(page.locator(".message.in")).to_contain_text("ignored: MAX knows no such message")
    expect(page.locator(".message.note")).to_contain_text(sentence)


def test_the_engines_warnings_and_refusals_stand_in_the_drawer(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("agent")
    page.get_by_role("button", name="Messages").click()
    with page.expect_console_message(lambda message: message.type == "warning") as warning:
        probe.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"], "issuer": "twice"})
    text = "Error processing Client Event Subscription. Issuer: [twice] has already subscribed."
    assert warning.value.text == text
    expect(page.locator(".message.note .gist")).to_have_text([text])
    probe.post({"messageType": "MuteEvent"})
    expect(page.locator(".message.note .gist")).to_have_text(
        [text, "MuteEvent was not carried out. MuteEvent acts on the contact in focus; there is none."]
    )


def test_the_drawer_is_there_again_after_a_restart_of_the_server(page: Page, serve: Serve, site: Site, tmp_path: Path) -> None:
    server = serve("--workspace", probe_page(site), journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.register("contacts")
    page.get_by_role("button", name="Messages").click()
    expect(page.locator(".message")).to_have_count(2)
    server.kill()
    server.start()
    server.call(skill="Sales")
    expect(page.locator(".message .gist")).to_have_text(["CallContactEvent Incoming"])


def test_another_pages_messages_are_there_and_named_so(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    other = page.context.new_page()
    open_desk(other, server.url)
    probe_of(other).register("agent")
    page.get_by_role("button", name="Messages").click()
    expect(page.locator(".message .window")).to_have_text(["another page", "another page"])


def test_it_is_cleared_and_closed_and_the_focus_goes_back(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe_of(page).register("agent")
    page.keyboard.press("Alt+Shift+D")
    expect(page.locator(".message")).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".message")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#messages")).to_be_hidden()
    expect(page.get_by_role("button", name="Messages")).to_be_focused()
