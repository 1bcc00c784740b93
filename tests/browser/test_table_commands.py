"""Which command is valid when (cxone-agent-session.md, section 3): every cell of the table, posted by a panel.

The rows are the table's and, where muting or recording makes a difference, that status with it. A cell says what the command does
to the call: its next status, `ended` (Disconnected for good), `recorded`, `muted` or `unmuted`; `-` is nothing at all.
"""

import re
from collections.abc import Iterator

import pytest

from tests.browser.desk import Message, Probe, SharedDesk, call_event, kinds

TABLE = """
                    AnswerEvent  RefuseEvent  HoldEvent  MuteEvent  MaskEvent  RecordEvent  HangupEvent
Incoming            Active       ended        -          -          -          -            -
Incoming+muted      Active       ended        -          -          -          -            -
Dialing             -            -            -          -          -          -            ended
Dialing+muted       -            -            -          -          -          -            ended
Active              -            -            Holding    muted      Masking    recorded     ended
Active+muted        -            -            Holding    unmuted    Masking    recorded     ended
Active+recorded     -            -            Holding    muted      Masking    -            ended
Holding             -            -            Active     muted      -          -            -
Holding+muted       -            -            Active     unmuted    -          -            -
Holding+recorded    -            -            Active     muted      -          -            -
Masking             -            -            -          muted      Active     recorded     -
Masking+muted       -            -            -          unmuted    Active     recorded     -
Masking+recorded    -            -            -          muted      Active     -            -
Joined              -            -            -          muted      Masking    recorded     ended
Joined+muted        -            -            -          unmuted    Masking    recorded     ended
Joined+recorded     -            -            -          muted      Masking    -            ended
Disconnected        -            -            -          -          -          -            -
Disconnected+muted  -            -            -          -          -          -            -
"""
COMMANDS, *ROWS = (line.split() for line in TABLE.strip().splitlines())
CELLS = [(row, command, outcome) for row, *outcomes in ROWS for command, outcome in zip(COMMANDS, outcomes, strict=True)]

CALL = "7001"
BEGUN, OVER = {"Type": "Indicator", "Name": "begun"}, {"Type": "Indicator", "Name": "over"}


@pytest.fixture(scope="module")
def panel(shared_desk: SharedDesk) -> Iterator[Probe]:
    """A window that gets everything."""
    panel = shared_desk.window()
    panel.register("all")
    yield panel
    shared_desk.close_windows()


def put(desk: SharedDesk, panel: Probe, row: str) -> None:
    """Let the agent have one call in the status of a row, and the panel know of it."""
    status, _, more = row.partition("+")
    state: Message = {"Type": "AgentState", "CurrentState": "InboundContact"}
    if status == "Disconnected":
        state = {"Type": "AgentState", "CurrentState": "Unavailable", "IsAcw": "True"}
    mute = [{"Type": "Mute", "AgentMuted": "True"}] if more == "muted" else []
    call = call_event(CALL, status, IsLogging=str(more == "recorded"), IsRequireManualAccept="True")
    desk.begin(state, *mute, call, BEGUN)
    panel.wait("() => received.at(-1)?.events.at(-1).Name === 'begun'")


def rest(desk: SharedDesk, panel: Probe) -> list[list[Message]]:
    """The messages that came since, each as its events, until nothing more is to come."""
    desk.answered()
    desk.happen(OVER)
    panel.wait("() => received.at(-1)?.events.at(-1).Name === 'over'")
    events = [message["events"] for message in panel.frame.evaluate("received.splice(0)")]
    begun = max(place for place, its in enumerate(events) if its[-1] == BEGUN)
    return events[begun + 1 : -1]


def change(event: Message) -> str:
    """What an event of a call or of the mute tells, in the words of the table."""
    if event["Type"] == "Mute":
        return "muted" if event["AgentMuted"] == "True" else "unmuted"
    return "ended" if (event["Status"], event["FinalState"]) == ("Disconnected", "True") else str(event["Status"])


@pytest.mark.parametrize(
    ("row", "command", "outcome"),
    [pytest.param(*cell, id=f"{cell[1]} when {cell[0]}") for cell in CELLS if cell[2] != "-"],
)
def test_valid(shared_desk: SharedDesk, panel: Probe, row: str, command: str, outcome: str) -> None:
    desk = shared_desk
    put(desk, panel, row)
    panel.post({"messageType": command})
    panel.wait("() => received.at(-1)?.events.at(-1).Name !== 'begun'")
    [events] = rest(desk, panel)
    assert events == desk.server.events()[-1 - len(events) : -1], "the wire events go to the panel"
    status = row.partition("+")[0]
    if outcome == "recorded":
        assert [(change(event), event["IsLogging"]) for event in events] == [(status, "True")]
    elif outcome == "ended":
        unmuted = ["unmuted"] if row.endswith("+muted") else []
        assert [change(event) for event in events[:-1]] == ["ended", *unmuted]
        reason = "Refused" if command == "RefuseEvent" else ""
        assert (events[-1]["Type"], events[-1]["CurrentOutReason"]) == ("AgentState", reason)
    else:
        assert [change(event) for event in events] == [outcome]
    agent = desk.server.get("/api/v1/agents/1001")
    after = {"ended": [], "recorded": [status], "muted": [status], "unmuted": [status]}.get(outcome, [outcome])
    assert [contact["status"] for contact in agent["contacts"]] == after


@pytest.mark.parametrize(
    ("row", "command"),
    [pytest.param(row, command, id=f"{command} when {row}") for row, command, outcome in CELLS if outcome == "-"],
)
def test_invalid(shared_desk: SharedDesk, panel: Probe, row: str, command: str) -> None:
    desk = shared_desk
    put(desk, panel, row)
    before = desk.server.get("/api/v1/agents/1001")
    said = desk.console(lambda: panel.post({"messageType": command}))
    assert rest(desk, panel) == []
    assert desk.server.get("/api/v1/agents/1001") == before
    [why] = [message.text for message in said if "command was not carried out" in message.text]
    status, _, more = row.partition("+")
    if command in ("AnswerEvent", "RefuseEvent"):
        assert f"{command} needs a call that is Incoming; there is none." in why
    elif command == "RecordEvent" and more == "recorded" and status != "Holding":
        assert f"Call {CALL} is being recorded already" in why
    else:
        assert re.search(rf"needs a call that is .+; call {CALL} is {status}\.", why)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_a_contact_changes_nothing(shared_desk: SharedDesk, panel: Probe, command: str) -> None:
    shared_desk.begin(BEGUN)
    said = shared_desk.console(lambda: panel.post({"messageType": command}))
    assert rest(shared_desk, panel) == []
    assert any(f"{command} " in message.text and "there is none." in message.text for message in said)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_changes_no_contact_that_is_no_call(shared_desk: SharedDesk, panel: Probe, command: str) -> None:
    shared_desk.begin({"Type": "WorkItemContactEvent", "ContactID": CALL, "Status": "Active"}, BEGUN)
    shared_desk.console(lambda: panel.post({"messageType": command}))
    assert rest(shared_desk, panel) == []
    assert shared_desk.server.status(CALL) == "Active"


def test_hanging_up_with_after_call_work_ends_the_call_in_two_steps(shared_desk: SharedDesk, panel: Probe) -> None:
    shared_desk.begin()
    call = shared_desk.server.call(skill="Support")
    shared_desk.server.act(call, "answer")
    panel.wait_for_event("CallContactEvent", ContactID=call, Status="Active")
    panel.frame.evaluate("received.length = 0")
    panel.post({"messageType": "HangupEvent"})
    first = panel.next(0)
    assert kinds(first) == ["CallContactEvent", "AgentState"]
    assert [first["events"][0][key] for key in ("Status", "FinalState")] == ["Disconnected", "False"]
    assert [first["events"][1][key] for key in ("CurrentState", "IsAcw")] == ["Unavailable", "True"]
    shared_desk.server.post("/api/v1/agents/1001/state", {"state": "Available"})
    second = panel.next(1)
    assert kinds(second) == ["CallContactEvent", "AgentState"]
    assert [second["events"][0][key] for key in ("Status", "FinalState")] == ["Disconnected", "True"]
    assert second["events"][1]["CurrentState"] == "Available"
