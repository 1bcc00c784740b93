"""The desk's form for how a contact came out: what is typed into it stays, what is saved is shown, and wrap-up ends with it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import call_event, open_desk
from tests.browser.test_accessible import NARROW, WIDE, Scheme, accessible
from tests.serving import Serve, Server

SETTINGS = """
[[skill]]
id = 4101
name = "Support"
acw = 600

[[skill]]
id = 4102
name = "Sales"

[[disposition]]
id = 1
name = "Solved"
skills = ["Support"]

[[disposition]]
id = 2
name = "Sold"
skills = ["Sales"]

[[disposition]]
id = 3
name = "Wrong number"
"""
"""After-call work that outlasts any test, and dispositions that differ from skill to skill."""


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Server:
    (tmp_path / "bridge.toml").write_text(SETTINGS)
    return serve("--config", str(tmp_path / "bridge.toml"), "--panel", "/panels/softphone")


@pytest.fixture
def form(page: Page, server: Server) -> Locator:
    """The form at an open desk."""
    open_desk(page, server.url)
    return page.get_by_role("form", name="Disposition")


def answered(server: Server, **contact: str) -> str:
    its_id = server.call(**contact)
    server.act(its_id, "answer")
    return its_id


def choice(form: Locator) -> Locator:
    return form.get_by_label("Disposition", exact=True)


def notes(form: Locator) -> Locator:
    return form.get_by_label("Notes", exact=True)


def kept(page: Page, *texts: str) -> None:
    """Wait until this is what the tab would know after a reload."""
    page.wait_for_function("texts => texts.every((text) => JSON.stringify(sessionStorage).includes(text))", arg=texts)


def test_it_is_there_once_the_contact_is_answered_with_what_fits_its_skill(page: Page, server: Server, form: Locator) -> None:
    call = server.call(skill="Support")
    expect(page.locator(".card .status")).to_have_text("Ringing")
    expect(form).to_be_hidden()
    server.act(call, "answer")
    expect(choice(form).locator("option")).to_have_text(["Choose …", "Solved", "Wrong number"])
    server.act(call, "hold")
    expect(page.locator(".card .status")).to_have_text("On hold")
    expect(form).to_be_visible()


def test_what_is_saved_is_shown_with_its_notes_and_said(page: Page, server: Server, form: Locator) -> None:
    call = answered(server, skill="Support", customer="Ann Example")
    expect(form).to_be_visible()
    page.keyboard.press("Alt+Shift+O")
    expect(choice(form)).to_be_focused()
    choice(form).select_option("Solved")
    page.keyboard.press("Tab")
    page.keyboard.type("Sent the <b>invoice</b> again.\nTo the new address.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(form.locator(".noted")).to_have_text("Noted: Solved Sent the <b>invoice</b> again. To the new address.")
    expect(page.locator("#say-polite")).to_contain_text("Ann Example: Solved noted")
    expect(notes(form)).to_have_value("Sent the <b>invoice</b> again.\nTo the new address.")
    assert server.get(f"/api/v1/agents/1001/contacts/{call}/disposition")["name"] == "Solved"
    expect(page.locator(".card .status")).to_have_text("Active")


def test_without_a_choice_nothing_is_sent_and_the_choice_is_asked_for(server: Server, form: Locator) -> None:
    answered(server, skill="Support")
    notes(form).fill("All is well.")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_have_text("Choose a disposition first.")
    expect(choice(form)).to_be_focused()
    expect(notes(form)).to_have_value("All is well.")


def test_what_is_wrong_is_said_only_as_long_as_it_is(page: Page, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "bridge.toml").write_text(SETTINGS)
    server = serve("--config", str(tmp_path / "bridge.toml"), journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_desk(page, server.url)
    form = page.get_by_role("form", name="Disposition")
    save, error = form.get_by_role("button", name="Save"), form.locator("[role=alert]")
    call = answered(server, skill="Support")
    save.click()
    expect(error).to_have_text("Choose a disposition first.")
    server.act(call, "hold")
    expect(page.locator(".card .status")).to_have_text("On hold")
    expect(error).to_have_text("")
    save.click()
    expect(error).to_have_text("Choose a disposition first.")
    choice(form).select_option("Solved")
    expect(error).to_have_text("")

    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    save.click()
    expect(error).to_contain_text("Nothing was sent.")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    expect(error).to_have_text("")
    expect(choice(form)).to_have_value("1")


def test_typing_through_100_events_keeps_text_caret_and_choice(page: Page, server: Server, form: Locator) -> None:
    call = answered(server, skill="Support")
    choice(form).select_option("Solved")
    notes(form).press_sequentially("half a tence")
    notes(form).evaluate("(it) => it.setSelectionRange(7, 7)")
    for number in range(50):
        server.act(call, "hold" if number % 2 == 0 else "resume")
        server.post(f"/api/v1/agents/1001/contacts/{call}/disposition", {"name": "Wrong number", "notes": f"another's {number}"})
    expect(form.locator(".noted")).to_have_text("Noted: Wrong number another's 49")
    expect(notes(form)).to_be_focused()
    page.keyboard.type("sen")
    expect(notes(form)).to_have_value("half a sentence")
    expect(choice(form)).to_have_value("1")


def test_each_contact_has_its_own_draft(page: Page, server: Server, form: Locator) -> None:
    answered(server, skill="Support", customer="Ann Example")
    choice(form).select_option("Solved")
    notes(form).fill("about Ann")
    answered(server, skill="Sales", customer="Ben Example")
    expect(choice(form).locator("option")).to_have_text(["Choose …", "Sold", "Wrong number"])
    expect(choice(form)).to_have_value("")
    expect(notes(form)).to_have_value("")
    choice(form).select_option("Sold")
    notes(form).fill("about Ben")
    for name, chosen, text in (("Ann Example", "1", "about Ann"), ("Ben Example", "2", "about Ben")):
        page.locator(".row", has_text=name).click()
        expect(choice(form)).to_have_value(chosen)
        expect(notes(form)).to_have_value(text)


def test_notes_typed_as_another_call_is_answered_are_not_of_that_one(page: Page, server: Server, form: Locator) -> None:
    ann = answered(server, skill="Support", customer="Ann Example")
    choice(form).select_option("Solved")
    notes(form).press_sequentially("about Ann ")
    ben = answered(server, skill="Sales", customer="Ben Example")
    expect(page.locator(".card h2")).to_have_text("Ben Example")
    expect(page.get_by_role("group", name="Call controls")).to_be_focused()
    page.keyboard.type("4711 hmkexnlcwr?")
    page.keyboard.press("Enter")
    expect(notes(form)).to_have_value("")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#notices")).to_contain_text("“Notes” is for Ben Example now. The keyboard has left it.")
    expect(page.locator("#say-urgent")).to_contain_text("“Notes” is for Ben Example now. The keyboard has left it.")
    assert (server.status(ann), server.status(ben)) == ("Holding", "Active")
    page.locator(".row", has_text="Ann Example").click()
    expect(notes(form)).to_have_value("about Ann ")


def test_a_choice_under_way_is_not_made_for_another_call(page: Page, server: Server, form: Locator) -> None:
    answered(server, skill="Support", customer="Ann Example")
    choice(form).focus()
    answered(server, skill="Sales", customer="Ben Example")
    expect(page.get_by_role("group", name="Call controls")).to_be_focused()
    page.keyboard.type("Wrong")
    expect(choice(form)).to_have_value("")
    expect(page.locator("#say-urgent")).to_contain_text("“Disposition” is for Ben Example now.")


def test_when_the_time_for_notes_is_over_what_is_typed_on_does_nothing(page: Page, server: Server, form: Locator) -> None:
    call = answered(server, skill="Support")
    server.act(call, "hangup")
    expect(form.locator(".left")).to_be_visible()
    notes(form).press_sequentially("half a sen")
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    expect(form).to_be_hidden()
    expect(page.locator("[data-region=contact]")).to_be_focused()
    page.keyboard.type("tence")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#say-urgent")).to_contain_text("“Notes” is gone. The keyboard has left it.")


@pytest.mark.parametrize("turn", ["by key", "by click"])
def test_who_turns_to_another_call_goes_on_to_type_there(page: Page, server: Server, form: Locator, turn: str) -> None:
    answered(server, skill="Support", customer="Ann Example")
    notes(form).press_sequentially("about Ann")
    server.call(skill="Sales", customer="Ben Example")
    expect(page.locator("#incoming")).to_be_visible()
    if turn == "by key":
        page.keyboard.press("Alt+Shift+A")
    else:
        page.locator("#incoming").get_by_role("button", name="Answer").click()
        expect(page.locator(".card h2")).to_have_text("Ben Example")
        notes(form).click()
    expect(page.locator(".card h2")).to_have_text("Ben Example")
    expect(notes(form)).to_be_focused()
    page.keyboard.type("about Ben")
    expect(notes(form)).to_have_value("about Ben")
    expect(page.locator("#notices p")).to_have_count(0)


def test_a_draft_outlives_a_reload_until_it_is_saved(page: Page, server: Server, form: Locator) -> None:
    ann = answered(server, skill="Support", customer="Ann Example")
    choice(form).select_option("Solved")
    notes(form).fill("about Ann")
    answered(server, skill="Sales", customer="Ben Example")
    expect(choice(form)).to_have_value("")
    choice(form).select_option("Sold")
    notes(form).fill("about Ben")
    kept(page, "about Ann", "about Ben")
    page.reload()
    expect(choice(form)).to_have_value("2")
    expect(notes(form)).to_have_value("about Ben")
    page.locator(".row", has_text="Ann Example").click()
    expect(choice(form)).to_have_value("1")
    expect(notes(form)).to_have_value("about Ann")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".noted")).to_have_text("Noted: Solved about Ann")
    server.post(f"/api/v1/agents/1001/contacts/{ann}/disposition", {"name": "Wrong number", "notes": "another's"})
    page.reload()
    expect(notes(form)).to_have_value("another's")

    page.locator(".row", has_text="Ben Example").click()
    expect(notes(form)).to_have_value("about Ben")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".noted")).to_have_text("Noted: Sold about Ben")
    page.wait_for_function("() => !JSON.stringify(sessionStorage).includes('about')")


def test_a_draft_goes_with_its_contact_and_with_its_history(page: Page, server: Server, form: Locator) -> None:
    call = answered(server, skill="Sales")
    notes(form).fill("about Ann")
    kept(page, "about Ann")
    server.act(call, "hangup")
    server.post("/api/v1/agents/1001/state", {"state": "Available"})  # ends after-call work
    page.wait_for_function("() => !JSON.stringify(sessionStorage).includes('about')")

    again = call_event("4711", Skill="4102")
    server.post("/api/v1/agents/1001/events", [again])
    notes(form).fill("about Ben")
    kept(page, "about Ben")
    page.goto("about:blank")
    server.kill()
    server.start()
    server.post("/api/v1/agents/1001/state", {"state": "Available"})  # before the page logs in, which begins without contacts
    server.post("/api/v1/agents/1001/events", [again])
    open_desk(page, server.url)
    page.wait_for_function("() => !JSON.stringify(sessionStorage).includes('about')")
    expect(form).to_be_visible()
    expect(notes(form)).to_have_value("")


def test_a_desk_that_is_opened_later_begins_with_what_was_noted(page: Page, server: Server, form: Locator) -> None:
    call = answered(server, skill="Support")
    server.post(f"/api/v1/agents/1001/contacts/{call}/disposition", {"name": "Solved", "notes": "First.\nSecond."})
    page.reload()
    expect(choice(form)).to_have_value("1")
    expect(notes(form)).to_have_value("First.\nSecond.")


def test_in_wrap_up_saving_finishes_after_call_work(page: Page, server: Server, form: Locator) -> None:
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    call = answered(server, skill="Support")
    notes(form).fill("typed while the call was on")
    server.act(call, "hangup")
    expect(form.locator(".left")).to_contain_text("After-call work: 9:5")
    expect(notes(form)).to_have_value("typed while the call was on")
    before = form.locator(".left time").text_content()
    expect(form.locator(".left time")).not_to_have_text(before or "")  # it counts down
    choice(form).select_option("Solved")
    form.get_by_role("button", name="Save and finish").click()
    expect(form).to_be_hidden()
    expect(page.locator("#state-button")).to_contain_text("Available")
    assert server.get(f"/api/v1/agents/1001/contacts/{call}/disposition")["notes"] == "typed while the call was on"
    expect(page.locator("#new-contact-button")).to_be_focused()  # not left with nothing


def test_a_disposition_that_is_refused_stays_and_says_why(page: Page, server: Server, form: Locator) -> None:
    answered(server, skill="Support")
    choice(form).select_option("Solved")
    notes(form).fill("All is well.")
    # What has been taken away between the choice and the press.
    page.evaluate("document.querySelector('#disposition option:checked').value = '99'")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("takes no disposition '99'; there is 1 (Solved), 3 (Wrong number).")
    expect(notes(form)).to_have_value("All is well.")


def test_a_choice_that_is_taken_away_is_to_be_made_again(server: Server, form: Locator, tmp_path: Path) -> None:
    answered(server, skill="Support")
    choice(form).select_option("Solved")
    (tmp_path / "bridge.toml").write_text(
        SETTINGS.replace('name = "Solved"', 'name = "Settled"').replace("id = 1\n", "id = 11\n")
    )
    expect(choice(form).locator("option")).to_have_text(["Choose …", "Settled", "Wrong number"])
    expect(choice(form).locator("option:checked")).to_have_text("Choose …")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(browser: Browser, server: Server, scheme: Scheme, size: tuple[int, int]) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    open_desk(page, server.url)
    form = page.get_by_role("form", name="Disposition")
    call = answered(server, skill="Support")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_be_visible()
    accessible(page)  # with an error
    server.post(f"/api/v1/agents/1001/contacts/{call}/disposition", {"name": "Solved", "notes": "long " * 500})
    expect(form.locator(".noted")).to_be_visible()
    server.act(call, "hangup")
    expect(form.locator(".left")).to_be_visible()
    accessible(page)  # in wrap-up, with long notes
    page.close()
