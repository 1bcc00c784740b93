"""What a contact centre's administrator sets up: `bridge/configuration.py`."""

from typing import Literal

import pytest

from bridge.configuration import CRM, KNOWLEDGE, Configuration, Configured, Panel, panel_of, panels_or_defaults, with_ids

MINE = Panel("contact", "https://crm.example/", "My CRM")
WORKSPACE = Panel("workspace", "https://kb.example/", "Wiki")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://crm.example/pages/call-log.html?a=1", "call log"),
        ("http://localhost:3000/crm", "crm"),
        ("https://crm.example/pop/", "pop"),
        ("https://crm.example", "crm.example"),
        ("HTTPS://crm.example/", "crm.example"),
        ("/panels/softphone", "softphone"),
        ("/", "/"),
    ],
)
def test_a_panel_known_by_its_address_is_named_after_it(address: str, name: str) -> None:
    assert panel_of("contact", address) == Panel("contact", address, name)


@pytest.mark.parametrize(
    "address",
    [
        "localhost:3000/crm",
        "crm.html",
        "",
        "javascript:alert(1)",
        "data:text/html,hello",
        "file:///etc/passwd",
        "//crm.example/",
        "/\\crm.example/",
        "http://",
        "http:///crm",
        "https:crm",
        "http://[crm/",
    ],
)
@pytest.mark.parametrize("kind", ["contact", "workspace"])
def test_what_is_no_pages_address_is_refused_with_a_sentence_that_helps(
    kind: Literal["contact", "workspace"], address: str
) -> None:
    with pytest.raises(ValueError, match="is no page") as refused:
        panel_of(kind, address)
    sentence = "is no page that the desk can embed: give an address that begins with http:// or https://"
    assert str(refused.value) == f"{address!r} {sentence}"


def test_a_workspace_that_wants_to_know_a_contact_is_refused() -> None:
    assert panel_of("contact", "/crm?ani={ANI}").url == "/crm?ani={ANI}"
    with pytest.raises(ValueError, match=r"asks for \{ANI\}, and a workspace has no contact: give it as a panel"):
        panel_of("workspace", "/crm?ani={ANI}")


# Ids


def test_a_panels_id_is_made_of_its_name() -> None:
    names = ["My CRM", "Wiki", "my crm", "☎", "my-crm-2"]
    panels = with_ids([Panel("contact", "/", name) for name in names])
    assert [panel.id for panel in panels] == ["my-crm", "wiki", "my-crm-2", "panel", "my-crm-2-2"]


# What is embedded when the user names nothing, or only a part


def names(*panels: Panel) -> list[str]:
    return [panel.name for panel in panels_or_defaults(panels)]


def test_the_panels_that_ship_stand_in_for_what_the_user_did_not_name() -> None:
    assert names() == [CRM.name, KNOWLEDGE.name]
    assert names(WORKSPACE) == [CRM.name, WORKSPACE.name]
    assert names(MINE) == [MINE.name]
    assert names(MINE, WORKSPACE) == [MINE.name, WORKSPACE.name]


# A change


def test_those_who_listen_are_called_when_it_changes_and_only_then() -> None:
    configured, heard = Configured(Configuration()), 0

    def hear() -> None:
        nonlocal heard
        heard += 1

    configured.listen(hear)
    configured.replace(Configuration())
    assert heard == 0
    configured.replace(Configuration([MINE]))
    assert (heard, configured.now.panels) == (1, [MINE])
    configured.refuse("bridge.toml, line 3: no")
    assert (heard, configured.now.panels, configured.problem) == (2, [MINE], "bridge.toml, line 3: no")
    configured.replace(Configuration([MINE]))
    assert (heard, configured.problem) == (3, None)
