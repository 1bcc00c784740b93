"""Which pages the desk embeds: `bridge/desk/panels.py` (max-post-message.md, section 1)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.agent_state import Agent
from bridge.configuration import Panel
from bridge.desk.panels import OpenPanel, contact_of, open_panels, screen_pop_variables
from bridge.journal.base import Draft

from . import agent, call

CRM = Panel("contact", "https://crm.example/pop?id={ContactID}", "CRM", id="crm")
KNOWLEDGE = Panel("workspace", "https://kb.example/", "Knowledge", id="knowledge")


def url(template: str, *happened: dict[str, Any] | Draft) -> str:
    """The address of a contact panel that is open after this."""
    [panel] = open_panels(agent(*happened), [Panel("contact", template, "CRM")])
    return panel.url


def called(skill: str | None = None, contact_id: int = 101) -> Draft:
    """What the platform notes of a contact before its first event."""
    return Draft.of("contact", {"contactId": str(contact_id), "skill": skill, "customer": None})


# When they open and close


def test_a_workspace_is_always_open_and_bound_to_no_contact() -> None:
    workspace = OpenPanel("knowledge", "Knowledge", "https://kb.example/")
    assert open_panels(Agent("1001"), [KNOWLEDGE]) == [workspace]
    assert open_panels(agent(call()), [KNOWLEDGE]) == [workspace]


def test_a_contact_panel_opens_with_its_contacts_first_event() -> None:
    assert open_panels(agent(), [CRM]) == []
    assert open_panels(agent(call(status="Incoming")), [CRM]) == [
        OpenPanel("crm:101", "CRM", "https://crm.example/pop?id=101", contact="101")
    ]


def test_it_closes_at_disconnected_with_final_state_true_and_keeps_its_key_until_then() -> None:
    life = [
        call(status="Incoming"),
        call(status="Active"),
        call(status="Holding"),
        call(status="Disconnected", FinalState="False"),
        call(status="Disconnected", FinalState="True"),
    ]
    keys = [[panel.key for panel in open_panels(agent(*life[:step]), [CRM])] for step in range(len(life) + 1)]
    assert keys == [[], ["crm:101"], ["crm:101"], ["crm:101"], ["crm:101"], []]


@pytest.mark.parametrize(
    "event",
    [
        {"Type": "EmailContactEvent", "ContactId": "101", "Status": "Incoming"},
        {"Type": "VoiceMailContactEvent", "ContactId": "101", "Status": "Active"},
        {"Type": "WorkItemContactEvent", "ContactID": "101", "Status": "Incoming"},
    ],
    ids=lambda event: event["Type"],
)
def test_contacts_of_every_medium_bring_their_panels(event: dict[str, Any]) -> None:
    assert [panel.contact for panel in open_panels(agent(event), [CRM])] == ["101"]


def test_the_oldest_contacts_panels_stand_first_and_workspaces_last() -> None:
    panels = [KNOWLEDGE, CRM, Panel("contact", "https://notes.example/", "Notes", id="notes")]
    opened = open_panels(agent(call(102), call(101)), panels)
    assert [panel.key for panel in opened] == ["crm:102", "notes:102", "crm:101", "notes:101", "knowledge"]


@pytest.mark.parametrize(
    ("key", "contact"),
    [
        ("crm:101", 101),
        ("12:9007199254740993", 9007199254740993),
        ("knowledge", None),
        (None, None),
        ("", None),
        ("crm:", None),
        ("crm:abc", None),
        ("crm:-1", None),
        ("crm:٣", None),
        ("crm:" + "9" * 5000, None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_key_tells_its_contact_whoever_wrote_it(key: str | None, contact: int | None) -> None:
    assert contact_of(key) == contact


def test_the_key_of_an_open_panel_tells_its_contact() -> None:
    opened = open_panels(agent(call(101), call(2**53 + 1)), [KNOWLEDGE, CRM])
    assert [contact_of(panel.key) for panel in opened] == [101, 2**53 + 1, None]


# Panels of a skill


@pytest.mark.parametrize(
    ("skills", "is_open"),
    [
        (set(), True),
        ({"4101"}, True),
        ({"Support"}, True),
        ({"Sales", "Support"}, True),
        ({"Sales"}, False),
        ({"410"}, False),
        ({"sUPPORT"}, True),
        ({"Suppor"}, False),
    ],
    ids=lambda value: ",".join(sorted(value)) or "none" if isinstance(value, set) else str(value),
)
def test_a_panel_of_skills_opens_for_contacts_of_one_by_id_or_by_name_in_any_case(skills: set[str], is_open: bool) -> None:
    panel = Panel("contact", "https://crm.example/", "CRM", frozenset(skills))
    assert bool(open_panels(agent(called("Support"), call(Skill="4101")), [panel])) is is_open


def test_a_work_item_spells_its_skill_differently() -> None:
    event = {"Type": "WorkItemContactEvent", "ContactID": "101", "Status": "Incoming", "SkillId": "4101"}
    panel = Panel("contact", "https://crm.example/", "CRM", frozenset({"4101"}))
    assert len(open_panels(agent(event), [panel])) == 1


def test_a_contact_without_a_skill_opens_no_panel_of_skills() -> None:
    assert open_panels(agent(call()), [Panel("contact", "https://crm.example/", "CRM", frozenset({"4101"}))]) == []


# URL variables


def test_a_panels_address_carries_what_is_known_of_the_contact() -> None:
    event = call(ANI="8015551234", DNIS="8005550199", Skill="4101", ScreenPopUrlVariables=[{"Order": "A-1"}, {"Lang": "fr"}])
    assert (
        url("https://crm.example/{ContactID}/{ANI}/{DNIS}/{Skill}/{SkillId}/{Order}?lang={Lang}", called("Support"), event)
        == "https://crm.example/101/8015551234/8005550199/Support/4101/A-1?lang=fr"
    )


def test_a_skill_that_came_without_a_name_has_the_one_that_is_set_up() -> None:
    assert url("https://crm.example/{Skill}", call(Skill="4101")) == "https://crm.example/Support"


def test_a_skill_that_nobody_named_is_its_id() -> None:
    assert url("https://crm.example/{Skill}", call(Skill="4199")) == "https://crm.example/4199"


@pytest.mark.parametrize("name", ["Nobody", "contactid", "ANI", "DNIS", "Skill", "SkillId"])
def test_an_unknown_name_is_empty(name: str) -> None:
    assert url(f"https://crm.example/?a={{{name}}}&b=1", call()) == "https://crm.example/?a=&b=1"


@pytest.mark.parametrize("field", ["ANI", "DNIS"])
def test_a_field_that_is_null_is_empty(field: str) -> None:
    assert url(f"https://crm.example/?a={{{field}}}", {**call(), field: None}) == "https://crm.example/?a="


def test_a_screen_pop_variable_does_not_hide_what_the_platform_knows() -> None:
    event = call(ANI="8015551234", ScreenPopUrlVariables=[{"ANI": "forged"}, {"ContactID": "999"}])
    assert url("https://crm.example/{ANI}/{ContactID}", event) == "https://crm.example/8015551234/101"


def test_values_are_percent_encoded() -> None:
    event = call(ANI="+1 (801)/555?a=b&c#d%20é")
    assert url("https://crm.example/{ANI}", event) == "https://crm.example/%2B1%20%28801%29%2F555%3Fa%3Db%26c%23d%2520%C3%A9"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_value_leaves_its_place_in_the_address(value: str) -> None:
    filled_in = url("https://crm.example/pop?v={V}&w=1", call(ScreenPopUrlVariables=[{"V": value}]))
    parts = urlsplit(filled_in)
    assert (parts.netloc, parts.path, parts.fragment) == ("crm.example", "/pop", "")
    assert parse_qs(parts.query, keep_blank_values=True) == {"v": [value], "w": ["1"]}


def test_a_value_in_braces_is_not_filled_in_again() -> None:
    event = call(ANI="{DNIS}", DNIS="8005550199")
    assert url("https://crm.example/{ANI}", event) == "https://crm.example/%7BDNIS%7D"


@pytest.mark.parametrize(
    ("listed", "variables"),
    [
        ([{"Order": "A-1"}, {"Lang": "fr"}], [("Order", "A-1"), ("Lang", "fr")]),
        ([{"b": "1", "a": "2"}], [("b", "1"), ("a", "2")]),
        ([{"a": None}, {"b": 7}, "c", None], [("a", ""), ("b", "7")]),
        ([], []),
        ("Order=A-1", []),
        (None, []),
    ],
)
def test_screen_pop_variables_are_read_in_order_from_whatever_an_event_holds(
    listed: Any, variables: list[tuple[str, str]]
) -> None:
    assert screen_pop_variables({"ScreenPopUrlVariables": listed}) == variables


# The key that the desk's own panels get


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("/panels/crm", "/panels/crm#key=k"),
        ("/panels/crm?contactId={ContactID}", "/panels/crm?contactId=101#key=k"),
        ("/panels/crm#notes", "/panels/crm#notes&key=k"),
    ],
)
def test_a_panel_of_the_desks_own_gets_the_key_in_its_fragment(template: str, address: str) -> None:
    [panel] = open_panels(agent(call()), [Panel("contact", template, "CRM")], "k")
    assert panel.url == address


def test_a_workspace_of_the_desks_own_gets_the_key_too() -> None:
    [panel] = open_panels(agent(), [Panel("workspace", "/panels/knowledge", "Knowledge")], "k")
    assert panel.url == "/panels/knowledge#key=k"


@pytest.mark.parametrize("address", ["https://crm.example/panels/crm", "//crm.example/panels/crm", "/panels", "/crm/panels/x"])
def test_nobody_elses_panel_gets_the_key(address: str) -> None:
    opened = open_panels(agent(call()), [Panel("contact", address, "A"), Panel("workspace", address, "B")], "k")
    assert [panel.url for panel in opened] == [address, address]
