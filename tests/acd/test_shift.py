"""A whole shift, driven by a client that knows nothing but the vendor's description, and told alike to all who follow it."""

from tests.acd.rest_client import Client
from tests.server import App, types_of

from .line import in_short, wire


def test_a_shift_over_the_rest_api_is_told_alike_to_two_desks_and_a_poller() -> None:
    with App() as app:
        agent, second = Client(app, "1001").start(), Client(app, "1002").start()
        agent.poll()
        second.do("state", state="Available")
        follower = Client(app, "1001").join()
        follower.poll()
        snapshot, told = len(follower.events), len(agent.events)
        with app.desk() as one, app.desk() as two:
            for desk in (one, two):
                desk.register("all")

            assert agent.do("state", state="Available").status_code == 202
            call = app.call(skill="Support", ani="8015551234")
            for verb in ("accept", "hold", "resume", "hold"):
                assert agent.do(f"interactions/{call}/{verb}").status_code == 202
            assert agent.do("consult-agent", targetAgentId="1002", parentContactId=call).status_code == 202
            [consulted] = app.agent("1002")["contacts"]
            assert second.do(f"interactions/{consulted['contactId']}/accept-consult").status_code == 202
            assert agent.do("interactions/transfer-calls").status_code == 202
            app.advance(3)  # after-call work
            assert agent.end().status_code == 202

            for client in (agent, follower):
                while client.poll().status_code == 200:
                    pass
                assert client.poll().status_code == 409, "the session is over"
            by_desk = [[event for frame in desk.rest() if frame["t"] == "events" for event in frame["e"]] for desk in (one, two)]

    events = agent.events[told:]
    assert [in_short(wire(event)) for event in events] == [
        "AgentState Available",
        "AgentState InboundContact",
        "CallContactEvent Incoming",
        "CallContactEvent Active",
        "CallContactEvent Holding",
        "CallContactEvent Active",
        "CallContactEvent Holding",
        "AgentState OutboundConsult",
        "CallContactEvent Dialing",
        "CallContactEvent Active",
        "CallContactEvent Disconnected final",
        "CallContactEvent Disconnected",
        "AgentState Unavailable ACW",
        "CallContactEvent Disconnected final",
        "AgentState Available",
        "AgentLeg Disconnected final",
        "AgentSessionEnd",
    ]
    assert follower.events[snapshot:] == events
    assert by_desk == [events, events]
    assert types_of(second.events) == []


def test_after_it_the_second_agent_has_the_customer() -> None:
    with App() as app:
        agent, second = Client(app, "1001").start(), Client(app, "1002").start()
        second.poll()
        call = app.call(skill="Sales", ani="8015551234")
        agent.do(f"interactions/{call}/accept")
        agent.do("consult-agent", targetAgentId="1002")
        [consulted] = app.agent("1002")["contacts"]
        second.do(f"interactions/{consulted['contactId']}/accept")
        agent.do("interactions/transfer-calls")
        before = len(second.events)
        second.poll()
        assert [in_short(wire(event)) for event in second.events[before:]] == [
            "AgentState InboundConsult",
            "CallContactEvent Incoming",
            "CallContactEvent Active",
            "CallContactEvent Active",
            "AgentState InboundContact",
        ]
        assert second.events[-2]["ANI"] == "8015551234"
