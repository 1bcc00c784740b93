"""What a desk page shows for a state of its agent, and what it says of a change: `bridge/desk/view.py`."""

from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.agent_state import LONGEST_TRANSCRIPT, Agent
from bridge.acd.skills import Skill
from bridge.configuration import AgentDetails, Configuration, Panel
from bridge.desk.panels import OpenPanel
from bridge.desk.view import REGIONS, Said, View, announcements, view
from bridge.journal.base import Draft
from tests.acd import JSON, TEXT

from . import AT, agent, call, evolved, state

Attributes = dict[str, str | None]


def view_of(agent: Agent, configured: str = "Support", panels: Sequence[Panel] = ()) -> View:
    skills = {"4101": Skill("4101", configured)}
    return view(agent, 7, Configuration(panels, skills, unavailable_codes=[configured]), problem=configured)


class Html(HTMLParser):
    """A region as a browser reads it: its elements, and its text without the blanks around it."""

    def __init__(self, region: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.texts: list[str] = []
        self.feed(region)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        """Which elements with which attributes there are, whatever their values."""
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]

    def all(self, tag: str, attribute: str) -> list[str | None]:
        return [attributes[attribute] for its_tag, attributes in self.elements if its_tag == tag and attribute in attributes]


def seen(region: str, agent: Agent, configured: str = "Support") -> Html:
    return Html(view_of(agent, configured).regions[region])


def customer(name: str, skill: str = "Support", contact_id: int = 101) -> Draft:
    """What the platform notes of a contact before its first event."""
    return Draft.of("contact", {"contactId": str(contact_id), "skill": skill, "customer": name})


INCOMING = agent(state(), customer("Dana"), call(status="Incoming", ANI="8015551234", Skill="4101"))


# The view


def test_a_view_has_each_region_the_panels_the_focus_and_what_rings() -> None:
    crm = Panel("contact", "https://crm.example/", "CRM", frozenset({"4101"}), id="crm")
    shown = view_of(agent(call(101, Skill="4101"), call(102, "Incoming"), call(103, "Incoming")), panels=[crm])
    panels = [OpenPanel("crm:101", "CRM", "https://crm.example/", "101")]
    assert shown == View(7, shown.regions, panels, focus="101", incoming=["102", "103"])
    assert set(shown.regions) == set(REGIONS)


def test_nobodys_focus_is_null() -> None:
    assert view_of(Agent("1001")).focus is None


@pytest.mark.parametrize("happened", [[], [state()], [call(status="Incoming")], [state(), call(), call(102, "Holding")]])
def test_the_same_state_renders_the_same_text(happened: list[dict[str, Any]]) -> None:
    assert view_of(agent(*happened)) == view_of(agent(*happened))


def test_what_a_region_does_not_show_does_not_change_its_text() -> None:
    before, after = view_of(agent(state(), call())), view_of(agent(state(), call(), chat(102, "Incoming")))
    changed = {key for key in REGIONS if before.regions[key] != after.regions[key]}
    assert changed == {"contacts", "ringing"}


HOSTILE = """<img src=x onerror="alert(1)"> '&lt;"""


def with_text(text: str) -> Agent:
    """An agent in after-call work, with a contact in focus and another that rings, and this text wherever anybody may write."""
    fields = dict.fromkeys(("ANI", "DNIS", "Skill", "StartTimeUTC"), text)
    variables = [{text: text}]
    start = Agent(text)
    return evolved(
        start,
        [
            Draft.of("wire", state("Unavailable", CurrentOutReason=text, NextStates=[{"State": text, "OutReason": text}])),
            customer(text, skill=text),
            Draft.of("wire", call(101, text, ScreenPopUrlVariables=variables, **fields)),
            Draft.of("card", {"contactId": "101", "name": text, "picture": text}),
            customer(text, skill=text, contact_id=102),
            Draft.of("wire", call(102, "Incoming", ScreenPopUrlVariables=variables, **fields)),
        ],
    )


@pytest.mark.parametrize("region", sorted({*REGIONS} - {"transcript", "playback", "dispositions", "disposition"}))
def test_text_with_html_in_it_is_text_in_every_region(region: str) -> None:
    hostile, harmless = seen(region, with_text(HOSTILE), HOSTILE), seen(region, with_text("Dana"), "Dana")
    assert HOSTILE in hostile.text or HOSTILE in hostile.all("option", "value")
    assert hostile.shape == harmless.shape


def test_a_picture_with_html_in_it_stays_in_its_attribute() -> None:
    assert seen("contact", with_text(HOSTILE)).all("img", "src") == [HOSTILE]


# The agent


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        ([], "Logged out"),
        ([state("LoggedOut")], "Logged out"),
        ([state("Available")], "Available"),
        ([state("Unavailable")], "Unavailable"),
        ([state("Unavailable", CurrentOutReason="Lunch")], "Unavailable, Lunch"),
        ([state("Unavailable", IsAcw="True")], "After-call work"),
        ([state("InboundContact")], "Working"),
        ([state("OutboundConsult")], "Working"),
    ],
)
def test_the_agents_state_in_words(happened: list[dict[str, Any]], words: str) -> None:
    assert words in seen("agent", agent(*happened)).texts


def test_the_agents_state_counts_up_from_its_start() -> None:
    shown = seen("agent", agent(state(StartTimeUTC="2026-01-01T00:00:00.000Z")))
    assert shown.all("time", "data-since") == [str(AT)]


def test_after_call_work_counts_down_to_its_end() -> None:
    acw = state("Unavailable", IsAcw="True", StartTimeUTC="2026-01-01T00:00:00.000Z", AcwTimeout="30")
    assert seen("agent", agent(acw)).all("time", "data-until") == [str(AT + 30_000)]


@pytest.mark.parametrize("timeout", ["", "soon", "-5", "٣", "9" * 5000, None, 30])
def test_after_call_work_without_a_readable_end_counts_up(timeout: Any) -> None:
    acw = state("Unavailable", IsAcw="True", StartTimeUTC="2026-01-01T00:00:00.000Z", AcwTimeout=timeout)
    shown = seen("agent", agent(acw))
    assert (shown.all("time", "data-until"), shown.all("time", "data-since")) == ([], [str(AT)])


def test_the_state_that_comes_next_and_a_mute_are_view_of() -> None:
    working = state("InboundContact", NextStates=[{"State": "Unavailable", "OutReason": "Lunch"}])
    assert seen("agent", agent(working, {"Type": "Mute", "AgentMuted": "True"})).texts[-2:] == ["then Unavailable Lunch", "Muted"]


# Contacts


@pytest.mark.parametrize(
    ("happened", "party"),
    [
        ([call(ANI="8015551234", DNIS="8005550199")], "8015551234"),
        ([call(ANI="8015551234", DNIS="8005550199", IsInbound="False")], "8005550199"),
        ([call(ANI="8015551234", DNIS="8005550199", IsInbound="false")], "8005550199"),
        ([call()], "Contact 101"),
        ([call(ANI=8015551234)], "Contact 101"),
        ([customer("Dana"), call(ANI="8015551234")], "Dana"),
        ([customer("Dana"), call(), Draft.of("card", {"contactId": "101", "name": "Dana Whitfield"})], "Dana Whitfield"),
    ],
)
def test_a_contact_is_known_by_its_card_its_customer_its_number_or_its_id(
    happened: list[dict[str, Any] | Draft], party: str
) -> None:
    shown = agent(*happened)
    assert party in seen("contacts", shown).texts
    assert party in seen("contact", shown).texts


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("Incoming", "Ringing"),
        ("Dialing", "Dialing"),
        ("Active", "Active"),
        ("Holding", "On hold"),
        ("Masking", "Masked"),
        ("Joined", "Joined"),
        ("Disconnected", "Wrap-up"),
        ("Preview", "Preview"),
    ],
)
def test_a_contacts_status_in_words(status: str, words: str) -> None:
    assert words in seen("contacts", agent(call(status=status))).texts


@pytest.mark.parametrize(
    ("times", "since"),
    [
        ({"LastStateChangeTimeUTC": "2026-01-01T00:00:01Z", "StartTimeUTC": "2026-01-01T00:00:00Z"}, AT + 1000),
        ({"LastStateChangeTimeUTC": "", "StartTimeUTC": "2025-12-31T23:59:59Z"}, AT - 1000),
        ({}, AT),
        ({"LastStateChangeTimeUTC": "yesterday"}, AT),
        ({"LastStateChangeTimeUTC": None, "StartTimeUTC": 7}, AT),
    ],
)
def test_a_contacts_time_counts_from_its_last_change_as_far_as_that_is_known(times: dict[str, Any], since: int) -> None:
    assert seen("contacts", agent(call(**times))).all("time", "data-since") == [str(since)]


def test_the_row_of_the_contact_in_focus_is_the_current_one() -> None:
    shown = seen("contacts", agent(call(101), call(102), Draft.of("focus", {"contactId": "102"})))
    current = [attributes["data-contact"] for tag, attributes in shown.elements if attributes.get("aria-current") == "true"]
    assert current == ["102"]


def test_only_contacts_that_ring_are_in_the_ringer() -> None:
    assert "Dana" in seen("ringing", INCOMING).text
    assert seen("ringing", agent(call(status="Active"), call(102, "Dialing"))).texts == []


def test_an_incoming_call_is_answered_or_refused() -> None:
    for region in ("ringing", "contact"):
        assert {"answer", "refuse"} <= set(seen(region, INCOMING).all("button", "data-do"))


@pytest.mark.parametrize(
    ("status", "enabled"),
    [
        ("Active", ["Hold", "Mute", "Mask", "Record", "Hang up", "Consult", "Transfer"]),
        ("Holding", ["Hold", "Mute", "Consult", "Transfer"]),
        ("Masking", ["Mute", "Mask", "Record", "Consult", "Transfer"]),
        ("Dialing", ["Hang up"]),
        ("Joined", ["Mute", "Mask", "Record", "Hang up", "Consult"]),
    ],
)
def test_a_calls_buttons_stay_in_their_places_and_those_that_do_not_fit_are_disabled(status: str, enabled: list[str]) -> None:
    shown = seen("contact", agent(call(status=status)))
    controls = [attributes for tag, attributes in shown.elements if tag == "button" and "data-verb" not in attributes]
    together = ["Consult", "Transfer", "Conference"]
    assert [control["data-key"] for control in controls] == ["Hold", "Mute", "Mask", "Record", "Hang up", *together]
    assert [control["data-key"] for control in controls if "aria-disabled" not in control] == enabled


@pytest.mark.parametrize(
    ("happened", "key", "verb"),
    [
        ([call()], "Hold", "hold"),
        ([call(status="Holding")], "Hold", "resume"),
        ([call()], "Mask", "mask"),
        ([call(status="Masking")], "Mask", "unmask"),
        ([call()], "Mute", "mute"),
        ([call(), {"Type": "Mute", "AgentMuted": "True"}], "Mute", "unmute"),
    ],
)
def test_a_toggle_is_pressed_while_it_stands_and_then_undoes_it(happened: list[dict[str, Any]], key: str, verb: str) -> None:
    shown = seen("contact", agent(*happened))
    [button] = [attributes for _, attributes in shown.elements if attributes.get("data-key") == key]
    assert (button["data-do"], button["aria-pressed"]) == (verb, "false" if verb == key.lower() else "true")


def test_a_disabled_button_says_why() -> None:
    shown = seen("contact", agent(call(status="Holding")))
    [hang_up] = [attributes for _, attributes in shown.elements if attributes.get("data-key") == "Hang up"]
    assert hang_up["title"] == "hangup needs a call that is Dialing or Active or Joined; call 101 is Holding."


def test_hanging_up_in_a_conference_says_who_leaves() -> None:
    shown = seen("contact", agent(customer("Ann"), call(status="Joined")))
    [hang_up] = [attributes for _, attributes in shown.elements if attributes.get("data-key") == "Hang up"]
    assert hang_up["title"] == "Ann leaves the conference. Alt+Shift+X"


def test_wrap_up_has_one_button_that_ends_it() -> None:
    over = agent(call(status="Disconnected", FinalState="False"), state("Unavailable", IsAcw="True"))
    assert seen("contact", over).all("button", "data-do") == ["end-acw"]


# Other media


def chat(contact_id: int = 101, status: str = "Active", **fields: Any) -> dict[str, Any]:
    return {"Type": "ChatContactEvent", "ContactID": str(contact_id), "Status": status, **fields}


def voicemail(status: str = "Active", **fields: Any) -> dict[str, Any]:
    return {"Type": "VoiceMailContactEvent", "ContactId": "101", "Status": status, **fields}


def work_item(status: str = "Active", **fields: Any) -> dict[str, Any]:
    return {"Type": "WorkItemContactEvent", "ContactID": "101", "Status": status, **fields}


def message(text: str, sender: str = "customer", contact_id: int = 101) -> Draft:
    return Draft.of("transcript", {"contactId": str(contact_id), "from": sender, "text": text})


def playing(paused: str, position: str) -> dict[str, Any]:
    return {"Type": "VoiceMailPlayBackEvent", "ContactId": "101", "PlayBackPaused": paused, "PlayBackPosition": position}


def of_all_media(text: str) -> list[Agent]:
    """For each medium an agent with such a contact in focus and another that comes in, this text wherever there may be one."""
    fields = ("FromAddress", "CustomData", "ChannelType", "CustomerName", "SkillName", "WorkItemType", "FileName", "From", "To")
    agents = []
    for its_type in ("Chat", "Digital", "WorkItem", "VoiceMail", "Email"):
        for payload in (text, msgspec.json.encode({text: text}).decode()):
            event = {"Type": f"{its_type}ContactEvent", **dict.fromkeys(fields, text), "WorkItemPayload": payload}
            about = {"skill": text, "customer": text, "details": {"subject": text}}
            agents.append(
                agent(
                    Draft.of("contact", {"contactId": "101", **about}),
                    {**event, "ContactID": "101", "Status": text},
                    message(text),
                    Draft.of("typing", {"contactId": "101", "from": "customer", "isTyping": True}),
                    {**event, "ContactID": "102", "Status": "Incoming"},
                )
            )
    return agents


@pytest.mark.parametrize("region", ["contact", "contacts", "ringing", "transcript"])
def test_text_with_html_in_it_is_text_whatever_the_medium(region: str) -> None:
    shown = False
    for hostile, harmless in zip(of_all_media(HOSTILE), of_all_media("Dana"), strict=True):
        its, others = seen(region, hostile), seen(region, harmless)
        shown = shown or HOSTILE in its.text
        assert its.shape == others.shape
    assert shown


@pytest.mark.parametrize(
    ("happened", "party"),
    [
        ([chat(FromAddress="ann@example.com")], "ann@example.com"),
        ([voicemail(From="8015551234")], "8015551234"),
        ([{"Type": "DigitalContactEvent", "ContactID": "101", "CustomerName": "Ann"}], "Ann"),
        ([Draft.of("contact", {"contactId": "101", "details": {"from": "ann@example.com"}}), work_item()], "ann@example.com"),
        ([work_item()], "Contact 101"),
    ],
)
def test_who_writes_is_known_by_name_or_address(happened: list[dict[str, Any] | Draft], party: str) -> None:
    assert party in seen("contacts", agent(*happened)).texts


@pytest.mark.parametrize(
    ("event", "words"),
    [(chat(), "Chat · Support"), (work_item(), "Work item · Support"), (voicemail(), "Voicemail · Support"), (call(), "Support")],
)
def test_a_row_says_what_medium_it_is_of_unless_it_is_a_call(event: dict[str, Any], words: str) -> None:
    assert words in seen("contacts", agent(customer("Ann"), event)).text.replace("  ", " ")


def test_the_ringer_says_what_comes_and_from_whom() -> None:
    assert seen("ringing", agent(customer("Ann"), chat(status="Incoming"))).text.startswith(
        "Chat from Ann for Support · waits for"
    )
    assert seen("ringing", INCOMING).text.startswith("Dana")


@pytest.mark.parametrize(
    ("event", "controls"),
    [
        (chat(), ["Hold", "End", "Transfer"]),
        ({"Type": "EmailContactEvent", "ContactId": "101", "Status": "Active"}, ["Hold", "End", "Transfer"]),
        (work_item(), ["End", "Transfer"]),
        ({"Type": "DigitalContactEvent", "ContactID": "101", "Status": "Active"}, ["End", "Transfer"]),
        (voicemail(), ["Play", "Hold", "End", "Transfer"]),
        ({"Type": "CarrierPigeonContactEvent", "ContactID": "101", "Status": "Active"}, []),
    ],
)
def test_each_medium_has_the_buttons_that_fit_it(event: dict[str, Any], controls: list[str]) -> None:
    shown = seen("contact", agent(event))
    buttons = [attributes for tag, attributes in shown.elements if tag == "button" and "data-verb" not in attributes]
    assert [button["data-key"] for button in buttons] == controls
    assert not any("aria-disabled" in button for button in buttons)


def test_play_becomes_pause_while_a_voicemail_plays() -> None:
    for happened, verb, pressed in ([playing("False", "0")], "pause", "true"), ([playing("True", "12")], "play", "false"):
        shown = seen("contact", agent(voicemail(), *happened))
        [button] = [attributes for _, attributes in shown.elements if attributes.get("data-key") == "Play"]
        assert (button["data-do"], button["aria-pressed"]) == (verb, pressed)


def test_who_is_muted_is_so_in_calls() -> None:
    mute = {"Type": "Mute", "AgentMuted": "True"}
    assert "Muted" not in seen("contact", agent(chat(), mute)).texts
    assert "Muted" in seen("contact", agent(call(), mute)).texts


def test_only_who_writes_can_leave() -> None:
    assert "leaves" in seen("contact", agent(chat())).texts
    assert "What the other party does" not in seen("contact", agent(work_item())).all("div", "aria-label")


def test_a_transcript_is_that_of_the_contact_in_focus() -> None:
    both = agent(chat(101), chat(102), message("one", contact_id=101), message("two", contact_id=102), message("me", "agent"))
    shown = seen("transcript", both)
    assert [text for text in shown.texts if text in ("one", "two", "me")] == ["one", "me"]
    assert shown.all("li", "class") == ["from-customer", "from-agent"]
    assert shown.all("li", "data-key") == ["1", "2"]
    assert shown.all("time", "data-at") == [str(AT)] * 2


def test_a_transcript_tells_who_wrote_of_several_agents() -> None:
    def written(by: str) -> Draft:
        return Draft.of("transcript", {"contactId": "101", "from": "agent", "text": "Hello", "agentId": by})

    passed_on = agent(customer("Ann"), chat(), message("one"), *map(written, ("1001", "1002", "1003")))
    configuration = Configuration(agents={"1002": AgentDetails("1002", "Sam Ortiz")})
    shown = Html(view(passed_on, 1, configuration).regions["transcript"])
    assert [text for text in shown.texts if text not in ("one", "Hello")] == ["Ann", "You", "Sam Ortiz", "Agent 1003"]


def test_a_transcript_grows_only_at_its_end() -> None:
    before = agent(chat(), message("one"))
    lines = [view_of(after).regions["transcript"] for after in (before, evolved(before, [message("two")]))]
    head, _, _ = lines[0].partition("</ol>")
    assert lines[1].startswith(head)


def test_a_long_transcript_says_that_there_was_more() -> None:
    long = agent(chat(), *(message(str(number)) for number in range(LONGEST_TRANSCRIPT + 1)))
    assert f"The newest {LONGEST_TRANSCRIPT} messages." in seen("transcript", long).texts
    assert "The newest" not in seen("transcript", agent(chat(), message("one"))).text


def test_a_customer_who_types_is_seen() -> None:
    typing = Draft.of("typing", {"contactId": "101", "from": "customer", "isTyping": True})
    assert "Ann types …" in seen("transcript", agent(customer("Ann"), chat(), typing)).texts
    mine = Draft.of("typing", {"contactId": "101", "from": "agent", "isTyping": True})
    assert "types" not in seen("transcript", agent(customer("Ann"), chat(), mine)).text


def test_a_call_has_no_transcript_and_nothing_to_play() -> None:
    shown = view_of(agent(call()))
    assert (shown.regions["transcript"].strip(), shown.regions["playback"].strip()) == ("", "")


@pytest.mark.parametrize(
    ("happened", "position", "since"),
    [([], "0", []), ([playing("True", "12")], "12", []), ([playing("False", "12")], "12", [str(AT - 12_000)])],
)
def test_where_a_voicemail_stands(happened: list[dict[str, Any]], position: str, since: list[str]) -> None:
    shown = seen("playback", agent(voicemail(FileDuration="45"), *happened))
    assert shown.all("p", "data-position") == [position]
    assert shown.all("p", "data-since") == since
    assert shown.all("p", "data-duration") == ["45"]


def test_a_voicemail_that_is_not_answered_has_nothing_to_play() -> None:
    assert view_of(agent(voicemail("Incoming"))).regions["playback"].strip() == ""


@pytest.mark.parametrize(
    ("payload", "texts"),
    [
        ('{"order": 7, "tags": ["a", "b"], "who": "Ann"}', ["order", "7", "tags", '["a","b"]', "who", "Ann"]),
        ("Call Ann back", ["Call Ann back"]),
        ("[1, 2]", ["[1, 2]"]),
        ("{}", ["{}"]),
        ('{"order": ', ['{"order":']),
        ('{"big": 123456789012345678901234567890}', ["big"]),
    ],
)
def test_a_payload_is_readable(payload: str, texts: list[str]) -> None:
    shown = seen("contact", agent(work_item(WorkItemPayload=payload)))
    assert [text for text in texts if text in shown.texts] == texts
    assert "Payload" in shown.all("div", "aria-label")


@given(TEXT | JSON.map(lambda value: msgspec.json.encode(value).decode()))
def test_any_payload_can_be_shown(payload: str) -> None:
    assert view_of(agent(work_item(WorkItemPayload=payload)))


@given(
    st.dictionaries(st.sampled_from(["FileDuration", "From", "FromAddress", "CustomerName", "SkillId", "WorkItemPayload"]), JSON)
)
def test_a_contact_of_any_medium_can_be_shown_whatever_its_fields_are(fields: dict[str, Any]) -> None:
    for event in (chat(**fields), voicemail(**fields), work_item(**fields)):
        assert view_of(agent(event, playing("False", "7")))


# Agent states


def test_the_state_that_stands_is_marked_among_those_to_choose_from() -> None:
    shown = seen("states", agent(state("Unavailable", CurrentOutReason="Lunch")), "Lunch")
    marked = [attributes["data-key"] for _, attributes in shown.elements if "aria-current" in attributes]
    assert marked == ["Unavailable/Lunch"]


def test_who_is_logged_out_can_log_in_and_nothing_else() -> None:
    assert seen("states", agent({"Type": "AgentSessionEnd"})).all("button", "data-do") == ["log-in"]
    assert seen("contact", agent({"Type": "AgentSessionEnd"})).all("button", "data-do") == ["log-in"]
    assert "log-in" not in seen("states", agent(state())).all("button", "data-do")
    assert "log-out" in seen("states", agent(state())).all("button", "data-do")


def test_an_agent_whose_name_is_known_is_called_by_it() -> None:
    configuration = Configuration(agents={"1001": AgentDetails("1001", "Robin Vale")})
    assert "Robin Vale" in Html(view(agent(state()), 1, configuration).regions["agent"]).text


def test_settings_that_cannot_be_read_are_a_problem_on_the_desk() -> None:
    shown = view(agent(state()), 1, Configuration(), "bridge.toml, line 3: no").regions["problem"]
    assert "bridge.toml, line 3: no" in Html(shown).text
    assert view(agent(state()), 1, Configuration()).regions["problem"].strip() == ""


# What is said


def said(before: Agent, *happened: dict[str, Any] | Draft) -> Said:
    drafts = [one if isinstance(one, Draft) else Draft.of("wire", one) for one in happened]
    return announcements(before, evolved(before, drafts))


def test_nothing_is_said_of_no_change() -> None:
    assert said(INCOMING) == Said([], [])


def test_an_incoming_call_is_said_at_once_and_once() -> None:
    ringing = call(status="Incoming", ANI="8015551234")
    assert said(agent(state()), customer("Dana"), ringing) == Said(["Incoming call from Dana"], [])
    assert said(agent(state(), ringing), ringing) == Said([], [])


def test_an_incoming_contact_of_another_medium_is_called_by_it() -> None:
    assert said(agent(state()), customer("Ann"), work_item("Incoming")) == Said(["Incoming work item from Ann"], [])


def test_a_work_item_from_nobody_is_called_by_its_type() -> None:
    assert said(agent(state()), work_item("Incoming", WorkItemType="return")) == Said(["Incoming work item return"], [])
    assert said(agent(state()), work_item("Incoming")) == Said(["Incoming work item Contact 101"], [])


def test_what_a_customer_writes_is_said_and_what_the_agent_writes_is_not() -> None:
    before = agent(customer("Ann"), chat(), message("Hello?"))
    assert said(before, message("Anybody?"), message("Good morning", "agent")) == Said([], ["Ann: Anybody?"])


@pytest.mark.parametrize(
    ("status", "words"), [("Active", "Active"), ("Holding", "On hold"), ("Disconnected", "Wrap-up"), ("Preview", "Preview")]
)
def test_a_contacts_new_status_is_said_when_there_is_a_pause(status: str, words: str) -> None:
    assert said(INCOMING, call(status=status)) == Said([], [f"Dana: {words}"])


def test_a_contact_that_begins_otherwise_than_ringing_is_said_too() -> None:
    assert said(agent(state()), call(status="Dialing", DNIS="8005550199", IsInbound="False")) == Said([], ["8005550199: Dialing"])


def test_a_contacts_end_is_said() -> None:
    assert said(INCOMING, call(status="Disconnected", FinalState="True")) == Said([], ["Dana: ended"])


@pytest.mark.parametrize(
    ("code", "words"), [("Busy", "busy"), ("NoAnswer", "no answer"), ("BadNumber", "no such number"), ("Odd", "Odd")]
)
def test_a_call_that_did_not_come_about_is_said_and_shown(code: str, words: str) -> None:
    dialing = agent(state(), call(status="Dialing", DNIS="8005550199", IsInbound="False"))
    end = call(status="Disconnected", FinalState="True", DNIS="8005550199", IsInbound="False", DisconnectCode=code)
    assert said(dialing, end) == Said([], [], [f"8005550199: {words}"])


def test_a_session_that_the_server_ended_is_said_and_shown_with_its_reason() -> None:
    end = {"Type": "RemoteAgentSessionEnd", "Message": "RemoteLogoff"}
    assert said(agent(state()), end) == Said([], ["Logged out"], ["The server ended your session: a supervisor logged you out"])
    assert "You are logged out: a supervisor logged you out." in seen("contact", agent(state(), end)).text


def test_mute_and_unmute_are_said() -> None:
    mute, unmute = ({"Type": "Mute", "AgentMuted": muted} for muted in ("True", "False"))
    assert said(agent(state()), mute) == Said([], ["Muted"])
    assert said(agent(state(), mute), unmute) == Said([], ["Unmuted"])


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (state("Unavailable", CurrentOutReason="Lunch"), "Unavailable, Lunch"),
        (state("Unavailable", IsAcw="True"), "After-call work"),
        (state("InboundContact"), "Working"),
        ({"Type": "AgentSessionEnd"}, "Logged out"),
    ],
)
def test_the_agents_new_state_is_said(event: dict[str, Any], words: str) -> None:
    assert said(agent(state()), event) == Said([], [words])


def test_a_state_that_only_begins_anew_is_not_said() -> None:
    assert said(agent(state()), state(StartTimeUTC="2026-01-01T00:00:00Z")) == Said([], [])
