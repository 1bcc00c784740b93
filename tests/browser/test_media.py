"""Contacts beside calls at the desk: what a person sees of them and does with them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.browser.test_accessible import accessible
from tests.serving import Serve, Server, Site


def new_contact(page: Page, medium: str, **fields: str) -> None:
    """Let a contact of this medium arrive by the form."""
    page.get_by_role("button", name="New contact").click()
    form = page.get_by_role("dialog", name="New contact")
    form.get_by_role("radio", name=medium, exact=True).check()
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Let it arrive").click()
    expect(form).to_be_hidden()


def incoming(page: Page) -> Locator:
    return page.locator("#incoming .ringing")


def chat_of(page: Page, server: Server, customer: str = "Ann Example", **more: str) -> str:
    """A chat that the agent has answered, and that is in focus."""
    chat = server.call(media="chat", customer=customer, skill="Sales", **more)
    server.act(chat, "answer")
    expect(page.locator(".card h2")).to_have_text(customer)
    expect(page.locator("#chat")).to_be_visible()
    return chat


def box(page: Page) -> Locator:
    """Where the agent writes."""
    return page.get_by_label("Message", exact=True)


def said(page: Page) -> Locator:
    return page.locator(".transcript .said")


def kept(page: Page, text: str) -> None:
    """Wait until this is what the tab would know after a reload."""
    page.wait_for_function("text => JSON.stringify(sessionStorage).includes(text)", arg=text)


def test_a_chat_goes_from_its_first_message_to_its_end(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    new_contact(page, "Chat", customer="Ann Example", text="Hello?")
    expect(incoming(page)).to_contain_text("Chat from Ann Example")
    expect(page.locator("#say-urgent")).to_have_text("Incoming chat from Ann Example")
    expect(page).to_have_title(re.compile("Incoming chat"))
    incoming(page).get_by_role("button", name="Answer").click()
    expect(page.locator(".transcript .from-customer .said")).to_have_text(["Hello?"])

    page.keyboard.press("Alt+Shift+W")
    page.keyboard.type("Good morning")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("How can I help?")
    page.keyboard.press("Enter")
    expect(page.locator(".transcript .from-agent .said")).to_have_text(["Good morning\nHow can I help?"], use_inner_text=True)
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()

    page.keyboard.type("Where is my order?")
    page.get_by_role("button", name="Customer writes").click()
    expect(page.locator(".transcript .said")).to_have_count(3)
    expect(page.locator("#say-polite")).to_contain_text("Ann Example: Where is my order?")

    page.get_by_role("button", name="End", exact=True).click()
    expect(page.locator("#chat")).to_be_hidden()
    expect(page.locator(".row")).to_have_count(0)


def test_what_is_typed_survives_events_and_each_chat_has_its_own_draft(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    first = chat_of(page, server)
    draft = page.get_by_label("Message", exact=True)
    draft.press_sequentially("half a sen")
    for number in range(20):
        server.post(f"/api/v1/agents/1001/contacts/{first}/messages", {"text": str(number), "from": "customer"})
    expect(page.locator(".transcript .said")).to_have_count(20)
    expect(draft).to_have_value("half a sen")
    expect(draft).to_be_focused()
    draft.press_sequentially("tence")

    server.call(media="chat", customer="Ben Example", skill="Sales")
    page.locator(".row", has_text="Ben Example").click()
    expect(page.locator(".transcript .said")).to_have_count(0)
    expect(draft).to_have_value("")
    page.locator(".row", has_text="Ann Example").click()
    expect(draft).to_have_value("half a sentence")


def test_what_is_typed_as_the_customer_leaves_reaches_no_other(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server, "Ben Example")
    ann = chat_of(page, server)
    box(page).press_sequentially("Ann, your card number is ")
    server.act(ann, "customer/hangup")
    expect(page.locator(".card h2")).to_have_text("Ben Example")
    expect(page.get_by_role("group", name="Chat controls")).to_be_focused()
    page.keyboard.type("4711 hmkexnlcwr?")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".card .status")).to_have_text("Active")
    expect(page.locator("#notices")).to_contain_text("“Message” is for Ben Example now. The keyboard has left it.")
    expect(page.locator("#say-urgent")).to_contain_text("“Message” is for Ben Example now. The keyboard has left it.")
    page.keyboard.press("Alt+Shift+W")
    page.keyboard.type("Hello Ben")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(["Hello Ben"])


def test_what_is_typed_as_another_page_of_the_desk_turns_stays_with_whom_it_is_for(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server, "Ben Example")
    chat_of(page, server)
    box(page).press_sequentially("Ann, your card number is ")
    other = page.context.new_page()
    open_desk(other, server.url)
    other.locator(".row", has_text="Ben Example").click()
    expect(page.locator(".card h2")).to_have_text("Ben Example")
    expect(page.get_by_role("group", name="Chat controls")).to_be_focused()
    page.locator(".row", has_text="Ann Example").click()
    expect(box(page)).to_have_value("Ann, your card number is ")
    other.close()


def test_the_button_that_sends_is_not_left_under_the_finger_for_another(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server, "Ben Example")
    box(page).fill("for Ben, unfinished")
    ann = chat_of(page, server)
    box(page).fill("Good bye")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    server.act(ann, "end")
    expect(page.get_by_role("group", name="Chat controls")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("for Ben, unfinished")
    expect(page.locator("#say-urgent")).to_contain_text("“Send” is for Ben Example now.")


def test_a_dialog_gives_the_keyboard_back_to_no_box_that_is_anothers_meanwhile(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server, "Ben Example")
    ann = chat_of(page, server)
    box(page).press_sequentially("Ann, your card number is ")
    page.keyboard.press("Alt+Shift+G")
    expect(page.locator("dialog[open]")).to_be_visible()
    server.act(ann, "end")
    expect(page.locator(".card h2")).to_have_text("Ben Example")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_role("group", name="Chat controls")).to_be_focused()


def test_the_keyboard_leaves_a_box_that_is_gone_for_where_enter_does_nothing(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server)
    box(page).press_sequentially("Ann, your card number is ")
    call = server.call(customer="Ben Example", skill="Sales")
    server.act(call, "answer")
    expect(page.locator("#chat")).to_be_hidden()
    expect(page.get_by_role("group", name="Call controls")).to_be_focused()
    expect(page.locator("#say-urgent")).to_contain_text("“Message” is gone. The keyboard has left it.")

    page.locator(".row", has_text="Ann Example").click()
    box(page).click()
    server.act(call, "hangup")
    server.post("/api/v1/agents/1001/state", {"state": "LoggedOut", "reason": "RemoteLogoff"})  # takes all contacts along
    expect(page.locator("[data-region=contact]")).to_be_focused()
    page.keyboard.type("4711")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_text("You are logged out: a supervisor logged you out.")).to_be_visible()


@pytest.mark.parametrize("turn", ["by key", "by click"])
def test_who_turns_to_another_chat_goes_on_to_type_there(page: Page, serve: Serve, turn: str) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server)
    box(page).press_sequentially("for Ann")
    server.call(media="chat", customer="Ben Example", skill="Sales")
    expect(incoming(page)).to_be_visible()
    if turn == "by key":
        page.keyboard.press("Alt+Shift+A")
    else:
        page.locator(".row", has_text="Ben Example").click()
        incoming(page).get_by_role("button", name="Answer").click()
        box(page).click()
    expect(page.locator(".card h2")).to_have_text("Ben Example")
    expect(page.locator(".card .status")).to_have_text("Active")
    expect(box(page)).to_be_focused()
    page.keyboard.type("for Ben")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(["for Ben"])
    expect(page.locator("#notices p")).to_have_count(0)


def test_a_draft_outlives_a_reload_until_it_is_sent(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server, "Ben Example")
    box(page).fill("for Ben")
    ann = chat_of(page, server)
    box(page).fill("for Ann")
    kept(page, "for Ann")
    page.reload()
    expect(box(page)).to_have_value("for Ann")
    box(page).press("Enter")
    expect(said(page)).to_have_text(["for Ann"])
    expect(box(page)).to_have_value("")
    page.locator(".row", has_text="Ben Example").click()
    expect(box(page)).to_have_value("for Ben")

    page.reload()
    expect(box(page)).to_have_value("for Ben")
    page.locator(".row", has_text="Ann Example").click()
    expect(box(page)).to_have_value("")
    box(page).fill("for Ann, who leaves")
    kept(page, "for Ann, who leaves")
    server.act(ann, "end")
    expect(box(page)).to_have_value("for Ben")
    page.wait_for_function("() => !JSON.stringify(sessionStorage).includes('for Ann')")


def test_a_draft_outlives_a_reload_where_the_server_asks_for_a_token(page: Page, serve: Serve) -> None:
    server = serve("--token", "a-secret-of-this-test")
    page.goto(server.link)
    chat_of(page, server)
    box(page).fill("for Ann")
    kept(page, "for Ann")
    page.reload()
    expect(box(page)).to_have_value("for Ann")


@pytest.mark.parametrize("reload", [False, True], ids=["as the page stays", "as it is loaded anew"])
def test_a_history_that_begins_anew_has_no_drafts_of_another(page: Page, serve: Serve, reload: bool) -> None:
    server = serve()
    open_desk(page, server.url)
    chat = {"Type": "ChatContactEvent", "ContactID": "4711", "Status": "Active", "FinalState": "False"}
    server.post("/api/v1/agents/1001/events", [chat])
    box(page).fill("for Ann")
    kept(page, "for Ann")
    if reload:
        page.goto("about:blank")
    server.kill()
    server.start()
    server.post("/api/v1/agents/1001/state", {"state": "Available"})  # before the page logs in, which begins without contacts
    server.post("/api/v1/agents/1001/events", [chat])
    if reload:
        open_desk(page, server.url)
    page.wait_for_function("() => !JSON.stringify(sessionStorage).includes('for Ann')")
    expect(page.locator(".row")).to_have_count(1)
    expect(box(page)).to_have_value("")


def test_without_storage_each_chat_keeps_its_draft_as_long_as_the_page(page: Page, serve: Serve) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };")
    errors: list[Error] = []
    page.on("pageerror", lambda error: errors.append(error))
    server = serve()
    open_desk(page, server.url)
    chat_of(page, server, "Ben Example")
    box(page).press_sequentially("for Ben")
    chat_of(page, server)
    box(page).press_sequentially("for Ann")
    page.locator(".row", has_text="Ben Example").click()
    expect(box(page)).to_have_value("for Ben")
    box(page).press("Enter")
    expect(said(page)).to_have_text(["for Ben"])
    assert errors == []


def test_the_transcript_stays_at_its_end_unless_somebody_reads_further_up(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat = chat_of(page, server)

    def write(count: int) -> None:
        for _ in range(count):
            server.post(f"/api/v1/agents/1001/contacts/{chat}/messages", {"text": "A line\nand another", "from": "customer"})

    lines, transcript = page.locator(".transcript .said"), page.locator(".transcript")
    write(20)
    expect(lines).to_have_count(20)
    expect(lines.last).to_be_in_viewport()
    transcript.evaluate("(it) => new Promise((done) => { it.addEventListener('scroll', done, {once: true}); it.scrollTop = 0; })")
    write(1)
    expect(lines).to_have_count(21)
    assert transcript.evaluate("(it) => it.scrollTop") == 0


def test_who_types_is_seen_on_both_sides(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat = chat_of(page, server)
    path = f"/api/v1/agents/1001/contacts/{chat}"
    server.post(f"{path}/typing", {"from": "customer"})
    expect(page.locator(".transcript .typing")).to_have_text("Ann Example types …")
    server.post(f"{path}/messages", {"from": "customer", "text": "Hello?"})
    expect(page.locator(".transcript .typing")).to_have_text("")

    typing = page.get_by_label("Message", exact=True)
    typing.press_sequentially("Good")
    page.wait_for_function(
        "path => fetch(path).then((answer) => answer.json()).then(({typing}) => typing.includes('agent'))", arg=f"{path}/messages"
    )
    typing.fill("")
    page.wait_for_function(
        "path => fetch(path).then((answer) => answer.json()).then(({typing}) => typing.length === 0)", arg=f"{path}/messages"
    )


def test_a_message_that_is_refused_stays_and_says_why(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    chat = chat_of(page, server)
    server.act(chat, "hold")
    expect(page.get_by_role("button", name="Send")).to_have_attribute("aria-disabled", "true")
    draft = page.get_by_label("Message", exact=True)
    draft.fill("Good morning")
    draft.press("Enter")
    expect(page.locator("#chat [role=alert]")).to_contain_text("is Holding")
    expect(draft).to_have_value("Good morning")


def test_what_is_wrong_with_a_message_is_said_only_as_long_as_it_is(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve(journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    error = page.locator("#chat [role=alert]")
    chat = server.call(media="chat", customer="Ann Example", skill="Sales")
    box(page).fill("Good morning")
    box(page).press("Enter")
    expect(error).to_contain_text("is Incoming")
    server.act(chat, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")
    expect(error).to_have_text("")

    server.act(chat, "hold")
    expect(page.locator(".card .status")).to_have_text("On hold")
    box(page).press("Enter")
    expect(error).to_contain_text("is Holding")
    box(page).press("End")
    page.keyboard.type("!")
    expect(error).to_have_text("")
    server.act(chat, "resume")
    expect(page.locator(".card .status")).to_have_text("Active")

    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    box(page).press("Enter")
    expect(error).to_contain_text("Nothing was sent.")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    expect(error).to_have_text("")
    expect(box(page)).to_have_value("Good morning!")


def test_a_voicemail_is_played_paused_and_played_from_elsewhere(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    new_contact(page, "Voicemail", **{"from": "8015551234", "duration": "600"})
    expect(incoming(page)).to_contain_text("8015551234")  # and the name, once the panel has found it
    page.keyboard.press("Alt+Shift+A")
    place = page.get_by_label("Position in the voicemail")
    expect(page.locator(".position")).to_have_text("0:00 of 10:00")

    page.keyboard.press("Alt+Shift+L")
    expect(page.get_by_role("button", name="Play", pressed=True)).to_be_visible()
    expect(page.locator(".position")).to_have_text("0:01 of 10:00")
    place.focus()
    place.press("End")
    expect(page.locator(".position")).to_have_text("10:00 of 10:00")
    expect(page.get_by_role("button", name="Play", pressed=False)).to_be_visible()  # it is over

    place.press("Home")
    page.get_by_role("button", name="Play", pressed=True).click()
    expect(page.get_by_role("button", name="Play", pressed=False)).to_be_visible()
    told = [event for event in server.events() if event["Type"] == "VoiceMailPlayBackEvent"]
    assert [event["PlayBackPosition"] for event in told[:4]] == ["0", "600", "600", "0"]
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.locator("#playback")).to_be_hidden()
    assert server.events()[-1]["Status"] == "Discarded"


def test_a_work_item_shows_its_payload(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    new_contact(page, "Work item", workItemType="Return", payload='{"order": 4711, "why": "too small"}', variables="OrderID=4711")
    expect(incoming(page)).to_contain_text("Work item Return")
    expect(page.locator(".payload dt")).to_have_text(["order", "why"])
    expect(page.locator(".payload dd")).to_have_text(["4711", "too small"])
    expect(page.locator(".facts")).to_contain_text("OrderID")
    incoming(page).get_by_role("button", name="Answer").click()
    expect(page.get_by_role("group", name="Work item controls").get_by_role("button")).to_have_text(["End"])
    page.keyboard.press("Alt+Shift+X")
    expect(page.locator(".row")).to_have_count(0)


def test_an_email_shows_what_it_is_about(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    new_contact(page, "Email", **{"from": "ann@example.com", "subject": "Where is my order?"})
    expect(incoming(page)).to_contain_text("Email from ann@example.com")
    expect(page.locator(".facts")).to_contain_text("Where is my order?")
    incoming(page).get_by_role("button", name="Answer").click()
    page.get_by_role("button", name="Hold", exact=True).click()
    expect(page.locator(".card .status")).to_have_text("On hold")


def test_a_digital_contact_is_answered_and_written_with(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    new_contact(page, "Digital", customer="Ann Example", channel="whatsapp", text="Hello?")
    expect(incoming(page)).to_contain_text("Digital contact from Ann Example")
    incoming(page).get_by_role("button", name="Answer").click()
    expect(page.locator(".facts")).to_contain_text("whatsapp")
    page.get_by_label("Message", exact=True).fill("Good morning")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".transcript .said")).to_have_text(["Hello?", "Good morning"])


def test_the_form_offers_what_fits_the_medium(page: Page, serve: Serve) -> None:
    open_desk(page, serve().url)
    page.get_by_role("button", name="New contact").click()
    form = page.get_by_role("dialog", name="New contact")
    expect(form.get_by_label("ANI")).to_be_visible()
    form.get_by_role("radio", name="The agent dials").check()
    expect(form.get_by_role("button", name="Dial")).to_be_visible()
    form.get_by_role("radio", name="Email", exact=True).check()
    expect(form.get_by_label("ANI")).to_be_hidden()
    expect(form.get_by_label("Subject")).to_be_visible()
    expect(form.get_by_role("button", name="Let it arrive")).to_be_visible()
    form.get_by_role("radio", name="Call", exact=True).check()
    expect(form.get_by_role("button", name="Dial")).to_be_visible()


def test_a_panel_hears_of_a_voicemail_by_its_contact_id(page: Page, serve: Serve, site: Site) -> None:
    server = serve("--panel", probe_page(site))
    open_desk(page, server.url)
    voicemail = server.call(media="voicemail", skill="Sales")
    probe = probe_of(page)
    probe.register("contact")
    server.act(voicemail, "answer")
    server.act(voicemail, "play")
    assert probe.wait_for_event("VoiceMailContactEvent", Status="Active")["ContactId"] == voicemail
    assert probe.wait_for_event("VoiceMailPlayBackEvent", PlayBackPaused="False")["ContactId"] == voicemail


def test_axe_finds_nothing_beside_calls(page: Page, serve: Serve) -> None:
    server = serve("--workspace", "/panels/softphone")
    open_desk(page, server.url)
    item = server.call(media="workitem", payload='{"order": 4711}')
    expect(page.locator(".payload")).to_be_visible()
    accessible(page)  # a work item that comes in
    server.act(item, "answer")
    server.act(item, "end")
    chat = chat_of(page, server, text="Hello?")
    server.post(f"/api/v1/agents/1001/contacts/{chat}/messages", {"text": "Good morning"})
    expect(page.locator(".transcript .said")).to_have_count(2)
    accessible(page)  # a chat
    server.act(chat, "end")
    voicemail = server.call(media="voicemail", duration=45)
    server.act(voicemail, "answer")
    server.act(voicemail, "play")
    expect(page.locator("#playback")).to_be_visible()
    accessible(page)  # a voicemail that plays
    page.keyboard.press("Alt+Shift+N")
    for medium in ("Chat", "Digital", "Work item", "Voicemail", "Email"):
        page.get_by_role("radio", name=medium, exact=True).check()
        accessible(page)
