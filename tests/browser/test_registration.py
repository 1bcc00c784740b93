"""Registration in a real browser, the panel on another site than the desk (max-post-message.md, sections 2 and 3)."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.desk import ACK, Probe, open_desk, probe_of, probe_page
from tests.serving import Serve, Server, Site


@pytest.fixture
def desk(page: Page, serve: Serve, site: Site) -> Server:
    """A desk with the probe as a workspace and as a contact panel, and one call that rings."""
    server = serve("--workspace", probe_page(site, "/workspace.html"), "--panel", probe_page(site, "/panel.html"))
    open_desk(page, server.url)
    return server


@pytest.fixture
def workspace(desk: Server, page: Page) -> Probe:
    return probe_of(page, "workspace")


def kinds(message: dict[str, list[dict[str, str]]]) -> list[str]:
    return [event.get("Type") or event["messageType"] for event in message["events"]]


@pytest.mark.parametrize(
    ("types", "states"),
    [
        (["all"], ["SessionInfo", "AgentState", "CallContactEvent", "CallContactEvent"]),
        (["agent"], ["AgentState"]),
        (["contacts"], ["CallContactEvent", "CallContactEvent"]),
        (["contact"], []),
        (["sessioninfo"], ["SessionInfo"]),
        (["AGENT", "Contacts"], ["AgentState", "CallContactEvent", "CallContactEvent"]),
        (["contacts", "all", "sessioninfo"], ["SessionInfo", "AgentState", "CallContactEvent", "CallContactEvent"]),
    ],
)
def test_the_acknowledgement_comes_first_and_the_states_asked_for_follow(
    desk: Server, workspace: Probe, types: list[str], states: list[str]
) -> None:
    desk.call(ani="1")
    desk.call(ani="2")
    message = workspace.register(*types)
    assert kinds(message) == [ACK, *states]
    assert message["issuer"] == "MAX"
    assert message["contactId"] is None
    assert message["events"][0] == {"messageType": ACK, "contactId": None, "status": "OK", "reason": "Success"}


def test_a_contact_panel_gets_its_own_contact_without_naming_it(desk: Server, page: Page) -> None:
    first = desk.call(ani="1")
    panel = probe_of(page, "panel")
    message = panel.register("contact")
    assert message["contactId"] == int(first)
    assert [event["ContactID"] for event in message["events"][1:]] == [first]

    desk.call(ani="2")
    desk.act(first, "answer")
    panel.wait_for_event("CallContactEvent", Status="Active")
    assert {event["ContactID"] for event in panel.events()} == {first}


def test_a_workspace_gets_the_contact_that_it_names(desk: Server, workspace: Probe) -> None:
    desk.call(ani="1")
    second = desk.call(ani="2")
    message = workspace.register("contact", contactId=second)
    assert message["contactId"] == int(second)
    assert [event["ContactID"] for event in message["events"][1:]] == [second]


@pytest.mark.parametrize("contact_id", ["0", "-5", "1.5", "'abc'", "''", "NaN", "true", "({})", "[101]", "new Date()"])
def test_an_invalid_contact_id_is_an_error_whatever_the_types_are(workspace: Probe, contact_id: str) -> None:
    workspace.frame.evaluate(
        f"parent.postMessage({{messageType: 'RegisterForClientEvents', contactId: {contact_id}, subscriptionTypes: []}}, '*')"
    )
    assert workspace.next(0) == {
        "issuer": "MAX",
        "contactId": None,
        "events": [{"messageType": ACK, "contactId": None, "status": "ERROR", "reason": "Invalid Contact Id"}],
    }


@pytest.mark.parametrize("types", ["[]", "['everything']", "'all'", "undefined", "null", "[1, NaN]"])
def test_types_without_a_valid_one_are_an_error(workspace: Probe, types: str) -> None:
    workspace.frame.evaluate(
        f"parent.postMessage({{messageType: 'RegisterForClientEvents', contactId: 101n, subscriptionTypes: {types}}}, '*')"
    )
    [ack] = workspace.next(0)["events"]
    assert (ack["status"], ack["reason"]) == ("ERROR", "Invalid Subscription Types")


def test_a_window_may_try_again_after_an_error(workspace: Probe) -> None:
    assert workspace.register()["events"][0]["status"] == "ERROR"
    assert workspace.register("agent")["events"][0]["status"] == "OK"


def test_each_invalid_type_beside_a_valid_one_is_named_in_the_console(page: Page, workspace: Probe) -> None:
    with page.expect_console_message(lambda said: "everything" in said.text) as said:
        assert workspace.register("agent", "everything")["events"][0]["status"] == "OK"
    assert said.value.type == "warning"


def test_a_second_registration_is_not_answered_but_warned_of(page: Page, workspace: Probe) -> None:
    def is_warning(said: ConsoleMessage) -> bool:
        return said.text == "Error processing Client Event Subscription. Issuer: [probe] has already subscribed."

    workspace.register("agent")
    with page.expect_console_message(is_warning):
        workspace.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["all"], "issuer": "probe"})
    workspace.unregister()
    assert kinds(workspace.register("sessioninfo")) == [ACK, "SessionInfo"]
    assert len(workspace.received()) == 2


def test_a_reloaded_panel_stays_registered_and_gets_no_second_acknowledgement(page: Page, desk: Server, workspace: Probe) -> None:
    workspace.register("agent")
    workspace.frame.evaluate("location.reload()")
    workspace.frame.wait_for_function("document.readyState === 'complete' && received.length === 0")
    with page.expect_console_message(lambda said: "already subscribed" in said.text):
        workspace.post({"messageType": "RegisterForClientEvents", "subscriptionTypes": ["agent"], "issuer": "probe"})

    desk.post("/api/v1/agents/1001/state", {"state": "Available"})
    workspace.wait_for_event("AgentState", CurrentState="Available")
    assert kinds(workspace.received()[0]) == ["AgentState"]


def test_an_unregistered_window_gets_nothing_more(desk: Server, workspace: Probe) -> None:
    workspace.register("agent")
    workspace.unregister()
    desk.post("/api/v1/agents/1001/state", {"state": "Available"})
    # A registration after it is answered in its turn, so what the state led to would have come before.
    assert kinds(workspace.register("agent")) == [ACK, "AgentState"]
    assert len(workspace.received()) == 2


def test_a_misspelt_message_type_is_ignored(desk: Server, workspace: Probe) -> None:
    workspace.register("agent")
    workspace.post({"messageType": "UnegisterFromClientEvents"})
    desk.post("/api/v1/agents/1001/state", {"state": "Available"})
    workspace.wait_for_event("AgentState", CurrentState="Available")


def test_one_message_carries_all_of_a_batch_in_order(desk: Server, workspace: Probe) -> None:
    workspace.register("contacts")
    batch = [
        {"Type": "CallContactEvent", "ContactID": "7", "Status": "Active"},
        {"Type": "Indicator", "Name": "no contact"},
        {"Type": "PopURL", "ContactId": "7", "URL": "http://localhost/"},
        {"Type": "CallContactEvent", "ContactID": "7", "Status": "Holding"},
    ]
    desk.post("/api/v1/agents/1001/events", batch)
    assert workspace.next(1)["events"] == [batch[0], batch[2], batch[3]]


@pytest.mark.parametrize(
    ("type_", "gets"),
    [
        ("all", {"AgentState", "CallContactEvent"}),
        ("agent", {"AgentState"}),
        ("contacts", {"CallContactEvent"}),
        ("sessioninfo", set()),
    ],
)
def test_a_type_adds_its_events_and_no_others(desk: Server, workspace: Probe, type_: str, gets: set[str]) -> None:
    workspace.register(type_)
    call = desk.call(ani="1")
    desk.act(call, "refuse")
    workspace.unregister()
    workspace.register("sessioninfo")
    assert {event["Type"] for event in workspace.events()} == gets


def test_a_sandboxed_panel_of_no_origin_registers_like_any_other(page: Page, desk: Server, site: Site) -> None:
    inner = probe_page(site, "/inner.html")
    workspace = probe_of(page, "workspace")
    with page.expect_event("framenavigated", lambda frame: frame.url == inner):
        workspace.frame.evaluate(f'document.body.innerHTML = \'<iframe sandbox="allow-scripts" src="{inner}"></iframe>\'')
    frame = next(frame for frame in page.frames if frame.url == inner)
    frame.wait_for_function("window.received")
    frame.evaluate(
        "addEventListener('message', ({data}) => received.push(data));"
        "top.postMessage({messageType: 'RegisterForClientEvents', subscriptionTypes: ['agent']}, '*')"
    )
    frame.wait_for_function("received.length > 0")
    assert kinds(frame.evaluate("received[0]")) == [ACK, "AgentState"]


def test_the_desk_expects_nothing_of_a_panel_that_never_registers(page: Page, desk: Server, workspace: Probe) -> None:
    call = desk.call(ani="1")
    desk.act(call, "answer")
    workspace.post({"messageType": "HoldEvent"})
    expect(page.locator(".card .status")).to_have_text("On hold")
    assert workspace.received() == []
