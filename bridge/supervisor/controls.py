"""What a supervisor's buttons and forms ask for."""

import re
from collections.abc import Mapping
from typing import Any

from bridge.acd.commands import Command, EndSession, SetState
from bridge.acd.platform import CannotRoute, Platform, refusal, uncertainty
from bridge.acd.skills import Skill
from bridge.desk.frames import Do
from bridge.paths import AGENT, CONTACT

MAX_TEXT = 200
"""Characters of a state's or an unavailable code's name."""


class InvalidControl(ValueError):
    """A control asked for something that does not exist; the text is for the supervisor."""


async def carry_out(do: Do, platform: Platform, skills: Mapping[str, Skill], cause: str) -> str | None:
    """Do what a control asks for, once for each cause. Returns why it was not done, in words; None: it was."""
    try:
        match do.verb:
            case "state":
                state = SetState(_text(do.args, "state"), _text(do.args, "reason"))
                return await _command(platform, _agent(do.args), state, cause)
            case "log-out":
                return await _command(platform, _agent(do.args), EndSession("supervisor"), cause)
            case "abandon":
                contact_id = _contact(do.args)
                return None if await platform.abandon(contact_id) else f"Contact {contact_id} is no longer there."
            case "new-contact":
                return await _enqueue(do.args, platform, skills, cause)
            case _:
                return f"The overview has no control {do.verb!r}."
    except InvalidControl as invalid:
        return str(invalid)


async def _command(platform: Platform, agent_id: str, command: Command, cause: str) -> str | None:
    records = await platform.outcome(agent_id, await platform.execute(agent_id, command, cause))
    refused = refusal(records)
    return uncertainty(records) if refused is None else refused.reason


async def _enqueue(form: Mapping[str, Any], platform: Platform, skills: Mapping[str, Skill], cause: str) -> str | None:
    from pydantic import ValidationError  # first needed when a form is sent

    from bridge.acd.offers import NewQueuedContact
    from bridge.desk.controls import in_words

    try:
        new = NewQueuedContact.model_validate(form)
        await platform.enqueue(new.command(skills), new.priority, cause)
    except ValidationError as invalid:
        return in_words(invalid)
    except CannotRoute as cannot:
        return str(cannot)
    return None


def _agent(args: Mapping[str, Any]) -> str:
    agent_id = _text(args, "agent")
    if not re.fullmatch(AGENT, agent_id):
        raise InvalidControl(f"{agent_id!r} is no agent.")
    return agent_id


def _contact(args: Mapping[str, Any]) -> int:
    named = _text(args, "contact")
    if not re.fullmatch(CONTACT, named):
        raise InvalidControl(f"{named!r} is no contact.")
    return int(named)


def _text(args: Mapping[str, Any], name: str) -> str:
    value = args.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise InvalidControl(f"{name} is a text of {MAX_TEXT} characters at most.")
    return value
