"""The file `bridge.toml`: what it sets up, what is said of one that is wrong, and that it is read again when it changes
(docs/configuration.md)."""

import asyncio
import os
import queue
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bridge import configuration_file
from bridge.access import Access
from bridge.acd.dispositions import Disposition
from bridge.acd.qualifications import ANYTHING, Qualification
from bridge.acd.skills import SKILLS, Skill
from bridge.app import create_app
from bridge.configuration import AgentDetails, Configuration, Configured, panel_of, panels_or_defaults
from bridge.configuration_file import TABLES, BridgeToml, ConfigurationFile, InvalidConfiguration, Source
from bridge.journal import MemoryJournal

ROOT = Path(__file__).parent.parent
DOCUMENTATION = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples/bridge.toml"
KNOWN = "There is [[workspace]], [[panel]], [[skill]], [[agent]], [[disposition]], [[unavailable_code]], customers, articles"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file will be; it is called `bridge.toml` from here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text("ani,name\n8015551234,Dana\n")
    (tmp_path / "articles").mkdir()
    return Path("bridge.toml")


def read(file: Path, toml: str) -> Configuration:
    file.write_text(toml, encoding="utf-8")
    return ConfigurationFile(file).read()


def problems(file: Path, toml: str | bytes) -> Sequence[str]:
    """What is said of this file."""
    file.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    with pytest.raises(InvalidConfiguration) as invalid:
        ConfigurationFile(file).read()
    assert str(invalid.value) == "\n".join(invalid.value.problems)
    return invalid.value.problems


# What it sets up


@pytest.mark.parametrize("toml", ["", "# nothing\n", "skill = []\npanel = []\nunavailable_code = []"])
def test_a_file_that_says_nothing_leaves_the_defaults(file: Path, toml: str) -> None:
    assert read(file, toml) == Configuration(panels_or_defaults([]))


def test_panels_and_workspaces_are_embedded(file: Path) -> None:
    toml = """
        [[workspace]]
        url = "http://localhost:3000/orders.html"
        [[panel]]
        name = "My CRM"
        url = "https://crm.example/{ContactID}/{OrderID}"
        skills = ["Support", 4102]
    """
    [crm, orders] = read(file, toml).panels
    assert (crm.kind, crm.name, crm.id, crm.url) == ("contact", "My CRM", "my-crm", "https://crm.example/{ContactID}/{OrderID}")
    assert crm.skills == {"Support", "4102"}
    assert (orders.kind, orders.name, orders.id) == ("workspace", "orders", "orders")


def test_what_flags_gave_stands_behind(file: Path) -> None:
    file.write_text('[[workspace]]\nurl = "/a"\n[[panel]]\nurl = "/b"')
    flags = [panel_of("contact", "/c"), panel_of("workspace", "/d")]
    assert [panel.url for panel in ConfigurationFile(file, flags).read().panels] == ["/b", "/a", "/c", "/d"]


def test_without_a_contact_panel_the_one_that_ships_stands_in(file: Path) -> None:
    assert [panel.url for panel in read(file, '[[workspace]]\nurl = "/a"').panels] == ["/panels/crm", "/a"]


def test_skills_replace_those_that_ship_in_their_order(file: Path) -> None:
    toml = '[[skill]]\nid = 9\nname = "Returns"\nacw = 5\nrefusal = 12\n[[skill]]\nid = "8"\nname = "Billing"'
    skills = read(file, toml).skills
    assert list(skills.items()) == [("9", Skill("9", "Returns", 5, 12)), ("8", Skill("8", "Billing", acw=0, refusal=30))]
    assert not skills.keys() & SKILLS.keys()


def test_agents_have_names_and_unavailable_codes_replace_those_that_ship(file: Path) -> None:
    toml = """
        agent = [{id = 1001, name = "Robin"}, {id = "sam.b", name = "Sam"}]
        unavailable_code = [{name = "Prayer"}, {name = "Back office"}]
    """
    read_so = read(file, toml)
    assert read_so.agents == {"1001": AgentDetails("1001", "Robin"), "sam.b": AgentDetails("sam.b", "Sam")}
    assert read_so.unavailable_codes == ("Prayer", "Back office")


def test_a_skill_says_whether_its_contacts_wait_to_be_answered(file: Path) -> None:
    toml = '[[skill]]\nid = 9\nname = "Returns"\nmanual_accept = false\n[[skill]]\nid = 8\nname = "Billing"'
    assert [skill.manual_accept for skill in read(file, toml).skills.values()] == [False, True]


def test_an_agents_skills_and_limits_are_what_routing_lets_the_agent_do(file: Path) -> None:
    toml = """
        [[agent]]
        id = 1001
        name = "Robin"
        skills = ["returns", 4102, "4109"]
        limits = {call = 0, chat = 5}
        total = 6
        [[agent]]
        id = 1002
        name = "Sam"
        [[skill]]
        id = 4107
        name = "Returns"
    """
    read_so = read(file, toml)
    assert read_so.agents["1001"] == AgentDetails(
        "1001", "Robin", frozenset({"returns", "4102", "4109"}), {"call": 0, "chat": 5}, 6
    )
    assert read_so.qualifications == {
        "1001": Qualification(frozenset({"4107", "4102", "4109"}), {"call": 0, "chat": 5}, 6),
        "1002": ANYTHING,
    }


def test_dispositions_replace_those_that_ship_and_know_skills_by_name_or_id(file: Path) -> None:
    toml = """
        disposition = [{id = 7, name = "Sold", skills = ["SALES", 4109]}, {id = "3", name = "Wrong number"}]
    """
    assert read(file, toml).dispositions == (
        Disposition("7", "Sold", frozenset({"4102", "4109"})),
        Disposition("3", "Wrong number"),
    )


def test_customers_and_articles_lie_beside_the_file_wherever_it_is_read_from(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file.write_text('customers = "customers.csv"\narticles = "articles"')
    os.chdir("elsewhere")
    read_so = ConfigurationFile(Path("../bridge.toml")).read()
    assert read_so.customers is not None
    assert read_so.articles is not None
    assert (read_so.customers.resolve(), read_so.articles.resolve()) == (tmp_path / "customers.csv", tmp_path / "articles")


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_nothing_special(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[[unavailable_code]]\r\nname = "Break"\r\n')
    Path("customers.csv").write_bytes(b"\xef\xbb\xbfani,name\r\n1,Ann\r\n")
    assert ConfigurationFile(file).read().unavailable_codes == ("Break",)
    assert read(file, 'customers = "customers.csv"').customers == Path("customers.csv")
    assert problems(file, b'[[agent]]\r\nid = 1\r\nname = ""\r\n') == ["bridge.toml, line 3: agent[1].name: it is empty"]


# What is said of a file that is wrong


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[[panel]]\nname = "CRM"', "line 1: panel[1].url: it is missing"),
        ('[[panel]]\nurl = "/a"\n\n[[panel]]\nname = ""\nurl = "/b"', "line 5: panel[2].name: it is empty"),
        ('[[panel]]\nurl = "/a"\nskills = "Sales"', 'line 3: panel[1].skills: give a list, as in ["Support", "Sales"]'),
        ('[[panel]]\nurl = "/a"\nskills = ["Sales", ""]', "line 3: panel[1].skills[2]: it is empty"),
        ('[[panel]]\nurl = "/a"\nskills = [true]', "line 3: panel[1].skills[1]: give a text in quotes"),
        ('[panel]\nurl = "/a"', "line 1: panel: write [[panel]], each bracket twice: there may be several"),
        ('panel = ["/a"]', "line 1: panel[1]: give a table: [[panel]], and below it its keys"),
        ("[[workspace]]\nurl = 3000", "line 2: workspace[1].url: give a text in quotes"),
        ('[[skill]]\nid = "x"\nname = "X"', "line 2: skill[1].id: 'x' is no skill's id: give a whole number, as 4101"),
        ('[[skill]]\nid = -1\nname = "X"', "line 2: skill[1].id: '-1' is no skill's id: give a whole number, as 4101"),
        ('[[skill]]\nid = 1\nname = "X"\nacw = -1', "line 4: skill[1].acw: give a number that is at least 0"),
        ('[[skill]]\nid = 1\nname = "X"\nacw = 1.5', "line 4: skill[1].acw: give a whole number"),
        ('[[skill]]\nid = 1\nname = "X"\nrefusal = 0', "line 4: skill[1].refusal: give a number that is at least 1"),
        ('[[skill]]\nid = 1\nname = "X"\nrefusal = 86401', "line 4: skill[1].refusal: give a number that is at most 86400"),
        ('[[skill]]\nid = 1\nname = "X"\nmanual_accept = 1', "line 4: skill[1].manual_accept: give true or false"),
        (
            '[[agent]]\nid = 1\nname = "X"\nskills = []',
            "line 4: agent[1].skills: it is empty: name a skill, or leave it out, and the agent gets contacts of any",
        ),
        (
            '[[agent]]\nid = 1\nname = "X"\nskills = ["Sales",\n"Salez"]',
            "line 4: agent[1].skills[2]: there is no skill 'Salez'. There is Support, Sales",
        ),
        (
            '[[disposition]]\nid = 1\nname = "X"\nskills = ["Sales"]\n[[skill]]\nid = 4102\nname = "Verkauf"',
            "line 4: disposition[1].skills[1]: there is no skill 'Sales'. There is Verkauf",
        ),
        (
            '[[agent]]\nid = 1\nname = "X"\nlimits = 3',
            "line 4: agent[1].limits: give a table in braces, as in {call = 1, chat = 3}",
        ),
        (
            '[[agent]]\nid = 1\nname = "X"\nlimits = {chats = 3}',
            "line 4: agent[1].limits.chats: nobody knows this. Did you mean chat? "
            "There is call, chat, digital, workitem, voicemail, email",
        ),
        (
            '[[agent]]\nid = 1\nname = "X"\nlimits = {call = 2}',
            "line 4: agent[1].limits.call: give a number that is at most 1",
        ),
        ('[[agent]]\nid = 1\nname = "X"\ntotal = 101', "line 4: agent[1].total: give a number that is at most 100"),
        *(
            (
                f'[[disposition]]\nid = "{its_id}"\nname = "X"',
                f"line 2: disposition[1].id: '{its_id}' is no disposition's id: give a whole number from 1, of 15 digits at most",
            )
            for its_id in ("0", "07", "-1", "x", "1234567890123456")
        ),
        ('customers = "no.csv"', "line 1: customers: the file 'no.csv' cannot be read: No such file or directory"),
        ('customers = ""', "line 1: customers: it is empty"),
        ('articles = "customers.csv"', "line 1: articles: there is no folder 'customers.csv'"),
        ('articles = "a\\u0000"', "line 1: articles: there is no folder 'a\\x00'"),
        ("[[panels]]", f"line 1: panels: nobody knows this. Did you mean [[panel]]? {KNOWN}"),
        ("[diyalog]\na = 1", f"line 1: diyalog: nobody knows this. {KNOWN}"),
        (
            '[[panel]]\nurl = "/a"\nskill = ["Sales"]',
            "line 3: panel[1].skill: nobody knows this. Did you mean skills? There is name, url, skills",
        ),
        (
            '[[panel]]\nurl = "/a"\ncustomers = "customers.csv"',
            "line 3: panel[1].customers: customers is no key of [[panel]]: "
            "it stands at the head of the file, before the first table",
        ),
        (
            '[[agent]]\nid = ".."\nname = "X"',
            "line 2: agent[1].id: '..' is no agent's id: give up to 64 letters, digits and the characters _ - . "
            "with none of these dots in front",
        ),
        (
            '[[panel]]\nurl = "localhost:3000"',
            "line 2: panel[1].url: 'localhost:3000' is no page that the desk can embed: "
            "give an address that begins with http:// or https://",
        ),
        (
            '[[workspace]]\nurl = "/a?ani={ANI}"',
            "line 2: workspace[1].url: '/a?ani={ANI}' asks for {ANI}, and a workspace has no contact: "
            "give it as a panel, which has one",
        ),
    ],
)
def test_an_error_names_file_line_and_key_and_helps(file: Path, toml: str, said: str) -> None:
    assert problems(file, toml) == [f"bridge.toml, {said}"]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[[skill]]\nid = 5\nname = "A"\n[[skill]]\nid = "5"\nname = "B"', "line 5: skill[2].id: '5' is that of skill[1] too"),
        ('[[skill]]\nid = 5\nname = "A"\n[[skill]]\nid = 6\nname = "a"', "line 6: skill[2].name: 'a' is that of skill[1] too"),
        ('[[agent]]\nid = 5\nname = "A"\n[[agent]]\nid = 5\nname = "A"', "line 5: agent[2].id: '5' is that of agent[1] too"),
        (
            '[[disposition]]\nid = 1\nname = "X"\n[[disposition]]\nid = "1"\nname = "Y"',
            "line 5: disposition[2].id: '1' is that of disposition[1] too",
        ),
        (
            '[[disposition]]\nid = 1\nname = "X"\n[[disposition]]\nid = 2\nname = "x"',
            "line 6: disposition[2].name: 'x' is that of disposition[1] too",
        ),
        (
            '[[unavailable_code]]\nname = "X"\n[[unavailable_code]]\nname = "x"',
            "line 4: unavailable_code[2].name: 'x' is that of unavailable_code[1] too",
        ),
        ('[[panel]]\nurl = "/a"\n[[workspace]]\nurl = "https://x/A"', "line 3: workspace[1].name: 'A' is that of panel[1] too"),
        ('[[workspace]]\nname = "Mine"\nurl = "/a"', "line 2: workspace[1].name: 'Mine' is that of the flag --panel /mine too"),
    ],
)
def test_what_should_be_unique_is(file: Path, toml: str, said: str) -> None:
    file.write_text(toml)
    with pytest.raises(InvalidConfiguration) as invalid:
        ConfigurationFile(file, [panel_of("contact", "/mine")]).read()
    assert invalid.value.problems == [f"bridge.toml, {said}: give each one of its own"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "has no column ani and no column name: it has "),
        (b"number,Name\n1,Ann\n", "has no column ani and no column name: it has number,Name"),
        (b"ani,Name\n", "has no column name: it has ani,Name"),
    ],
)
def test_a_customer_file_without_its_columns_is_wrong(file: Path, content: bytes, said: str) -> None:
    Path("customers.csv").write_bytes(content)
    sentence = f"bridge.toml, line 2: customers: the first line of 'customers.csv' {said}"
    assert problems(file, '\ncustomers = "customers.csv"') == [sentence]


def test_a_customer_file_that_is_no_text_is_wrong(file: Path) -> None:
    Path("customers.csv").write_bytes(b"ani,name\n" + 10_000 * b"1,Ann\n" + b"2,J\xf6rg\n")
    [said] = problems(file, 'customers = "customers.csv"')
    assert said.startswith("bridge.toml, line 1: customers: the file 'customers.csv' is no CSV in UTF-8: ")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[panel]]\nurl = \n", "bridge.toml, line 2, column 7: this is no TOML: Invalid value"),
        ("skills = [\n\n", "bridge.toml, line 1: this is no TOML: Invalid value, up to the end of the file"),
        ('[[panel]]\nurl = """\n\n', "bridge.toml, line 2: this is no TOML: Unterminated string, up to the end of the file"),
        ("[[panel]]\n[panel]", "bridge.toml, line 2, column 7: this is no TOML: Cannot declare ('panel',) twice"),
        (b"[[panel]]\nname = '\xff'", "bridge.toml, line 2: it is not UTF-8: invalid start byte"),
        ("a = " + "[" * 10_000, "bridge.toml: it is nested too deep"),
    ],
    ids=["value", "list", "text", "table", "bytes", "depth"],
)
def test_what_is_no_toml_is_told_with_its_place(file: Path, toml: str | bytes, said: str) -> None:
    assert problems(file, toml) == [said]


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(InvalidConfiguration) as invalid:
        ConfigurationFile(file).read()
    assert invalid.value.problems == ["bridge.toml: it cannot be read: No such file or directory"]


def test_all_errors_are_told_at_once_in_the_order_of_the_file(file: Path) -> None:
    toml = """customers = "no.csv"
        [[skill]]
        id = "x"
        [[skill]]
        id = 5
        name = "A"
        [[skill]]
        id = 5
        name = "A"
        [[dispositionz]]
    """
    said = [re.findall(r"line (\d+): ([^:]+):", problem)[0] for problem in problems(file, toml)]
    assert said == [
        ("1", "customers"),
        ("2", "skill[1].name"),
        ("3", "skill[1].id"),
        ("8", "skill[3].id"),
        ("9", "skill[3].name"),
        ("10", "dispositionz"),
    ]


# Where something stands

LAID_OUT = '''# a comment

title = """
[[panel]]
url = "not this"
"""
owner.name = "X"   # dotted

list = [
  "[[panel]]",
  { url = "a" },
]
[[panel]]
url = "a"
[[panel]]
[panel.more]
url = "b"
[[panel]]
"url" = "c"
'''


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("title",), 3),
        (("owner",), 7),
        (("owner", "name"), 7),
        (("list",), 9),
        (("list", 1, "url"), 9),
        (("panel",), 13),
        (("panel", 0), 13),
        (("panel", 0, "url"), 14),
        (("panel", 1), 15),
        (("panel", 1, "more"), 16),
        (("panel", 1, "more", "url"), 17),
        (("panel", 2, "url"), 19),
    ],
    ids=str,
)
def test_the_line_of_a_value_is_that_where_its_statement_begins(where: tuple[str | int, ...], line: int) -> None:
    assert Source(LAID_OUT).line_of(where) == line
    assert Source(LAID_OUT.replace("\n", "\r\n")).line_of(where) == line


@pytest.mark.parametrize(("where", "line"), [(("panel", 1, "url"), 15), (("panel", 0, "url", "more"), 14)], ids=str)
def test_what_is_missing_is_looked_for_where_it_should_be(where: tuple[str | int, ...], line: int) -> None:
    assert Source(LAID_OUT).line_of(where) == line


# Reading it again


Step = Callable[[], object]


def write(toml: str) -> Step:
    return lambda: Path("bridge.toml").write_text(toml)


def nothing() -> None:
    pass


def code(name: str) -> str:
    return f'[[unavailable_code]]\nname = "{name}"\n'


class Watched:
    """A file that is watched: `said` are the words about it, `configured` what counts in the end, `counted` the first
    unavailable code after each change."""

    def __init__(self, before: str, *steps: Step, meanwhile: Step = lambda: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """Read what was there before, and let each step happen before another look at the files; `meanwhile` happens before
        they are watched."""
        write(before)()
        file = ConfigurationFile(Path("bridge.toml"))
        self.configured, self.said, self.counted = Configured(file.read()), list[str](), list[str]()
        self.configured.listen(lambda: self.counted.append(self.configured.now.unavailable_codes[0]))
        monkeypatch.setattr(configuration_file, "pace", self._pace)
        meanwhile()
        self._steps = iter(steps)
        asyncio.run(self._watch(file))

    async def _watch(self, file: ConfigurationFile) -> None:
        self._over = asyncio.Event()
        async with file.watched(self.configured, self.said.append):
            await asyncio.wait_for(self._over.wait(), 10)
        self.still_running = asyncio.all_tasks() - {asyncio.current_task()}

    async def _pace(self, seconds: float) -> None:
        step = next(self._steps, None)
        if step is None:
            self._over.set()
            await asyncio.Event().wait()
        else:
            step()


@pytest.fixture
def watch(file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Watched]:
    return partial(Watched, monkeypatch=monkeypatch)


Watch = Callable[..., Watched]
READ_AGAIN = "bridge.toml has been read again and counts from now on"


def test_a_file_that_does_not_change_is_not_read_again(watch: Watch) -> None:
    assert watch(code("Break"), nothing, nothing, nothing).said == []


def test_a_change_counts_and_is_said_once(watch: Watch) -> None:
    watched = watch(code("Break"), nothing, write(code("Lunch")), nothing, nothing, nothing)
    assert watched.counted == ["Lunch"]
    assert watched.said == [READ_AGAIN]


def test_what_changed_between_its_first_reading_and_the_first_look_counts_too(watch: Watch) -> None:
    assert watch(code("Break"), nothing, nothing, meanwhile=write(code("Lunch"))).counted == ["Lunch"]


def test_a_file_that_is_being_written_is_left_to_its_writer(watch: Watch) -> None:
    """An empty file would be a valid one: all workspaces would close."""
    watched = watch(code("Break"), nothing, write(""), write(code("Lun")), write(code("Lunch")), nothing)
    assert watched.counted == ["Lunch"]


def test_an_editor_may_put_another_file_in_its_place(watch: Watch) -> None:
    def replace() -> None:
        before = os.stat("bridge.toml")
        Path("new").write_text(code("Lunch"))
        os.utime("new", ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace("new", "bridge.toml")

    assert watch(code("Break"), nothing, replace, nothing).counted == ["Lunch"]


def test_while_a_file_is_wrong_what_counted_still_counts(watch: Watch) -> None:
    watched = watch(code("Break"), nothing, write(code("") + "[[skills]]"), nothing)
    said = [
        "bridge.toml, line 2: unavailable_code[1].name: it is empty",
        f"bridge.toml, line 3: skills: nobody knows this. Did you mean [[skill]]? {KNOWN}",
    ]
    assert watched.said == said
    assert watched.configured.problem == "\n".join(said)
    assert watched.configured.now.unavailable_codes == ("Break",)


@pytest.mark.parametrize("after", ["Break", "Lunch"])
def test_a_file_that_was_put_right_has_no_problem(watch: Watch, after: str) -> None:
    watched = watch(code("Break"), nothing, write("["), nothing, write(code(after)), nothing)
    assert watched.configured.problem is None
    assert watched.configured.now.unavailable_codes == (after,)
    assert watched.said[1:] == [READ_AGAIN]


def test_a_file_that_is_gone_is_a_problem_and_no_empty_configuration(watch: Watch) -> None:
    watched = watch(code("Break"), nothing, Path("bridge.toml").unlink, nothing)
    assert watched.configured.problem == "bridge.toml: it cannot be read: No such file or directory"
    assert watched.configured.now.unavailable_codes == ("Break",)


def test_a_file_that_is_back_counts_again(watch: Watch) -> None:
    watched = watch(code("Break"), nothing, Path("bridge.toml").unlink, nothing, write(code("Lunch")), nothing)
    assert watched.configured.problem is None
    assert watched.counted[-1] == "Lunch"


@pytest.mark.parametrize(
    ("toml", "remove", "bring_back", "said"),
    [
        (
            'customers = "customers.csv"\n',
            lambda: Path("customers.csv").unlink(),
            lambda: Path("customers.csv").write_text("ani,name\n"),
            "customers: the file 'customers.csv' cannot be read: No such file or directory",
        ),
        (
            'articles = "articles"\n',
            lambda: Path("articles").rmdir(),
            lambda: Path("articles").mkdir(),
            "articles: there is no folder 'articles'",
        ),
    ],
    ids=["customers", "articles"],
)
def test_what_lies_beside_the_file_is_watched_too(watch: Watch, toml: str, remove: Step, bring_back: Step, said: str) -> None:
    watched = watch(toml, nothing, remove, nothing, bring_back, nothing)
    assert watched.said == [f"bridge.toml, line 1: {said}", READ_AGAIN]
    assert watched.configured.problem is None


def test_an_article_that_is_added_changes_nothing_that_is_set_up(watch: Watch) -> None:
    watched = watch('articles = "articles"', nothing, lambda: Path("articles/new.md").touch(), nothing, nothing)
    assert watched.said == []


def test_nothing_goes_on_after_the_watch(watch: Watch) -> None:
    assert watch(code("Break"), nothing).still_running == set()


def test_a_fault_in_one_reading_does_not_end_the_watch(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = BridgeToml.model_validate

    def wrong(*args: object, **more: object) -> BridgeToml:
        raise RuntimeError("a fault of deskbridge")

    def break_it() -> None:
        monkeypatch.setattr(BridgeToml, "model_validate", wrong)
        write(code("Lunch"))()

    def mend_it() -> None:
        monkeypatch.setattr(BridgeToml, "model_validate", right)
        write(code("Meeting"))()

    assert watch(code("Break"), nothing, break_it, nothing, mend_it, nothing).counted == ["Meeting"]
    assert "reading bridge.toml failed" in caplog.text


def test_the_server_watches_while_it_runs_and_its_contacts_stay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration_file, "LOOK_EVERY", 0.01)
    file.write_text('[[skill]]\nid = 1\nname = "Returns"')
    watched = ConfigurationFile(file)
    configured, said = Configured(watched.read()), queue.Queue[str]()
    access = Access({"127.0.0.1"}, [], None)
    app = create_app(MemoryJournal(), access, configured, meanwhile=watched.watched(configured, said.put))
    with TestClient(app, base_url="http://127.0.0.1:8700") as client:
        contacts = "/api/v1/agents/1001/contacts"
        client.post(contacts, json={"skill": "Returns"})
        before = client.get("/api/v1/agents/1001").json()
        file.write_text('[[skill]]\nid = 2\nname = "Billing"')
        assert said.get(timeout=10) == READ_AGAIN
        assert client.get("/api/v1/agents/1001").json() == before
        assert list(configured.now.skills) == ["2"]


# Documentation


def sections() -> Iterator[tuple[str, str]]:
    """The tables of keys in the documentation: the TOML table each is about, "" for the head of the file, and its rows."""
    for section in DOCUMENTATION.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        rows = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
        if rows:
            yield title.strip("`[]") if title.startswith("`") else "", rows


def documented() -> dict[tuple[str, str], str]:
    """What the documentation gives as the default of each key."""
    return {
        (table, key): default
        for table, rows in sections()
        for key, default in re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", rows, re.MULTILINE)
    }


def test_every_key_is_documented_with_its_default_and_no_other() -> None:
    keys = {("", key): field for key, field in BridgeToml.model_fields.items() if key not in TABLES}
    keys |= {(table, key): field for table, model in TABLES.items() for key, field in model.model_fields.items()}
    assert documented().keys() == keys.keys()
    for where, field in keys.items():
        assert (documented()[where] == "required") is field.is_required(), where
        if isinstance(field.default, int):
            assert documented()[where] == str(field.default).lower(), where


@pytest.mark.parametrize("snippet", re.findall(r"^```toml\n(.*?)^```", DOCUMENTATION, re.MULTILINE | re.DOTALL))
def test_what_the_documentation_shows_is_valid(snippet: str, file: Path) -> None:
    assert read(file, snippet) != Configuration()


def test_the_errors_that_the_documentation_shows_are_those_that_are_told(file: Path) -> None:
    toml = '[[workspace]]\nurl = "/a"\n[[panel]]\nurl = "localhost:3000"\n\n\n[[skills]]'
    shown = re.findall(r"^    deskbridge: (bridge\.toml.*)$", DOCUMENTATION, re.MULTILINE)
    assert problems(file, toml) == shown


def test_the_example_loads_wherever_it_is_copied_to_and_has_every_key(tmp_path: Path) -> None:
    copied = shutil.copytree(EXAMPLE.parent, tmp_path / "copied")
    assert ConfigurationFile(copied / EXAMPLE.name).read().customers == copied / "customers.csv"
    example = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert example.keys() == BridgeToml.model_fields.keys()
    for table, model in TABLES.items():
        assert {key for one in example[table] for key in one} == model.model_fields.keys()
