"""The knowledge panel's data: articles from files, found and shown (`bridge/panels/knowledge.py`)."""

import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.access import panel_key
from bridge.acd.skills import SKILLS, Skill
from bridge.configuration import Configuration
from bridge.panels.knowledge import ARTICLES, MAX_FOUND, MAX_SIZE, Articles, list_articles
from tests.server import App

Listed = dict[str, Any]


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def folder(app: App, tmp_path: Path) -> Path:
    """The app's folder of articles, empty."""
    folder = tmp_path / "articles"
    folder.mkdir()
    app.configured.replace(Configuration(articles=folder))
    return folder


def get(app: App, path: str, **query: str) -> httpx2.Response:
    key = {"Authorization": f"Bearer {panel_key(app.journal.epoch)}"}
    return app.get(f"/panels/knowledge/{path}", params=query, headers=key)


def listed(app: App, **query: str) -> list[Listed]:
    answer = get(app, "articles", **query)
    assert answer.status_code == 200, answer.text
    articles: list[Listed] = answer.json()["articles"]
    return articles


def ids(app: App, **query: str) -> list[str]:
    return [article["id"] for article in listed(app, **query)]


def html(app: App, folder: Path, markdown: str) -> str:
    """How an article with this text is shown."""
    (folder / "one.md").write_text(markdown, encoding="utf-8")
    answer = get(app, "articles/one")
    assert answer.status_code == 200, answer.text
    its_html: str = answer.json()["html"]
    return its_html


def is_problem(answer: httpx2.Response, status: int, title: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == title


# Reading


def test_front_matter_names_title_skills_and_tags(app: App, folder: Path) -> None:
    front = "---\ntitle: Fitting boots\nskills: [Sales, 4101]\ntags:\n  - boots\n  - advice\n---\n"
    (folder / "boots.md").write_text(f"{front}# Boots\n\nMeasure both feet.\n", encoding="utf-8")
    assert listed(app) == [
        {
            "id": "boots",
            "title": "Fitting boots",
            "skills": ["Sales", "Support"],  # 4101 is Support's id
            "tags": ["boots", "advice"],
            "forSkill": False,
            "snippet": ["Measure both feet."],
        }
    ]


def test_skills_and_tags_may_stand_in_one_line_with_commas(app: App, folder: Path) -> None:
    (folder / "boots.md").write_text("---\nskills: Sales, Support\ntags: boots\n---\nText", encoding="utf-8")
    [boots] = listed(app)
    assert (boots["skills"], boots["tags"]) == (["Sales", "Support"], ["boots"])


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Before.\n\n## Care *of* `boots`\n\n# Later", "Care of boots"),
        ("---\ntitle: From the front\n---\n# From a heading", "From the front"),
        ("---\ntitle: ''\n---\n# From a heading", "From a heading"),
        ("---\r\ntitle: From Windows\r\n---\r\nText", "From Windows"),
        ("\ufeff---\ntitle: With a mark\n---\nText", "With a mark"),
        ("---\ntitle: 2024\n---\nText", "2024"),
        ("Only text.", "waxing leather"),
        ("", "waxing leather"),
    ],
)
def test_the_title_is_that_of_the_front_matter_else_the_first_heading_else_the_files_name(
    app: App, folder: Path, text: str, title: str
) -> None:
    (folder / "waxing-leather.md").write_bytes(text.encode())
    assert [article["title"] for article in listed(app)] == [title]


def test_what_stands_between_two_rules_but_names_nothing_is_text(app: App, folder: Path) -> None:
    assert "Only a remark" in html(app, folder, "---\nOnly a remark\n\n---\n\nText")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# Caf\xe9", "it is not UTF-8: byte 6 does not fit"),
        (b"x" * (MAX_SIZE + 1), "it has more than 256 kB"),
        (b"---\ntitle: Boots\nskills: [Sales\n---\nText", "its front matter is no YAML: line 4: expected ',' or ']'"),
        (b"---\nsince: 2024-02-31\n---\nText", "its front matter is no YAML: day is out of range for month"),
    ],
    ids=["not UTF-8", "too large", "no YAML", "no date"],
)
def test_a_file_that_cannot_be_read_is_left_out_with_a_word(app: App, folder: Path, content: bytes, reason: str) -> None:
    (folder / "bad.md").write_bytes(content)
    (folder / "good.md").write_text("Good.", encoding="utf-8")
    answer = get(app, "articles").json()
    assert [article["id"] for article in answer["articles"]] == ["good"]
    [skipped] = answer["skipped"]
    assert skipped["file"] == "bad.md"
    assert skipped["reason"].startswith(reason)


def test_only_markdown_files_of_the_folder_itself_are_articles(app: App, folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "folder.md").mkdir()
    for name in ("one.md", "two.txt", ".hidden.md", "inner/three.md"):
        (folder / name).write_text("Text", encoding="utf-8")
    assert ids(app) == ["one"]


def test_a_folder_that_is_not_there_is_a_problem_that_names_it(app: App, tmp_path: Path) -> None:
    app.configured.replace(Configuration(articles=tmp_path / "nowhere"))
    answer = get(app, "articles")
    is_problem(answer, 500, "No articles")
    assert str(tmp_path / "nowhere") in answer.json()["detail"]


# The files change


def test_new_changed_and_deleted_files_count_from_the_next_look_on(app: App, folder: Path) -> None:
    file = folder / "boots.md"
    file.write_text("# Boots\n\nWax them.", encoding="utf-8")
    assert ids(app, q="wax") == ["boots"]
    file.write_text("# Boots\n\nOil them.", encoding="utf-8")
    assert (ids(app, q="wax"), ids(app, q="oil")) == ([], ["boots"])
    (folder / "oil.md").write_text("# Oil", encoding="utf-8")
    assert ids(app, q="oil") == ["oil", "boots"]
    file.unlink()
    assert ids(app, q="oil") == ["oil"]


def test_a_file_of_the_same_size_and_time_is_read_again_when_it_has_changed(app: App, folder: Path) -> None:
    file = folder / "boots.md"
    file.write_text("wax", encoding="utf-8")
    before = file.stat()
    assert ids(app, q="wax") == ["boots"]
    (folder / "new.md").write_text("oil", encoding="utf-8")
    (folder / "new.md").replace(file)  # as an editor saves
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ids(app, q="oil") == ["boots"]


def test_an_unchanged_file_is_not_read_again(app: App, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "boots.md").write_text("# Boots", encoding="utf-8")
    assert ids(app) == ["boots"]
    read: list[str] = []
    monkeypatch.setattr("bridge.panels.knowledge.read_article", lambda path: read.append(path.name))
    assert ids(app) == ["boots"]
    assert read == []


def test_another_folder_counts_from_the_next_look_on(app: App, folder: Path, tmp_path: Path) -> None:
    (folder / "boots.md").write_text("# Boots", encoding="utf-8")
    assert ids(app) == ["boots"]
    app.configured.replace(Configuration(articles=None))
    assert "returns" in ids(app)


# Searching


@pytest.fixture
def shelf(folder: Path) -> Path:
    for name, text in {
        "tents": "---\ntitle: Tents\n---\nPitch it on level ground. Returns are free.",
        "returns": "---\ntitle: Returns\ntags: refund\n---\nSend it back within sixty days, a tent too.",
        "shipping": "# Shipping\n\nPolicies on parcels. A café at the depot. A refund takes a week.",
    }.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("returns", ["returns", "tents"]),  # the title before the text
        ("tents", ["tents", "returns"]),
        ("refund", ["returns", "shipping"]),  # a tag before the text
        ("RETURNED", ["returns", "tents"]),  # the stem
        ("policy", ["shipping"]),
        ("shippi", ["shipping"]),  # still being typed
        ("cafe", ["shipping"]),
        ("cafe\u0301", ["shipping"]),
        ("sixty tent", ["returns"]),  # all the words
        ("snow", []),
    ],
)
def test_a_search_finds_words_their_beginnings_and_their_stems_the_best_first(app: App, query: str, found: list[str]) -> None:
    assert ids(app, q=query) == found


@pytest.mark.usefixtures("shelf")
def test_where_no_article_has_all_the_words_those_that_have_some_are_found(app: App) -> None:
    answer = get(app, "articles", q="parcels tent").json()
    assert {article["id"] for article in answer["articles"]} == {"tents", "returns", "shipping"}
    assert answer["loose"] is True
    assert get(app, "articles", q="sixty tent").json()["loose"] is False


@pytest.mark.usefixtures("shelf")
def test_every_second_part_of_a_snippet_is_a_hit(app: App) -> None:
    [article] = listed(app, q="parcels")
    assert article["snippet"] == ["Policies on ", "parcels", ". A café at the depot. A refund takes a week."]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("query", ['"', "*", "()", "- -", "", "   ", "^", "\0", "_"])
def test_what_has_no_word_in_it_searches_for_nothing_and_lists_all(app: App, query: str) -> None:
    assert ids(app, q=query) == ["returns", "shipping", "tents"]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('" OR *', []),
        ("depot OR snow", ["shipping"]),  # none has "or": loosely, one has a depot
        ("snow OR a", []),  # of words as short as "a", none is found loosely
        ("tents NOT returns", ["returns", "tents"]),
        ("title:tents", ["returns", "tents"]),
        ("NEAR(pitch level)", ["tents"]),
        ('pitch"it', ["tents"]),
        ("-pitch", ["tents"]),
        ("pitch*", ["tents"]),
        ("{title body} : pitch", ["tents"]),
    ],
)
def test_operators_of_the_search_language_are_words_like_any(app: App, query: str, found: list[str]) -> None:
    assert sorted(ids(app, q=query)) == found


SHIPPED = Articles(ARTICLES)


@given(query=st.text(max_size=60))
def test_nothing_that_can_be_typed_is_an_error(query: str) -> None:
    found = list_articles(SHIPPED, SKILLS, query)
    assert len(found.articles) <= len(SHIPPED.all()[0])


def test_a_search_gives_no_more_than_a_person_reads(app: App, folder: Path) -> None:
    for number in range(MAX_FOUND + 5):
        (folder / f"{number}.md").write_text("boots", encoding="utf-8")
    assert len(ids(app, q="boots")) == MAX_FOUND
    assert len(ids(app)) == MAX_FOUND + 5


def test_without_full_text_search_articles_are_listed_and_a_search_says_what_is_missing(
    app: App, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WithoutFts5(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if "fts5" in sql:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().execute(sql, *values)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=WithoutFts5))
    (folder / "boots.md").write_text("# Boots", encoding="utf-8")
    assert ids(app) == ["boots"]
    answer = get(app, "articles", q="boots")
    is_problem(answer, 501, "No full-text search")
    assert "no such module: fts5" in answer.json()["detail"]


# Skills


def test_the_articles_of_a_skill_come_first_whether_it_is_asked_for_and_named_by_id_or_name(app: App, folder: Path) -> None:
    for name, skills in {"a": "", "b": "Sales", "c": "[Support, Sales]", "d": "4101", "e": "sUPPORT"}.items():
        (folder / f"{name}.md").write_text(f"---\nskills: {skills}\n---\nText", encoding="utf-8")
    for asked in ("4101", "Support", "support"):
        answer = get(app, "articles", skill=asked).json()
        assert answer["skill"] == "Support"
        assert [(article["id"], article["forSkill"]) for article in answer["articles"]] == [
            ("c", True),
            ("d", True),
            ("e", True),
            ("a", False),
            ("b", False),
        ]


def test_a_skill_that_nobody_configured_has_the_name_that_it_was_asked_by(app: App, folder: Path) -> None:
    (folder / "boots.md").write_text("---\nskills: Billing\n---\nText", encoding="utf-8")
    answer = get(app, "articles", skill="billing").json()
    assert (answer["skill"], answer["articles"][0]["forSkill"]) == ("billing", True)
    assert get(app, "articles").json()["skill"] is None


def test_a_search_ranks_by_words_and_only_marks_the_articles_of_the_skill(app: App, folder: Path) -> None:
    (folder / "a.md").write_text("---\nskills: Sales\n---\n# Boots", encoding="utf-8")
    (folder / "b.md").write_text("---\nskills: Support\n---\n# Socks\n\nFor boots.", encoding="utf-8")
    assert [(one["id"], one["forSkill"]) for one in listed(app, q="boots", skill="4101")] == [("a", False), ("b", True)]


def test_skills_are_those_configured_now(app: App, folder: Path) -> None:
    (folder / "boots.md").write_text("---\nskills: Billing\n---\nText", encoding="utf-8")
    app.configured.replace(Configuration(articles=folder, skills={"77": Skill("77", "Billing")}))
    answer = get(app, "articles", skill="77").json()
    assert (answer["skill"], answer["articles"][0]["forSkill"]) == ("Billing", True)


# One article


def test_an_article_is_shown_without_the_heading_that_is_its_title(app: App, folder: Path) -> None:
    assert html(app, folder, "# Boots\n\nWax **them**.\n\n## When\n\nNow.") == (
        "<p>Wax <strong>them</strong>.</p>\n<h3>When</h3>\n<p>Now.</p>\n"
    )


def test_a_heading_that_says_something_else_than_the_title_stays(app: App, folder: Path) -> None:
    assert html(app, folder, "---\ntitle: Boots\n---\n# Before you buy") == "<h2>Before you buy</h2>\n"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a <b onclick=alert(1)>b</b>", "<p>a &lt;b onclick=alert(1)&gt;b&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScRiPt:alert%281%29)", "<p>[x](JaVaScRiPt:alert%281%29)</p>\n"),
        ("[x](data:text/html,hello)", "<p>[x](data:text/html,hello)</p>\n"),
        ("[x](file:///etc/passwd)", "<p>[x](file:///etc/passwd)</p>\n"),
        ("[x](/api/v1/reset)", "<p>[x](/api/v1/reset)</p>\n"),
        ("[x](//evil.example/a.md)", "<p>[x](//evil.example/a.md)</p>\n"),
        ("![a cat](https://cats.example/1.png)", "<p>a cat</p>\n"),
        ("![a cat](javascript:1)", "<p>![a cat](javascript:1)</p>\n"),
    ],
)
def test_html_and_links_that_lead_elsewhere_are_shown_as_text(app: App, folder: Path, markdown: str, shown: str) -> None:
    its_html = html(app, folder, markdown)
    assert shown in its_html
    assert not {"<script", "<b ", "<a ", "<img"} & {tag for tag in ("<script", "<b ", "<a ", "<img") if tag in its_html}


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        (
            "[a](https://a.example/b?c=d)",
            '<a href="https://a.example/b?c=d" target="_blank" rel="noopener noreferrer">a</a>',
        ),
        ("<http://a.example/>", '<a href="http://a.example/" target="_blank" rel="noopener noreferrer">http://a.example/</a>'),
        ("[a](mailto:a@b.example)", '<a href="mailto:a@b.example">a</a>'),
        ("[a](two.md)", '<button type="button" class="link" data-article="two">a</button>'),
        ("[a](./two%20steps.md#late)", '<button type="button" class="link" data-article="two steps">a</button>'),
        ('[a](two.md) [b](http://b.example/ "B")', 'data-article="two">a</button> <a href="http://b.example/"'),
    ],
)
def test_links_lead_to_the_web_to_mail_and_to_other_articles(app: App, folder: Path, markdown: str, shown: str) -> None:
    assert shown in html(app, folder, markdown)


def test_a_table_says_by_a_class_how_it_is_aligned(app: App, folder: Path) -> None:
    shown = html(app, folder, "| a | b |\n|---|--:|\n| 1 | 2 |")
    assert "<td>1</td>" in shown
    assert '<td class="right">2</td>' in shown
    assert "style=" not in shown


@pytest.mark.parametrize("path", ["..%2Fsecret", "%2e%2e%2fsecret", "../secret", "secret", "inner%2Fsecret", "%2Fetc%2Fpasswd"])
def test_an_id_leads_to_no_file_outside_the_folder(app: App, folder: Path, path: str) -> None:
    (folder / "inner").mkdir()
    for secret in (folder.parent / "secret.md", folder / "inner" / "secret.md"):
        secret.write_text("a secret", encoding="utf-8")
    (folder / "one.md").write_text("no secret", encoding="utf-8")
    answer = get(app, f"articles/{path}")
    assert answer.status_code == 404
    assert "a secret" not in answer.text


def test_an_unknown_article_is_a_404_problem(app: App, folder: Path) -> None:
    is_problem(get(app, "articles/boots"), 404, "No such article")


# What ships, and who may read it


def test_the_articles_that_ship_can_all_be_read_and_link_to_each_other() -> None:
    articles, skipped = SHIPPED.all()
    assert skipped == []
    assert {skill for article in articles for skill in article.skills} == {"Support", "Sales"}
    assert any("wrap-up" in article.tags for article in articles)


def test_a_link_between_the_articles_that_ship_leads_somewhere(app: App) -> None:
    known = set(ids(app))
    linked = set[str]()
    for one in known:
        its_html = get(app, f"articles/{one}").json()["html"]
        linked |= {part.partition('"')[0] for part in its_html.split('data-article="')[1:]}
    assert linked
    assert linked <= known


def test_the_page_is_public_and_holds_no_article(app: App) -> None:
    answer = app.get("/panels/knowledge")
    assert answer.status_code == 200
    assert "Warranty" not in answer.text


@pytest.mark.parametrize("path", ["articles", "articles/returns"])
def test_articles_want_the_panels_key(app: App, path: str) -> None:
    assert app.get(f"/panels/knowledge/{path}").status_code == 401
