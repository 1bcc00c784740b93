"""get-next-event (cxone-agent-session.md, section 1, "semantics"), and a shift that a client walks by the reference alone."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from bridge.access import Access
from bridge.acd.mock import UNATTENDED, MockPlatform
from bridge.acd.rest import polling
from bridge.acd.rest.polling import ATTENDED_EVERY
from bridge.acd.session_id import new_root
from bridge.app import create_app
from bridge.clock import VirtualClock
from tests.acd.rest_client import SERVICES, Client, held, until_held
from tests.acd.test_rest import refused
from tests.server import HOSTS, ORIGIN, App, types_of

LOGIN = ["AgentSessionStart", "MchAgentSettingsChangeEvent", "AgentState", "AgentLeg", "AgentLeg"]
RESYNC = ["AgentSessionStart", "MchAgentSettingsChangeEvent", "AgentState", "AgentLeg", "Mute"]


@pytest.fixture
def app() -> Iterator[App]:
    with App() as app:
        yield app


@pytest.fixture
def client(app: App) -> Client:
    """One that has started its session, and heard so."""
    client = Client(app).start()
    client.poll()
    return client


# What a poll is answered


def test_the_first_poll_gives_the_login(app: App) -> None:
    client = Client(app).start()
    assert client.poll().status_code == 200
    assert types_of(client.events) == LOGIN
    assert client.events == app.events()


def test_a_poll_gives_all_that_happened_since_as_one_batch(app: App, client: Client) -> None:
    count = len(client.events)
    app.act(app.call(), "answer", "hold")
    client.poll()
    assert client.batches == [5, 4]
    assert client.events[count:] == app.events()[count:]


def test_a_poll_is_held_until_something_happens(app: App, client: Client) -> None:
    with client.polling():
        app.happen({"Type": "CustomEvent", "data": "{}"})
    assert client.events[-1] == {"Type": "CustomEvent", "data": "{}"}


def test_a_batch_that_happens_at_once_is_never_split(app: App, client: Client) -> None:
    events = [{"Type": "Indicator", "Name": str(number)} for number in range(200)]
    with client.polling():
        app.happen(*events)
    assert client.batches[-1] == 200
    assert client.events[-200:] == events


def test_a_poll_is_held_over_what_is_no_event(app: App, client: Client) -> None:
    """A refusal is a record of the stream too, and none of the vendor's."""
    call = app.call()
    client.poll()
    with client.polling():
        assert app.post(f"/api/v1/agents/1001/contacts/{call}/resume").status_code == 409
        app.happen({"Type": "CustomEvent"})
    assert client.batches[-1] == 1


def test_events_come_as_they_were_sent_byte_for_byte(app: App, client: Client) -> None:
    """Nothing is read and written again: neither a number beyond what is exact, nor spaces, nor an order of keys."""
    raw = '{ "Type":"Foreign",  "n":900719925474010002.10, "b":1e400, "a":"\\u00e9\\/", "a":2 }'
    answer = app.post("/api/v1/agents/1001/events", content=f"[{raw}]", headers={"Content-Type": "application/json"})
    assert answer.status_code == 202
    assert f'"events":[{raw}]}}' in client.poll().text


@pytest.mark.parametrize("timeout", ["0", "-5"])
def test_pitfall_5_nothing_within_the_timeout_is_a_304_without_a_body(client: Client, timeout: str) -> None:
    before = client.session
    answer = client.poll(timeout)
    assert (answer.status_code, answer.content, client.session) == (304, b"", before)
    assert "content-length" not in answer.headers
    assert "content-type" not in answer.headers


def test_a_304_leaves_the_id_good_for_the_next_poll(app: App, client: Client) -> None:
    client.poll()
    app.happen({"Type": "CustomEvent"})
    client.poll()
    assert client.batches[-1] == 1


@pytest.mark.parametrize("timeout", ["soon", "1.5", "9" * 10, "0x1"])
def test_a_timeout_that_is_no_number_is_a_bad_request(client: Client, timeout: str) -> None:
    assert refused(client.poll(timeout), 400, "Invalid timeout.")


@pytest.mark.parametrize("timeout", ["61", "999999999", ""])
def test_a_poll_is_held_no_longer_than_the_longest(client: Client, monkeypatch: pytest.MonkeyPatch, timeout: str) -> None:
    monkeypatch.setattr(polling, "LONGEST", 0)
    assert client.poll(timeout).status_code == 304


@pytest.mark.parametrize("its_id", ["garbled", "x" * 40, "AgentSessionStart", "%2E%2E"])
def test_pitfall_5_an_id_of_no_session_is_404(client: Client, its_id: str) -> None:
    answer = client.poll(session=its_id)
    assert refused(answer, 404, "InvalidAgentSession")
    assert answer.headers["icStatusDescription"] == "Invalid agent session Id."


def test_an_id_of_an_agent_who_never_was_is_404_and_makes_nobody(app: App, client: Client) -> None:
    before = app.journal.head
    assert refused(client.poll(session=new_root("x" * 32, "ghost")), 404, "InvalidAgentSession")
    assert app.journal.head == before


# The rotating id


def test_pitfall_3_each_answer_has_a_next_id_and_the_old_ones_stay_good_for_commands(app: App, client: Client) -> None:
    ids = [client.session]
    for _ in range(3):
        app.happen({"Type": "CustomEvent"})
        client.poll()
        ids.append(client.session)
    assert len(set(ids)) == 4
    for its_id in ids:
        answer = client.call("POST", f"agent-sessions/{its_id}/state", json={"state": "Available"})
        assert answer.status_code == 202


def test_pitfall_3_the_token_that_panels_get_is_good_for_commands_and_polls(app: App, client: Client) -> None:
    with app.desk() as desk:
        _, session_info, *_ = desk.register("all")["message"]["events"]
    token = session_info["sessionToken"]
    assert client.call("POST", f"agent-sessions/{token}/state", json={"state": "Available"}).status_code == 202
    assert types_of(client.poll(session=token).json()["events"]) == RESYNC


def test_pitfall_4_no_id_has_60_or_a_sign_that_a_url_reads(app: App) -> None:
    for agent in ("60", "6060", "1060", "a.b-c_d"):
        client = Client(app, agent).start()
        for _ in range(20):
            app.happen({"Type": "CustomEvent"}, agent=agent)
            client.poll()
            assert not any(sign in client.session for sign in ("60", "/", "+", "?", "#", "%", "="))


def test_an_old_id_is_told_the_current_state_anew_and_goes_on_from_there(app: App, client: Client) -> None:
    old = client.session
    call = app.call(skill="Sales")
    other = app.call(skill="Sales")
    app.act(call, "answer", "hold", "mute")
    client.poll()
    answer = client.poll(session=old)
    events = answer.json()["events"]
    assert types_of(events) == [*RESYNC, "CallContactEvent", "CallContactEvent"]
    assert (events[2]["CurrentState"], events[3]["Status"], events[4]["AgentMuted"]) == ("InboundContact", "Active", "True")
    assert [(event["ContactID"], event["Status"]) for event in events[5:]] == [(call, "Holding"), (other, "Incoming")]
    again = Client(app)
    again.session = answer.json()["sessionId"]
    app.happen({"Type": "CustomEvent"})
    again.poll()
    assert types_of(again.events) == ["CustomEvent"]


def test_a_client_that_polls_for_ever_with_its_first_id_gets_events_each_time(app: App) -> None:
    client = Client(app).start()
    first = client.session
    for _ in range(5):
        assert len(client.poll(session=first).json()["events"]) > 2


def test_a_resync_of_one_disturbs_no_other(app: App, client: Client) -> None:
    first = client.session
    app.happen({"Type": "CustomEvent"})
    client.poll()
    client.poll(session=first)
    app.happen({"Type": "CustomEvent"})
    client.poll()
    assert client.batches == [5, 1, 1]


def test_an_id_from_ahead_of_the_history_is_told_the_current_state(client: Client) -> None:
    root, follower, _ = client.session.split(".")
    assert types_of(client.poll(session=f"{root}.{follower}.pppppppp").json()["events"]) == RESYNC


def test_who_joins_is_told_the_current_state_and_then_what_happens(app: App, client: Client) -> None:
    app.act(app.call(), "answer")
    other = Client(app).join()
    other.poll()
    assert types_of(other.events) == [*RESYNC, "CallContactEvent"]
    assert other.poll().status_code == 304


def test_who_joins_is_told_where_a_voicemail_stands(app: App, client: Client) -> None:
    voicemail = app.call(media="voicemail")
    app.act(voicemail, "answer", "play")
    app.advance(7)
    other = Client(app).join()
    other.poll()
    assert types_of(other.events) == [*RESYNC, "VoiceMailContactEvent", "VoiceMailPlayBackEvent"]
    stands = other.events[-1]
    assert (stands["ContactId"], stands["PlayBackPaused"], stands["PlayBackPosition"]) == (voicemail, "False", "7")


def test_a_resync_tells_the_session_as_it_began_last(app: App, client: Client) -> None:
    """A tester's own AgentSessionStart counts as a tenant's would, which sends one with each resync."""
    app.happen({"Type": "AgentSessionStart", "AgentId": "1001", "StationId": "77"})
    answer = client.poll(session=client.session.partition(".")[0])
    assert answer.json()["events"][0]["StationId"] == "77"


# The end


def test_pitfall_5_a_session_that_is_over_is_409_once_its_last_events_were_given(app: App, client: Client) -> None:
    assert client.end().status_code == 202
    assert client.poll().status_code == 200
    assert types_of(client.events)[-1] == "AgentSessionEnd"
    for _ in range(2):
        assert refused(client.poll(60), 409, "AgentSessionEnded")


def test_a_poll_that_is_held_is_given_the_end(client: Client) -> None:
    with client.polling():
        client.end()
    assert types_of(client.events)[-2:] == ["AgentLeg", "AgentSessionEnd"]


def test_what_happens_after_the_end_is_none_of_the_sessions(app: App, client: Client) -> None:
    after = {"Type": "CustomEvent"}
    with client.polling():
        app.happen({"Type": "AgentSessionEnd"}, after)
    assert client.events[-1] == {"Type": "AgentSessionEnd"}
    assert refused(client.poll(), 409, "AgentSessionEnded")


def test_an_old_id_of_a_session_that_is_over_is_409(client: Client) -> None:
    first = client.session
    client.end()
    client.poll()
    assert refused(client.poll(session=first), 409, "AgentSessionEnded")
    assert refused(client.poll(session=first.partition(".")[0]), 409, "AgentSessionEnded")


def test_a_session_that_follows_gives_nothing_to_an_id_of_the_one_before(app: App, client: Client) -> None:
    client.end()
    later = Client(app).start()
    client.poll()
    assert types_of(client.events)[len(LOGIN) :] == ["AgentLeg", "AgentSessionEnd"]
    assert refused(client.poll(), 409, "AgentSessionEnded")
    later.poll()
    assert types_of(later.events) == LOGIN


def test_a_supervisor_ends_a_session_for_all_who_poll_it(app: App, client: Client) -> None:
    with client.polling():
        app.post("/api/v1/agents/1001/state", json={"state": "LoggedOut", "reason": "RemoteLogoff"})
    assert (client.events[-1]["Type"], client.events[-1]["Message"]) == ("RemoteAgentSessionEnd", "RemoteLogoff")
    assert refused(client.poll(), 409, "AgentSessionEnded")


def test_of_sessions_long_over_nothing_is_known(app: App, client: Client) -> None:
    client.end()
    client.poll()
    for _ in range(8):
        Client(app).start().end()
    assert refused(client.poll(), 404, "InvalidAgentSession")


def test_a_reset_ends_a_poll_that_is_held(app: App, client: Client) -> None:
    with client.polling() as answers:
        app.post("/api/v1/reset")
    assert refused(answers[0], 409, "AgentSessionEnded")
    assert refused(Client(app).poll(session=client.session), 404, "InvalidAgentSession")


def test_a_session_is_polled_on_by_the_same_id_when_the_server_was_started_again(app: App, client: Client) -> None:
    """Nothing about followers is kept, and nothing is missed."""
    again = create_app(app.journal, Access(HOSTS), app.configured, clock=app.clock)
    app.happen({"Type": "CustomEvent"})
    path = f"{SERVICES}/agent-sessions/{client.session}/get-next-event?timeout=0"
    answer = TestClient(again, base_url=ORIGIN).get(path, headers=client.headers)
    assert types_of(answer.json()["events"]) == ["CustomEvent"]


# Who has gone


@pytest.mark.parametrize("pending", [0, 1])
def test_a_poll_ends_when_its_client_hangs_up_and_the_id_is_still_its_newest(app: App, client: Client, pending: int) -> None:
    for _ in range(pending):
        app.happen({"Type": "CustomEvent"})

    async def hang_up() -> list[Message]:
        sent: list[Message] = []
        messages: Iterator[Message] = iter([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}])

        async def receive() -> Message:
            return next(messages)

        async def send(message: Message) -> None:
            sent.append(message)

        path = f"{SERVICES}/agent-sessions/{client.session}/get-next-event"
        headers = [(b"host", b"127.0.0.1:8700"), (b"authorization", client.headers["Authorization"].encode())]
        scope: Scope = {"type": "http", "method": "GET", "path": path, "query_string": b"timeout=60", "headers": headers}
        scope.update({"scheme": "http", "server": ("127.0.0.1", 8700), "client": None, "root_path": "", "http_version": "1.1"})
        async with asyncio.timeout(10):
            await app.app(scope, receive, send)
        return sent

    assert app.portal is not None
    assert app.portal.call(hang_up)[0]["status"] == 304
    assert held(app) == 0
    app.happen({"Type": "CustomEvent"})
    client.poll()
    assert client.batches == [5, 1 + pending]


def test_who_polls_attends_the_session(app: App, client: Client) -> None:
    """So that the next start does not end it as one that nobody has attended."""

    async def start_again(after: int) -> str:
        platform = MockPlatform(app.journal, VirtualClock(app.clock.now() + after))
        await platform.start()
        agent, _ = await platform.agent("1001")
        return agent.current_state

    app.advance(ATTENDED_EVERY / 1000)
    client.poll()
    assert app.portal is not None
    assert app.portal.call(start_again, UNATTENDED - 1) == "Unavailable"
    assert app.portal.call(start_again, UNATTENDED) == "LoggedOut"


def test_polls_fill_the_history_with_nothing(app: App, client: Client) -> None:
    before = app.journal.head
    for _ in range(20):
        client.poll()
    assert app.journal.head == before


# Section 4, what concerns the wire


def test_pitfalls_2_and_9_every_value_is_text_but_for_the_lists(app: App, client: Client) -> None:
    call = app.call(variables={"Account": "17"})
    app.act(call, "answer", "mute", "hangup")
    client.poll()
    for event in client.events:
        for field, value in event.items():
            assert isinstance(value, list if field in ("NextStates", "ScreenPopUrlVariables") else str), (event["Type"], field)
    assert {event["FinalState"] for event in client.events if event["Type"] == "CallContactEvent"} == {"False"}


def test_pitfalls_1_and_7_events_have_their_own_key_for_the_contact_and_type_never_message_type(app: App, client: Client) -> None:
    app.act(app.call(), "answer")
    app.happen({"Type": "VoiceMailContactEvent", "ContactId": "77", "Status": "Active", "FinalState": "False"})
    client.poll()
    client.poll(session=client.session.partition(".")[0])
    assert {key for event in client.events for key in event if key.lower() == "contactid"} == {"ContactID", "ContactId"}
    assert all("Type" in event and "messageType" not in event for event in client.events)


def test_pitfall_10_a_resync_tells_contacts_oldest_first_whatever_their_ids(app: App, client: Client) -> None:
    for contact in ("900719925474010002", "5", "4294967295"):
        app.happen({"Type": "CallContactEvent", "ContactID": contact, "Status": "Active", "FinalState": "False"})
    events = client.poll(session=client.session.partition(".")[0]).json()["events"]
    assert [event["ContactID"] for event in events[len(RESYNC) :]] == ["900719925474010002", "5", "4294967295"]


# A shift


def test_a_shift_by_the_reference_alone_with_two_pollers_and_a_desk_that_agree(app: App) -> None:
    """Login, available, a call, hold, resume, end, ACW, logout. Batches may merge, but no event is split off, lost or moved."""
    agent, other = Client(app).start(), Client(app)
    agent.poll()
    with app.desk() as desk:
        desk.register("all")
        other.join().poll()
        began = len(app.events())
        agent.events.clear()
        other.events.clear()

        assert agent.do("state", state="Available").status_code == 202
        agent.poll()
        assert agent.events[-1]["CurrentState"] == "Available"
        with agent.polling():
            call = app.call(ani="8015551234", skill="Support")
        incoming = agent.events[-1]
        assert (incoming["Status"], incoming["IsRequireManualAccept"]) == ("Incoming", "True")
        for verb in ("accept", "hold", "resume", "end"):
            assert agent.do(f"interactions/{incoming['ContactID']}/{verb}").status_code == 202, verb
        other.poll()
        agent.poll()
        acw = agent.events[-1]
        assert (acw["CurrentState"], acw["IsAcw"], acw["AcwTimeout"]) == ("Unavailable", "True", "3")
        app.advance(3)
        agent.poll()
        assert (agent.events[-1]["CurrentState"], agent.events[-2]["FinalState"]) == ("Available", "True")
        other.poll()
        with other.polling():
            assert agent.end(forceLogoff="true").status_code == 202
        agent.poll()
        assert agent.poll(60).status_code == other.poll(60).status_code == 409

        happened = app.events()[began:]
        frames = [frame for frame in desk.rest() if frame["t"] == "events"]
    assert [event["Status"] for event in happened if event.get("ContactID") == call] == [
        "Incoming",
        "Active",
        "Holding",
        "Active",
        "Disconnected",
        "Disconnected",
    ]
    assert agent.events == happened
    assert other.events == happened
    assert [event for frame in frames for event in frame["e"]] == happened


def test_two_polls_held_with_one_id_are_given_the_same(app: App, client: Client) -> None:
    other = Client(app)
    other.session = client.session
    with client.polling(), other.polling():
        until_held(app, 2)
        app.happen({"Type": "CustomEvent"})
    assert client.events[-1:] == other.events == [{"Type": "CustomEvent"}]
