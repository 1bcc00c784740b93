"""`bridge.toml` changes while agents work: the desk follows, and what they are at stays (docs/configuration.md)."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import open_desk, probe_of, probe_page
from tests.serving import Serve, Site

UNTOUCHED = "[window.untouched, document.querySelector('input').value, scrollY]"
"""What a page that is loaded anew, or moved in the desk, would have lost."""


def test_the_desk_follows_the_file_without_losing_what_is_under_way(page: Page, serve: Serve, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    first = f'[[workspace]]\nname = "First"\nurl = "{probe_page(site, "/first.html")}"\n'
    second = f'[[workspace]]\nname = "Second"\nurl = "{probe_page(site, "/second.html")}"\n'
    file.write_text(first)
    server = serve("--config", str(file))
    open_desk(page, server.url)
    page.evaluate("window.untouched = true")
    probe = probe_of(page, "First")
    probe.register("contacts")
    probe.frame.get_by_label("notes").fill("half a sentence")
    probe.frame.evaluate("window.untouched = true; scrollTo(0, 700)")
    call = server.call()
    server.act(call, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")

    file.write_text(second + first + '[[unavailable_code]]\nname = "Back office"\n')
    expect(page.locator("iframe[title='Second']")).to_be_attached()
    expect(page.locator("[data-state=Unavailable][data-reason='Back office']")).to_be_attached()
    expect(page.locator("[data-state=Unavailable][data-reason='Lunch']")).not_to_be_attached()
    server.act(call, "hold")
    probe.wait_for_event("CallContactEvent", ContactID=call, Status="Holding")
    expect(page.locator(".card .status")).to_have_text("On hold")
    assert probe.frame.evaluate(UNTOUCHED) == [True, "half a sentence", 700]

    file.write_text("[[workspace]]\n")
    expect(page.locator("[data-region=problem]")).to_contain_text("bridge.toml, line 1: workspace[1].url: it is missing")
    expect(page.locator("iframe[title='Second']")).to_be_attached()
    assert probe.frame.evaluate(UNTOUCHED) == [True, "half a sentence", 700]

    file.write_text(first)
    expect(page.locator("iframe[title='Second']")).not_to_be_attached()
    expect(page.locator("[data-region=problem]")).to_have_text("")
    assert probe.frame.evaluate(UNTOUCHED) == [True, "half a sentence", 700]
    assert page.evaluate("window.untouched")
