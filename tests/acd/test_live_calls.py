"""What call of the tenant's a command becomes (cxone-agent-session.md, section 1)."""

from typing import Any

import pytest

from bridge.acd.commands import (
    Act,
    CallAgent,
    CallSkill,
    Command,
    ConferenceCalls,
    DialLeg,
    Dispose,
    EndAcw,
    EndLeg,
    EndSession,
    MuteLeg,
    OfferCall,
    PanelCommand,
    PanelMessage,
    Say,
    SetCustomData,
    SetState,
    Transfer,
    TransferCalls,
    Typing,
)
from tests.acd.live_line import LiveLine


def chat(line: LiveLine, status: str = "Active") -> LiveLine:
    return line.happens({"Type": "ChatContactEvent", "ContactID": "78", "Status": status, "FinalState": "False"})


@pytest.mark.parametrize(
    ("status", "command", "path"),
    [
        ("Incoming", Act("answer", 77), "interactions/77/accept"),
        ("Incoming", Act("refuse", 77), "interactions/77/reject"),
        ("Active", Act("hold", 77), "interactions/77/hold"),
        ("Holding", Act("resume", 77), "interactions/77/resume"),
        ("Active", Act("mask", 77), "interactions/77/mask"),
        ("Masking", Act("unmask", 77), "interactions/77/unmask"),
        ("Active", Act("record", 77), "interactions/77/record"),
        ("Active", Act("hangup", 77), "interactions/77/end"),
        ("Active", Act("mute", 77), "agent-phone/mute"),
        ("Active", CallAgent("2002"), "dial-agent"),
        ("Active", TransferCalls(), "interactions/transfer-calls"),
        ("Active", ConferenceCalls(), "interactions/conference-calls"),
        ("Active", DialLeg(), "agent-phone/dial"),
    ],
)
def test_a_command_to_a_call_is_a_post(status: str, command: Command, path: str) -> None:
    asked = LiveLine().call(status).ask(command).asked
    assert (asked["method"], asked["path"]) == ("POST", path)


def test_a_consult_is_accepted_by_a_call_of_its_own() -> None:
    line = LiveLine().call("Incoming", CallType="Consult").ask(Act("answer", 77))
    assert line.asked["path"] == "interactions/77/accept-consult"


@pytest.mark.parametrize(
    ("message", "status", "name"),
    [
        ("AnswerEvent", "Incoming", "accept"),
        ("RefuseEvent", "Incoming", "reject"),
        ("HoldEvent", "Active", "hold"),
        ("HoldEvent", "Holding", "resume"),
        ("MaskEvent", "Masking", "unmask"),
        ("RecordEvent", "Active", "record"),
        ("HangupEvent", "Active", "end"),
    ],
)
def test_what_a_panel_posts_becomes_what_it_means_now(message: PanelMessage, status: str, name: str) -> None:
    assert LiveLine().call(status).ask(PanelCommand(message)).asked["path"] == f"interactions/77/{name}"


def test_a_panels_mute_is_the_phones_and_toggles() -> None:
    line = LiveLine().call()
    assert line.ask(PanelCommand("MuteEvent")).asked["path"] == "agent-phone/mute"
    line.happens({"Type": "Mute", "AgentMuted": "True"})
    assert line.ask(PanelCommand("MuteEvent")).asked["path"] == "agent-phone/unmute"


@pytest.mark.parametrize(
    ("command", "path", "parameters"),
    [
        (SetState("Available"), "state", {"state": "Available"}),
        (SetState("Unavailable", "Lunch"), "state", {"state": "Unavailable", "reason": "Lunch"}),
        (
            OfferCall("outbound", dnis="8015550100", skill_id="4102"),
            "dial-phone",
            {"phoneNumber": "8015550100", "skillId": "4102"},
        ),
        (CallAgent("2002", consult=True), "consult-agent", {"targetAgentId": "2002", "parentContactId": "77"}),
        (CallSkill("4101", consult=True), "dial-skill", {"skillId": "4101", "parentContactId": "77"}),
        (CallSkill("4101"), "dial-skill", {"skillId": "4101"}),
        (Say(78, "Hello"), "interactions/78/send-chat-text", {"chatText": "Hello"}),
        (Typing(78, True), "interactions/78/typing", {"isTyping": True, "isTextEntered": True}),
        (Typing(78, False), "interactions/78/typing", {"isTyping": False, "isTextEntered": False}),
        (Transfer(78, "2002"), "interactions/78/transfer-chat-to-agent", {"targetAgentId": "2002"}),
        (Transfer(78, None, "4101", "Support"), "interactions/78/transfer-chat-to-skill", {"targetSkillId": "4101"}),
        (SetCustomData(78, (("a", "1"), ("b", "2"))), "interactions/78/custom-data", {"data": "a=1|b=2"}),
        (
            Dispose(77, "5101", "All is well", callback_number="1"),
            "interactions/77/disposition",
            {"primaryDispositionId": "5101", "primaryDispositionNotes": "All is well", "primaryCallbackNumber": "1"},
        ),
    ],
)
def test_what_a_command_says_goes_along(command: Command, path: str, parameters: dict[str, Any]) -> None:
    asked = chat(LiveLine().call()).ask(command).asked
    assert (asked["path"], asked["parameters"]) == (path, parameters)


def test_a_work_item_goes_to_whom_a_name_tells() -> None:
    line = LiveLine().happens({"Type": "WorkItemContactEvent", "ContactID": "79", "Status": "Active"})
    asked = line.ask(Transfer(79, None, "4101", "Support")).asked
    assert (asked["path"], asked["parameters"]) == (
        "interactions/79/transfer-work-item-to-skill",
        {"targetSkillName": "Support"},
    )


def test_a_voicemail_plays_from_a_second() -> None:
    line = LiveLine().happens({"Type": "VoiceMailContactEvent", "ContactId": "80", "Status": "Active", "FileDuration": "45"})
    assert line.ask(Act("play", 80)).asked["parameters"] == {}
    asked = line.ask(Act("play", 80, position=12)).asked
    assert (asked["path"], asked["parameters"]) == ("interactions/80/play-voicemail", {"position": 12})


def test_a_log_out_deletes_the_session_and_leaves_contacts_where_it_was_told_to() -> None:
    asked = LiveLine().ask(EndSession(end_contacts=False)).asked
    assert (asked["method"], asked["path"]) == ("DELETE", "")
    assert asked["parameters"] == {"forceLogoff": False, "endContacts": False, "ignorePersonalQueue": True}


def test_a_log_out_by_a_supervisor_is_forced() -> None:
    assert LiveLine().ask(EndSession("supervisor")).asked["parameters"] == {
        "forceLogoff": True,
        "endContacts": True,
        "ignorePersonalQueue": True,
    }


def test_the_end_of_after_call_work_is_the_state_that_was_to_come() -> None:
    acw = {"Type": "AgentState", "CurrentState": "Unavailable", "IsAcw": "True", "AcwTimeout": "30"}
    line = LiveLine().happens({**acw, "NextStates": [{"State": "Unavailable", "OutReason": "Lunch"}]})
    asked = line.ask(EndAcw()).asked
    assert (asked["path"], asked["parameters"]) == ("state", {"state": "Unavailable", "reason": "Lunch"})
    assert asked["command"] == "end-acw"


def test_the_phone_is_muted_and_let_go() -> None:
    line = LiveLine().happens({"Type": "AgentLeg", "AgentLegId": "1", "Status": "Active"})
    assert line.ask(MuteLeg(True)).asked["path"] == "agent-phone/mute"
    assert line.ask(EndLeg()).asked["path"] == "agent-phone/end"


@pytest.mark.parametrize("command", [Say(81, "Hello"), Typing(81, True)])
def test_a_digital_contact_is_written_to_elsewhere(command: Command) -> None:
    line = LiveLine().happens({"Type": "DigitalContactEvent", "ContactID": "81", "Status": "Active"})
    refusal = line.ask(command).refusal
    assert refusal["code"] == "wrong-media"
    assert "write to it in the tenant's own desktop" in refusal["reason"]


def test_a_call_is_passed_on_only_with_another() -> None:
    assert LiveLine().call().ask(Transfer(77, "2002")).refusal["code"] == "wrong-media"
