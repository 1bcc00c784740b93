"""What follows from a command on an agent to whom a recording is played, or is to be. Pure.

Such an agent is decided by nobody: what the recording says happens, and nothing else. The wire events are the recording's own,
each message's in one append, so that batches may merge but are never split.
"""

from bridge.acd import batches
from bridge.acd.agent_state import Agent
from bridge.acd.commands import PlayMessage, StartReplay
from bridge.journal.base import WIRE, Draft

CANNOT_COMMAND = "This is a recording being played; it cannot be commanded."


def why_no_replay(agent: Agent) -> str | None:
    """Why no recording can be played to this agent now: a sentence. None if one can; an earlier one that is over is in nobody's
    way."""
    if agent.replay is not None:
        if agent.replay.is_over:
            return None
        return (
            f"Recording {agent.replay.recording_id} is being played to agent {agent.agent_id}. Wait for its end, end it by "
            "logging the agent out, or choose another agent."
        )
    if agent.session is not None or agent.contacts or agent.current_state not in ("", "LoggedOut"):
        return f"Agent {agent.agent_id} is logged in. Log the agent out, or choose another one to play the recording to."
    return None


def start(agent: Agent, command: StartReplay, now: int) -> list[Draft]:
    return [*_end(agent, "agent", now), _replay(command.recording_id, command.speed, command.messages, 0, False)]


def play(agent: Agent, command: PlayMessage) -> list[Draft]:
    replay = agent.replay
    if replay is None or (replay.recording_id, replay.played + 1) != (command.recording_id, command.number):
        return []
    told = _replay(replay.recording_id, replay.speed, replay.messages, command.number, command.anew)
    return [told, *(Draft(WIRE, event) for event in command.events)]


def leave(agent: Agent, by: str, now: int) -> list[Draft]:
    """The agent is no longer replayed to, and logged out; `by` is that of `EndSession`."""
    return [*_end(agent, by, now), Draft.of("replay", {"recordingId": None})]


def _end(agent: Agent, by: str, now: int) -> list[Draft]:
    """What the recording left behind ends, so that no panel waits for the end of a contact."""
    is_clear = not agent.contacts and agent.current_state in ("", "LoggedOut")
    return [] if is_clear else batches.logout(agent, by, now)


def _replay(recording_id: str, speed: float, messages: int, played: int, anew: bool) -> Draft:
    data = {"recordingId": recording_id, "speed": speed, "messages": messages, "played": played, "anew": anew}
    return Draft.of("replay", data)
