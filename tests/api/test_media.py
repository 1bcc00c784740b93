"""Contacts of every medium through the control API, and through the desk's socket to panels."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server import App

from .test_control import AGENT, faults, problem

NEW: dict[str, dict[str, Any]] = {
    "chat": {"from": "ann@example.com", "to": "web", "text": "Hello?"},
    "digital": {"channel": "whatsapp", "text": "Hello?"},
    "workitem": {"workItemType": "Return", "payload": {"order": 7}, "variables": {"order": "7"}},
    "voicemail": {"from": "8015551234", "to": "8005550199", "file": "vm-1.wav", "duration": 45},
    "email": {"from": "ann@example.com", "to": "help@example.com", "subject": "Where is my order?"},
}
"""What is said of a contact of each medium."""


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def come(app: App, media: str, *verbs: str, **more: Any) -> str:
    """Let a contact of this medium come and be treated so; its id."""
    contact = app.call(media=media, customer="Ann Example", skill="Sales", **NEW[media], **more)
    app.act(contact, *verbs)
    return contact


@pytest.mark.parametrize("media", NEW)
def test_a_contact_of_any_medium_comes_and_is_told_of(app: App, media: str) -> None:
    contact = come(app, media)
    [told] = app.agent()["contacts"]
    assert (told["contactId"], told["media"], told["status"]) == (contact, media, "Incoming")
    assert (told["skill"], told["customer"]) == ("Sales", "Ann Example")


@pytest.mark.parametrize(
    ("media", "fields"),
    [
        ("chat", {"FromAddress": "ann@example.com", "PointOfContactAddress": "web", "Skill": "4102"}),
        ("digital", {"ChannelType": "whatsapp", "CustomerName": "Ann Example", "SkillName": "Sales"}),
        ("workitem", {"WorkItemType": "Return", "WorkItemPayload": '{"order": 7}', "SkillId": "4102"}),
        ("voicemail", {"From": "8015551234", "To": "8005550199", "FileName": "vm-1.wav", "FileDuration": "45"}),
        ("email", {"Skill": "4102"}),
    ],
)
def test_what_is_said_of_it_is_on_the_wire(app: App, media: str, fields: dict[str, str]) -> None:
    come(app, media)
    event = app.events()[-1]
    assert {field: event[field] for field in fields} == fields


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"media": "chat", "ani": "8015551234"}, ["ani"]),
        ({"media": "email", "direction": "inbound", "payload": "x"}, ["direction", "payload"]),
        ({"media": "voicemail", "variables": {"a": "b"}}, ["variables"]),
        ({"media": "voicemail", "duration": -1}, ["duration"]),
        ({"media": "voicemail", "duration": 1_000_000}, ["duration"]),
        ({"media": "workitem", "payload": "x" * 10_001}, ["payload"]),
        ({"media": "workitem", "payload": {"a": "x" * 10_001}}, ["payload"]),
        ({"from": "8015551234", "subject": "x"}, ["from", "subject"]),
        ({"media": "chat", "sender": "x"}, ["sender"]),
    ],
)
def test_a_field_that_does_not_fit_the_medium_is_a_bad_request_that_names_it(app: App, body: Any, wrong: list[str]) -> None:
    assert faults(app.post(f"{AGENT}/contacts", json=body)) == wrong
    assert app.journal.head == 0


def test_a_field_that_says_nothing_fits_any_medium(app: App) -> None:
    body: dict[str, Any] = {"media": "email", "ani": "", "variables": {}, "duration": None}
    assert app.post(f"{AGENT}/contacts", json=body).status_code == 201


WALKS = {
    ("chat", "answer"): ([], "Active"),
    ("chat", "refuse"): ([], None),
    ("chat", "hold"): (["answer"], "Holding"),
    ("chat", "resume"): (["answer", "hold"], "Active"),
    ("chat", "end"): (["answer"], None),
    ("digital", "end"): (["answer"], None),
    ("workitem", "end"): (["answer"], None),
    ("voicemail", "play"): (["answer"], "Active"),
    ("voicemail", "pause"): (["answer", "play"], "Active"),
    ("voicemail", "end"): (["answer"], None),
    ("email", "end"): (["answer", "hold"], None),
}
"""For a medium and a verb what the agent did before, and the status that it leads to (None: the contact has ended)."""


@pytest.mark.parametrize(("media", "verb"), WALKS)
def test_a_verb_does_what_it_says(app: App, media: str, verb: str) -> None:
    before, status = WALKS[media, verb]
    contact = come(app, media, *before)
    after = len(app.events())
    assert app.post(f"{AGENT}/contacts/{contact}/{verb}").status_code == 202
    assert app.status(contact) == status
    assert len(app.events()) > after


@pytest.mark.parametrize(("media", "verb"), [("call", "end"), ("call", "play"), ("workitem", "hold"), ("email", "play")])
def test_a_verb_of_another_medium_is_refused(app: App, media: str, verb: str) -> None:
    contact = app.call(media=media)
    assert problem(app.post(f"{AGENT}/contacts/{contact}/{verb}"), 409)["code"] == "wrong-media"


def test_a_voicemail_is_played_from_a_place_and_stops_at_its_end(app: App) -> None:
    contact = come(app, "voicemail", "answer")
    assert app.post(f"{AGENT}/contacts/{contact}/play", json={"position": 40}).status_code == 202
    app.advance(5)
    played = [event for event in app.events() if event["Type"] == "VoiceMailPlayBackEvent"]
    assert [(event["PlayBackPaused"], event["PlayBackPosition"]) for event in played] == [("False", "40"), ("True", "45")]
    assert faults(app.post(f"{AGENT}/contacts/{contact}/play", json={"position": -1})) == ["position"]


# Messages


def test_messages_are_written_by_both_and_read_in_order(app: App) -> None:
    contact = come(app, "chat", "answer")
    path = f"{AGENT}/contacts/{contact}/messages"
    app.advance(1)
    assert app.post(path, json={"text": " Good morning "}).status_code == 202
    assert app.post(path, json={"text": "Where is my order?", "from": "customer"}).status_code == 202
    told = app.get(path).json()
    assert [(message["number"], message["from"], message["text"]) for message in told["messages"]] == [
        (1, "customer", "Hello?"),
        (2, "agent", "Good morning"),
        (3, "customer", "Where is my order?"),
    ]
    assert told["messages"][0]["at"] < told["messages"][1]["at"]
    assert told["typing"] == []


def test_messages_are_not_among_the_wire_events(app: App) -> None:
    contact = come(app, "chat", "answer")
    before = app.events()
    app.post(f"{AGENT}/contacts/{contact}/messages", json={"text": "Good morning"})
    assert app.events() == before


def test_who_types_is_told_for_a_while(app: App) -> None:
    contact = come(app, "chat")
    assert app.post(f"{AGENT}/contacts/{contact}/typing", json={"from": "customer"}).status_code == 202
    assert app.get(f"{AGENT}/contacts/{contact}/messages").json()["typing"] == ["customer"]
    app.advance(10)
    assert app.get(f"{AGENT}/contacts/{contact}/messages").json()["typing"] == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["text"]),
        ({"text": ""}, ["text"]),
        ({"text": "  "}, ["text"]),
        ({"text": "x" * 10_001}, ["text"]),
        ({"text": "x", "from": "supervisor"}, ["from"]),
    ],
)
def test_a_message_says_something_and_comes_from_somebody(app: App, body: Any, wrong: list[str]) -> None:
    contact = come(app, "chat", "answer")
    assert faults(app.post(f"{AGENT}/contacts/{contact}/messages", json=body)) == wrong


def test_an_agent_answers_before_writing(app: App) -> None:
    contact = come(app, "chat")
    told = problem(app.post(f"{AGENT}/contacts/{contact}/messages", json={"text": "Hello"}), 409)
    assert told["detail"] == f"The agent writes in a chat that is Active; chat {contact} is Incoming."


def test_the_messages_of_nobody_are_not_found(app: App) -> None:
    assert app.get(f"{AGENT}/contacts/5/messages").status_code == 404
    assert app.post(f"{AGENT}/contacts/5/messages", json={"text": "Hello"}).status_code == 404


# The desk's socket


@pytest.mark.parametrize("media", NEW)
def test_a_panel_of_the_contact_gets_its_events_whatever_the_spelling_of_its_id(app: App, media: str) -> None:
    with app.desk() as desk:
        contact = come(app, media)
        other = come(app, media)
        desk.register("contact", window=2, panel=f"crm:{contact}")
        app.act(other, "answer")
        app.act(contact, "answer")
        events = [event for frame in desk.rest() if frame["t"] == "events" for event in frame["e"]]
    assert [{event.get("ContactID"), event.get("ContactId")} for event in events] == [{contact, None}]


def test_the_desk_writes_plays_and_takes_what_comes(app: App) -> None:
    with app.desk() as desk:
        assert desk.do("new-contact", media="chat", text="Hello?").get("refused") is None
        [told] = app.agent()["contacts"]
        chat = told["contactId"]
        assert desk.do("answer", contact=chat).get("refused") is None
        message: dict[str, Any] = {"contact": chat, "text": "Good morning", "from": "agent"}
        assert desk.do("message", **message).get("refused") is None
        assert desk.do("typing", contact=chat, isTyping=True).get("refused") is None
        told = app.get(f"{AGENT}/contacts/{chat}/messages").json()
        assert [message["text"] for message in told["messages"]] == ["Hello?", "Good morning"]
        assert told["typing"] == ["agent"]
        voicemail = come(app, "voicemail", "answer")
        assert desk.do("play", contact=voicemail, position=30).get("refused") is None
        assert app.events()[-1]["PlayBackPosition"] == "30"


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("message", {"text": "", "from": "agent"}),
        ("message", {"text": 5, "from": "agent"}),
        ("message", {"text": "x", "from": "nobody"}),
        ("typing", {"isTyping": "perhaps"}),
        ("typing", {}),
        ("play", {"position": "30"}),
        ("play", {"position": True}),
        ("play", {"position": -1}),
    ],
)
def test_a_form_that_says_nothing_sensible_is_refused_in_words(app: App, verb: str, args: dict[str, Any]) -> None:
    with app.desk() as desk:
        contact = come(app, "chat", "answer")
        before = app.journal.head
        assert desk.do(verb, contact=contact, **args)["refused"]
        assert app.journal.head == before
