"""A desk in front of a live tenant, which another deskbridge plays, with faults between the two."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Probe, open_desk, probe_of, probe_page
from tests.serving import Serve, Server, Site
from tests.tenant import Link, serve_live


@pytest.fixture
def tenant(serve: Serve) -> Server:
    """A tenant whose agent 1001 is logged in."""
    tenant = serve()
    tenant.post("/api/v1/agents/1001/state", {"state": "Available"})
    return tenant


@pytest.fixture
def link(tenant: Server) -> Iterator[Link]:
    link = Link(tenant)
    yield link
    link.close()


def open_live(page: Page, live: Server) -> None:
    """Open the desk by the link that the server printed."""
    page.goto(live.link)
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")


def on_a_call(page: Page, tenant: Server) -> str:
    """Let the tenant's agent be in a call, seen at the desk; its id."""
    call = tenant.call(ani="8015551234", skill="Sales")
    tenant.act(call, "answer")
    expect(page.locator(".card .status")).to_have_text("Active")
    return call


def press(page: Page, name: str) -> None:
    page.locator(".controls").get_by_role("button", name=name, exact=True).click()


def told_alike(panel: Probe, other: Probe, last: dict[str, Any]) -> None:
    """Both panels were told the same wire events in the same order, up to this one."""
    for one in (panel, other):
        one.wait_for_event(last["Type"], **{key: value for key, value in last.items() if key != "Type"})
    assert panel.events() == other.events()


def test_panels_of_the_desk_are_told_what_panels_of_the_tenant_are_and_command_its_calls(
    page: Page, serve: Serve, site: Site
) -> None:
    tenant = serve("--workspace", probe_page(site))
    tenants_page = page.context.new_page()
    open_desk(tenants_page, tenant.url)
    link = Link(tenant)
    live = serve_live(serve, link, "--workspace", probe_page(site))
    open_live(page, live)
    tenants, ours = probe_of(tenants_page), probe_of(page)
    for panel in (tenants, ours):
        panel.register("all")
    assert ours.received()[0]["events"][1:] == tenants.received()[0]["events"][1:]

    first = tenant.call(ani="8015551234", skill="Sales", variables={"OrderID": "4711"})
    page.locator("#incoming").get_by_role("button", name="Answer").click()
    expect(page.locator(".card .status")).to_have_text("Active")
    press(page, "Hold")
    expect(page.locator(".card .status")).to_have_text("On hold")
    ours.post({"messageType": "HoldEvent"})
    expect(page.locator(".card .status")).to_have_text("Active")
    ours.post({"messageType": "MuteEvent"})
    expect(page.locator(".card")).to_contain_text("Muted")
    second = tenant.call(ani="8015550142", skill="Sales")
    tenant.act(second, "answer")
    tenant.act(second, "hangup")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".card .status")).to_have_text("On hold")
    press(page, "Hold")
    expect(page.locator(".card .status")).to_have_text("Active")
    ours.post({"messageType": "HangupEvent"})
    told_alike(ours, tenants, {"Type": "CallContactEvent", "ContactID": first, "FinalState": "True"})
    tenant.post("/api/v1/agents/1001/state", {"state": "Unavailable", "reason": "Lunch"})
    told_alike(ours, tenants, {"Type": "AgentState", "CurrentOutReason": "Lunch"})
    assert [one.path.rpartition("/")[2] for one in link.reached if "/interactions/" in one.path] == [
        "accept",
        "hold",
        "resume",
        "resume",
        "end",
    ]
    link.close()


def test_after_a_network_loss_in_a_call_the_desk_shows_how_it_stands_now(
    page: Page, serve: Serve, tenant: Server, link: Link
) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    call = on_a_call(page, tenant)
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")

    link.down()
    trouble = page.locator("[data-region=problem]")
    expect(trouble).to_contain_text("The tenant cannot be reached: nothing answers at its address.")
    expect(trouble).to_contain_text("Since")
    tenant.act(call, "hold")
    press(page, "Hold")
    expect(page.locator("#notices")).to_contain_text(f"The tenant was not asked for hold of call {call}: nothing answers")

    link.up()
    expect(trouble).to_be_empty()
    expect(page.locator(".card .status")).to_have_text("On hold")
    expect(page.locator(".card h2")).to_have_text("Dana Whitfield")
    assert link.asked("hold") == 0
    press(page, "Hold")
    expect(page.locator(".card .status")).to_have_text("Active")


def test_a_command_whose_answer_was_lost_is_told_to_be_unknown_and_not_made_again(
    page: Page, serve: Serve, site: Site, tenant: Server, link: Link
) -> None:
    live = serve_live(serve, link, "--workspace", probe_page(site))
    open_live(page, live)
    call = on_a_call(page, tenant)
    events = link.holds("get-next-event")
    link.cut()
    link.swallows("/hold")
    probe_of(page).post({"messageType": "HoldEvent"})
    problem = page.locator("[data-region=problem]")
    expect(problem).to_contain_text(
        f"Nobody knows whether hold of call {call} reached the tenant: the connection broke. What the desk shows is what counts."
    )
    assert tenant.status(call) == "Holding"
    expect(page.locator(".card .status")).to_have_text("Active")

    events.let_go.set()
    expect(page.locator(".card .status")).to_have_text("On hold")
    expect(problem).to_be_empty()
    assert link.asked("hold") == 1


def test_a_command_at_which_the_tenant_failed_is_told_to_be_unknown(page: Page, serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    call = on_a_call(page, tenant)
    link.answers("/hold", 502, {"icStatusDescription": "Bad Gateway"})
    press(page, "Hold")
    expect(page.locator("[data-region=problem]")).to_contain_text(
        f"Nobody knows whether hold of call {call} reached the tenant: the tenant answered 502, Bad Gateway."
    )
    expect(page.locator(".card .status")).to_have_text("Active")


def test_a_command_under_way_when_the_server_is_killed_is_unknown_after_it_and_not_made_again(
    page: Page, serve: Serve, tenant: Server, link: Link, tmp_path: Path
) -> None:
    live = serve_live(serve, link, "--token", "open-sesame", journal=f"sqlite:///{tmp_path}/journal.sqlite")
    open_live(page, live)
    call = on_a_call(page, tenant)
    held = link.holds("/hold")
    press(page, "Hold")
    expect(page.get_by_role("button", name="Hold", exact=True)).to_have_attribute(
        "title", f"The tenant was asked for hold of call {call}, and has not answered yet."
    )
    assert held.has_come.wait(5)  # the desk tells before it asks

    live.kill()
    expect(page.locator("#connection")).to_have_attribute("data-state", "cut")
    link.heals()
    live.start()
    expect(page.locator("#connection")).to_have_attribute("data-state", "connected")
    problem = page.locator("[data-region=problem]")
    expect(problem).to_contain_text(f"Nobody knows whether hold of call {call} reached the tenant: deskbridge was stopped")
    expect(page.locator(".card .status")).to_have_text("Active")
    assert link.asked("hold") == 0

    held.let_go.set()  # a gateway on the way may well deliver it late
    expect(page.locator(".card .status")).to_have_text("On hold")
    expect(problem).to_be_empty()
    assert link.asked("hold") == 1


def test_what_the_tenant_refuses_is_told_in_its_words(page: Page, serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    call = on_a_call(page, tenant)
    link.answers("/mask", 409, {"icStatusDescription": "Invalid State"}, b'{"error_description": "MaskingNotAllowed"}')
    press(page, "Mask")
    expect(page.locator("#notices")).to_contain_text(
        f"The tenant refused mask of call {call}: 409, Invalid State; MaskingNotAllowed."
    )
    expect(page.locator("[data-region=problem]")).to_be_empty()


def test_what_does_not_fit_the_call_is_refused_here(page: Page, serve: Serve, site: Site, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link, "--workspace", probe_page(site))
    open_live(page, live)
    probe_of(page).post({"messageType": "HoldEvent"})
    live.wait_for_wire(lambda messages: any("HoldEvent was not carried out." in str(one) for one in messages))
    assert link.asked("hold") == 0


def test_a_token_that_has_expired_is_told_of_and_what_to_do(page: Page, serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    link.answers("get-next-event", 401, {"icStatusDescription": "Unauthorized"})
    link.cut()
    expect(page.locator("[data-region=problem]")).to_contain_text(
        "The tenant does not accept the token (401, Unauthorized): it has expired, or is wrong. "
        "Start deskbridge again with a new one in DESKBRIDGE_UPSTREAM_TOKEN."
    )


def test_a_tenant_that_has_had_too_many_requests_is_left_alone_for_as_long_as_it_asks(
    page: Page, serve: Serve, tenant: Server, link: Link
) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    link.answers("get-next-event", 429, {"Retry-After": "3"})
    link.cut()
    problem = page.locator("[data-region=problem]")
    expect(problem).to_contain_text("The tenant has had too many requests (429). It is asked again after 3 seconds.")
    link.heals()
    expect(problem).to_be_empty()
    on_a_call(page, tenant)


def test_a_session_that_is_over_logs_the_desk_out_and_log_in_joins_the_next(
    page: Page, serve: Serve, tenant: Server, link: Link
) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    link.answers("get-next-event", 409)
    link.cut()
    expect(page.locator(".contact")).to_contain_text("You are logged out: the tenant says that it is over.")
    link.heals()
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#state-button")).to_contain_text("Available")
    on_a_call(page, tenant)


def test_a_log_out_at_the_desk_ends_the_tenants_session(page: Page, serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    page.locator("#state-button").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("#state-button")).to_contain_text("Logged out")
    assert tenant.get("/api/v1/agents/1001")["state"] == "LoggedOut"


def test_without_a_session_and_a_phone_it_says_what_to_do(page: Page, serve: Serve) -> None:
    tenant = serve()
    link = Link(tenant)
    live = serve_live(serve, link)
    open_live(page, live)
    problem = page.locator("[data-region=problem]")
    expect(problem).to_contain_text("The tenant has no session of this agent. deskbridge was given no phone to start one with")
    expect(page.locator(".contact")).to_contain_text("You are logged out")
    tenant.post("/api/v1/agents/1001/state", {"state": "Available"})
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#state-button")).to_contain_text("Available")
    expect(problem).to_be_empty()
    assert link.asked("agent-sessions") == 0
    link.close()


def test_with_a_phone_it_starts_the_session_that_there_is_none_of(page: Page, serve: Serve) -> None:
    tenant = serve()
    link = Link(tenant)
    live = serve_live(serve, link, "--upstream-phone", "WebRTC")
    open_live(page, live)
    expect(page.locator("#state-button")).to_contain_text("Unavailable")
    assert tenant.get("/api/v1/agents/1001")["state"] == "Unavailable"
    assert link.asked("agent-sessions") == 1
    link.close()


def test_the_desk_is_that_of_the_tokens_agent_and_any_other_says_whose_it_is(page: Page, serve: Serve) -> None:
    tenant = serve()
    tenant.post("/api/v1/agents/2002/state", {"state": "Available"})
    link = Link(tenant)
    live = serve_live(serve, link, agent="2002")
    open_live(page, live)
    expect(page).to_have_url(f"{live.url}/desk/2002")
    expect(page.locator("#state-button")).to_contain_text("Available")

    page.goto(f"{live.url}/desk/1001")
    problem = page.locator("[data-region=problem]")
    expect(problem).to_contain_text("that of agent 2002")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#notices")).to_contain_text("The tenant's session here is that of agent 2002: open /desk/2002.")
    problem.get_by_role("link", name="Open that desk").click()
    expect(page.locator("#state-button")).to_contain_text("Available")
    link.close()


def test_the_agent_dials_and_lets_no_contact_arrive(page: Page, serve: Serve, tenant: Server, link: Link) -> None:
    live = serve_live(serve, link)
    open_live(page, live)
    expect(page.get_by_role("button", name="New contact")).to_have_count(0)
    page.get_by_role("button", name="Dial", exact=True).first.click()
    form = page.get_by_role("dialog", name="Dial")
    form.get_by_label("Number").fill("8015550100")
    form.get_by_label("Skill").fill("4102")
    form.get_by_role("button", name="Dial").click()
    expect(page.locator(".card .status")).to_have_text("Dialing")
    expect(page.get_by_text("The other party:")).to_have_count(0)
    [dialed] = tenant.get("/api/v1/agents/1001")["contacts"]
    assert (dialed["dnis"], dialed["direction"]) == ("8015550100", "outbound")
