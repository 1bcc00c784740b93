"""The desk page itself: it never takes from a person what they are at, and everyone can use it."""

from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Serve, Site


def test_typing_goes_on_undisturbed_through_a_hundred_events(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    probe = probe_of(page)
    probe.frame.evaluate("window.untouched = true; scrollTo(0, 700)")
    call = server.call()
    server.act(call, "answer")
    page.get_by_role("button", name="New contact").click()
    customer = page.get_by_role("textbox", name="Customer")

    for i in range(50):
        server.act(call, "hold" if i % 2 == 0 else "resume")
        server.post("/api/v1/agents/1001/events", [{"Type": "Mute", "AgentMuted": str(i % 2 == 0)}])
        customer.press_sequentially("ab"[i % 2])
        customer.evaluate("field => field.setSelectionRange(1, 1)") if i == 49 else None

    expect(customer).to_be_focused()
    expect(customer).to_have_value("ab" * 25)
    assert customer.evaluate("field => [field.selectionStart, field.selectionEnd]") == [1, 1]
    assert probe.frame.evaluate("[window.untouched, scrollY]") == [True, 700]


def test_the_servers_beat_says_nothing_to_anybody(page: Page, serve: Serve) -> None:
    server, said = serve(), []

    def with_beat(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        socket.send('{"t":"beat"}')

    page.on("console", lambda message: said.append(message.text))
    page.route_web_socket("**/socket", with_beat)
    open_desk(page, server.url)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    assert said == []


def test_a_pressed_control_keeps_the_focus_when_its_call_changes(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    call = server.call()
    server.act(call, "answer")
    hold = page.get_by_role("button", name="Hold", exact=True)
    hold.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card .status")).to_have_text("On hold")
    expect(hold).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".card .status")).to_have_text("Active")


def test_a_name_with_html_in_it_is_shown_as_text(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.call(customer="<img src=x onerror=alert(1)>", variables={"<b>name</b>": "<script>alert(1)</script>"})
    expect(page.locator(".card h2")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".facts dd").last).to_have_text("<script>alert(1)</script>")


def test_what_is_wrong_with_a_new_contact_is_said_in_its_form(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    page.get_by_role("button", name="New contact").click()
    page.get_by_label("Screen-pop variables").fill("no equals sign")
    page.get_by_role("button", name="Let it arrive").click()
    expect(page.get_by_role("alert")).to_contain_text("“no equals sign” is not of the form name=value")
    assert server.get("/api/v1/agents/1001")["contacts"] == []


def test_the_focus_stays_with_the_call_when_its_answer_button_goes(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    server.call()
    page.locator("#incoming").get_by_role("button", name="Answer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Call controls")).to_be_focused()
    page.keyboard.press("Enter")  # pressed twice, it holds no call
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Hold", exact=True)).to_be_focused()
    expect(page.locator(".card .status")).to_have_text("Active")


def test_the_desk_works_on_an_address_that_is_no_secure_context(browser: Browser, serve: Serve) -> None:
    server = serve()
    context = browser.new_context()
    page = context.new_page()
    # What a browser leaves out of a page that came over http from another machine.
    page.add_init_script("delete Crypto.prototype.randomUUID")
    open_desk(page, server.url)
    context.close()


def test_who_types_into_a_workspace_keeps_it_in_front_until_the_keyboard_is_back_on_the_desk(
    page: Page, serve: Serve, site: Site
) -> None:
    server = serve("--workspace", probe_page(site))
    open_desk(page, server.url)
    notes = page.frame_locator("iframe[title=probe]").get_by_role("textbox", name="notes")
    notes.press_sequentially("half a ")
    call = server.call(ani="8015551234", skill="Sales")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    notes.press_sequentially("sentence")
    expect(notes).to_have_value("half a sentence")
    expect(page.get_by_role("tab", selected=True)).to_have_text("probe")

    page.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(page.get_by_role("tab", selected=True)).to_have_text("CRM")
    assert server.status(call) == "Active"
