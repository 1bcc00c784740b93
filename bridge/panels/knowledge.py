"""The knowledge panel's page, and the articles that it shows: Markdown files in a folder.

A file may begin with front matter, YAML between two lines of `---`: `title`, `skills` (names or ids that it is for), `tags`. An
article's id is its file's name without `.md`. What has changed is read again; folders in the folder are not looked into.
"""

import os
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bridge.acd.skills import Skill
from bridge.api.problem import Problem
from bridge.configuration import Configured
from bridge.files import TEMPLATES

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

ARTICLES = TEMPLATES / "panels" / "articles"
MAX_SIZE = 256_000
"""Bytes of an article's file."""
MAX_FOUND = 50
MAX_WORDS = 16
"""Words of a search; further ones do not count."""
SUMMARY = 140
"""Characters that stand for an article in a list."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


class Article(NamedTuple):
    """`source` is the file's Markdown, `text` its words without any markup or title, `summary` how they begin."""

    id: str
    title: str
    skills: Sequence[str]
    tags: Sequence[str]
    source: str
    text: str
    summary: str


class Found(NamedTuple):
    """An article with a piece of its text, cut at what was searched: every second part of it, if there is one, is a hit."""

    article: Article
    snippet: Sequence[str]


class Skipped(msgspec.Struct, frozen=True):
    """A file that is no article, and why."""

    file: str
    reason: str


class Listed(msgspec.Struct, frozen=True, rename="camel"):
    """An article in the answer to a list. `for_skill` says that its front matter names the skill asked for."""

    id: str
    title: str
    skills: Sequence[str]
    tags: Sequence[str]
    for_skill: bool
    snippet: Sequence[str]


class ArticleList(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a list. `skill` is the name of the skill asked for. With `loose` no article has all the words searched for,
    and these have some."""

    skill: str | None
    articles: Sequence[Listed]
    skipped: Sequence[Skipped]
    loose: bool = False


class Unreadable(ValueError):
    """A file is no article; the text says why."""


# Reading


def read_article(path: Path) -> Article:
    """The article of a file. Raises `Unreadable`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    if len(content) > MAX_SIZE:
        raise Unreadable(f"it has more than {MAX_SIZE // 1000} kB")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: byte {error.start + 1} does not fit") from None
    front, source = _front_matter(text)
    blocks = _markdown().parse(source)
    title = (
        str(front.get("title") or "").strip() or "".join(_following(blocks, "heading_open")[:1]) or path.stem.replace("-", " ")
    )
    return Article(
        id=path.stem,
        title=title,
        skills=_names(front.get("skills")),
        tags=_names(front.get("tags")),
        source=source,
        text=_one_line(_words(block) for block in _without_title(blocks, title)),
        # Not of lists and tables, which make no sentences.
        summary=shorten(_one_line(_following(blocks, "paragraph_open")[:1]), SUMMARY, placeholder="…"),
    )


def _front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    """The front matter and what follows it. What stands between two rules but is no list of names is text."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    import yaml

    try:
        front = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 2}: " if mark else ""  # counted from 0, and after the first rule
        raise Unreadable(f"its front matter is no YAML: {where}{getattr(error, 'problem', None) or error}") from None
    if front is None:
        return {}, text[found.end() :]
    return (front, text[found.end() :]) if isinstance(front, dict) else ({}, text)


def _names(value: Any) -> tuple[str, ...]:
    """A list, or a text with commas."""
    listed = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(name for one in listed if (name := str(one).strip()))


def _following(blocks: "Sequence[Token]", opening: str) -> list[str]:
    """The words of all headings, or of all paragraphs."""
    return [_words(inline) for block, inline in pairwise(blocks) if block.type == opening]


def _one_line(words: Iterable[str]) -> str:
    return " ".join(" ".join(words).split())


def _without_title(blocks: "list[Token]", title: str) -> "list[Token]":
    """The panel shows the title above the text: a heading that begins the text and says the same is left out."""
    begins = len(blocks) > 2 and blocks[0].type == "heading_open" and _words(blocks[1]) == title
    return blocks[3:] if begins else blocks


def _words(block: "Token") -> str:
    """What of a block is there to be read."""
    if block.type in ("fence", "code_block"):
        return block.content
    return "".join(" " if part.type in ("softbreak", "hardbreak") else part.content for part in block.children or ())


# As HTML


def as_html(article: Article) -> str:
    """The article's text for the panel, headings one level below its title. HTML in it is shown as text; links lead to
    http, https, mailto and other articles, which open in the panel; of images the description is shown."""
    markdown = _markdown()
    blocks = _without_title(markdown.parse(article.source), article.title)
    for block in blocks:
        if block.type in ("heading_open", "heading_close"):
            block.tag = f"h{min(int(block.tag[1]) + 1, 6)}"
        if block.type in ("th_open", "td_open") and "style" in block.attrs:  # which the page's CSP would not allow
            block.attrs = {"class": str(block.attrs["style"]).removeprefix("text-align:")}
        _open_links(block.children or ())
    html: str = markdown.renderer.render(blocks, markdown.options, {})
    return html


def _open_links(parts: "Iterable[Token]") -> None:
    """Links to articles become buttons, since they lead to no other page; the others open in a tab of their own."""
    tag = "a"
    for part in parts:
        if part.type == "link_open":
            address = str(part.attrs["href"])
            if (its_id := _article_of(address)) is not None:
                part.attrs, tag = {"type": "button", "class": "link", "data-article": its_id}, "button"
            else:
                tag = "a"
                if not address.startswith("mailto:"):
                    part.attrs |= {"target": "_blank", "rel": "noopener noreferrer"}
        if part.type in ("link_open", "link_close"):
            part.tag = tag


def _article_of(address: str) -> str | None:
    """The article that an address in the same folder leads to: `returns.md`, `returns.md#late`."""
    found = re.fullmatch(r"(?:\./)?([^:/?#\\]+)\.md(?:#.*)?", address)
    return unquote(found[1]) if found else None


def _leads_somewhere(address: str) -> bool:
    return re.match(r"(?:https?|mailto):", address, re.IGNORECASE) is not None or _article_of(address) is not None


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # not at the start of the server: nobody reads yet

    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.validateLink = _leads_somewhere  # type: ignore[assignment]  # markdown-it's own way
    markdown.add_render_rule("image", lambda self, parts, at, options, env: self.renderInlineAsText([parts[at]], options, env))
    return markdown


# A folder of them


class Articles:
    """The articles of a folder, as the files are at each call. Any thread may call.

    Raises a 500 Problem when the folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._stamps: Mapping[str, tuple[int, ...]] = {}
        self._read: Mapping[str, Article | Skipped] = {}
        self._index: _Index | None = None

    def all(self) -> tuple[Sequence[Article], Sequence[Skipped]]:
        """The articles by title, and the files that are none."""
        with self._lock:
            self._refresh()
            files = self._read.values()
        articles = sorted((file for file in files if isinstance(file, Article)), key=lambda article: article.title.casefold())
        return articles, [file for file in files if isinstance(file, Skipped)]

    def get(self, article_id: str) -> Article | None:
        """An article by its id. The id is looked up among those that were read, and never part of a path."""
        return next((article for article in self.all()[0] if article.id == article_id), None)

    def search(self, words: Sequence[str]) -> tuple[Sequence[Found], bool]:
        """The articles that have words which begin like all of these, the best first; where none has all, those that have some,
        and True. Raises a 501 Problem where Python's SQLite has no full-text search."""
        articles, _ = self.all()
        with self._lock:
            if self._index is None or self._index.articles != articles:
                self._index = _Index(articles)
            found = self._index.find(words, "AND")
            # Much begins like a word of two letters, and it tells little.
            telling = [word for word in words if len(word) > 2]
            return (found, False) if found or telling == words[:1] else (self._index.find(telling, "OR"), True)

    def _refresh(self) -> None:
        try:
            with os.scandir(self.folder) as entries:
                files = sorted((entry for entry in entries if _is_article(entry)), key=lambda entry: entry.name)
                stamps = {entry.name: _stamp(entry.stat()) for entry in files}
        except OSError as error:
            raise Problem(
                500,
                "No articles",
                f"The folder of articles, {self.folder}, cannot be read: {error.strerror}. "
                "It is named by `articles` in bridge.toml.",
            ) from None
        if stamps == self._stamps:
            return
        self._read = {
            name: self._read[name] if stamp == self._stamps.get(name) else _read_or_skipped(self.folder / name)
            for name, stamp in stamps.items()
        }
        self._stamps = stamps


def _is_article(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(".md") and not entry.name.startswith(".") and entry.is_file()


def _stamp(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size


def _read_or_skipped(path: Path) -> Article | Skipped:
    try:
        return read_article(path)
    except Unreadable as unreadable:
        return Skipped(path.name, str(unreadable))


# A title counts eight times as much as the text, a tag four times. Beside min(), SQLite gives the columns of the row that has it.
_SEARCH = """
    SELECT rowid, min(rank), snippet FROM (
        SELECT rowid, bm25(words, 8, 4, 1) AS rank, snippet(words, 2, char(2), char(3), '…', 20) AS snippet
        FROM words WHERE words MATCH :wanted
        UNION ALL
        SELECT rowid, bm25(stems, 8, 4, 1) AS rank, snippet(stems, 2, char(2), char(3), '…', 20) AS snippet
        FROM stems WHERE stems MATCH :wanted
    )
    GROUP BY rowid ORDER BY min(rank), rowid LIMIT :limit"""


class _Index:
    """Full-text search over articles. Two tables: in one words stand as they are, so that what is still being typed is found by
    its beginning ("shippi"); in the other their stems, so that "returned" finds "returns"."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles
        # Whoever calls holds the lock of `Articles`.
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        rows = [(at, article.title, " ".join(article.tags), article.text) for at, article in enumerate(articles)]
        for table, stemmer in (("words", ""), ("stems", "porter ")):
            try:
                self._database.execute(
                    f"CREATE VIRTUAL TABLE {table} USING fts5(title, tags, body, "
                    f"tokenize='{stemmer}unicode61 remove_diacritics 2', prefix='2 3')"
                )
            except sqlite3.OperationalError as error:
                raise Problem(
                    501,
                    "No full-text search",
                    f"The SQLite of this Python ({sqlite3.sqlite_version}) cannot search text: {error}. The articles can be read "
                    "all the same; to search them, run deskbridge with a Python whose SQLite has FTS5.",
                ) from None
            self._database.executemany(
                f"INSERT INTO {table}(rowid, title, tags, body) VALUES (?, ?, ?, ?)",  # noqa: S608  # the names above
                rows,
            )

    def find(self, words: Sequence[str], operator: str) -> list[Found]:
        if not words:
            return []
        # Quoted, a word is nothing but a word to FTS5; the star asks for what begins like it.
        wanted = f" {operator} ".join(f'"{word}"*' for word in words)
        found = self._database.execute(_SEARCH, {"wanted": wanted, "limit": MAX_FOUND})
        return [Found(self.articles[row], re.split("[\2\3]", snippet)) for row, _, snippet in found]


def words_of(query: str) -> list[str]:
    """The words of what a person typed; signs, quotes and operators of a search language among them are none."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", query))[:MAX_WORDS]


# What the panel asks for


def knowledge_routes(configured: Configured) -> list[Route]:
    """`/panels/knowledge`; below it `articles?q=&skill=`, an `ArticleList` of what is found for the words in `q`, or without any
    of all articles, those for the skill (its id or name) first; and `articles/{id}`, one with its text as HTML."""
    shelf = Articles(configured.now.articles or ARTICLES)

    def articles() -> Articles:
        nonlocal shelf
        folder = configured.now.articles or ARTICLES
        if folder != shelf.folder:
            shelf = Articles(folder)
        return shelf

    async def knowledge(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(page("panels/knowledge.html"))

    # Not coroutines: reading files would keep the events waiting, so Starlette calls these in a thread.
    def article_list(request: Request) -> Response:
        query, skill = request.query_params.get("q", ""), request.query_params.get("skill", "")
        return _json(list_articles(articles(), configured.now.skills, query, skill))

    def article(request: Request) -> Response:
        its_id = request.path_params["id"]
        found = articles().get(its_id)
        if found is None:
            raise Problem(404, "No such article", f"There is no article {its_id!r}; it may have been taken away.")
        return _json({"id": found.id, "title": found.title, "tags": found.tags, "html": as_html(found)})

    return [
        Route("/panels/knowledge", knowledge),
        Route("/panels/knowledge/articles", article_list),
        Route("/panels/knowledge/articles/{id}", article),
    ]


def list_articles(articles: Articles, skills: Mapping[str, Skill], query: str = "", skill: str = "") -> ArticleList:
    """What the panel lists for what is typed and a skill's id or name. Raises the Problems of `Articles`."""
    everything, skipped = articles.all()
    words = words_of(query)
    found, loose = articles.search(words) if words else ([Found(one, [one.summary]) for one in everything], False)
    its_id, its_name = _skill(skills, skill)
    listed = [
        Listed(
            id=article.id,
            title=article.title,
            skills=[_skill(skills, one)[1] for one in article.skills],
            tags=article.tags,
            for_skill=any(one and one.casefold() in (its_id, its_name.casefold()) for one in article.skills),
            snippet=snippet,
        )
        for article, snippet in found
    ]
    if not words:
        listed.sort(key=lambda one: not one.for_skill)
    return ArticleList(its_name or None, listed, skipped, loose)


def _skill(skills: Mapping[str, Skill], named: str) -> tuple[str, str]:
    """The id and the name of a skill that is named by either; one that is not configured has what it was named by for both."""
    for skill in skills.values() if named else ():
        if named == skill.id or named.casefold() == skill.name.casefold():
            return skill.id, skill.name
    return named, named


def _json(answer: Any) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
