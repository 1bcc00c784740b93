"""A desk page's socket, seen from the page: what it may send, what it is owed, and how it comes back.

Rules of the panels' protocol are those of max-post-message.md; that of reconnecting is the design's.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from bridge.desk import connection
from bridge.desk.frames import FRAME_BYTES
from bridge.desk.page import BYTES_AHEAD
from tests.server import WORKSPACE, App, Desk, types_of

FRAMES_AHEAD = BYTES_AHEAD // FRAME_BYTES
"""How many frames of one event each are under way at most, when an event fills a frame."""


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


def told(frame: Any) -> list[tuple[int, list[str]]]:
    """Of an `events` frame each message: a window, and the types of the events that it gets."""
    return [
        (window, [event["Type"] for start, end in zip(runs[::2], runs[1::2], strict=True) for event in frame["e"][start:end]])
        for windows, runs in frame["to"]
        for window in windows
    ]


def kinds(frames: Sequence[Any]) -> list[str]:
    return [frame["t"] for frame in frames]


def held(window: int, since: int, *types: str) -> dict[str, Any]:
    """A standing registration as a page keeps it over a reconnect."""
    registration = {"types": types, "contactId": None, "issuer": "Test"}
    return {"window": window, "panel": WORKSPACE, "registration": registration, "since": since}


def has(app: App, desk: Desk, offset: int, *windows: Any) -> dict[str, Any]:
    """The hello of a page that comes back to the history of this desk and has it up to an offset."""
    return {"epoch": desk.welcome["epoch"], "offset": offset, "windows": windows}


# Beginning


def test_a_page_says_hello_and_is_welcomed(app: App) -> None:
    with app.desk() as desk:
        assert desk.welcome == {
            "t": "welcome",
            "epoch": app.journal.epoch,
            "offset": app.journal.head,
            "resumed": False,
            "now": app.clock.now(),
        }


def test_opening_the_desk_starts_the_session(app: App) -> None:
    with app.desk():
        assert types_of(app.events())[0] == "AgentSessionStart"


def test_a_second_page_joins_the_session(app: App) -> None:
    with app.desk(page="one"), app.desk(page="two"):
        assert types_of(app.events()).count("AgentSessionStart") == 1


def test_a_session_goes_on_when_its_page_has_gone(app: App) -> None:
    with app.desk():
        pass
    assert app.agent()["state"] == "Unavailable"


def test_a_new_page_is_shown_everything(app: App) -> None:
    contact = app.call(customer="Ada Example")
    with app.desk() as desk:
        changed = desk.next("view")["changed"]
        assert "Ada Example" in changed["contacts"]
        assert [panel["key"] for panel in changed["panels"]] == [f"crm:{contact}", WORKSPACE]
        assert changed["focus"] == contact
        assert changed["incoming"] == [contact]


def test_a_page_is_shown_what_changes(app: App) -> None:
    with app.desk() as desk:
        assert desk.next("view")["changed"]["incoming"] == []
        contact = app.call()
        assert desk.next("view")["changed"]["incoming"] == [contact]


@pytest.mark.parametrize(
    "first",
    ["", "hello", "[]", "{}", '{"t":"hello"}', '{"t":"got","frames":0}', '{"t":"hello","page":"\\ud800"}', "[" * 100_000],
    ids=["nothing", "no JSON", "a list", "no tag", "no page", "another frame", "no text", "too deep"],
)
def test_who_does_not_begin_with_hello_is_sent_away(app: App, first: str) -> None:
    with app.socket() as socket:
        socket.send_text(first)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert (closed.value.code, closed.value.reason) == (1002, "a page begins with hello")
    assert app.journal.head == 0


def test_a_hello_in_bytes_is_none(app: App) -> None:
    with app.socket() as socket:
        socket.send_bytes(b'{"t":"hello","page":"p"}')
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1002


def test_who_says_nothing_is_sent_away(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HELLO_WITHIN", 0.001)
    with app.socket() as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()
    assert closed.value.code == 1002


def test_who_leaves_without_a_word_leaves_nothing_behind(app: App) -> None:
    with app.socket() as socket:
        socket.close()
    assert app.journal.head == 0


# Registrations and events


def test_a_window_registers_and_gets_the_acknowledgement_and_the_states(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"], "issuer": "Test"}, window=7, seq=40)
        post = desk.next("post")
    assert post["window"] == 7
    assert post["seq"] == 40
    assert post["registration"] == {"types": ["all"], "contactId": None, "issuer": "Test"}
    assert post["since"] == app.journal.head
    message = post["message"]
    assert (message["issuer"], message["contactId"]) == ("MAX", None)
    acknowledgement, session, state = message["events"]
    assert (acknowledgement["messageType"], acknowledgement["status"]) == ("ClientEventSubscriptionAcknowledge", "OK")
    assert session["messageType"] == "SessionInfo"
    assert state["Type"] == "AgentState"


def test_a_contact_panel_registers_for_its_contact(app: App) -> None:
    contact = app.call()
    with app.desk() as desk:
        message = desk.register("contact", panel=f"crm:{contact}")["message"]
    assert message["contactId"] == int(contact)
    assert types_of(message["events"][1:]) == ["CallContactEvent"]


def test_a_refused_registration_is_answered_and_not_kept(app: App) -> None:
    with app.desk() as desk:
        post = desk.register("nonsense")
        assert post["message"]["events"][0]["status"] == "ERROR"
        assert post["registration"] is None
        assert desk.register("all")["message"]["events"][0]["status"] == "OK"


def test_a_second_registration_is_a_warning_and_no_answer(app: App) -> None:
    with app.desk() as desk:
        desk.register("all")
        desk.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"], "issuer": "Test"})
        [warning] = desk.rest()
    assert warning["t"] == "warn"
    assert "[Test] has already subscribed" in warning["text"]


def test_events_go_to_the_windows_that_asked_for_them(app: App) -> None:
    with app.desk() as desk:
        desk.register("all", window=1)
        desk.register("contacts", window=2)
        desk.register("agent", window=3)
        app.happen({"Type": "Mute"}, {"Type": "CallContactEvent", "ContactID": "101"}, {"Type": "AgentLeg"})
        frame = desk.next("events")
    assert frame["o"] == app.journal.head
    assert types_of(frame["e"]) == ["Mute", "CallContactEvent", "AgentLeg"]
    assert sorted(told(frame)) == [
        (1, ["Mute", "CallContactEvent", "AgentLeg"]),
        (2, ["CallContactEvent"]),
        (3, ["Mute", "AgentLeg"]),
    ]


def test_all_pages_of_a_desk_are_told(app: App) -> None:
    with app.desk(page="one") as one, app.desk(page="two") as two, app.desk("1002", page="three") as another:
        for desk in (one, two, another):
            desk.register("all")
        app.happen({"Type": "Mute"})
        assert told(one.next("events")) == told(two.next("events")) == [(1, ["Mute"])]
        assert another.rest() == []


def test_events_that_no_window_asked_for_are_not_sent(app: App) -> None:
    with app.desk() as desk:
        app.happen({"Type": "Mute"})
        desk.register("contacts")
        app.happen({"Type": "Mute"})
        assert desk.rest() == []


def test_what_the_acknowledgement_told_is_not_told_again(app: App) -> None:
    with app.desk() as desk:
        app.call()
        desk.register("all")
        assert desk.rest() == []


def test_an_unregistered_window_gets_no_more(app: App) -> None:
    with app.desk() as desk:
        desk.register("all")
        desk.post({"messageType": "UnregisterFromClientEvents"})
        desk.rest()
        app.happen({"Type": "Mute"})
        assert desk.rest() == []


def test_a_window_whose_panel_closed_gets_no_more(app: App) -> None:
    with app.desk() as desk:
        desk.register("all", window=1)
        desk.register("all", window=2)
        desk.send({"t": "gone", "windows": [1, 99]})
        desk.rest()
        app.happen({"Type": "Mute"})
        assert told(desk.next("events")) == [(2, ["Mute"])]


# What panels and controls do


def test_a_panels_command_is_carried_out_and_said_to_be(app: App) -> None:
    contact = app.call(skill="Sales")
    app.act(contact, "answer")
    with app.desk() as desk:
        desk.post({"messageType": "HoldEvent"}, seq=8)
        assert desk.next("ok") == {"t": "ok", "seq": 8, "refused": None, "panel": WORKSPACE}
    assert app.status(contact) == "Holding"


def test_a_panels_command_that_does_not_fit_is_said_to_be_refused(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "HoldEvent"})
        assert desk.next("ok")["refused"] == "HoldEvent acts on the contact in focus; there is none."


def test_a_contact_card_with_a_bad_contact_is_a_warning(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "ContactCardData", "contactId": 0, "contactCardData": {"name": "Ada"}})
        assert kinds(desk.rest()) == ["warn"]


def test_a_control_is_carried_out(app: App) -> None:
    with app.desk() as desk:
        assert desk.do("new-contact", ani="8015551234", skill="Sales")["refused"] is None
        [contact] = [told["contactId"] for told in app.agent()["contacts"]]
        for verb, status in (("answer", "Active"), ("hold", "Holding"), ("resume", "Active"), ("hangup", None)):
            assert desk.do(verb, contact=contact)["refused"] is None
            assert app.status(contact) == status
        assert desk.do("state", state="Unavailable", reason="Lunch")["refused"] is None
    assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "Lunch")


def test_the_other_party_acts_from_the_desk_too(app: App) -> None:
    contact = app.call(skill="Sales")
    with app.desk() as desk:
        assert desk.do("customer", contact=contact, verb="hangup")["refused"] is None
    assert app.status(contact) is None


def test_the_agent_turns_to_another_contact(app: App) -> None:
    first, second = app.call(), app.call()
    assert app.agent()["focus"] == first
    with app.desk() as desk:
        desk.do("focus", contact=second)
    assert app.agent()["focus"] == second


@pytest.mark.parametrize(
    ("verb", "args", "words"),
    [
        ("levitate", {}, "The desk has no control 'levitate'."),
        ("answer", {}, "'' is no contact."),
        ("answer", {"contact": "x"}, "'x' is no contact."),
        ("answer", {"contact": "9" * 5000}, "contact is a text of 200 characters at most."),
        ("answer", {"contact": "9" * 41}, f"'{'9' * 41}' is no contact."),
        ("answer", {"contact": ["1"]}, "contact is a text of 200 characters at most."),
        ("answer", {"contact": "5"}, "Agent 1001 has no contact 5."),
        ("focus", {"contact": "5"}, "Agent 1001 has no contact 5."),
        ("customer", {"contact": "5", "verb": "levitate"}, "The desk has no control 'customer'."),
        ("customer", {"contact": "5", "verb": ["hangup"]}, "The desk has no control 'customer'."),
        ("state", {"state": "Asleep"}, "An agent can ask for Available or Unavailable, not for 'Asleep'."),
        ("state", {"state": "Unavailable", "reason": {}}, "reason is a text of 200 characters at most."),
        ("state", {"state": "Unavailable", "reason": "x" * 201}, "reason is a text of 200 characters at most."),
        ("new-contact", {"media": "pigeon"}, "media: Input should be 'call'"),
        ("new-contact", {"direction": "inbound", "ani": 5, "x": 1}, "ani: Input should be a valid string; x: "),
    ],
)
def test_a_control_that_cannot_be_is_refused_in_words(app: App, verb: str, args: Any, words: str) -> None:
    with app.desk() as desk:
        desk.send({"t": "do", "seq": 5, "verb": verb, "args": args})
        answer = desk.next("ok")
        assert answer["seq"] == 5
        assert answer["refused"].startswith(words)
        assert app.agent()["contacts"] == []
        assert (app.agent()["state"], app.agent()["reason"]) == ("Unavailable", "")


# Once, whatever happens


def test_a_control_sent_twice_is_carried_out_once(app: App) -> None:
    with app.desk() as desk:
        first = desk.do("new-contact", seq=5)
        assert desk.do("new-contact", seq=5) == first
    assert len(app.agent()["contacts"]) == 1


def test_a_toggle_sent_twice_toggles_once(app: App) -> None:
    contact = app.call()
    app.act(contact, "answer")
    with app.desk() as desk:
        for _ in range(2):
            desk.post({"messageType": "HoldEvent"}, seq=5)
            assert desk.next("ok")["refused"] is None
    assert app.status(contact) == "Holding"


def test_a_refusal_sent_for_twice_is_the_same_though_it_would_fit_by_now(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "AnswerEvent"}, seq=5)
        first = desk.next("ok")
        contact = app.call()
        desk.post({"messageType": "AnswerEvent"}, seq=5)
        assert desk.next("ok") == first
    assert app.status(contact) == "Incoming"


def test_what_a_page_sends_again_after_a_cut_is_not_done_again(app: App) -> None:
    with app.desk() as desk:
        desk.do("new-contact", seq=5)
        hello = has(app, desk, app.journal.head)
    with app.desk(**hello) as desk:
        assert desk.do("new-contact", seq=5)["refused"] is None
    assert len(app.agent()["contacts"]) == 1


def test_another_pages_numbers_are_its_own(app: App) -> None:
    with app.desk(page="one") as one, app.desk(page="two") as two:
        one.do("new-contact", seq=5)
        two.do("new-contact", seq=5)
    assert len(app.agent()["contacts"]) == 2


# Coming back


def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_else(app: App) -> None:
    with app.desk() as desk:
        since = desk.register("all")["since"]
        app.happen({"Type": "Mute"})
        offset = desk.next("events")["o"]
        hello = has(app, desk, offset, held(1, since, "all"))
    app.happen({"Type": "AgentLeg"}, {"Type": "CallContactEvent", "ContactID": "101"})
    with app.desk(**hello) as desk:
        assert (desk.welcome["epoch"], desk.welcome["offset"]) == (app.journal.epoch, offset)
        [missed] = desk.rest()
        assert told(missed) == [(1, ["AgentLeg", "CallContactEvent"])]
        app.happen({"Type": "Mute"})
        [news] = desk.rest()
        assert told(news) == [(1, ["Mute"])]


def test_a_page_that_missed_nothing_gets_nothing(app: App) -> None:
    with app.desk() as desk:
        since = desk.register("all")["since"]
        hello = has(app, desk, app.journal.head, held(1, since, "all"))
    with app.desk(**hello) as desk:
        assert desk.rest() == []


def test_a_window_that_comes_back_is_registered_still(app: App) -> None:
    with app.desk() as desk:
        since = desk.register("all")["since"]
        hello = has(app, desk, app.journal.head, held(1, since, "all"))
    with app.desk(**hello) as desk:
        desk.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"]})
        assert kinds(desk.rest()) == ["warn"]


def test_a_window_that_registered_after_the_pages_offset_is_not_told_what_its_acknowledgement_told(app: App) -> None:
    with app.desk() as desk:
        app.happen({"Type": "Mute"})
        since = desk.register("all", window=2)["since"]
        hello = has(app, desk, since - 1, held(1, 0, "all"), held(2, since, "all"))
    app.happen({"Type": "AgentLeg"})
    with app.desk(**hello) as desk:
        [missed] = desk.rest()
    assert sorted(told(missed)) == [(1, ["Mute", "AgentLeg"]), (2, ["AgentLeg"])]


def test_a_window_that_came_back_without_a_registration_registers_anew(app: App) -> None:
    with app.desk() as desk:
        desk.register("all")
        hello = has(app, desk, app.journal.head)
    with app.desk(**hello) as desk:
        assert desk.register("all")["message"]["events"][0]["status"] == "OK"


def test_a_page_of_another_epoch_starts_fresh(app: App) -> None:
    with app.desk(epoch="another", offset=1, windows=[held(1, 0, "all")]) as desk:
        assert desk.welcome["epoch"] == app.journal.epoch
        assert desk.welcome["offset"] == app.journal.head
        app.happen({"Type": "Mute"})
        assert desk.rest() == [], "its windows are loaded anew and have not registered"
        assert desk.register("all")["message"]["events"][0]["status"] == "OK"


def test_a_reset_sends_the_pages_back_to_find_the_new_epoch(app: App) -> None:
    with app.socket() as socket:
        desk = Desk(socket, {"t": "hello", "page": "p"})
        app.post("/api/v1/reset")
        with pytest.raises(WebSocketDisconnect) as closed:
            desk.next("welcome")
    assert closed.value.code == 4001
    with app.desk(**has(app, desk, desk.welcome["offset"])) as again:
        assert again.welcome["epoch"] == app.journal.epoch != desk.welcome["epoch"]
    assert types_of(app.events())[0] == "AgentSessionStart"


# Credits


def test_a_page_that_passes_nothing_on_gets_no_more_than_so_much(app: App) -> None:
    event = {"Type": "X", "Text": "x" * FRAME_BYTES}
    with app.desk() as desk:
        desk.register("all")
        app.happen(*[event] * (FRAMES_AHEAD + 3))
        frames = [desk.next("events") for _ in range(FRAMES_AHEAD)]
        assert desk.rest() == []
        desk.send({"t": "got", "frames": 2})
        frames += [desk.next("events") for _ in range(2)]
        assert desk.rest() == []
        desk.send({"t": "got", "frames": FRAMES_AHEAD + 2})
        frames.append(desk.next("events"))
        assert desk.rest() == []
    assert [frame["o"] for frame in frames] == list(range(app.journal.head - FRAMES_AHEAD - 2, app.journal.head + 1))


def test_a_page_that_lags_gets_what_came_meanwhile_as_one_batch(app: App) -> None:
    event = {"Type": "X", "Text": "x" * FRAME_BYTES}
    with app.desk() as desk:
        desk.register("all")
        app.happen(*[event] * (FRAMES_AHEAD + 1))
        for _ in range(FRAMES_AHEAD):
            desk.next("events")
        app.happen({"Type": "A"})
        app.happen({"Type": "B"})
        desk.send({"t": "got", "frames": FRAMES_AHEAD})
        assert [types_of(frame["e"]) for frame in desk.rest()] == [["X"], ["A", "B"]]


# What a page should not send


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", "{}", '{"t":"nonsense"}', '{"t":"got"}', '{"t":"got","frames":"1"}', '{"t":"do","seq":1,"verb":null}'],
)
def test_a_bad_frame_gets_an_error_and_the_socket_lives(app: App, text: str) -> None:
    with app.desk() as desk:
        desk.send_text(text)
        [error] = desk.rest()
        assert error["t"] == "error"
        assert error["text"]
        desk.register("all")


def test_a_second_hello_is_an_error(app: App) -> None:
    with app.desk() as desk:
        desk.send({"t": "hello", "page": "p"})
        assert kinds(desk.rest()) == ["error"]


@pytest.mark.parametrize(("window", "panel"), [(None, None), (3, None), (None, WORKSPACE)])
def test_a_message_of_no_panel_does_nothing_but_shows_in_the_wire_log(app: App, window: int | None, panel: str | None) -> None:
    contact = app.call()
    app.act(contact, "answer")
    register = {"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"]}
    with app.desk() as desk:
        desk.post({"messageType": "HoldEvent"}, window=window, panel=panel)
        desk.post(register, window=window, panel=panel)
        assert desk.rest() == []
        app.happen({"Type": "Mute"})
        assert desk.rest() == []
    assert app.status(contact) == "Active"
    assert [(entry["message"], entry["ignored"]) for entry in app.wire()] == [
        ({"messageType": "HoldEvent"}, "its sender is no panel of this desk"),
        (register, "its sender is no panel of this desk"),
    ]


@pytest.mark.parametrize("data", [None, "HoldEvent", ["HoldEvent"], {"messageType": "resize"}, {"type": "HoldEvent"}])
def test_a_message_that_the_protocol_does_not_know_does_nothing_but_shows_in_the_wire_log(app: App, data: Any) -> None:
    with app.desk() as desk:
        desk.post(data)
        assert desk.rest() == []
    [entry] = app.wire()
    assert (entry["message"], entry["ignored"]) == (data, "MAX knows no such message")


def test_a_misspelt_message_is_ignored_and_its_panel_told_on(app: App) -> None:
    with app.desk() as desk:
        desk.post({"messageType": "UnegisterFromClientEvents"})
        [hint] = desk.rest()
    sentence = "MAX ignores the messageType 'UnegisterFromClientEvents' without a word: it is spelt UnregisterFromClientEvents."
    assert hint == {"t": "hint", "panel": WORKSPACE, "text": sentence}
    posted, note = app.wire()
    assert posted["ignored"] == "MAX knows no such message"
    assert (note["direction"], note["message"], note["windows"]) == ("note", {"text": sentence}, posted["windows"])


def test_warnings_and_refusals_are_notes_in_the_wire_log(app: App) -> None:
    with app.desk() as desk:
        desk.register("agent", "nonsense")
        desk.post({"messageType": "HoldEvent"})
        desk.rest()
    notes = [entry["message"]["text"] for entry in app.wire() if entry["direction"] == "note"]
    assert notes == [
        "Error processing Client Event Subscription. Issuer: [undefined] asked for the invalid subscription type [nonsense].",
        "HoldEvent was not carried out. HoldEvent acts on the contact in focus; there is none.",
    ]


# The drawer


def test_a_page_that_listens_gets_the_messages_that_there_are_and_then_each_that_comes(app: App) -> None:
    with app.desk() as desk:
        desk.register("agent")
        desk.send({"t": "listen", "on": True})
        there = desk.next("messages")["html"]
        assert there.count("<details") == 2
        desk.post({"messageType": "UnregisterFromClientEvents"})
        [comes] = re.findall('<span class="gist">([^<]*)', desk.next("messages")["html"])
        assert comes == "UnregisterFromClientEvents"


def test_a_page_that_listens_no_more_gets_none(app: App) -> None:
    with app.desk() as desk:
        desk.send({"t": "listen", "on": True})
        desk.send({"t": "listen", "on": False})
        desk.register("agent")
        assert "messages" not in kinds(desk.rest())
        desk.send({"t": "listen", "on": True})
        assert desk.next("messages")["html"].count("<details") == 2


# Logging out and in


def test_a_page_that_comes_back_does_not_log_in_who_logged_out(app: App) -> None:
    with app.desk() as desk:
        assert desk.do("log-out")["refused"] is None
        with app.desk(**has(app, desk, app.journal.head)):
            assert app.agent()["state"] == "LoggedOut"
        assert desk.do("log-in")["refused"] is None
        assert app.agent()["state"] == "Unavailable"


def test_who_has_a_contact_is_not_logged_out_by_the_desk(app: App) -> None:
    with app.desk() as desk:
        contact = app.call()
        assert desk.do("log-out")["refused"] == f"Agent 1001 cannot log out: contact {contact} is still there."


def test_after_call_work_is_ended_at_the_desk(app: App) -> None:
    with app.desk() as desk:
        app.act(app.call(skill="Support"), "answer", "hangup")
        assert app.agent()["isAcw"]
        assert desk.do("end-acw")["refused"] is None
        assert not app.agent()["isAcw"]


def test_the_wire_log_shows_what_went_to_the_panels_without_the_session_token(app: App) -> None:
    with app.desk() as desk:
        message = desk.register("sessioninfo")["message"]
    token = message["events"][1]["sessionToken"]
    [out] = [entry for entry in app.wire() if entry["direction"] == "out"]
    assert out["message"]["events"] == [message["events"][0], {"messageType": "SessionInfo", "sessionToken": "***"}]
    assert token
    assert token not in app.get("/api/v1/agents/1001/wire").text


@pytest.mark.parametrize("depth", [600, 100_000])
def test_a_message_too_deep_to_read_does_nothing_and_the_socket_lives(app: App, depth: int) -> None:
    data = "[" * depth + "]" * depth
    with app.desk() as desk:
        desk.send_text(f'{{"t":"posted","seq":1,"window":1,"panel":"{WORKSPACE}","origin":"x","data":{data}}}')
        assert set(kinds(desk.rest())) <= {"error"}
        desk.register("all")


def test_a_window_that_registers_anew_gets_nothing_of_before_that_waited_for_credit(app: App) -> None:
    event = {"Type": "X", "Text": "x" * FRAME_BYTES}
    with app.desk() as desk:
        desk.register("all")
        app.happen(*[event] * 12)
        sent = len(desk.rest())
        desk.post({"messageType": "UnregisterFromClientEvents"})
        desk.register("all")
        desk.send({"t": "got", "frames": sent})
        assert desk.rest() == []


def test_a_turn_to_the_contact_in_focus_sent_twice_is_done_once(app: App) -> None:
    first, second = app.call(), app.call()
    with app.desk() as desk:
        for _ in range(2):  # both were sent, and are sent again after a cut
            desk.do("focus", contact=first, seq=5)
            desk.do("focus", contact=second, seq=6)
    assert app.agent()["focus"] == second


@pytest.mark.parametrize(
    "data",
    [
        {"messageType": "UnregisterFromClientEvents"},
        {"type": "chatter"},
        None,
        {"messageType": "ContactCardData", "contactId": 0},
    ],
)
def test_what_asks_for_no_answer_is_receipted_so_that_the_page_need_not_keep_it(app: App, data: Any) -> None:
    with app.socket() as socket:
        socket.send_json({"t": "hello", "page": "p"})
        socket.send_json({"t": "posted", "seq": 5, "window": 1, "panel": WORKSPACE, "origin": "x", "data": data})
        while (frame := socket.receive_json())["t"] in ("welcome", "view", "warn"):
            pass
        assert frame == {"t": "ok", "seq": 5}


def test_a_desk_whose_session_ended_starts_another_with_its_next_contact(app: App) -> None:
    with app.desk() as desk:
        app.happen({"Type": "AgentSessionEnd"})
        assert desk.do("new-contact", ani="1")["refused"] is None
        assert app.agent()["state"] == "InboundContact"
