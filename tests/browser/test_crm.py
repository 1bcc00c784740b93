"""The CRM panel at the desk: who calls, notes that stay, and strangers who learn nothing."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Locator, Page, Route, expect

from tests.browser.desk import open_desk
from tests.serving import Serve, Server, Site

DANA, MARCUS = "8015551234", "2125550101"
KEY_NEEDED = "Open this panel from the desk, or add #key=TOKEN to its address"


def crm_of(page: Page, title: str = "CRM") -> FrameLocator:
    """The CRM panel in front."""
    return page.frame_locator(f".panel:not(.behind) iframe[title={title}]")


def note_of(crm: FrameLocator | Page) -> Locator:
    return crm.get_by_role("textbox", name="Notes on this contact")


def is_saved(crm: FrameLocator | Page, words: str = "Saved") -> None:
    expect(crm.locator("#note-status")).to_have_text(words)


def write(crm: FrameLocator | Page, text: str) -> None:
    """Type a note as a person does, and wait until it is saved."""
    expect(note_of(crm)).to_be_editable()
    note_of(crm).fill(text)
    is_saved(crm)


def answered_call(server: Server, ani: str = DANA) -> str:
    call = server.call(ani=ani, skill="Sales")  # which has no after-call work
    server.act(call, "answer")
    return call


# Customers


def test_columns_that_the_panel_does_not_know_are_shown_under_their_headings(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve("--config", configured(tmp_path, "ani,name,Account manager\n8015551234,Dana Whitfield,Lee Park\n"))
    open_desk(page, server.url)
    server.call(ani=DANA)
    facts = crm_of(page).locator("#customer")
    expect(facts.get_by_role("term")).to_have_text(["Account manager"])
    expect(facts.get_by_role("definition")).to_have_text(["Lee Park"])


def test_what_is_wrong_with_the_customer_file_stands_in_the_panel(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve("--config", configured(tmp_path, "ani,name\n8015551234,Dana Whitfield\n"))
    configured(tmp_path, "phone,name\n8015551234,Dana Whitfield\n")
    open_desk(page, server.url)
    server.call(ani=DANA)
    crm = crm_of(page)
    expect(crm.locator("#no-record")).to_contain_text("The customer list could not be read:")
    expect(crm.locator("#no-record")).to_contain_text("customers.csv, line 1: there is no column 'ani' among 'phone', 'name'")
    expect(crm.get_by_role("heading", level=1)).to_have_text("+1 801-555-1234")
    expect(note_of(crm)).to_be_editable()


def test_a_consult_is_with_a_colleague_for_who_asked_and_about_the_customer_for_who_is_asked(page: Page, serve: Serve) -> None:
    server = serve()
    for agent in ("1001", "1002"):
        server.post(f"/api/v1/agents/{agent}/state", {"state": "Available"})
    open_desk(page, server.url, "1002")
    answered_call(server)
    server.post("/api/v1/agents/1001/consult", {"agent": "1002"})
    expect(crm_of(page).get_by_role("heading", level=1)).to_have_text("Dana Whitfield")
    open_desk(page, server.url)
    expect(crm_of(page).get_by_role("heading", level=1)).to_have_text("Consult with 1002")


def test_an_unknown_caller_whose_panel_is_popped_out_and_comes_back_logs_nothing(page: Page, serve: Serve) -> None:
    server = serve()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.context.on("console", hear)
    open_desk(page, server.url)
    server.call(ani="8015550000")
    crm = crm_of(page)
    expect(crm.get_by_role("heading", level=1)).to_have_text("Unknown caller")
    expect(crm.locator("#no-record")).to_contain_text("No record for +1 801-555-0000")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Pop out").click()
    window = opened.value
    expect(window.get_by_role("heading", level=1)).to_have_text("Unknown caller")
    expect(window.locator("link[rel=icon]")).to_have_count(1)  # without one the browser asks for /favicon.ico, in its own time
    with window.expect_event("close"):
        page.get_by_role("button", name="Bring it back").click()
    expect(crm.get_by_role("heading", level=1)).to_have_text("Unknown caller")
    with page.expect_console_message(lambda message: message.text == "that was all"):
        page.evaluate("console.debug('that was all')")
    assert said == ["that was all"]


def configured(directory: Path, customers: str) -> str:
    """A bridge.toml with this customer file; its address."""
    (directory / "customers.csv").write_text(customers, encoding="utf-8")
    (directory / "bridge.toml").write_text('customers = "customers.csv"\n', encoding="utf-8")
    return str(directory / "bridge.toml")


# Notes


def test_a_note_saves_itself_and_survives_a_reload_of_panel_and_desk_and_a_crash_of_the_server(
    page: Page, serve: Serve, tmp_path: Path
) -> None:
    server = serve(journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    answered_call(server)
    write(crm_of(page), "Wants two tents")

    panel = page.locator("iframe[title=CRM]").element_handle().content_frame()
    assert panel is not None
    panel.evaluate("location.reload()")
    expect(note_of(crm_of(page))).to_have_value("Wants two tents")

    page.reload()
    expect(note_of(crm_of(page))).to_have_value("Wants two tents")

    server.kill()
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    write(crm_of(page), "Wants two tents and a stove")
    page.reload()
    expect(note_of(crm_of(page))).to_have_value("Wants two tents and a stove")


def test_a_note_typed_in_the_last_moment_of_a_contact_is_kept(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = answered_call(server)
    crm = crm_of(page)
    expect(note_of(crm)).to_be_editable()
    note_of(crm).press_sequentially("Bye")
    server.act(call, "hangup")
    expect(page.locator("iframe[title=CRM]")).to_have_count(0)
    server.call(ani=DANA)
    expect(crm_of(page).get_by_role("listitem")).to_contain_text("Bye")


def test_a_note_typed_before_the_page_goes_away_is_kept(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    crm = crm_of(page)
    expect(note_of(crm)).to_be_editable()
    note_of(crm).press_sequentially("In a hurry")
    page.goto("about:blank")
    open_desk(page, server.url)
    expect(note_of(crm_of(page))).to_have_value("In a hurry")


def test_earlier_notes_of_the_same_customer_stand_below_with_their_date_newest_first(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    calls = []
    for text, ani in (("First", DANA), ("Of another", MARCUS), ("Second", DANA)):
        calls.append(answered_call(server, ani))
        write(crm_of(page), text)
        server.act(calls[-1], "hangup")
        expect(page.locator("iframe[title=CRM]")).to_have_count(0)
    server.call(ani=DANA)
    crm = crm_of(page)
    expect(crm.get_by_role("heading", name="Earlier notes")).to_be_visible()
    expect(crm.get_by_role("listitem").locator(".note-text")).to_have_text(["Second", "First"])
    expect(crm.get_by_role("listitem").first).to_contain_text(f"contact {calls[2]}")
    expect(crm.get_by_role("listitem").first.get_by_role("time")).to_be_visible()
    expect(note_of(crm)).to_have_value("")


def test_a_note_is_text_whatever_it_looks_like(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = answered_call(server)
    write(crm_of(page), "<img src=x onerror=alert(1)>\n  indented")
    server.act(call, "hangup")
    expect(page.locator("iframe[title=CRM]")).to_have_count(0)
    server.call(ani=DANA)
    earlier = crm_of(page).get_by_role("listitem").locator(".note-text")
    assert earlier.inner_text() == "<img src=x onerror=alert(1)>\n  indented"


def test_an_outage_is_said_and_the_note_is_saved_when_it_is_over(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    crm = crm_of(page)
    expect(note_of(crm)).to_be_editable()
    page.route("**/panels/crm/notes/**", lambda route: route.abort())
    note_of(crm).fill("Wants two tents")
    expect(crm.locator("#note-status")).to_contain_text("Not saved, trying again. The server does not answer.")
    expect(note_of(crm)).to_have_value("Wants two tents")
    page.unroute("**/panels/crm/notes/**")
    is_saved(crm)


def test_typing_goes_on_undisturbed_while_a_save_is_under_way(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    crm = crm_of(page)
    expect(note_of(crm)).to_be_editable()
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/panels/crm/notes/**", hold_the_first)
    with page.expect_request("**/panels/crm/notes/**"):
        note_of(crm).press_sequentially("Two tents")
    note_of(crm).press_sequentially(", blue")
    note_of(crm).evaluate("note => note.setSelectionRange(3, 3)")
    held[0].continue_()
    is_saved(crm)
    expect(note_of(crm)).to_have_value("Two tents, blue")
    assert note_of(crm).evaluate("note => note.selectionStart") == 3


def hear_nothing_new(page: Page) -> None:
    """Let the page's panels save notes, but read none: as when another window saves one in the moment in which a person types."""
    page.route("**/panels/crm/notes/**", lambda route: route.abort() if route.request.method == "GET" else route.continue_())


def test_of_two_windows_the_last_one_wins_and_shows_what_the_other_had_written(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    one = crm_of(page)
    expect(note_of(one)).to_be_editable()
    other_page = page.context.new_page()
    open_desk(other_page, server.url)
    two = crm_of(other_page)
    expect(note_of(two)).to_be_editable()
    hear_nothing_new(other_page)
    write(one, "Two tents")

    note_of(two).press_sequentially("A stove")
    is_saved(two, "Saved over another window's text")
    elsewhere = two.get_by_role("group", name="Written in another window")
    expect(elsewhere).to_contain_text("Two tents")
    elsewhere.get_by_role("button", name="Add to the note").click()
    expect(note_of(two)).to_have_value("A stove\n\nTwo tents")
    is_saved(two)
    expect(elsewhere).to_be_hidden()

    page.bring_to_front()
    note_of(one).evaluate("() => dispatchEvent(new Event('focus'))")
    expect(note_of(one)).to_have_value("A stove\n\nTwo tents")
    is_saved(one)


def test_what_another_window_had_written_outlives_a_reload_until_it_is_discarded(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    other_page = page.context.new_page()
    open_desk(other_page, server.url)
    expect(note_of(crm_of(other_page))).to_be_editable()
    hear_nothing_new(other_page)
    write(crm_of(page), "Two tents")
    note_of(crm_of(other_page)).press_sequentially("A stove")
    is_saved(crm_of(other_page), "Saved over another window's text")

    other_page.unroute_all()
    other_page.reload()
    elsewhere = crm_of(other_page).get_by_role("group", name="Written in another window")
    elsewhere.get_by_role("button", name="Discard").click()
    is_saved(crm_of(other_page))
    other_page.reload()
    expect(note_of(crm_of(other_page))).to_have_value("A stove")
    expect(elsewhere).to_be_hidden()


def test_a_workspace_shows_the_note_of_the_contact_that_it_shows(page: Page, serve: Serve) -> None:
    server = serve("--workspace", "/panels/crm")
    open_desk(page, server.url)
    first = answered_call(server)
    page.get_by_role("tab", name="crm", exact=True).click()
    crm = crm_of(page, "crm")
    expect(note_of(crm)).to_be_editable()
    note_of(crm).press_sequentially("Of the first")
    server.act(first, "hangup")
    second = answered_call(server, MARCUS)
    page.get_by_role("tab", name="crm", exact=True).click()
    expect(crm.get_by_role("heading", name="Marcus Adeyemi")).to_be_visible()
    expect(note_of(crm)).to_have_value("")
    write(crm, "Of the second")
    server.act(second, "hangup")
    answered_call(server)
    page.get_by_role("tab", name="crm", exact=True).click()
    expect(crm.get_by_role("listitem").locator(".note-text")).to_have_text(["Of the first"])


# Who may read it

PLAYS_MAX = """<title>elsewhere</title>
<iframe title="CRM" src="ADDRESS"></iframe>
<script>
  window.posted = [];
  addEventListener("message", ({source, data}) => {
    posted.push(data);
    if (data.messageType !== "RegisterForClientEvents") return;
    const contact = {Type: "CallContactEvent", ContactID: "101", Status: "Active", FinalState: "False", ANI: "8015551234"};
    const ack = {messageType: "ClientEventSubscriptionAcknowledge", contactId: 101, status: "OK", reason: null};
    source.postMessage({issuer: "MAX", contactId: 101, events: [ack, contact]}, "*");
  });
</script>"""


def test_a_page_of_another_site_that_frames_the_panel_and_plays_max_learns_no_customers_name(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    expect(crm_of(page).get_by_role("heading", name="Dana Whitfield")).to_be_visible()

    elsewhere = page.context.new_page()
    elsewhere.goto(site.page("/max.html", PLAYS_MAX.replace("ADDRESS", f"{server.url}/panels/crm")))
    crm = elsewhere.frame_locator("iframe[title=CRM]")
    expect(crm.locator("#notice")).to_contain_text(KEY_NEEDED)
    expect(crm.get_by_role("heading", level=1)).to_have_text("+1 801-555-1234")
    expect(note_of(crm)).to_be_hidden()
    assert "ContactCardData" not in [message["messageType"] for message in elsewhere.evaluate("posted")]


def test_a_panel_of_another_site_learns_no_more_from_one_that_it_opens_beside_the_desks_own(
    page: Page, serve: Serve, site: Site
) -> None:
    """The desk's own panel is in the same tab: what it kept of its key in the tab, a window of the tab would have."""
    server = serve("--workspace", site.page("/max.html", ""))
    site.page("/max.html", PLAYS_MAX.replace("ADDRESS", f"{server.url}/panels/crm"))
    open_desk(page, server.url)
    answered_call(server)
    expect(crm_of(page).get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    workspace = page.locator("iframe[title=max]").element_handle().content_frame()
    assert workspace is not None
    expect(page.frame_locator("iframe[title=max]").frame_locator("iframe").locator("#notice")).to_contain_text(KEY_NEEDED)
    with page.expect_popup() as opened:
        workspace.evaluate("address => void window.open(address)", f"{server.url}/panels/crm")
    expect(opened.value.locator("#notice")).to_contain_text(KEY_NEEDED)
    assert "ContactCardData" not in [message["messageType"] for message in workspace.evaluate("posted")]


def test_with_the_token_in_its_address_the_panel_works_in_any_frame_and_the_key_leaves_the_address(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve("--token", "open-sesame")
    page.goto(site.page("/max.html", PLAYS_MAX.replace("ADDRESS", f"{server.url}/panels/crm#key=open-sesame")))
    crm = page.frame_locator("iframe[title=CRM]")
    expect(crm.get_by_role("heading", name="Dana Whitfield")).to_be_visible()
    write(crm, "Wants two tents")
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame is not None
    assert urlsplit(frame.url).fragment == ""

    frame.evaluate("location.reload()")
    expect(note_of(crm)).to_have_value("Wants two tents")


def test_a_key_that_is_added_to_an_open_panel_counts_at_once(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--token", "open-sesame")
    page.goto(site.page("/max.html", PLAYS_MAX.replace("ADDRESS", f"{server.url}/panels/crm")))
    crm = page.frame_locator("iframe[title=CRM]")
    expect(crm.locator("#notice")).to_contain_text(KEY_NEEDED)
    page.locator("iframe").evaluate("frame => { frame.src += '#key=open-sesame' }")
    expect(crm.get_by_role("heading", name="Dana Whitfield")).to_be_visible()


# For everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1000])
def test_axe_finds_nothing_on_the_panel_and_nothing_is_cut_off(
    browser: Browser, serve: Serve, site: Site, scheme: str, width: int
) -> None:
    server = serve("--token", "open-sesame")
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page.goto(f"{server.url}/panels/crm")
    is_accessible(page)

    with page.expect_popup() as opened:
        page.goto(site.page("/opens.html", PLAYS_MAX.replace("ADDRESS", "about:blank")))
        page.evaluate("address => void window.open(address)", f"{server.url}/panels/crm#key=open-sesame")
    panel = opened.value
    panel.set_viewport_size({"width": width, "height": 900})
    panel.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    write(panel, "Wants two tents " * 20)
    is_accessible(panel)
    page.close()


def is_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_note_is_reached_and_left_with_the_keyboard(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    answered_call(server)
    crm = crm_of(page)
    expect(note_of(crm)).to_be_editable()
    crm.get_by_role("button", name="Hang up").focus()
    until_focused(page, note_of(crm))
    page.keyboard.type("By hand")
    page.keyboard.press("Shift+Tab")
    is_saved(crm)


def until_focused(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus; a dozen times at most."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            break
    expect(wanted).to_be_focused()
