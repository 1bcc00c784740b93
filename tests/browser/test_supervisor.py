"""The overview in a browser: live and legible with 50 agents and 200 contacts, and what a supervisor does there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_accessible import NARROW, WIDE, Scheme, accessible
from tests.serving import Serve, Server
from tests.supervisor import busy

SETTINGS = """
[[agent]]
id = "1001"
name = "Robin Vale"

[[agent]]
id = "1002"
name = "Dana Moss"
"""


def open_overview(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/supervisor")
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    expect(page.locator(".summary dd").first).to_be_visible()


def available(server: Server, *agents: str) -> None:
    for agent in agents:
        server.post(f"/api/v1/agents/{agent}/state", {"state": "Available"})


def queued(server: Server, **contact: object) -> str:
    """Let a contact arrive for whoever serves its skill; its id."""
    contact_id: str = server.post("/api/v1/contacts", {"skill": "Support", **contact})["contactId"]
    return contact_id


def cell(page: Page, table: str, key: str, column: str) -> Locator:
    return page.locator(f"[data-table={table}] [data-key='{key}'] > [data-column={column}]")


def column(page: Page, table: str, name: str) -> list[str]:
    """The texts of a column, from the top."""
    return page.locator(f"[data-table={table}] tbody tr:visible > [data-column={name}]").all_inner_texts()


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Server:
    (tmp_path / "bridge.toml").write_text(SETTINGS)
    return serve("--config", str(tmp_path / "bridge.toml"))


@pytest.fixture
def busy_server(serve: Serve, tmp_path: Path) -> Server:
    settings, journal = tmp_path / "bridge.toml", tmp_path / "journal"
    settings.write_text(busy.settings())
    busy.fill(journal, settings)
    return serve("--config", str(settings), journal=f"sqlite:///{journal}")


# Live


def test_fifty_agents_and_two_hundred_contacts_are_there_and_live(page: Page, busy_server: Server) -> None:
    open_overview(page, busy_server)
    expect(page.locator("[data-table=agents] tbody tr")).to_have_count(busy.AGENTS)
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(busy.CONTACTS)
    expect(page.locator("#contacts .count")).to_have_text(str(busy.CONTACTS))
    call = queued(busy_server, customer="Ada Example")
    expect(cell(page, "contacts", call, "contact")).to_contain_text("Ada Example")
    expect(cell(page, "contacts", call, "place")).to_contain_text(re.compile(r"^\d+ in "))
    first = page.locator("[data-table=contacts] tbody tr").first
    key = first.get_attribute("data-key")
    busy_server.post(f"/api/v1/contacts/{key}/customer/hangup")
    expect(page.locator(f"[data-table=contacts] [data-key='{key}']")).to_have_count(0)


def test_what_happens_to_an_agent_and_a_contact_shows_at_once(page: Page, server: Server) -> None:
    open_overview(page, server)
    expect(cell(page, "agents", "1001", "state")).to_have_text("Logged out")
    available(server, "1001")
    expect(cell(page, "agents", "1001", "state")).to_have_text("Available")
    call = queued(server)
    expect(cell(page, "contacts", call, "status")).to_have_text("Ringing")
    expect(cell(page, "contacts", call, "agent")).to_have_text("Robin Vale")
    expect(cell(page, "agents", "1001", "contacts")).to_have_text("1 1 call")
    server.act(call, "answer")
    expect(cell(page, "contacts", call, "status")).to_have_text("Active")
    expect(page.locator(".summary [data-key=working] dd")).to_have_text("1")


def test_times_tick_in_the_page(page: Page, server: Server) -> None:
    open_overview(page, server)
    call = queued(server)
    expect(cell(page, "contacts", call, "age")).to_have_text("0:02")
    expect(cell(page, "queues", "4101", "longest")).to_have_text(re.compile(r"0:0[23]"))


def test_what_is_typed_sorted_and_focused_outlives_a_hundred_events(page: Page, server: Server) -> None:
    available(server, "1001", "1002")
    calls = [queued(server, customer=f"Customer {name}") for name in ("C", "A", "B")]
    open_overview(page, server)
    page.locator("[data-table=contacts] thead [data-column=contact] button").click()
    kept = page.locator(f"[data-table=contacts] [data-key='{calls[2]}']").element_handle()
    page.get_by_role("searchbox").press_sequentially("custmer")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.type("o")
    caret = page.evaluate("document.activeElement.selectionStart")
    for number in range(50):
        server.post("/api/v1/agents/1002/state", {"state": "Unavailable", "reason": f"reason {number}"})
        server.post(f"/api/v1/contacts/{queued(server, customer='Customer X')}/customer/hangup")
    last = queued(server, customer="Customer Aa")
    expect(cell(page, "contacts", last, "contact")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("customer")
    assert page.evaluate("document.activeElement.selectionStart") == caret
    assert [text.split()[1] for text in column(page, "contacts", "contact")] == ["A", "Aa", "B", "C"]
    assert kept.evaluate("row => row.isConnected")


def test_a_row_that_moves_keeps_the_focus(page: Page, server: Server) -> None:
    available(server, "1001", "1002")
    open_overview(page, server)
    page.locator("[data-table=agents] thead [data-column=contacts] button").click()
    button = cell(page, "agents", "1001", "state").get_by_role("button")
    button.focus()
    lost = page.evaluate_handle("window.lost = []; addEventListener('focusout', ({target}) => lost.push(target.outerHTML)); lost")
    assert column(page, "agents", "agent")[0].startswith("Robin")
    server.call(agent="1001")
    expect(page.locator("[data-table=agents] tbody tr").first).to_contain_text("Dana")
    server.call(agent="1002", media="chat")
    server.call(agent="1002", media="chat")
    expect(page.locator("[data-table=agents] tbody tr").first).to_contain_text("Robin")
    expect(button).to_be_focused()
    assert lost.json_value() == []


def test_who_stood_at_a_row_that_has_gone_goes_on_with_the_rows(page: Page, server: Server) -> None:
    call = queued(server)
    open_overview(page, server)
    cell(page, "contacts", call, "leave").get_by_role("button").focus()
    server.post(f"/api/v1/contacts/{call}/customer/hangup")
    expect(page.get_by_role("group", name="Contacts")).to_be_focused()
    expect(page.get_by_text("No contacts. Press New contact")).to_be_visible()


# In its place

CLIPPED = (
    "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollHeight > one.clientHeight).map((one) => one.innerText)"
)


@pytest.mark.parametrize("contacts", [0, 1, 3])
def test_the_tables_take_all_the_room_there_is(page: Page, server: Server, contacts: int) -> None:
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    for _ in range(contacts):
        queued(server)
    open_overview(page, server)
    expect(page.locator("#contacts .count")).to_have_text(str(contacts))
    for wanted in ("", "nobody is called this"):
        page.get_by_role("searchbox").fill(wanted)
        assert page.evaluate(CLIPPED) == []
        assert page.evaluate("document.querySelector('.floor').getBoundingClientRect().bottom === innerHeight")


# Finding


def test_columns_sort_either_way(page: Page, server: Server) -> None:
    available(server, "1001", "1002", "7")
    server.call(agent="1002")
    open_overview(page, server)
    head = page.get_by_role("columnheader", name="Agent").first
    assert [name.split()[0] for name in column(page, "agents", "agent")] == ["7", "Dana", "Robin"]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert [name.split()[0] for name in column(page, "agents", "agent")] == ["Robin", "Dana", "7"]
    page.locator("[data-table=agents] thead [data-column=contacts] button").click()
    expect(page.locator("[data-table=agents] thead [aria-sort]")).to_have_count(1)
    assert column(page, "agents", "contacts") == ["", "", "1 1 call"]


def test_who_waits_comes_before_who_is_handled_and_the_oldest_first(page: Page, server: Server) -> None:
    available(server, "1001")
    handled = queued(server)
    server.act(handled, "answer")
    waiting = [queued(server) for _ in range(2)]
    open_overview(page, server)
    rows = page.locator("[data-table=contacts] tbody tr")
    expect(rows).to_have_count(3)
    assert [row.get_attribute("data-key") for row in rows.all()] == [*waiting, handled]


def test_the_filter_looks_for_all_its_words_in_all_tables(page: Page, server: Server) -> None:
    available(server, "1001", "1002")
    server.call(agent="1002", customer="Ada Example", skill="Sales")
    queued(server, customer="Robin Reader")
    open_overview(page, server)
    page.keyboard.press("Alt+Shift+F")
    page.keyboard.type("robin")
    expect(page.locator("#agents .count")).to_have_text("1 of 2")
    expect(page.locator("#contacts .count")).to_have_text("1 of 2")
    assert column(page, "agents", "agent") == ["Robin Vale 1001"]
    page.get_by_role("searchbox").fill("SALES dana")
    expect(page.locator("#contacts .count")).to_have_text("1 of 2")
    assert column(page, "contacts", "agent") == ["Dana Moss"]
    page.get_by_role("searchbox").fill("")
    expect(page.locator("#contacts .count")).to_have_text("2")


def test_an_agents_name_opens_the_desk(page: Page, server: Server) -> None:
    available(server, "1001")
    open_overview(page, server)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Robin Vale").click()
    expect(opened.value.locator("#connection")).to_have_attribute("data-state", "connected")
    assert opened.value.url == f"{server.url}/desk/1001"


def test_the_desk_that_it_opens_has_the_token(page: Page, serve: Serve) -> None:
    server = serve("--token", "open-sesame")
    available(server, "1001")
    page.goto(f"{server.url}/supervisor#token=open-sesame")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="1001").click()
    expect(opened.value.locator("#connection")).to_have_attribute("data-state", "connected")


# Doing


def test_an_agents_state_is_set_from_the_menu(page: Page, server: Server) -> None:
    available(server, "1001")
    open_overview(page, server)
    button = cell(page, "agents", "1001", "state").get_by_role("button")
    button.click()
    expect(page.get_by_role("button", name="Available", exact=True).and_(page.locator("[aria-current]"))).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(cell(page, "agents", "1001", "state")).to_have_text("Unavailable, Break")
    expect(page.locator("#state-menu")).to_be_hidden()
    expect(button).to_be_focused()


def test_logging_an_agent_out_is_asked_about_first(page: Page, server: Server) -> None:
    available(server, "1001")
    queued(server)
    open_overview(page, server)
    expect(cell(page, "agents", "1001", "contacts")).to_have_text("1 1 call")
    for answer in ("Cancel", "Log out"):
        cell(page, "agents", "1001", "state").get_by_role("button").click()
        page.get_by_role("button", name="Log out…").click()
        dialog = page.get_by_role("dialog", name="Log Robin Vale (1001) out?")
        expect(dialog).to_contain_text("1 call")
        expect(cell(page, "agents", "1001", "state")).to_have_text("Working")
        dialog.get_by_role("button", name=answer).click()
    expect(cell(page, "agents", "1001", "state")).to_have_text("Logged out")
    assert server.events()[-1]["Message"] == "RemoteLogoff"


def test_a_customer_who_waits_hangs_up(page: Page, server: Server) -> None:
    call = queued(server, customer="Ada Example")
    open_overview(page, server)
    page.get_by_role("button", name="Ada Example hangs up").click()
    expect(page.locator(f"[data-table=contacts] [data-key='{call}']")).to_have_count(0)


def test_a_new_contact_goes_into_the_queue_of_its_skill(page: Page, server: Server) -> None:
    open_overview(page, server)
    page.keyboard.press("Alt+Shift+N")
    dialog = page.get_by_role("dialog", name="New contact")
    expect(dialog.get_by_label("Skill")).to_have_value("Support")
    dialog.get_by_label("Customer").fill("Ada Example")
    dialog.get_by_label("Priority").fill("2")
    dialog.get_by_role("button", name="Let it arrive").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("rowheader", name="Ada Example")).to_be_visible()
    assert server.get("/api/v1/queues")["queues"][0]["waiting"] == 1
    page.keyboard.press("Alt+Shift+N")
    dialog.get_by_text("Chat", exact=True).click()
    dialog.get_by_role("button", name="Let it arrive").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(2)


def test_a_refusal_is_a_notice_in_words(page: Page, server: Server) -> None:
    call = queued(server)
    open_overview(page, server)
    gone = cell(page, "contacts", call, "leave").get_by_role("button").element_handle()
    gone.evaluate("(button) => { const late = button.cloneNode(true); document.body.append(late); window.late = late; }")
    server.post(f"/api/v1/contacts/{call}/customer/hangup")
    page.evaluate("late.click()")
    expect(page.locator("#notices")).to_contain_text(f"Contact {call} is no longer there.")


# Coming back


def test_a_restart_of_the_server_is_survived(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve(journal=f"sqlite:///{tmp_path}/journal")
    available(server, "1001")
    call = queued(server)
    open_overview(page, server)
    page.get_by_role("searchbox").fill("1001")
    server.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    expect(cell(page, "contacts", call, "status")).to_have_text("Ringing")
    server.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    server.act(call, "answer")
    expect(cell(page, "contacts", call, "status")).to_have_text("Active")
    expect(page.get_by_role("searchbox")).to_have_value("1001")


def test_a_reset_empties_it(page: Page, server: Server) -> None:
    available(server, "7")
    available(server, "constructor")  # an id like any other
    queued(server)
    open_overview(page, server)
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(1)
    server.post("/api/v1/reset")
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(0)
    for agent in ("7", "constructor"):
        expect(page.locator(f"[data-table=agents] [data-key='{agent}']")).to_have_count(0)
    expect(page.locator("#notices")).to_contain_text("The server began a new history.")


def test_the_token_is_asked_for(page: Page, serve: Serve) -> None:
    server = serve("--token", "open-sesame")
    page.goto(f"{server.url}/supervisor")
    dialog = page.get_by_role("dialog", name="This overview asks for a token")
    dialog.get_by_label("Token").fill("open-sesame")
    dialog.get_by_role("button", name="Open the overview").click()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")


# For everyone


def test_how_things_stand_is_said_to_who_does_not_see_it_but_not_all_the_time(page: Page, server: Server) -> None:
    page.clock.install()
    open_overview(page, server)
    queued(server)
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(1)
    page.clock.run_for(1_000)
    expect(page.locator("#say-polite")).to_have_text("1 contact waiting, 0 agents available")
    for _ in range(2):
        queued(server)
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(3)
    page.clock.run_for(20_000)
    expect(page.locator("#say-polite")).to_have_text("1 contact waiting, 0 agents available")
    page.clock.run_for(20_000)
    expect(page.locator("#say-polite")).to_have_text("3 contacts waiting, 0 agents available")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_on_the_overview(browser: Browser, server: Server, scheme: Scheme, size: tuple[int, int]) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    open_overview(page, server)
    accessible(page)  # nobody is there
    available(server, "1001")
    server.act(queued(server, customer="A name that is rather long for the place where it has to stand in the table"), "answer")
    for media in ("call", "chat", "workitem"):
        queued(server, media=media)
    expect(page.locator("[data-table=contacts] tbody tr")).to_have_count(4)
    parts = page.get_by_role("navigation", name="Parts").get_by_role("button")
    for part in parts.all() if size == NARROW else [None]:
        if part is not None:
            part.click()
        accessible(page)
    if size == NARROW:
        parts.filter(has_text="Agents").click()
    cell(page, "agents", "1001", "state").get_by_role("button").click()
    accessible(page)  # the menu of states
    page.get_by_role("button", name="Log out…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+Shift+N")
    expect(page.get_by_role("dialog", name="New contact")).to_be_visible()
    accessible(page)
    page.close()
