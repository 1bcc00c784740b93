"""A panel popped out into a window of its own, and back: it finds the desk as its opener, loses nothing and doubles nothing."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import Probe, open_desk, probe_of, probe_page, statuses
from tests.serving import Refusing, Serve, Site


def pop_out(page: Page) -> Page:
    """Press the button; the window that opens."""
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Pop out").click()
    popup.value.wait_for_load_state()
    return popup.value


def test_a_panel_popped_out_registers_from_its_own_window(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe_of(page).register("all")

    window = pop_out(page)
    expect(page.get_by_text("probe is open in a window of its own.", exact=True)).to_be_visible()
    expect(page.locator("iframe[title=probe]")).to_have_count(0)
    popped = Probe(window.main_frame)
    assert popped.register("contacts")["events"][0]["status"] == "OK"
    call = server.call(skill="Sales")
    server.act(call, "answer")
    popped.wait_for_event("CallContactEvent", Status="Active")
    popped.post({"messageType": "HoldEvent"})
    popped.wait_for_event("CallContactEvent", Status="Holding")
    assert statuses(popped.events()) == [(call, "Incoming"), (call, "Active"), (call, "Holding")]


def test_a_contact_panel_popped_out_still_belongs_to_its_contact_and_closes_with_it(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", probe_page(site))
    open_desk(page, server.url)
    call = server.call(skill="Sales")
    window = pop_out(page)
    popped = Probe(window.main_frame)
    assert popped.register("contact")["contactId"] == int(call)
    with window.expect_event("close"):
        server.act(call, "answer")
        server.act(call, "hangup")
    expect(page.get_by_role("tab")).to_have_count(0)


def test_a_panel_comes_back_when_it_is_brought_back(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    window = pop_out(page)
    Probe(window.main_frame).register("all")
    with window.expect_event("close"):
        page.get_by_role("tabpanel").get_by_role("button", name="Bring it back").click()

    docked = probe_of(page)
    docked.register("contacts")
    call = server.call(skill="Sales")
    docked.wait_for_event("CallContactEvent", Status="Incoming")
    assert statuses(docked.events()) == [(call, "Incoming")]


def test_a_panel_comes_back_when_its_window_is_closed(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    pop_out(page).close()
    expect(page.locator("iframe[title=probe]")).to_have_count(1)
    assert probe_of(page).register("agent")["events"][0]["status"] == "OK"


def test_windows_close_with_the_desk_that_opened_them(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    window = pop_out(page)
    with window.expect_event("close"):
        page.reload()
    expect(page.locator("iframe[title=probe]")).to_have_count(1)


def test_a_panel_popped_out_loses_and_doubles_nothing_over_a_restart_of_the_server(
    page: Page, serve: Serve, site: Site, tmp_path: Path
) -> None:
    journal = f"sqlite:///{tmp_path}/journal.sqlite"
    server = serve("--workspace", probe_page(site), journal=journal)
    open_desk(page, server.url)
    popped = Probe(pop_out(page).main_frame)
    popped.register("contacts")
    call = server.call(skill="Sales")
    server.act(call, "answer")
    popped.wait_for_event("CallContactEvent", Status="Active")
    server.kill()
    server.start()
    server.act(call, "hold")
    popped.wait_for_event("CallContactEvent", Status="Holding")
    assert statuses(popped.events()) == [(call, "Incoming"), (call, "Active"), (call, "Holding")]


def test_a_panels_key_is_in_reach_from_the_keyboard(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    expect(page.get_by_role("tab", name="probe")).to_be_visible()
    with page.expect_popup() as popup:
        page.keyboard.press("Alt+Shift+P")
    with popup.value.expect_event("close"):
        page.keyboard.press("Alt+Shift+P")
    expect(page.locator("iframe[title=probe]")).to_have_count(1)


def test_a_page_that_cuts_itself_off_from_the_desk_is_told_on(page: Page, serve: Serve, refusing: Refusing) -> None:
    refusing.headers = {"Cross-Origin-Opener-Policy": "same-origin"}
    # Only a page of a secure context can do so: http://localhost is one.
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    pop_out(page)
    expect(page.locator(".notices")).to_contain_text(
        "a page that sends Cross-Origin-Opener-Policy: same-origin cannot be popped out"
    )
    expect(page.locator("iframe[title=mine]")).to_have_count(1)


def test_a_panel_that_refuses_framing_works_in_a_window_and_is_told_on_when_it_comes_back(
    page: Page, serve: Serve, refusing: Refusing
) -> None:
    server = serve("--workspace", f"{refusing.url}/mine.html")
    open_desk(page, server.url)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    window = pop_out(page)
    expect(window.get_by_role("heading", name="Here I am")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("answers with X-Frame-Options: DENY")


def test_a_page_that_does_not_register_from_its_window_is_told_on(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    window = pop_out(page)
    said = page.get_by_text("It has not registered for events.")
    expect(said).to_be_visible()
    Probe(window.main_frame).register("agent")
    expect(said).to_be_hidden()
