"""The CRM panel's data: customers by their number (`bridge/panels/customers.py`) and notes (`bridge/panels/notes.py`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from bridge.access import panel_key
from bridge.clock import iso
from bridge.configuration import Configuration
from bridge.panels.customers import digits
from bridge.panels.notes import EARLIER, LONGEST, OTHERS, Edit, Note, edited
from tests.server import App

DANA = "8015551234"


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def key_of(app: App) -> dict[str, str]:
    return {"Authorization": f"Bearer {panel_key(app.journal.epoch)}"}


def customer(app: App, ani: str) -> httpx2.Response:
    return app.get("/panels/crm/customer", params={"ani": ani}, headers=key_of(app))


def use(app: App, customers: Path, content: str | bytes) -> Path:
    """Make this the customer file."""
    customers.write_bytes(content if isinstance(content, bytes) else content.encode())
    app.configured.replace(Configuration(customers=customers))
    return customers


@pytest.fixture
def customers(app: App, tmp_path: Path) -> Path:
    """A file as people write one: other spellings of numbers and headings, a doubled number, ragged rows, nobody's rows."""
    return use(
        app,
        tmp_path / "customers.csv",
        "Name, ANI ,city,Account manager,\n"
        "Ann,(801) 555-0001,Provo,Lee\n"
        "Old,801.555.0002,Ogden\n"
        "New,+1 801 555 0002,Ogden\n"
        "Nobody,,Nowhere\n"
        "\n"
        "Short\n"
        'Long,8015550003,"Lehi, UT",Kim,and,more\n',
    )


# Numbers


@pytest.mark.parametrize(
    ("number", "its_digits"),
    [
        ("+1 (801) 555-1234", DANA),
        ("28015551234", "28015551234"),
        ("+44 20 7946 0958", "442079460958"),
        ("911", "911"),
        ("801-555-1234 ext. 5", DANA),
        ("801-555-1234x5", DANA),
        ("tel:+1-801-555-1234;ext=5", DANA),
        ("sip:+18015551234@pbx7.example;transport=tcp", DANA),
        ("\u202a801-555-1234\u202c", DANA),
    ],
)
def test_a_number_is_its_digits_without_what_stands_around_them(number: str, its_digits: str) -> None:
    assert digits(number) == its_digits


@pytest.mark.parametrize("text", ["", " ", "anonymous", "dana77@mail.example", "8015551234@mail.example", "Dana 8015551234"])
def test_what_is_no_number_has_no_digits(text: str) -> None:
    """Or two chats of dana77@ and lee77@ would be one caller's."""
    assert digits(text) == ""


# Customers


@pytest.mark.parametrize("ani", [DANA, "+18015551234", "18015551234", "+1 (801) 555-1234", "801.555.1234", "tel:+1-801-555-1234"])
def test_a_caller_is_found_by_any_spelling_of_the_number(app: App, ani: str) -> None:
    answer = customer(app, ani)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json()["ani"], answer.json()["name"]) == (DANA, "Dana Whitfield")


@pytest.mark.parametrize("ani", ["8015550000", "801555123", "", "anonymous"])
def test_an_unknown_caller_is_an_answer_without_content(app: App, ani: str, customers: Path) -> None:
    """And no error, which browsers print in the console."""
    for configuration in (Configuration(), Configuration(customers=customers)):
        app.configured.replace(configuration)
        answer = customer(app, ani)
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_look_up_without_a_number_finds_nobody(app: App) -> None:
    assert app.get("/panels/crm/customer", headers=key_of(app)).status_code == 204


@pytest.mark.parametrize(("ani", "name"), [("8015550001", "Ann"), ("8015550002", "New"), ("8015550003", "Long")])
def test_numbers_in_the_file_may_be_spelt_in_any_way_and_the_later_of_two_counts(
    app: App, customers: Path, ani: str, name: str
) -> None:
    assert customer(app, ani).json()["name"] == name


def test_known_columns_have_one_name_and_further_ones_the_files_heading(app: App, customers: Path) -> None:
    assert customer(app, "8015550003").json() == {
        "name": "Long",
        "ani": "8015550003",
        "city": "Lehi, UT",
        "Account manager": "Kim",
    }


def test_cells_that_a_row_lacks_are_empty(app: App, customers: Path) -> None:
    assert customer(app, "8015550002").json()["Account manager"] == ""


def test_a_file_from_a_spreadsheet_begins_with_a_byte_order_mark(app: App, tmp_path: Path) -> None:
    use(app, tmp_path / "c.csv", "\ufeffani,name\r\n8015550001,Zoë\r\n")
    assert customer(app, "8015550001").json() == {"ani": "8015550001", "name": "Zoë"}


def test_a_changed_file_counts_from_the_next_look_up(app: App, tmp_path: Path) -> None:
    found = []
    for name in ("Ann", "Bea"):
        use(app, tmp_path / "c.csv", f"ani,name\n8015550001,{name}\n")
        found.append(customer(app, "8015550001").json()["name"])
    assert found == ["Ann", "Bea"]


def test_another_file_counts_from_the_next_look_up(app: App, customers: Path) -> None:
    assert customer(app, "8015550001").status_code == 200
    app.configured.replace(Configuration())
    assert customer(app, "8015550001").status_code == 204
    assert customer(app, DANA).status_code == 200


@pytest.mark.parametrize(
    ("content", "where", "remedy"),
    [
        ("name,phone\nAnn,8015550001\n", "line 1: there is no column 'ani' among 'name', 'phone'", "commas between them"),
        ("ani;name\n8015550001;Ann\n", "line 1: there is no column 'ani' among 'ani;name'", "commas between them"),
        ("ani,city\n8015550001,Provo\n", "line 1: there is no column 'name' among 'ani', 'city'", "ani and name must be there"),
        ("", "line 1: there is no column 'ani' among nothing", "The first line names the columns"),
        ("ani,name\n8015550001,Ann\n8015550002,Zoë\n".encode("latin-1"), "line 3, byte 14: this is no UTF-8", "CSV UTF-8"),
        ('ani,name\n8015550001,"Ann\n8015550002,Bea\n', "line 3: ", "between quotation marks"),
        ('ani,name\n8015550001,"Ann" Lee\n', "line 2: ", "between quotation marks"),
    ],
    ids=["no number", "semicolons", "no name", "empty", "Latin-1", "quote left open", "quote in the middle"],
)
def test_a_file_that_is_no_customer_file_is_a_problem_that_says_where_and_what_to_do(
    app: App, tmp_path: Path, content: str | bytes, where: str, remedy: str
) -> None:
    file = use(app, tmp_path / "customers.csv", content)
    answer = customer(app, "8015550001")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    detail = answer.json()["detail"]
    assert detail.startswith(f"{file}, {where}")
    assert remedy in detail


@pytest.mark.parametrize("instead", ["nothing", "a folder"])
def test_a_file_that_is_gone_is_a_problem_that_names_it(app: App, customers: Path, instead: str) -> None:
    customers.unlink()
    if instead == "a folder":
        customers.mkdir()
    answer = customer(app, "8015550001")
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith(f"{customers} cannot be read: ")
    assert "bridge.toml" in answer.json()["detail"]


def test_a_mended_file_counts_at_once(app: App, tmp_path: Path) -> None:
    use(app, tmp_path / "c.csv", "nothing")
    assert customer(app, "8015550001").status_code == 500
    use(app, tmp_path / "c.csv", "ani,name\n8015550001,Ann\n")
    assert customer(app, "8015550001").json()["name"] == "Ann"


def test_the_page_is_html_without_data_of_anybody(app: App) -> None:
    answer = app.get("/panels/crm")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "Dana" not in answer.text
    assert f'maxlength="{LONGEST}"' in answer.text


# Notes


def notes(app: App, contact: int, ani: str = DANA) -> Any:
    """The note on a contact and the caller's earlier ones."""
    answer = app.get(f"/panels/crm/notes/{contact}", params={"ani": ani}, headers=key_of(app))
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(app: App, contact: int, body: Any, ani: str = DANA) -> httpx2.Response:
    return app.put(f"/panels/crm/notes/{contact}", params={"ani": ani}, headers=key_of(app), json=body)


def save(app: App, contact: int, text: str, ani: str = DANA, window: str = "one", number: int = 1) -> Any:
    """Save a note that was read just now."""
    version = notes(app, contact, ani)["version"]
    answer = put(app, contact, {"text": text, "version": version, "window": window, "save": number}, ani)
    assert answer.status_code == 200, answer.text
    return answer.json()


def earlier(app: App, contact: int, ani: str = DANA) -> list[tuple[str, str]]:
    """The earlier notes of the contact's caller as (contact, text)."""
    return [(note["contactId"], note["text"]) for note in notes(app, contact, ani)["earlier"]]


def test_a_contact_without_a_note_has_an_empty_one(app: App) -> None:
    assert notes(app, 101) == {"text": "", "version": 0, "elsewhere": [], "earlier": [], "more": False}


def test_a_note_is_kept_as_it_was_written(app: App) -> None:
    text = "  Wants <b>two</b> tents\n\n\tand a 🏕️ \u0000"
    saved = save(app, 101, text)
    assert notes(app, 101)["text"] == text
    assert notes(app, 101)["version"] == saved["version"]
    assert notes(app, 102, "2125550101")["text"] == ""


def test_each_save_is_one_record_and_one_that_changes_nothing_is_none(app: App) -> None:
    save(app, 101, "Two tents")
    head = app.journal.head
    assert save(app, 101, "Two tents, one stove", number=2)["version"] == head + 1 == app.journal.head
    save(app, 101, "Two tents, one stove", number=3)
    assert app.journal.head == head + 1


def test_a_note_that_is_emptied_is_gone(app: App) -> None:
    save(app, 101, "Two tents")
    save(app, 101, "", number=2)
    assert notes(app, 101)["text"] == ""
    assert earlier(app, 102) == []


def test_earlier_notes_are_those_on_other_contacts_of_the_same_number_newest_first(app: App) -> None:
    for contact, ani in ((101, DANA), (102, "+1 (801) 555-1234"), (103, "2125550101"), (104, DANA)):
        save(app, contact, f"note {contact}", ani)
        app.advance(60)
    save(app, 101, "note 101, changed", number=2)
    assert earlier(app, 104, "tel:+18015551234") == [("101", "note 101, changed"), ("102", "note 102")]
    assert earlier(app, 105) == [("101", "note 101, changed"), ("104", "note 104"), ("102", "note 102")]


def test_an_earlier_note_has_the_time_of_its_last_save(app: App) -> None:
    save(app, 101, "Two tents")
    app.advance(60)
    save(app, 101, "Three tents", number=2)
    saved_at = iso(app.clock.now())
    app.advance(60)
    assert [note["at"] for note in notes(app, 102)["earlier"]] == [saved_at]


def test_who_brings_no_number_has_notes_and_no_history(app: App) -> None:
    save(app, 101, "Withheld", ani="")
    save(app, 102, "Chat", ani="dana77@mail.example")
    assert notes(app, 101, ani="")["text"] == "Withheld"
    assert earlier(app, 103, ani="") == earlier(app, 103, ani="lee77@mail.example") == []


def test_the_newest_of_many_earlier_notes_are_shown_and_that_there_are_more(app: App) -> None:
    for contact in range(1, EARLIER + 1):
        save(app, contact, "note")
        app.advance(1)
    assert len(earlier(app, 999)) == EARLIER
    assert not notes(app, 999)["more"]
    save(app, EARLIER + 1, "note")
    assert notes(app, 999)["more"]
    assert [contact for contact, _ in earlier(app, 999)] == [str(contact) for contact in range(EARLIER + 1, 1, -1)]


def test_a_reset_forgets_notes(app: App) -> None:
    save(app, 101, "Two tents")
    app.post("/api/v1/reset")
    assert notes(app, 101)["text"] == ""
    assert earlier(app, 102) == []


def test_a_note_of_a_window_that_saw_the_last_one_takes_its_place(app: App) -> None:
    save(app, 101, "Two tents", window="one")
    assert save(app, 101, "A stove", window="two")["elsewhere"] == []


def test_a_note_of_a_window_that_did_not_see_the_last_one_wins_and_the_other_text_is_kept_beside_it(app: App) -> None:
    save(app, 101, "Two tents", window="one")
    answer = put(app, 101, {"text": "A stove", "version": 0, "window": "two", "save": 1})
    assert answer.json()["text"] == "A stove"
    assert answer.json()["elsewhere"] == notes(app, 101)["elsewhere"] == ["Two tents"]


def test_a_note_of_the_longest_length_is_kept_whatever_its_characters(app: App) -> None:
    for number, character in enumerate("x😀\u0001", start=1):
        text = character * LONGEST
        save(app, 101, text, number=number)
        assert notes(app, 101)["text"] == text


@pytest.mark.parametrize("length", [LONGEST + 1, 20 * LONGEST])
def test_a_note_that_is_too_long_is_refused_with_the_limit(app: App, length: int) -> None:
    answer = put(app, 101, {"text": "x" * length, "version": 0, "window": "one", "save": 1})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "10,000 characters at most" in answer.json()["detail"]
    assert notes(app, 101)["version"] == 0


@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        {},
        {"text": 1, "version": 0, "window": "one", "save": 1},
        {"text": "x", "version": "0", "window": "one", "save": 1},
        {"text": "x", "version": 0, "window": "", "save": 1},
        {"text": "x", "version": 0, "window": "w" * 65, "save": 1},
    ],
)
def test_a_body_that_is_no_note_is_refused_with_what_is_wrong(app: App, body: Any) -> None:
    answer = put(app, 101, body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The body does not fit: ")
    assert app.journal.head == 0


@pytest.mark.parametrize("contact", ["x", "1" * 41, "-1"])
def test_notes_are_on_contacts(app: App, contact: str) -> None:
    assert app.get(f"/panels/crm/notes/{contact}", headers=key_of(app)).status_code == 404


# Two windows: the rule alone

WRITTEN = Note("Two tents", "one", 1)


@pytest.mark.parametrize("version", [0, 6, 8])
def test_text_that_was_not_seen_is_kept_beside_what_took_its_place(version: int) -> None:
    assert edited(WRITTEN, 7, Edit("A stove", version, "two", 1)) == Note("A stove", "two", 1, ("Two tents",))


def test_text_that_was_seen_is_replaced() -> None:
    assert edited(WRITTEN, 7, Edit("A stove", 7, "two", 1)) == Note("A stove", "two", 1)


def test_a_window_has_seen_what_it_wrote_itself() -> None:
    assert edited(WRITTEN, 7, Edit("A stove", 0, "one", 2)) == Note("A stove", "one", 2)


@pytest.mark.parametrize("number", [0, 1])
def test_a_save_that_comes_late_or_twice_changes_nothing(number: int) -> None:
    assert edited(WRITTEN, 7, Edit("Two", 7, "one", number)) == WRITTEN


def test_text_that_is_part_of_the_new_one_is_not_kept_beside_it() -> None:
    assert edited(WRITTEN, 7, Edit("Two tents and a stove", 0, "two", 1)).elsewhere == ()


def test_what_was_written_elsewhere_stays_until_somebody_has_seen_to_it() -> None:
    note = edited(WRITTEN, 7, Edit("A stove", 0, "two", 1))
    note = edited(note, 8, Edit("A stove, blue", 8, "two", 2))
    assert note.elsewhere == ("Two tents",)
    assert edited(note, 9, Edit("A stove, blue", 9, "two", 3, settled=True)).elsewhere == ()
    assert edited(note, 9, Edit("A stove, blue\n\nTwo tents", 9, "two", 3)).elsewhere == ()


def test_nobody_sees_to_what_it_has_not_seen() -> None:
    note = edited(WRITTEN, 7, Edit("A stove", 6, "two", 1, settled=True))
    assert note.elsewhere == ("Two tents",)


def test_few_texts_are_kept_the_newest() -> None:
    note = Note("0", "w0", 1)
    for number in range(1, OTHERS + 2):
        note = edited(note, 7, Edit(f"text {number}", 0, f"w{number}", 1))
    assert note.elsewhere == tuple(f"text {number}" for number in range(1, OTHERS + 1))


def test_a_note_is_read_back_as_it_was_written() -> None:
    note = Note("A stove", "two", 3, ("Two tents",))
    assert msgspec.json.decode(msgspec.json.encode(note), type=Note) == note
