"""Contacts beside calls at the desk: what a person sees of them and does with them."""

import re

from playwright.sync_api import Locator, Page, expect

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


def chat_of(page: Page, server: Server, **more: str) -> str:
    """A chat that the agent has answered."""
    chat = server.call(media="chat", customer="Ann Example", skill="Sales", **more)
    server.act(chat, "answer")
    expect(page.locator("#chat")).to_be_visible()
    return chat


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


def test_a_voicemail_is_played_paused_and_played_from_elsewhere(page: Page, serve: Serve) -> None:
    server = serve()
    open_desk(page, server.url)
    new_contact(page, "Voicemail", **{"from": "8015551234", "duration": "600"})
    expect(incoming(page)).to_contain_text("Voicemail from 8015551234")
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
