"""The control API, operation by operation: the Surface section of the design, and max-post-message.md for what a verb means."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any, get_args

import pytest

from bridge.acd.commands import CallVerb, CustomerVerb, Verb
from bridge.acd.events import FIELDS
from bridge.api.operations import MAX_BODY
from bridge.clock import iso
from tests.server import App, types_of

AGENT = "/api/v1/agents/1001"
CALL = {"Type": "CallContactEvent", "ContactID": "101", "Status": "Active"}


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def problem(answer: Any, status: int) -> Any:
    """The problem object of an answer that is one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told


def faults(answer: Any) -> list[str]:
    """The fields that a refused body got wrong."""
    return [error["field"] for error in problem(answer, 400)["errors"]]


# The agent


def test_an_agent_never_used_is_logged_out_and_stays_so(app: App) -> None:
    assert app.agent("new") == {
        "agentId": "new",
        "state": "LoggedOut",
        "reason": "",
        "isAcw": False,
        "muted": False,
        "focus": None,
        "contacts": [],
        "upstream": None,
    }
    assert app.events(agent="new") == []


@pytest.mark.parametrize("agent", ["a", "A-1_b.c", "x" * 64])
def test_an_agent_id_is_letters_digits_and_some_signs(app: App, agent: str) -> None:
    assert app.agent(agent)["agentId"] == agent


@pytest.mark.parametrize("agent", ["", "a b", "a%2Fb", "é", "x" * 65, "..%2e", ".a", "a@b"])
def test_an_id_that_no_agent_can_have_is_not_found(app: App, agent: str) -> None:
    problem(app.get(f"/api/v1/agents/{agent}"), 404)


def test_a_contact_is_told_with_what_it_came_with(app: App) -> None:
    contact = app.call(ani="8015551234", dnis="8005550199", skill="Sales", customer="Ada", variables={"OrderID": "4711"})
    [told] = app.agent()["contacts"]
    event = told.pop("event")
    assert told == {
        "contactId": contact,
        "media": "call",
        "status": "Incoming",
        "skill": "Sales",
        "direction": "inbound",
        "ani": "8015551234",
        "dnis": "8005550199",
        "customer": "Ada",
        "focused": True,
    }
    assert event == app.events()[-1]
    assert event["ScreenPopUrlVariables"] == [{"OrderID": "4711"}]
    assert app.agent()["focus"] == contact


@pytest.mark.parametrize(
    ("its_type", "media"),
    [
        ("CallContactEvent", "call"),
        ("ChatContactEvent", "chat"),
        ("TextContactEvent", "chat"),
        ("DigitalContactEvent", "digital"),
        ("WorkItemContactEvent", "workitem"),
        ("VoiceMailContactEvent", "voicemail"),
        ("EmailContactEvent", "email"),
        ("CarrierPigeonContactEvent", "other"),
    ],
)
def test_a_contacts_media_is_that_of_its_events(app: App, its_type: str, media: str) -> None:
    app.happen({"Type": its_type, "ContactID": "101", "Status": "Active"})
    assert [contact["media"] for contact in app.agent()["contacts"]] == [media]


def test_a_contact_of_raw_events_has_whatever_these_tell(app: App) -> None:
    app.happen(
        {"Type": "CallContactEvent", "ContactID": 101, "ANI": None, "IsInbound": "false", "Skill": 7, "Deep": [{"a": 1e300}]}
    )
    [told] = app.agent()["contacts"]
    assert (told["contactId"], told["ani"], told["direction"], told["skill"]) == ("101", "", "outbound", "7")


# States


def test_a_state_is_asked_for(app: App) -> None:
    assert app.post(f"{AGENT}/state", json={"state": "Unavailable", "reason": "Lunch"}).status_code == 202
    assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "Lunch")
    assert app.post(f"{AGENT}/state", json={"state": "Available"}).status_code == 202
    assert (app.agent()["state"], app.agent()["reason"]) == ("Available", "")


def test_asking_for_a_state_starts_the_session(app: App) -> None:
    app.post(f"{AGENT}/state", json={"state": "Available"})
    assert "AgentSessionStart" in types_of(app.events())


def test_on_contact_the_state_waits(app: App) -> None:
    contact = app.call(skill="Sales")
    app.act(contact, "answer")
    assert app.post(f"{AGENT}/state", json={"state": "Unavailable", "reason": "Lunch"}).status_code == 202
    assert app.agent()["state"] == "InboundContact"
    app.act(contact, "hangup")
    assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "Lunch")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["state"]),
        ({"state": "LoggedIn"}, ["state"]),
        ({"state": "LoggedOut", "reason": "Lunch"}, ["reason"]),
        ({"state": 1}, ["state"]),
        ({"state": "Available", "reason": "x" * 201}, ["reason"]),
        ({"state": "Available", "reasons": "", "x": 1}, ["reasons", "x"]),
        ([], [""]),
        ("Available", [""]),
    ],
)
def test_a_state_that_cannot_be_asked_for_is_a_bad_request_that_names_the_field(app: App, body: Any, wrong: list[str]) -> None:
    assert faults(app.post(f"{AGENT}/state", json=body)) == wrong
    assert app.journal.head == 0


# Contacts


def test_a_contact_needs_nothing_said_of_it(app: App) -> None:
    assert app.post(f"{AGENT}/contacts").status_code == 201
    [told] = app.agent()["contacts"]
    assert (told["media"], told["direction"], told["skill"], told["customer"]) == ("call", "inbound", "Support", None)


@pytest.mark.parametrize(
    ("reason", "end"),
    [("", "AgentSessionEnd"), ("RemoteLogoff", "RemoteAgentSessionEnd"), ("SessionTimeout", "RemoteAgentSessionEnd")],
)
def test_an_agent_is_logged_out_of_its_own_will_or_by_the_server(app: App, reason: str, end: str) -> None:
    app.call()
    assert app.post(f"{AGENT}/state", json={"state": "LoggedOut", "reason": reason}).status_code == 202
    assert (app.events()[-1]["Type"], app.events()[-1]["Message"]) == (end, reason)
    told = app.agent()
    assert (told["state"], told["contacts"]) == ("LoggedOut", [])


def test_who_is_logged_out_cannot_log_out(app: App) -> None:
    answer = app.post(f"{AGENT}/state", json={"state": "LoggedOut"})
    assert (answer.status_code, answer.json()["code"]) == (409, "no-session")


def test_an_outbound_contact_dials(app: App) -> None:
    contact = app.call(direction="outbound", dnis="8005550199")
    assert app.status(contact) == "Dialing"
    assert app.agent()["state"] == "OutboundContact"


def test_an_agent_has_the_contacts_that_came_to_it_and_no_others(app: App) -> None:
    contact = app.call("1002")
    assert [told["contactId"] for told in app.agent("1002")["contacts"]] == [contact]
    assert app.agent()["contacts"] == []


@pytest.mark.parametrize(
    ("skill", "number", "name"),
    [
        ("", "4101", "Support"),
        ("Sales", "4102", "Sales"),
        ("  sALES ", "4102", "Sales"),
        ("4102", "4102", "Sales"),
        ("9999", "9999", "9999"),
    ],
)
def test_a_skill_is_named_by_its_name_or_its_id(app: App, skill: str, number: str, name: str) -> None:
    app.call(skill=skill)
    [told] = app.agent()["contacts"]
    assert (told["event"]["Skill"], told["skill"]) == (number, name)


@pytest.mark.parametrize("name", ["Billing", "٣", "Skill 17", "Skill 30"])
def test_an_unknown_name_is_a_skill_with_a_number_that_depends_on_nothing_else(app: App, name: str) -> None:
    """The SDK replaces a "60" in addresses, in which a skill's id may stand (cxone-agent-session.md, section 1)."""
    for agent, spelt in (("1001", name), ("1002", name.upper())):
        app.call(agent, skill=spelt)
    [first], [second] = app.agent("1001")["contacts"], app.agent("1002")["contacts"]
    assert first["skill"] == name
    assert first["event"]["Skill"] == second["event"]["Skill"]
    assert first["event"]["Skill"].isascii()
    assert first["event"]["Skill"].isdecimal()
    assert "60" not in first["event"]["Skill"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"media": "pigeon"}, ["media"]),
        ({"direction": "sideways", "ani": 8015551234}, ["direction", "ani"]),
        ({"ani": "1" * 201}, ["ani"]),
        ({"variables": {"a": 1}}, ["variables.a"]),
        ({"variables": {"a": "x" * 10_001}}, ["variables.a"]),
        ({"variables": {str(number): "" for number in range(101)}}, ["variables"]),
        ({"variables": [["a", "b"]]}, ["variables"]),
        ({"agent": "1002"}, ["agent"]),
        ("call", [""]),
    ],
)
def test_a_contact_that_cannot_be_is_a_bad_request_that_names_the_field(app: App, body: Any, wrong: list[str]) -> None:
    assert faults(app.post(f"{AGENT}/contacts", json=body)) == wrong
    assert app.journal.head == 0


@pytest.mark.parametrize("body", [b"{", b'{"ani": "\xff"}', b'{"ani": "\\ud800"}', b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_bad_request(app: App, body: bytes) -> None:
    assert faults(app.post(f"{AGENT}/contacts", content=body, headers={"Content-Type": "application/json"}))


# What the agent does

WALKS = {
    "answer": ([], "Active"),
    "refuse": ([], None),
    "hold": (["answer"], "Holding"),
    "resume": (["answer", "hold"], "Active"),
    "mute": (["answer"], "Active"),
    "unmute": (["answer", "mute"], "Active"),
    "mask": (["answer"], "Masking"),
    "unmask": (["answer", "mask"], "Active"),
    "record": (["answer"], "Active"),
    "hangup": (["answer"], None),
}
"""For each verb what the agent did before, and the status that it leads to (None: the contact has ended)."""


def test_each_verb_of_the_agent_has_its_walk() -> None:
    assert WALKS.keys() == set(get_args(CallVerb))


@pytest.mark.parametrize("verb", WALKS)
def test_a_verb_does_what_it_says(app: App, verb: str) -> None:
    before, status = WALKS[verb]
    contact = app.call(skill="Sales")
    app.act(contact, *before)
    assert app.post(f"{AGENT}/contacts/{contact}/{verb}").status_code == 202
    assert app.status(contact) == status


@pytest.mark.parametrize("verb", WALKS)
def test_a_verb_done_already_is_refused_and_never_undoes(app: App, verb: str) -> None:
    """Only post messages toggle (max-post-message.md, section 2)."""
    before, _ = WALKS[verb]
    first, second = app.call(skill="Sales"), app.call(skill="Sales")
    app.act(first, *before, verb)
    agent, events = app.agent(), app.events()
    answer = app.post(f"{AGENT}/contacts/{first}/{verb}")
    problem(answer, 404 if app.status(first) is None else 409)
    assert app.agent() == agent
    assert app.events() == events
    assert app.status(second) == "Incoming"


def test_a_verb_in_a_wrong_state_is_refused_with_the_reason(app: App) -> None:
    contact = app.call()
    told = problem(app.post(f"{AGENT}/contacts/{contact}/hold"), 409)
    assert told["code"] == "wrong-state"
    assert told["detail"] == f"hold needs a call that is Active; call {contact} is Incoming."


def test_a_verb_for_calls_is_refused_for_another_media(app: App) -> None:
    app.happen({"Type": "WorkItemContactEvent", "ContactID": "101", "Status": "Active"})
    app.post(f"{AGENT}/state", json={"state": "Available"})
    app.happen({"Type": "WorkItemContactEvent", "ContactID": "101", "Status": "Active"})
    assert problem(app.post(f"{AGENT}/contacts/101/mute"), 409)["code"] == "wrong-media"


@pytest.mark.parametrize("verb", [*get_args(Verb), *(f"customer/{verb}" for verb in get_args(CustomerVerb))])
@pytest.mark.parametrize("agent", ["1001", "never-used"])
def test_no_verb_finds_a_contact_that_is_not_the_agents(app: App, agent: str, verb: str) -> None:
    app.call("1001")
    elsewhere = app.call("1002")
    told = problem(app.post(f"/api/v1/agents/{agent}/contacts/{elsewhere}/{verb}"), 404)
    assert elsewhere in told["detail"]
    assert agent in told["detail"]


@pytest.mark.parametrize("contact", ["x", "-1", "1.5", "9" * 41, "٣"])
def test_an_id_that_no_contact_can_have_is_not_found(app: App, contact: str) -> None:
    problem(app.post(f"{AGENT}/contacts/{contact}/answer"), 404)


def test_a_verb_that_does_not_exist_is_not_found(app: App) -> None:
    problem(app.post(f"{AGENT}/contacts/{app.call()}/levitate"), 404)


def test_a_call_that_nobody_answers_is_refused_in_time(app: App) -> None:
    contact = app.call()
    app.advance(29.9)
    assert app.status(contact) == "Incoming"
    app.advance(0.1)
    assert app.status(contact) is None
    assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "Refused")


# What the other party does


def test_each_verb_of_the_other_party_is_tested() -> None:
    assert {"answer", "busy", "no-answer", "hangup"} == set(get_args(CustomerVerb))


@pytest.mark.parametrize(("verb", "status"), [("answer", "Active"), ("busy", None), ("no-answer", None), ("hangup", None)])
def test_the_party_that_the_agent_dials_answers_or_does_not(app: App, verb: str, status: str | None) -> None:
    contact = app.call(direction="outbound", dnis="8005550199")
    app.act(contact, f"customer/{verb}")
    assert app.status(contact) == status


@pytest.mark.parametrize("before", [[], ["answer"], ["answer", "hold"]])
def test_a_caller_may_hang_up_at_any_time(app: App, before: list[str]) -> None:
    contact = app.call(skill="Sales")
    app.act(contact, *before, "customer/hangup")
    assert app.status(contact) is None


@pytest.mark.parametrize("verb", ["answer", "busy", "no-answer"])
def test_who_calls_is_not_called(app: App, verb: str) -> None:
    contact = app.call()
    assert "Dialing" in problem(app.post(f"{AGENT}/contacts/{contact}/customer/{verb}"), 409)["detail"]
    assert app.status(contact) == "Incoming"


# Raw events


def test_raw_events_happen_as_they_are_and_in_order(app: App) -> None:
    events = [CALL, {"Type": "NobodyKnows", "n": [1, 2.50, None, {"ü": "☎"}]}, {"Type": ""}, {"Status": "Ended", **CALL}]
    assert app.post(f"{AGENT}/events", json=events).status_code == 202
    assert app.events() == events


def test_raw_events_keep_their_bytes(app: App) -> None:
    text = b'[ {"Type":"X" , "n":1.0e2,"big":123456789012345678901234567890, "s":"\\u00fc"} ]'
    app.post(f"{AGENT}/events", content=text, headers={"Content-Type": "application/json"})
    assert text[2:-2] in app.get(f"{AGENT}/events").content


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"Type": "X"}',
        b'[{"Type": "X"}, {"type": "X"}]',
        b'[{"Type": "X"}, {"Type": 1}]',
        b'[{"Type": "X"}, {"Type": null}]',
        b'[{"Type": "X"}, "X"]',
        b'[{"Type": "X"}, null]',
        b'[{"Type": "X"}, [{"Type": "X"}]]',
        b'[{"Type": "X"}',
        b'[{"Type": "X"}] x',
        b'[{"Type": "X", "a": 01}]',
        b'[{"Type": "X", "a": "\xff"}]',
        b'[{"Type": "X", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
def test_one_bad_event_refuses_all(app: App, body: bytes) -> None:
    problem(app.post(f"{AGENT}/events", content=body, headers={"Content-Type": "application/json"}), 400)
    assert app.journal.head == 0


def test_a_body_has_a_size_limit(app: App) -> None:
    def events(size: int) -> bytes:
        start, end = b'[{"Type": "X", "Text": "', b'"}]'
        return start + b"x" * (size - len(start) - len(end)) + end

    headers = {"Content-Type": "application/json"}
    problem(app.post(f"{AGENT}/events", content=events(MAX_BODY + 1), headers=headers), 413)
    assert app.events() == []
    assert app.post(f"{AGENT}/events", content=events(MAX_BODY), headers=headers).status_code == 202


@pytest.mark.parametrize("path", ["state", "contacts"])
def test_every_body_has_it(app: App, path: str) -> None:
    headers = {"Content-Type": "application/json"}
    problem(app.post(f"{AGENT}/{path}", content=b" " * (MAX_BODY + 1), headers=headers), 413)


# Reading


def test_events_are_read_after_an_offset(app: App) -> None:
    app.happen({"Type": "A"}, {"Type": "B"})
    app.happen({"Type": "C"})
    first = app.get(f"{AGENT}/events").json()
    assert first["epoch"] == app.journal.epoch
    assert [entry["offset"] for entry in first["events"]] == [1, 2, 3]
    assert {entry["at"] for entry in first["events"]} == {iso(app.clock.now())}
    assert first["offset"] == 3
    assert types_of(app.events(after=1)) == ["B", "C"]
    assert app.get(f"{AGENT}/events?after=3").json() == {"epoch": app.journal.epoch, "offset": 3, "events": []}


def test_only_wire_events_are_events_and_the_offset_passes_over_the_rest(app: App) -> None:
    app.call(customer="Ada")
    answer = app.get(f"{AGENT}/events").json()
    assert "Ada" not in json.dumps(answer)
    assert set(types_of(app.events())) <= FIELDS.keys()
    assert answer["offset"] == app.journal.version("agent/1001") > len(answer["events"])


@pytest.mark.parametrize("path", ["events", "wire"])
@pytest.mark.parametrize("after", ["-1", "x", "", "1.5", "9" * 5000, "٣"])
def test_an_offset_is_a_whole_number(app: App, path: str, after: str) -> None:
    assert "'after'" in problem(app.get(f"{AGENT}/{path}", params={"after": after}), 400)["detail"]


def test_an_offset_of_a_longer_history_reads_this_one_from_its_start(app: App) -> None:
    """As a reader has it that has outlived a server with its journal in memory; the epoch tells it that too."""
    app.happen({"Type": "A"})
    assert types_of(app.events(after=500)) == ["A"]


def test_the_wire_is_read_after_an_offset(app: App) -> None:
    with app.desk() as desk:
        desk.register("all")
        desk.post({"messageType": "HoldEvent"})
        desk.rest()
    answer = app.get(f"{AGENT}/wire").json()
    assert answer["epoch"] == app.journal.epoch
    assert [(message["offset"], message["direction"]) for message in answer["messages"]] == [
        (1, "in"),
        (2, "out"),
        (3, "in"),
        (4, "note"),
    ]
    assert answer["offset"] == 4
    after = app.get(f"{AGENT}/wire?after=2").json()
    assert after["messages"] == answer["messages"][2:]
    assert after["messages"][0] == {
        "offset": 3,
        "at": iso(app.clock.now()),
        "direction": "in",
        "page": "page-1",
        "windows": [1],
        "panel": "tools",
        "origin": "https://tools.example",
        "message": {"messageType": "HoldEvent"},
    }
    assert app.get(f"{AGENT}/wire?after=500").json() == answer


# Event streams


def streamed(
    app: App, path: str, count: int, *, last: str | None = None, meanwhile: Callable[[], None] | None = None
) -> "Future[list[Any]]":
    """Read an event stream until it has told `count` things or ends, then go away: each as (id, data). `last` is the reader's
    Last-Event-ID; `meanwhile` happens while the first thing is on its way."""

    async def read() -> list[Any]:
        text, enough = "", asyncio.Event()

        async def receive() -> dict[str, Any]:
            await enough.wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            nonlocal text
            if message["type"] == "http.response.start":
                assert dict(message["headers"])[b"content-type"] == b"text/event-stream; charset=utf-8"
                return
            text += message["body"].decode()
            if meanwhile is not None and text.count("data: ") == 1:
                await asyncio.to_thread(meanwhile)
            if text.count("data: ") >= count:
                enough.set()

        path_only, _, query = path.partition("?")
        headers = {"host": "127.0.0.1:8700", "accept": "text/event-stream"} | ({} if last is None else {"last-event-id": last})
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path_only,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        async with asyncio.timeout(10):
            await app.app(scope, receive, send)
        blocks = [dict(line.partition(": ")[::2] for line in block.splitlines()) for block in text.split("\n\n")]
        return [(int(block["id"]), json.loads(block["data"])) for block in blocks if "id" in block]

    assert app.portal is not None
    return app.portal.start_task_soon(read)


def test_an_event_stream_tells_what_happened_and_what_happens(app: App) -> None:
    app.happen({"Type": "A"}, {"Type": "B"})
    stream = streamed(app, f"{AGENT}/events?after=1", 2)
    app.happen({"Type": "C"})
    told = stream.result(10)
    assert told == [
        (2, {"offset": 2, "at": iso(app.clock.now()), "event": {"Type": "B"}}),
        (3, {"offset": 3, "at": iso(app.clock.now()), "event": {"Type": "C"}}),
    ]


def test_an_event_stream_goes_on_after_the_last_event_that_its_reader_has(app: App) -> None:
    app.happen({"Type": "A"}, {"Type": "B"}, {"Type": "C"})
    stream = streamed(app, f"{AGENT}/events?after=1", 1, last="2")
    assert [number for number, _ in stream.result(10)] == [3]


@pytest.mark.parametrize("last", ["", "x", "-1", "9" * 5000], ids=["empty", "x", "negative", "long"])
def test_an_id_that_no_event_has_had_is_passed_over(app: App, last: str) -> None:
    app.happen({"Type": "A"}, {"Type": "B"})
    stream = streamed(app, f"{AGENT}/events?after=1", 1, last=last)
    assert [number for number, _ in stream.result(10)] == [2]


def test_an_event_stream_ends_when_the_history_starts_afresh(app: App) -> None:
    """Its reader comes back by itself, with an id that is below all that happens from now on."""
    app.happen({"Type": "A"})
    stream = streamed(app, f"{AGENT}/events", 99)
    app.post("/api/v1/reset")
    assert len(stream.result(10)) <= 1
    again = streamed(app, f"{AGENT}/events", 1, last="1")
    app.happen({"Type": "B"})
    assert [entry["event"] for _, entry in again.result(10)] == [{"Type": "B"}]


def test_the_wire_streams_as_well(app: App) -> None:
    stream = streamed(app, f"{AGENT}/wire", 2)
    with app.desk() as desk:
        for _ in range(2):
            desk.post({"messageType": "UnregisterFromClientEvents"})
        told = stream.result(10)
    assert [(number, entry["offset"], entry["message"]["messageType"]) for number, entry in told] == [
        (1, 1, "UnregisterFromClientEvents"),
        (2, 2, "UnregisterFromClientEvents"),
    ]
    again = streamed(app, f"{AGENT}/wire", 1, last="1")
    assert [number for number, _ in again.result(10)] == [2]


def test_the_wire_streams_on_after_a_reset(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "HoldEvent"})
        desk.rest()
    app.post("/api/v1/reset")
    stream = streamed(app, f"{AGENT}/wire", 1)
    with app.desk() as desk:
        desk.post({"messageType": "MuteEvent"})
        [(_, entry)] = stream.result(10)
    assert entry["message"]["messageType"] == "MuteEvent"


def test_who_reads_slowly_misses_nothing(app: App) -> None:
    with app.desk() as desk:

        def meanwhile() -> None:
            desk.post({"messageType": "MuteEvent"})
            desk.rest()
            app.happen({"Type": "B"})

        wire = streamed(app, f"{AGENT}/wire", 2, meanwhile=meanwhile)
        desk.post({"messageType": "HoldEvent"})
        assert [number for number, _ in wire.result(10)] == [1, 2]
        before = app.journal.head
        events = streamed(app, f"{AGENT}/events?after={before}", 2, meanwhile=meanwhile)
        app.happen({"Type": "A"})
        assert types_of([entry["event"] for _, entry in events.result(10)]) == ["A", "B"]


@pytest.mark.parametrize("path", ["events", "wire"])
def test_only_the_head_of_a_stream_is_no_stream(app: App, path: str) -> None:
    answer = app.head(f"{AGENT}/{path}", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


# Reset


def test_a_reset_forgets_everything_and_begins_a_new_epoch(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "HoldEvent"})
        desk.rest()
    app.call()
    old = app.journal.epoch
    answer = app.post("/api/v1/reset")
    assert answer.status_code == 200
    assert answer.json() == {"epoch": app.journal.epoch}
    assert app.journal.epoch != old
    assert app.agent()["state"] == "LoggedOut"
    assert app.events() == []
    assert app.wire() == []


def test_offsets_go_on_after_a_reset(app: App) -> None:
    app.happen({"Type": "A"})
    before = app.journal.head
    app.post("/api/v1/reset")
    app.happen({"Type": "B"})
    [entry] = app.get(f"{AGENT}/events").json()["events"]
    assert entry["offset"] == before + 1
    assert types_of(app.events(after=before)) == ["B"]


def test_after_a_reset_no_timer_of_before_is_left(app: App) -> None:
    app.call()
    app.post("/api/v1/reset")
    app.advance(60)
    assert app.events() == []


# What is not there


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/agents/", "/api/v1/nothing", f"{AGENT}/nothing"])
def test_a_path_without_an_operation_is_a_problem(app: App, path: str) -> None:
    told = problem(app.get(path), 404)
    assert path in told["detail"]
    assert "/api/v1/openapi.json" in told["detail"]


CASES: list[tuple[Callable[[App], Any], set[str]]] = [
    (lambda app: app.get("/api/v1/reset"), {"POST"}),
    (lambda app: app.delete(AGENT), {"GET", "HEAD"}),
    (lambda app: app.put(f"{AGENT}/state", json={}), {"POST"}),
    (lambda app: app.delete(f"{AGENT}/events"), {"GET", "HEAD", "POST"}),
]


@pytest.mark.parametrize(("request_it", "allowed"), CASES)
def test_a_method_that_a_path_does_not_take_is_a_problem_that_says_which_it_takes(
    app: App, request_it: Callable[[App], Any], allowed: set[str]
) -> None:
    answer = request_it(app)
    told = problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == allowed
    assert all(method in told["detail"] for method in allowed)
