"""The knowledge panel at the desk: it follows the agent, and leaves alone what the agent reads and types."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, FrameLocator, Locator, Page, Route, expect

from tests.browser.desk import open_desk
from tests.serving import Serve, Server

PANEL = ("--workspace", "/panels/knowledge")
SALES_CHAT = {"Type": "DigitalContactEvent", "ContactID": "7", "Status": "Active", "SkillName": "Sales"}


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(*PANEL)


@pytest.fixture
def knowledge(page: Page, server: Server) -> FrameLocator:
    """The panel in front, its articles listed and the desk's first state followed."""
    open_desk(page, server.url)
    return in_front(page)


def in_front(page: Page) -> FrameLocator:
    page.get_by_role("tab", name="knowledge").click()
    panel = page.frame_locator("iframe[title=knowledge]")
    expect(panel.get_by_role("heading", name="All articles")).to_be_visible()
    return panel


def follows(panel: FrameLocator, words: str) -> None:
    expect(panel.locator("#state")).to_have_text(words)


def groups(panel: FrameLocator) -> Locator:
    return panel.locator("#list h2")


def titles(panel: FrameLocator, group: str) -> list[str]:
    return panel.get_by_role("region", name=group).get_by_role("button").all_inner_texts()


def search_box(panel: FrameLocator) -> Locator:
    return panel.get_by_role("searchbox", name="Search articles")


# It follows


def test_without_a_contact_all_articles_are_there_and_the_top_line_tells_the_agents_state(
    server: Server, knowledge: FrameLocator
) -> None:
    follows(knowledge, "Unavailable")
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    follows(knowledge, "Available")
    server.post("/api/v1/agents/1001/state", {"state": "Unavailable", "reason": "Lunch"})
    follows(knowledge, "Unavailable · Lunch")
    expect(groups(knowledge)).to_have_text(["All articles"])


def test_articles_for_the_skill_of_a_call_come_first_and_those_for_wrapping_up_after_it(
    server: Server, knowledge: FrameLocator
) -> None:
    call = server.call(ani="8015551234", skill="Support")
    follows(knowledge, "Incoming call · Support")
    expect(groups(knowledge)).to_have_text(["For Support", "More articles"])
    assert "Warranty and repairs" in titles(knowledge, "For Support")
    assert "Choosing a tent" in titles(knowledge, "More articles")

    server.act(call, "answer")
    follows(knowledge, "On a call · Support")
    server.act(call, "hold")
    follows(knowledge, "Call on hold · Support")
    server.act(call, "resume")
    server.act(call, "hangup")
    follows(knowledge, "After-call work · Support")
    expect(groups(knowledge)).to_have_text(["After-call work", "For Support", "More articles"])
    assert titles(knowledge, "After-call work") == ["Notes that help the next agent", "Promising a call back"]

    follows(knowledge, "Unavailable")
    expect(groups(knowledge)).to_have_text(["All articles"])


def test_of_two_calls_the_one_that_the_agent_talks_on_counts(server: Server, knowledge: FrameLocator) -> None:
    first = server.call(ani="8015551234", skill="Support")
    server.act(first, "answer")
    second = server.call(ani="2125550101", skill="Sales")
    # An event behind the second call's: what the panel shows then, it shows of both.
    server.post("/api/v1/agents/1001/events", [{"Type": "AgentState", "CurrentState": "InboundContact"}])
    follows(knowledge, "On a call · Support")
    server.act(second, "answer")
    follows(knowledge, "On a call · Sales")
    expect(groups(knowledge)).to_have_text(["For Sales", "More articles"])
    server.act(second, "hangup")
    follows(knowledge, "Call on hold · Support")


def test_a_skill_without_articles_leaves_them_all_and_is_named_as_the_wire_names_it(
    server: Server, knowledge: FrameLocator
) -> None:
    server.call(ani="8015551234", skill="5555")
    follows(knowledge, "Incoming call · 5555")
    expect(groups(knowledge)).to_have_text(["All articles"])


def test_a_digital_contact_brings_its_skill_by_name(server: Server, knowledge: FrameLocator) -> None:
    server.post("/api/v1/agents/1001/events", [SALES_CHAT])
    follows(knowledge, "On a chat · Sales")
    expect(groups(knowledge)).to_have_text(["For Sales", "More articles"])


def test_what_changed_is_told_to_those_who_do_not_see_it(server: Server, knowledge: FrameLocator) -> None:
    server.call(ani="8015551234", skill="Sales")
    expect(knowledge.locator("#announcement")).to_have_text(re.compile(r"^Incoming call · Sales. For Sales: \d articles\.$"))


# It leaves alone what the agent is at


def test_an_open_article_and_its_place_stay_through_events(page: Page, server: Server, knowledge: FrameLocator) -> None:
    page.set_viewport_size({"width": 700, "height": 500})
    knowledge.get_by_role("button", name="Warranty and repairs").click()
    article = knowledge.get_by_role("article")
    expect(article).to_be_focused()
    page.keyboard.press("End")
    page.wait_for_function(SCROLLED)
    article.evaluate("article => { article.untouched = true; article.at = article.scrollTop }")

    call = server.call(ani="8015551234", skill="Sales")
    page.get_by_role("tab", name="knowledge").click()  # the CRM panel came to the front
    follows(knowledge, "Incoming call · Sales")
    server.act(call, "answer")
    follows(knowledge, "On a call · Sales")
    server.act(call, "hangup")
    follows(knowledge, "Unavailable")

    expect(knowledge.get_by_role("heading", name="Warranty and repairs", level=2)).to_be_visible()
    assert (
        article.evaluate("article => [article.untouched, article.scrollTop > 0, article.scrollTop === article.at]") == [True] * 3
    )


SCROLLED = """() => {
  const article = document.querySelector("iframe[title=knowledge]").contentDocument.getElementById("article");
  return article.scrollTop > 0 && article.scrollTop + article.clientHeight >= article.scrollHeight - 1;
}"""


def test_a_search_being_typed_keeps_its_words_caret_and_results_through_events(
    page: Page, server: Server, knowledge: FrameLocator
) -> None:
    box = search_box(knowledge)
    box.press_sequentially("tent poles")
    expect(groups(knowledge)).to_have_text(["2 results"])
    found = titles(knowledge, "2 results")
    box.evaluate("box => box.setSelectionRange(4, 4)")

    server.post("/api/v1/agents/1001/events", [SALES_CHAT])
    follows(knowledge, "On a chat · Sales")

    expect(box).to_be_focused()
    expect(box).to_have_value("tent poles")
    assert box.evaluate("box => [box.selectionStart, box.selectionEnd]") == [4, 4]
    assert titles(knowledge, "2 results") == found
    # The contact has put its own panels in front, if it has any: so the key goes to the box itself.
    box.press("Escape")
    expect(box).to_have_value("")
    expect(groups(knowledge)).to_have_text(["For Sales", "More articles"])


def test_the_focused_row_keeps_the_focus_when_the_list_changes_about_it(server: Server, knowledge: FrameLocator) -> None:
    row = knowledge.get_by_role("button", name="Choosing a tent")
    row.focus()
    server.post("/api/v1/agents/1001/events", [SALES_CHAT])
    expect(groups(knowledge)).to_have_text(["For Sales", "More articles"])
    expect(row).to_be_focused()


# Searching and reading


def test_results_come_while_one_types_with_the_hits_marked(knowledge: FrameLocator) -> None:
    search_box(knowledge).press_sequentially("freight")
    expect(groups(knowledge)).to_have_text(["1 result"])
    expect(knowledge.get_by_role("button", name="Where is my order?")).to_be_visible()
    expect(knowledge.locator("mark").first).to_have_text("freight")
    expect(knowledge.locator("#announcement")).to_have_text("1 result.")


def test_a_search_that_finds_nothing_says_so(knowledge: FrameLocator) -> None:
    search_box(knowledge).fill("<b>zebra</b>")
    expect(knowledge.locator("#list")).to_have_text("Nothing found for “<b>zebra</b>”. Try fewer or other words.")


def test_a_search_whose_words_no_article_has_together_says_that_it_shows_the_closest(knowledge: FrameLocator) -> None:
    search_box(knowledge).fill("freight zebra")
    expect(groups(knowledge)).to_have_text(["No article has all these words. Closest"])


def test_a_search_that_other_words_overtake_is_given_up(page: Page, knowledge: FrameLocator) -> None:
    page.route("**/articles?q=warranty*", leave_unanswered)
    with page.expect_request("**/articles?q=warranty*"):
        search_box(knowledge).fill("warranty")
    with page.expect_event("requestfailed", lambda request: "q=warranty" in request.url):
        search_box(knowledge).fill("freight")
    expect(groups(knowledge)).to_have_text(["1 result"])


def leave_unanswered(route: Route) -> None:
    """The request of this route waits for ever."""


def test_the_keyboard_leads_from_the_search_to_an_article_and_back(page: Page, knowledge: FrameLocator) -> None:
    search_box(knowledge).focus()
    page.keyboard.type("tent poles")
    expect(groups(knowledge)).to_have_text(["2 results"])
    rows = knowledge.get_by_role("region", name="2 results").get_by_role("button")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(knowledge.get_by_role("article")).to_be_focused()
    expect(knowledge.get_by_role("heading", level=2, name=rows.nth(1).inner_text())).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Home")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(search_box(knowledge)).to_be_focused()
    expect(search_box(knowledge)).to_have_value("tent poles")
    page.keyboard.press("Escape")
    expect(groups(knowledge)).to_have_text(["All articles"])


def test_enter_opens_the_best_result_of_the_words_as_they_stand(page: Page, knowledge: FrameLocator) -> None:
    search_box(knowledge).focus()
    page.keyboard.insert_text("freight")
    page.keyboard.press("Enter")
    expect(knowledge.get_by_role("heading", level=2, name="Where is my order?")).to_be_visible()


def test_a_link_to_another_article_opens_it_in_the_panel(knowledge: FrameLocator) -> None:
    knowledge.get_by_role("button", name="Returns and exchanges").click()
    knowledge.get_by_role("article").get_by_role("button", name="warranty").click()
    expect(knowledge.get_by_role("article", name="Warranty and repairs")).to_be_focused()
    knowledge.get_by_role("button", name="Back", exact=True).click()
    expect(knowledge.get_by_role("button", name="Warranty and repairs")).to_be_focused()
    expect(knowledge.get_by_role("article")).to_be_hidden()


def test_an_article_that_was_taken_away_says_so(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve(*PANEL, "--config", configured(tmp_path, {"boots": "# Boots", "bad": "caf\xe9"}))
    open_desk(page, server.url)
    panel = in_front(page)
    expect(panel.locator("#list")).to_contain_text("bad.md is left out: it is not UTF-8: byte 4 does not fit.")
    (tmp_path / "articles" / "boots.md").unlink()
    panel.get_by_role("button", name="Boots").click()
    expect(panel.get_by_role("article")).to_contain_text("There is no article 'boots'; it may have been taken away.")


def configured(directory: Path, articles: dict[str, str]) -> str:
    """A bridge.toml with these articles, in Latin-1; its address."""
    (directory / "articles").mkdir()
    for name, text in articles.items():
        (directory / "articles" / f"{name}.md").write_text(text, encoding="latin-1")
    (directory / "bridge.toml").write_text('articles = "articles"\n', encoding="utf-8")
    return str(directory / "bridge.toml")


# On its own, and for everyone


def test_outside_the_desk_it_says_where_it_belongs(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/panels/knowledge")
    expect(page.locator("#notice")).to_contain_text("This page is on its own")
    expect(page.locator("#list")).to_contain_text("Open this panel from the desk, or add #key=TOKEN to its address")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1100])
def test_axe_finds_nothing_on_the_knowledge_panel(browser: Browser, serve: Serve, scheme: str, width: int) -> None:
    server = serve("--token", "open-sesame")
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 700})  # type: ignore[arg-type]
    page.goto(f"{server.url}/panels/knowledge#key=open-sesame")
    expect(page.get_by_role("heading", name="All articles")).to_be_visible()
    is_accessible(page)
    page.get_by_role("searchbox").fill("tents")
    expect(page.locator("mark").first).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name="Choosing a tent").click()
    expect(page.get_by_role("article")).to_be_focused()
    is_accessible(page)
    page.close()


def is_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
