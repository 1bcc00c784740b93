"""Contacts beside calls: cxone-agent-session.md, section 2 for their events and statuses, section 1 for what is done to them."""

import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.agent import TYPING_LASTS, allowed_verbs
from bridge.acd.agent_state import LONGEST_TRANSCRIPT
from bridge.acd.commands import (
    Act,
    Command,
    CustomerAct,
    EndPlayback,
    EndSession,
    EndTyping,
    Offer,
    OfferCall,
    OfferChat,
    OfferDigital,
    OfferEmail,
    OfferVoicemail,
    OfferWorkItem,
    RefusalTimeout,
    Say,
    SetState,
    Typing,
    Verb,
)
from bridge.acd.events import FIELDS, event, head
from bridge.acd.media import MEDIA, medium_of
from bridge.clock import iso
from bridge.journal.base import WIRE, Draft

from . import JSON
from .line import SALES, START, SUPPORT, Line

CHAT = OfferChat(
    skill_id=SUPPORT, skill_name="Support", customer="Ann Example", sender="ann@example.com", recipient="web", text="Hello?"
)
DIGITAL = OfferDigital(skill_id=SUPPORT, skill_name="Support", customer="Ann Example", channel="whatsapp", text="Hello?")
WORK_ITEM = OfferWorkItem(
    skill_id=SALES, item_type="Return", payload='{"order": 7}', variables=(("order", "7"), ("tier", "gold"))
)
VOICEMAIL = OfferVoicemail(skill_id=SALES, sender="8015551234", recipient="8005550199", file="vm-1.wav", duration=45)
EMAIL = OfferEmail(skill_id=SALES, sender="ann@example.com", recipient="help@example.com", subject="Where is my order?")
OFFERS = (CHAT, DIGITAL, WORK_ITEM, VOICEMAIL, EMAIL)
NAMED = pytest.mark.parametrize("new", OFFERS, ids=lambda new: type(new).__name__)


def available() -> Line:
    return Line().do(SetState("Available"))


def offered(new: Offer, *verbs: Any, line: Line | None = None) -> tuple[Line, int]:
    """An agent to whom this contact came, and who did this with it; the contact's id."""
    line = (line or available()).do(new)
    contact_id = line.newest.id
    for verb in verbs:
        line.do(Act(verb, contact_id))
    return line, contact_id


# What comes in


def filled(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that say something, without the hosts and what counts up."""
    passed_over = ("IISHost", "VCHost", "Type")
    return {field: text for field, text in value.items() if text not in ("", []) and field not in passed_over}


def test_a_chat_comes_in() -> None:
    line, contact_id = offered(CHAT)
    [chat] = line.events
    assert chat["Type"] == "ChatContactEvent"
    assert chat.pop("RoomId").isdecimal()
    assert filled(chat) == {
        "ContactID": str(contact_id),
        "Status": "Incoming",
        "Skill": SUPPORT,
        "StartTime": iso(START),
        "LastStateChangeTime": iso(START),
        "RefusalTimeout": "30",
        "MasterID": str(contact_id),
        "PointOfContactAddress": "web",
        "FromAddress": "ann@example.com",
        "FinalState": "False",
    }


def test_a_digital_contact_comes_in_with_its_customers_name_and_its_skills() -> None:
    line, contact_id = offered(DIGITAL)
    [digital] = line.events
    assert digital["Type"] == "DigitalContactEvent"
    assert digital.pop("DFOContactId") not in ("", str(contact_id))
    assert filled(digital) == {
        "ContactID": str(contact_id),
        "ChannelType": "whatsapp",
        "CustomerName": "Ann Example",
        "SkillName": "Support",
        "RefusalTimeout": "30",
        "Status": "Incoming",
        "StartTime": iso(START),
        "StartTimeUTC": iso(START),
        "FinalState": "False",
    }


def test_a_work_item_comes_in_with_its_payload() -> None:
    line, contact_id = offered(WORK_ITEM)
    [item] = line.events
    assert item["Type"] == "WorkItemContactEvent"
    assert item.pop("WorkItemId").isdecimal()
    assert filled(item) == {
        "ContactID": str(contact_id),
        "MasterId": str(contact_id),
        "Status": "Incoming",
        "FinalState": "False",
        "AgentId": "1001",
        "SkillId": SALES,
        "WorkItemType": "Return",
        "WorkItemPayload": '{"order": 7}',
        "RefusalTimeout": "30",
        "StartTime": iso(START),
        "StartTimeUTC": iso(START),
        "LastStateChangeTime": iso(START),
        "LastStateChangeTimeUTC": iso(START),
        "ScreenPopUrlVariables": [{"order": "7"}, {"tier": "gold"}],
        "ClosePopoutUponTermination": "False",
    }


def test_a_voicemail_comes_in_with_its_file_and_length() -> None:
    line, contact_id = offered(VOICEMAIL)
    [voicemail] = line.events
    assert voicemail["Type"] == "VoiceMailContactEvent"
    assert filled(voicemail) == {
        "ContactId": str(contact_id),
        "MasterID": str(contact_id),
        "Status": "Incoming",
        "From": "8015551234",
        "To": "8005550199",
        "Skill": SALES,
        "FileName": "vm-1.wav",
        "FileDuration": "45",
        "CreatedDate": iso(START),
        "StartTime": iso(START),
        "LastStateChangeTime": iso(START),
        "IsInbound": "True",
        "RequireDisposition": "False",
        "FinalState": "False",
    }


def test_an_email_comes_in_with_the_few_fields_that_are_known_and_the_desk_knows_the_rest() -> None:
    line, contact_id = offered(EMAIL)
    assert line.said == ["contact", "EmailContactEvent Incoming"]
    assert filled(line.events[0]) == {
        "ContactId": str(contact_id),
        "Skill": SALES,
        "Status": "Incoming",
        "FinalState": "False",
    }
    assert line.newest.details == {
        "subject": "Where is my order?",
        "from": "ann@example.com",
        "to": "help@example.com",
    }


@pytest.mark.parametrize(
    ("new", "spelt"),
    [(CHAT, "ContactID"), (DIGITAL, "ContactID"), (WORK_ITEM, "ContactID"), (VOICEMAIL, "ContactId"), (EMAIL, "ContactId")],
)
def test_each_event_spells_the_contact_id_as_the_platform_does_and_the_filter_finds_it(new: Offer, spelt: str) -> None:
    line, contact_id = offered(new)
    [record] = [record for record in line.last if record.kind == WIRE]
    assert record.value()[spelt] == str(contact_id)
    assert [field for field in record.value() if field.lower() == "contactid"] == [spelt]
    assert head(record.data).contact_id == contact_id


@NAMED
def test_a_contact_beside_calls_leaves_the_agents_state_as_it_is_from_its_beginning_to_its_end(new: Offer) -> None:
    line, contact_id = offered(new)
    verb: Any
    for verb in ("answer", "end"):
        line.do(Act(verb, contact_id))
        assert line.agent.current_state == "Available"
    assert not any(record.value().get("Type") == "AgentState" for record in line.last)
    assert not line.agent.contacts


def test_an_agent_has_several_at_once_and_a_call_beside_them() -> None:
    line = available()
    ids = [offered(new, "answer", line=line)[1] for new in (CHAT, CHAT, EMAIL)]
    call = line.active()
    assert line.statuses == ["Active"] * 4
    assert line.agent.current_state == "InboundContact"
    assert line.agent.focus == call
    line.do(Act("end", ids[0])).do(Act("hangup", call))
    assert [contact.id for contact in line.agent.contacts.values()] == ids[1:]
    assert line.agent.current_state == "Available"


def test_an_answered_contact_takes_the_focus() -> None:
    line = available()
    first, second = offered(CHAT, line=line)[1], offered(EMAIL, line=line)[1]
    assert line.agent.focus == first
    assert line.do(Act("answer", second)).agent.focus == second


@NAMED
def test_nothing_comes_to_an_agent_who_is_logged_out(new: Offer) -> None:
    assert Line(logged_in=False).do(new).refusal["code"] == "no-session"


# Refusing, and being late


def test_who_refuses_is_unavailable() -> None:
    line, contact_id = offered(CHAT)
    assert line.do(Act("refuse", contact_id)).said == ["ChatContactEvent Disconnected final", "AgentState Unavailable Refused"]


def test_a_refused_voicemail_ends_as_a_voicemail_does() -> None:
    line, contact_id = offered(VOICEMAIL)
    assert line.do(Act("refuse", contact_id)).said[0] == "VoiceMailContactEvent Discarded final"


@pytest.mark.parametrize(("reason", "before"), [("Lunch", "Unavailable"), ("", "InboundContact")])
def test_who_refuses_while_away_or_on_a_call_stays_so(reason: str, before: str) -> None:
    line = Line().do(SetState("Unavailable", reason)) if reason else available()
    if not reason:
        line.active()
    line, contact_id = offered(CHAT, line=line)
    line.do(Act("refuse", contact_id))
    assert line.said == ["ChatContactEvent Disconnected final"]
    assert (line.agent.current_state, line.agent.reason) == (before, reason)


def test_refusing_in_after_call_work_does_not_end_it() -> None:
    line = available()
    line.do(Act("hangup", line.active(SUPPORT)))
    line, contact_id = offered(CHAT, line=line)
    line.do(Act("refuse", contact_id))
    assert line.agent.is_acw


@pytest.mark.parametrize("new", [CHAT, DIGITAL, WORK_ITEM], ids=lambda new: type(new).__name__)
def test_a_contact_with_a_time_limit_that_nobody_answers_in_time_is_refused(new: Offer) -> None:
    line, contact_id = offered(new)
    line.wait(29.9)
    assert contact_id in line.agent.contacts
    line.wait(0.1)
    assert contact_id not in line.agent.contacts
    assert (line.agent.current_state, line.agent.reason) == ("Unavailable", "Refused")


@pytest.mark.parametrize("new", [VOICEMAIL, EMAIL], ids=lambda new: type(new).__name__)
def test_one_without_waits(new: Offer) -> None:
    line, contact_id = offered(new)
    assert contact_id in line.wait(3600).agent.contacts


def test_answered_in_time_is_answered_for_good() -> None:
    line, contact_id = offered(CHAT, "answer")
    assert contact_id in line.wait(3600).agent.contacts
    assert line.do(RefusalTimeout(contact_id, START + 30_000)).said == []


# What may be done when


COMMANDS_BY_STATUS: Mapping[str, Mapping[str, set[str]]] = {
    "ChatContactEvent": {
        "Waiting": set(),
        "Incoming": {"answer", "refuse"},
        "Inviting": {"answer", "refuse"},
        "Active": {"hold", "end"},
        "Holding": {"resume", "end"},
        "Interrupted": {"end"},
        "Disconnected": {"end"},
    },
    "TextContactEvent": {"Incoming": {"answer", "refuse"}, "Active": {"hold", "end"}, "Holding": {"resume", "end"}},
    "DigitalContactEvent": {"Incoming": {"answer", "refuse"}, "Active": {"end"}, "Disconnected": {"end"}, "Parked": set()},
    "WorkItemContactEvent": {
        "Incoming": {"answer", "refuse"},
        "Active": {"end"},
        "Interrupted": {"end"},
        "Transfer": set(),
        "Disconnected": {"end"},
    },
    "VoiceMailContactEvent": {
        "Incoming": {"answer", "refuse"},
        "Active": {"hold", "play", "end"},
        "Holding": {"resume", "end"},
        "Disconnected": set(),
        "Discarded": {"end"},
    },
    "EmailContactEvent": {
        "Incoming": {"answer", "refuse"},
        "Active": {"hold", "end"},
        "Holding": {"resume", "end"},
        "Disconnected": {"end"},
    },
    "CarrierPigeonContactEvent": {"Active": set()},
}
VERBS_OF = {
    event_type: set[str]().union(*by_status.values()) | ({"pause"} if event_type.startswith("VoiceMail") else set())
    for event_type, by_status in COMMANDS_BY_STATUS.items()
}


@pytest.mark.parametrize("verb", get_args(Verb))
@pytest.mark.parametrize(
    ("event_type", "status"), [(its_type, status) for its_type, rows in COMMANDS_BY_STATUS.items() for status in rows]
)
def test_command_by_status(event_type: str, status: str, verb: Any) -> None:
    line = Line().happens({"Type": event_type, "ContactId": "77", "Status": status, "FinalState": "False"})
    before, valid = line.agent, verb in COMMANDS_BY_STATUS[event_type][status]
    assert (verb in allowed_verbs(line.agent, line.newest)) == valid
    line.do(Act(verb, 77))
    if valid:
        assert line.events
    else:
        assert line.refusal["code"] == ("wrong-state" if verb in VERBS_OF[event_type] else "wrong-media")
        assert line.agent == before


def test_every_status_of_the_tables_is_tested() -> None:
    for medium in MEDIA[1:]:
        tested = set[str]().union(*(COMMANDS_BY_STATUS[event_type] for event_type in medium.types))
        assert set(medium.verbs) <= tested


@pytest.mark.parametrize(
    ("new", "verb", "reason"),
    [
        (CHAT, "hold", "hold needs a chat that is Active; chat {} is Incoming."),
        (EMAIL, "end", "end needs an email that is Active or Holding or Disconnected; email {} is Incoming."),
        (WORK_ITEM, "hold", "hold is for calls, chats, voicemails and emails; contact {} came as WorkItemContactEvent."),
        (CHAT, "mask", "mask is for calls; contact {} came as ChatContactEvent."),
    ],
)
def test_a_refusal_says_why(new: Offer, verb: Any, reason: str) -> None:
    line, contact_id = offered(new)
    assert line.do(Act(verb, contact_id)).refusal["reason"] == reason.format(contact_id)


@pytest.mark.parametrize("new", [CHAT, EMAIL, VOICEMAIL], ids=lambda new: type(new).__name__)
def test_a_contact_is_held_and_resumed_and_its_time_of_change_goes_with_it(new: Offer) -> None:
    line, contact_id = offered(new, "answer")
    line.wait(5).do(Act("hold", contact_id))
    assert line.events[-1]["Status"] == "Holding"
    if "LastStateChangeTime" in line.events[-1]:
        assert line.events[-1]["LastStateChangeTime"] == iso(START + 5000)
    assert line.do(Act("resume", contact_id)).events[-1]["Status"] == "Active"


@NAMED
def test_log_out_ends_them_all(new: Offer) -> None:
    line, _ = offered(new, "answer")
    line.do(EndSession())
    assert line.events[0]["FinalState"] == "True"
    assert line.events[0]["Status"] == ("Discarded" if new is VOICEMAIL else "Disconnected")


# What the other party does


@pytest.mark.parametrize("new", [CHAT, DIGITAL], ids=lambda new: type(new).__name__)
@pytest.mark.parametrize("verbs", [[], ["answer"]])
def test_a_customer_who_writes_may_leave_at_any_time(new: Offer, verbs: list[Any]) -> None:
    line, contact_id = offered(new, *verbs)
    line.do(CustomerAct("hangup", contact_id))
    assert not line.agent.contacts
    assert line.agent.current_state == "Available"


@pytest.mark.parametrize("new", [WORK_ITEM, VOICEMAIL, EMAIL], ids=lambda new: type(new).__name__)
def test_nobody_is_at_the_other_end_of_what_was_left(new: Offer) -> None:
    line, contact_id = offered(new)
    assert line.do(CustomerAct("hangup", contact_id)).refusal["code"] == "wrong-media"


# Messages


def said(line: Line) -> list[tuple[str, str, int]]:
    return [(message.sender, message.text, message.at) for message in line.newest.messages]


def test_messages_go_back_and_forth_and_nothing_of_them_is_on_the_wire() -> None:
    line, contact_id = offered(CHAT, "answer")
    line.wait(1).do(Say(contact_id, "Good morning", "agent"))
    assert line.said == ["transcript"]
    line.wait(1).do(Say(contact_id, "Where is my order?", "customer"))
    assert said(line) == [
        ("customer", "Hello?", START),
        ("agent", "Good morning", START + 1000),
        ("customer", "Where is my order?", START + 2000),
    ]


def test_a_chat_may_begin_without_a_message() -> None:
    line, _ = offered(OfferChat(skill_id=SALES))
    assert line.said == ["contact", "ChatContactEvent Incoming"]


@pytest.mark.parametrize(
    ("status", "senders"),
    [("Incoming", {"customer"}), ("Active", {"agent", "customer"}), ("Holding", {"customer"}), ("Disconnected", set())],
)
@pytest.mark.parametrize("sender", ["agent", "customer"])
def test_the_customer_writes_while_the_chat_is_there_and_the_agent_once_it_is_answered(
    status: str, senders: set[str], sender: Any
) -> None:
    line = Line().happens({"Type": "ChatContactEvent", "ContactID": "77", "Status": status, "FinalState": "False"})
    line.do(Say(77, "Hello", sender))
    if sender in senders:
        assert line.said == ["transcript"]
    else:
        refusal = line.refusal
        assert (refusal["command"], refusal["code"]) == ("message", "wrong-state")
        assert refusal["reason"].endswith(f"; chat 77 is {status}.")


@pytest.mark.parametrize("command", [Say(77, "Hello"), Typing(77, True)], ids=["message", "typing"])
def test_messages_are_for_those_who_write(command: Command) -> None:
    line = Line().happens({"Type": "EmailContactEvent", "ContactId": "77", "Status": "Active"})
    assert line.do(command).refusal["reason"] == (
        "Messages are for chats and digital contacts; contact 77 came as EmailContactEvent."
    )


def test_a_long_transcript_keeps_its_newest_messages_and_their_numbers() -> None:
    line, contact_id = offered(OfferChat(skill_id=SALES), "answer")
    for number in range(LONGEST_TRANSCRIPT + 5):
        line.do(Say(contact_id, str(number)))
    messages = line.newest.messages
    assert [message.number for message in messages] == list(range(6, LONGEST_TRANSCRIPT + 6))
    assert messages[-1].text == str(LONGEST_TRANSCRIPT + 4)


def test_typing_is_known_until_it_stops() -> None:
    line, contact_id = offered(CHAT, "answer")
    line.do(Typing(contact_id, True, "customer"))
    assert set(line.newest.typing) == {"customer"}
    line.do(Typing(contact_id, False, "customer"))
    assert line.newest.typing == {}
    assert line.do(Typing(contact_id, False, "customer")).said == []


def test_a_message_ends_the_typing_of_who_wrote_it_alone() -> None:
    line, contact_id = offered(CHAT, "answer")
    line.do(Typing(contact_id, True, "customer")).do(Typing(contact_id, True, "agent")).do(Say(contact_id, "Hello", "customer"))
    assert set(line.newest.typing) == {"agent"}


def test_typing_of_which_no_more_is_heard_has_ended() -> None:
    line, contact_id = offered(CHAT, "answer")
    line.do(Typing(contact_id, True, "customer")).wait(6).do(Typing(contact_id, True, "customer")).wait(9.9)
    assert set(line.newest.typing) == {"customer"}
    line.wait(0.1)
    assert line.newest.typing == {}
    assert line.do(EndTyping(contact_id, "customer", START + TYPING_LASTS)).said == []


@pytest.mark.parametrize("sender", ["supervisor", "", None, ["agent"], {"agent": 1}])
def test_a_record_of_nobody_says_nothing(sender: object) -> None:
    line, contact_id = offered(CHAT, "answer")
    before = line.agent
    line.append(
        [
            Draft.of("transcript", {"contactId": str(contact_id), "from": sender, "text": "Hello"}),
            Draft.of("typing", {"contactId": str(contact_id), "from": sender, "isTyping": True}),
        ]
    )
    assert line.agent == before


# Voicemail


def playback(line: Line) -> list[tuple[str, str]]:
    return [(one["PlayBackPaused"], one["PlayBackPosition"]) for one in line.events if one["Type"] == "VoiceMailPlayBackEvent"]


def test_a_voicemail_is_played_paused_and_played_on() -> None:
    line, contact_id = offered(VOICEMAIL, "answer", "play")
    assert line.events[0]["ContactId"] == str(contact_id)
    assert playback(line) == [("False", "0")]
    assert playback(line.wait(12).do(Act("pause", contact_id))) == [("True", "12")]
    assert playback(line.wait(60).do(Act("play", contact_id))) == [("False", "12")]


def test_a_voicemail_played_to_its_end_stops_there_and_then_begins_anew() -> None:
    line, contact_id = offered(VOICEMAIL, "answer", "play")
    assert playback(line.wait(44.9)) == [("False", "0")]
    assert playback(line.wait(0.1)) == [("True", "45")]
    assert playback(line.do(Act("play", contact_id))) == [("False", "0")]


@pytest.mark.parametrize(("position", "from_"), [(0, "0"), (30, "30"), (45, "45"), (4000, "45")])
def test_a_voicemail_is_played_from_a_place_also_while_it_plays(position: int, from_: str) -> None:
    line, contact_id = offered(VOICEMAIL, "answer")
    for _ in range(2):
        assert playback(line.do(Act("play", contact_id, position=position))) == [("False", from_)]


def test_a_timer_of_a_playback_that_went_on_elsewhere_is_stale() -> None:
    line, contact_id = offered(VOICEMAIL, "answer", "play")
    line.wait(10).do(Act("play", contact_id, position=0))
    assert line.do(EndPlayback(contact_id, START + 45_000)).said == []


def test_a_voicemail_of_unknown_length_plays_on() -> None:
    line, contact_id = offered(OfferVoicemail(skill_id=SALES), "answer", "play")
    assert playback(line.wait(3600).do(Act("pause", contact_id))) == [("True", "3600")]


def test_a_voicemail_put_aside_stops_playing() -> None:
    line, contact_id = offered(VOICEMAIL, "answer", "play")
    line.wait(7).do(Act("hold", contact_id))
    assert line.said == ["VoiceMailPlayBackEvent", "VoiceMailContactEvent Holding"]
    assert playback(line) == [("True", "7")]


@pytest.mark.parametrize(
    ("verbs", "verb", "reason"),
    [
        (["answer", "play"], "play", "Voicemail {} is being played already."),
        (["answer"], "pause", "Voicemail {} is not being played."),
        ([], "play", "play needs a voicemail that is Active; voicemail {} is Incoming."),
    ],
)
def test_play_and_pause_do_not_toggle(verbs: list[Any], verb: Any, reason: str) -> None:
    line, contact_id = offered(VOICEMAIL, *verbs)
    assert line.do(Act(verb, contact_id)).refusal["reason"] == reason.format(contact_id)


def test_a_place_to_play_from_is_no_way_around_the_status() -> None:
    line, contact_id = offered(VOICEMAIL)
    assert line.do(Act("play", contact_id, position=5)).refusal["code"] == "wrong-state"
    line.happens(event("VoiceMailPlayBackEvent", ContactId=str(contact_id), PlayBackPaused="False"))
    assert line.do(Act("play", contact_id, position=5)).refusal["code"] == "wrong-state"


# Anything


STEPS = st.lists(
    st.tuples(st.sampled_from(["offer", "call", "say", "typing", "wait", "leave", *get_args(Verb)]), st.integers(0, 11)),
    max_size=25,
)


def command_of(line: Line, name: str, number: int) -> Command:
    contact_id = [*line.agent.contacts, 1][number % (len(line.agent.contacts) + 1)]
    sender: Any = "agent" if number % 2 else "customer"
    match name:
        case "offer":
            return OFFERS[number % len(OFFERS)]
        case "call":
            return OfferCall(skill_id=SUPPORT)
        case "say":
            return Say(contact_id, str(number), sender)
        case "typing":
            return Typing(contact_id, number % 3 > 0, sender)
        case "leave":
            return CustomerAct("hangup", contact_id)
    return Act(name, contact_id, position=number if number % 3 else None)  # type: ignore[arg-type]  # drawn from its literals


@given(STEPS)
def test_whatever_is_done_every_event_is_complete_and_tells_the_state(steps: list[tuple[str, int]]) -> None:
    line = available()
    for name, number in steps:
        if name == "wait":
            line.wait(10 * number)
            continue
        before = line.agent
        line.do(command_of(line, name, number))
        assert all(record.kind != "refused" for record in line.last) or line.agent == before
    told = line.decider.initial("agent/1001")
    for record in line.records:
        if record.kind == WIRE:
            value = record.value()
            event_type = value.pop("Type")
            assert list(value) == list(FIELDS[event_type])
            event(event_type, **value)  # refuses any value that is no string
            told = line.decider.evolve(told, record)
    assert [(one.id, one.status, one.raw, one.playback) for one in told.contacts.values()] == [
        (one.id, one.status, one.raw, one.playback) for one in line.agent.contacts.values()
    ]


FIELD_NAMES = (
    "contactId",
    "from",
    "text",
    "isTyping",
    "details",
    "ContactId",
    "PlayBackPaused",
    "PlayBackPosition",
    "FileDuration",
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([WIRE, "transcript", "typing", "contact"]),
            st.dictionaries(st.sampled_from(FIELD_NAMES), st.sampled_from(["77", "customer", "45", "True", True]) | JSON),
        ),
        max_size=8,
    ),
    st.sampled_from(["ChatContactEvent", "VoiceMailContactEvent"]),
)
def test_any_record_of_theirs_can_be_folded_and_decided_upon(records: list[tuple[str, dict[str, Any]]], event_type: str) -> None:
    line = Line().happens({"Type": event_type, "ContactId": "77", "Status": "Active"})
    for kind, value in records:
        typed = {**value, "Type": "VoiceMailPlayBackEvent" if "PlayBackPaused" in value else event_type, "Status": "Active"}
        line.append([Draft.of(kind, typed if kind == WIRE else value)])
        line.decider.due(line.agent)
    for verb in get_args(Verb):
        line.decider.decide(line.agent, Act(verb, 77), START, line.ids)
    line.wait(60)
    assert json.dumps([contact.event for contact in line.agent.contacts.values()])


def test_an_event_that_nobody_knows_is_of_no_known_medium() -> None:
    assert (medium_of("CarrierPigeonContactEvent").name, medium_of("TextContactEvent").name) == ("other", "chat")
