"""A panel that shows nothing, or says nothing, is told on: what is wrong with it and how to put it right."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Refusing, Serve, Site


def test_a_panel_that_refuses_to_be_framed_is_told_on_until_it_does_not(page: Page, serve: Serve, refusing: Refusing) -> None:
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    advice = page.get_by_role("tabpanel")
    expect(advice).to_contain_text(
        f"{refusing.url}/mine.html answers with X-Frame-Options: DENY, so browsers show it in no frame."
    )
    expect(advice).to_contain_text(f"Let the page send Content-Security-Policy: frame-ancestors {server.url} instead.")

    refusing.headers = {"Content-Security-Policy": f"frame-ancestors {server.url}"}
    page.get_by_role("button", name="Try again").click()
    expect(page.frame_locator("iframe[title=mine]").get_by_role("heading", name="Here I am")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_panel_whose_server_does_not_run_is_told_on(page: Page, serve: Serve, refusing: Refusing) -> None:
    refusing.close()
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    expect(page.get_by_role("tabpanel")).to_contain_text(f"Nothing answers at {refusing.url}")
    page.get_by_role("button", name="Show the page anyway").click()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_panel_that_is_not_there_is_told_on(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", f"{site.url}/none.html")
    open_desk(page, server.url)
    server.call()
    expect(page.get_by_role("tabpanel")).to_contain_text("Something is wrong with this panel's page.")
    expect(page.get_by_role("tabpanel")).to_contain_text("404 Not Found")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.frame_locator("iframe[title=none]").get_by_text("no such page")).to_be_visible()


def test_a_page_that_has_not_registered_after_a_while_is_told_how_to(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site), "--workspace", probe_page(site, "/registers.html"))
    open_desk(page, server.url)
    probe_of(page, "registers").register("agent")
    silent, registers = page.locator("#panel-probe"), page.locator("#panel-registers")
    expect(silent).to_contain_text("This page has not registered for events.")
    expect(silent).to_contain_text('{messageType: "RegisterForClientEvents"')
    expect(registers).not_to_contain_text("has not registered")
    # It is no more true once the page does.
    probe_of(page).register("agent")
    expect(silent).not_to_contain_text("has not registered")


def test_a_page_whose_registration_was_refused_is_told_why_and_not_that_it_never_registered(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    assert probe.register("nonsense")["events"][0]["status"] == "ERROR"
    expect(page.get_by_role("tabpanel")).to_contain_text("The registration of this page was refused: Invalid Subscription Types.")
    probe.register("agent")
    expect(page.locator(".advice")).to_have_count(0)


def test_what_was_dismissed_stays_so_when_the_server_was_gone(
    page: Page, serve: Serve, refusing: Refusing, tmp_path: Path
) -> None:
    server = serve("--workspace", f"{refusing.url}/mine.html", journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    page.get_by_role("button", name="Show the page anyway").click()
    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    server.call(skill="Sales")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_word_about_a_panel_is_said_to_those_who_do_not_see_it(page: Page, serve: Serve, refusing: Refusing) -> None:
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    expect(page.locator("#say-polite")).to_contain_text("mine: This panel shows nothing.")


def test_the_focus_goes_to_the_tab_when_a_word_is_dismissed(page: Page, serve: Serve, refusing: Refusing) -> None:
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    page.get_by_role("button", name="Show the page anyway").press("Enter")
    expect(page.get_by_role("tab")).to_be_focused()
