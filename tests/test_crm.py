"""The CRM panel's page and its look-up: `bridge/crm.py`."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from bridge.crm import CUSTOMERS, crm_routes, digits, read_customers


def get(path: str, customers: Path = CUSTOMERS, **query: str) -> httpx2.Response:
    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(Starlette(routes=crm_routes(customers)))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            return await client.get(path, params=query)

    return asyncio.run(ask())


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """A customer file as people write one: other spellings of numbers, a doubled number, ragged rows, a row without a number."""
    file = tmp_path / "customers.csv"
    file.write_text(
        "name,ani,city\n"
        "Ann,(801) 555-0001,Provo\n"
        "Old,801.555.0002,Ogden\n"
        "New,+1 801 555 0002,Ogden\n"
        "Nobody,,Nowhere\n"
        "Short\n"
        "Long,8015550003,Lehi,and,more\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize(
    "ani", ["8015551234", "+18015551234", "18015551234", "+1 (801) 555-1234", "801.555.1234", "tel:+1-801-555-1234"]
)
def test_a_caller_is_found_by_any_spelling_of_the_number(ani: str) -> None:
    response = get("/panels/crm/customer", ani=ani)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert (response.json()["ani"], response.json()["name"]) == ("8015551234", "Dana Whitfield")


@pytest.mark.parametrize(
    ("number", "its_digits"),
    [("+1 (801) 555-1234", "8015551234"), ("28015551234", "28015551234"), ("+44 20 7946 0958", "442079460958"), ("911", "911")],
)
def test_only_the_country_code_of_north_america_is_left_out(number: str, its_digits: str) -> None:
    assert digits(number) == its_digits


@pytest.mark.parametrize("ani", ["8015550000", "801555123", "", "anonymous"])
def test_an_unknown_caller_is_a_404_problem(ani: str, customers: Path) -> None:
    for response in (get("/panels/crm/customer", ani=ani), get("/panels/crm/customer", customers, ani=ani)):
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert (response.json()["status"], response.json()["title"]) == (404, "Unknown caller")


def test_a_look_up_without_a_number_is_a_404_problem(customers: Path) -> None:
    assert get("/panels/crm/customer", customers).status_code == 404


def test_numbers_in_the_file_may_be_spelt_in_any_way_too(customers: Path) -> None:
    assert get("/panels/crm/customer", customers, ani="8015550001").json()["name"] == "Ann"


def test_the_later_of_two_with_one_number_counts(customers: Path) -> None:
    assert get("/panels/crm/customer", customers, ani="8015550002").json()["name"] == "New"


def test_a_row_that_is_too_long_is_found_all_the_same(customers: Path) -> None:
    assert get("/panels/crm/customer", customers, ani="8015550003").json()["name"] == "Long"


def test_who_has_no_number_is_nobodys_caller(customers: Path) -> None:
    assert [row["name"] for row in read_customers(customers).values()] == ["Ann", "New", "Long"]


def test_a_file_from_a_spreadsheet_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("ani,name\n8015550001,Zoë\n", encoding="utf-8-sig")
    assert get("/panels/crm/customer", file, ani="8015550001").json() == {"ani": "8015550001", "name": "Zoë"}


def test_a_changed_file_counts_from_the_next_look_up(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    found = []
    for name in ("Ann", "Bea"):
        file.write_text(f"ani,name\n8015550001,{name}\n", encoding="utf-8")
        found.append(get("/panels/crm/customer", file, ani="8015550001").json()["name"])
    assert found == ["Ann", "Bea"]


def test_the_page_is_html_without_data_of_anybody() -> None:
    response = get("/panels/crm")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "Dana" not in response.text
