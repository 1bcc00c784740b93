"""The table of subscription types (max-post-message.md, section 2): each of the five and all their mixtures, what it gets live
and which states at registration, against a reading of its rows one by one."""

from itertools import combinations
from typing import NamedTuple

import pytest

from tests.browser.desk import ACK, Message, Probe, SharedDesk, call_event, open_desk, probe_of

TYPES = ("all", "agent", "contact", "contacts", "sessioninfo")
MIXTURES = [mixture for size in range(1, 6) for mixture in combinations(TYPES, size)]

PLACES = ("in a workspace", "in a workspace that names the contact", "in the contact's panel")

SESSION = "session"
"""Whom a SessionInfo concerns; any other event concerns a contact, or None."""


class Happened(NamedTuple):
    event: Message
    concerns: str | None


class Known(NamedTuple):
    """What MAX knows when a window registers."""

    agent_state: Message
    contacts: list[Happened]
    """Each current contact's last event, oldest first."""


class Told(NamedTuple):
    """What acknowledged one window's registration, and the events that came after it."""

    registration: Message
    live: list[Message]


Mixture = tuple[str, ...]


# The table's rows


def adds(kind: str, concerns: str | None, contact: str | None) -> bool:
    """Second column: whether a type adds an event, to a registration that has this contact."""
    match kind:
        case "all":
            return True
        case "agent":
            return concerns is None
        case "contact":
            return concerns not in (None, SESSION) and concerns == contact
        case "contacts":
            return concerns not in (None, SESSION)
        case _:
            return concerns == SESSION


def states(kind: str, known: Known, contact: str | None) -> list[Happened]:
    """Third column: the states that a type is sent at registration."""
    session, agent = Happened(SESSION_INFO, SESSION), Happened(known.agent_state, None)
    match kind:
        case "all":
            return [session, agent, *known.contacts]
        case "agent":
            return [agent]
        case "contact":
            return [state for state in known.contacts if state.concerns == contact]
        case "contacts":
            return known.contacts
        case _:
            return [session]


SESSION_INFO = {"messageType": "SessionInfo", "sessionToken": "a token"}


def with_a_token(events: list[Message]) -> list[Message]:
    """The events with any session token in the place of the real one, which no test can know."""
    return [SESSION_INFO if event.keys() == SESSION_INFO.keys() and event["sessionToken"] else event for event in events]


def live(window: Probe) -> list[Message]:
    """The events that came after the acknowledgement's message."""
    return [event for message in window.leave()[1:] for event in message["events"]]


def test_there_are_five_types_and_31_mixtures() -> None:
    assert len(MIXTURES) == len(set(MIXTURES)) == 31


# Once MAX has its own state

OLDER, NEWER = "5002", "5001"
STATE = {"Type": "AgentState", "CurrentState": "InboundContact"}
KNOWN = Known(
    STATE,
    [
        Happened(call_event(OLDER, "Holding"), OLDER),
        Happened({"Type": "EmailContactEvent", "ContactId": NEWER, "Status": "Active"}, NEWER),
    ],
)
LIVE = [
    Happened({"Type": "Mute", "AgentMuted": "True"}, None),
    Happened(call_event(OLDER), OLDER),
    Happened({"Type": "Indicator", "ContactID": "", "Name": "of the agent"}, None),
    Happened({"Type": "PopURL", "ContactId": OLDER, "URL": "http://localhost/"}, OLDER),
    Happened({"Type": "EmailContactEvent", "ContactId": NEWER, "Status": "Holding"}, NEWER),
    Happened({"Type": "agent", "contactId": int(NEWER)}, NEWER),  # a name that says nothing
    Happened({"Type": "AgentLeg", "AgentLegId": OLDER, "Status": "Active"}, None),
    Happened({"Type": "AgentState", "CurrentState": "Available"}, None),
    Happened(call_event(NEWER, "Incoming"), NEWER),
]


@pytest.fixture(scope="module")
def told(shared_desk: SharedDesk) -> dict[tuple[str, Mixture], Told]:
    """Every mixture in every place, registered at the same moment: what each got of the same events."""
    desk = shared_desk
    desk.begin(KNOWN.agent_state, KNOWN.contacts[0].event, KNOWN.contacts[1].event)
    windows: dict[tuple[str, Mixture], Probe] = {}
    for place in PLACES:
        for mixture in MIXTURES:
            windows[place, mixture] = desk.window(OLDER if place == PLACES[2] else None)
    registered = {
        (place, mixture): window.register(*mixture, **({"contactId": int(OLDER)} if place == PLACES[1] else {}))
        for (place, mixture), window in windows.items()
    }
    desk.happen(*(happened.event for happened in LIVE[:3]))
    desk.happen(*(happened.event for happened in LIVE[3:]))
    told = {key: Told(registered[key], live(window)) for key, window in windows.items()}
    desk.close_windows()
    return told


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mixture", MIXTURES, ids="+".join)
def test_states_at_registration(told: dict[tuple[str, Mixture], Told], mixture: Mixture, place: str) -> None:
    contact = None if place == PLACES[0] else OLDER
    asked_for = [state.event for kind in mixture for state in states(kind, KNOWN, contact)]
    in_order = [SESSION_INFO, KNOWN.agent_state, *(state.event for state in KNOWN.contacts)]
    acknowledgement, *its_states = told[place, mixture].registration["events"]
    assert acknowledgement["messageType"] == ACK
    assert with_a_token(its_states) == [state for state in in_order if state in asked_for]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mixture", MIXTURES, ids="+".join)
def test_live_events(told: dict[tuple[str, Mixture], Told], mixture: Mixture, place: str) -> None:
    contact = None if place == PLACES[0] else OLDER
    owed = [event for event, concerns in LIVE if any(adds(kind, concerns, contact) for kind in mixture)]
    assert told[place, mixture].live == owed


# Before MAX has its own state

FIRST = "5003"


@pytest.fixture(scope="module")
def told_early(shared_desk: SharedDesk) -> dict[Mixture, Told]:
    """Every mixture, naming a contact to come, registered while MAX has neither a session nor a state: the agent was logged out,
    and the stream began anew and said no more. Then the session starts, and a call comes."""
    desk = shared_desk
    desk.begin()
    desk.happen({"Type": "AgentSessionEnd"}, {"Type": "AgentSessionStart"}, call_event(FIRST, "Incoming"))
    windows = {mixture: desk.window() for mixture in MIXTURES}
    registered = {mixture: window.register(*mixture, contactId=FIRST) for mixture, window in windows.items()}
    desk.server.post("/api/v1/agents/1001/state", {"state": "Available"})
    desk.happen(call_event(FIRST))
    told = {mixture: Told(registered[mixture], live(window)) for mixture, window in windows.items()}
    desk.close_windows()
    return told


@pytest.mark.parametrize("mixture", MIXTURES, ids="+".join)
def test_an_early_registration_is_acknowledged_alone(told_early: dict[Mixture, Told], mixture: Mixture) -> None:
    assert told_early[mixture].registration["events"] == [
        {"messageType": ACK, "contactId": int(FIRST), "status": "OK", "reason": "Success"}
    ]


@pytest.mark.parametrize("mixture", MIXTURES, ids="+".join)
def test_after_an_early_registration_the_stream_comes_through_the_same_filter(
    told_early: dict[Mixture, Told], mixture: Mixture
) -> None:
    stream = [
        (SESSION, SESSION),
        ("AgentSessionStart", None),
        ("MchAgentSettingsChangeEvent", None),
        ("AgentState", None),
        ("AgentLeg", None),
        ("AgentLeg", None),
        ("AgentState", None),
        ("CallContactEvent", FIRST),
    ]
    came = [event.get("Type", SESSION) for event in told_early[mixture].live]
    assert came == [what for what, concerns in stream if any(adds(kind, concerns, FIRST) for kind in mixture)]


# The session token


def test_all_that_asked_for_the_session_token_get_the_same_and_at_the_next_start_another(desk: SharedDesk) -> None:
    asking, everything = desk.window(), desk.window()
    first = [
        window.register(kind)["events"][1]["sessionToken"] for window, kind in ((asking, "sessioninfo"), (everything, "all"))
    ]
    desk.happen({"Type": "AgentSessionEnd"})
    desk.server.post("/api/v1/agents/1001/state", {"state": "Available"})
    desk.happen({"Type": "Mute", "AgentMuted": "False"})
    [second] = asking.leave()[1:]
    assert second["events"] == [{"messageType": "SessionInfo", "sessionToken": second["events"][0]["sessionToken"]}]
    assert len({*first}) == 1
    assert second["events"][0]["sessionToken"] not in first


def test_who_joins_the_session_from_another_page_gets_its_token(desk: SharedDesk) -> None:
    token = desk.window().register("sessioninfo")["events"][1]
    browser = desk.page.context.browser
    assert browser is not None
    joining = browser.new_page()
    open_desk(joining, desk.server.url)
    assert probe_of(joining, "workspace").register("sessioninfo")["events"][1] == token
    joining.close()
