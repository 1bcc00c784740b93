"""What the desk's own buttons and forms ask for, as commands of the platform."""

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError

from bridge.acd.commands import (
    Act,
    Command,
    ConferenceCalls,
    CustomerAct,
    CustomerVerb,
    EndAcw,
    EndSession,
    Focus,
    SetState,
    StartSession,
    TransferCalls,
    Verb,
)
from bridge.acd.offers import NewContact, NewDisposition, NewMessage, NewTyping, Target
from bridge.acd.skills import Skill
from bridge.desk.frames import Do
from bridge.paths import CONTACT

VERBS = get_args(Verb)
CUSTOMER_VERBS = get_args(CustomerVerb)
MAX_TEXT = 200
"""Characters of a state's or an unavailable code's name."""


class InvalidControl(ValueError):
    """A control asked for something that does not exist; the text is for the person at the desk."""


def command_of(do: Do, skills: Mapping[str, Skill]) -> Command:
    """The command behind a control. Raises `InvalidControl`."""
    verb, args = do.verb, do.args
    if verb in VERBS:
        return Act(verb, _contact(args), "desk", _position(args))  # type: ignore[arg-type]
    if verb == "customer" and args.get("verb") in CUSTOMER_VERBS:
        return CustomerAct(args["verb"], _contact(args))
    if verb == "focus":
        return Focus(_contact(args))
    if verb == "state":
        return SetState(_text(args, "state"), _text(args, "reason"))
    if verb == "log-out":
        return EndSession(end_contacts=False)
    if verb == "log-in":
        return StartSession()
    if verb == "end-acw":
        return EndAcw()
    if verb == "transfer-calls":
        return TransferCalls()
    if verb == "conference-calls":
        return ConferenceCalls()
    try:
        if verb == "new-contact":
            return NewContact.model_validate(args).command(skills)
        if verb == "dial":
            return _target(args).call(skills)
        if verb == "consult":
            return _target(args).call(skills, consult=True, parent_id=_contact(args))
        if verb == "transfer":
            return _target(args).transfer(skills, _contact(args))
        if verb == "message":
            return NewMessage.model_validate({name: args.get(name) for name in ("text", "from")}).command(_contact(args))
        if verb == "disposition":
            named = {"dispositionId": args.get("disposition"), "notes": args.get("notes")}
            return NewDisposition.model_validate(named).command(_contact(args), ())  # the form knows ids
        if verb == "typing":
            return NewTyping.model_validate({"isTyping": args.get("isTyping"), "from": "agent"}).command(_contact(args))
    except ValidationError as invalid:
        raise InvalidControl(in_words(invalid)) from None
    raise InvalidControl(f"The desk has no control {verb!r}.")


def _target(args: Mapping[str, Any]) -> Target:
    return Target.model_validate({name: args[name] for name in ("agent", "skill") if name in args})


def _contact(args: Mapping[str, Any]) -> int:
    named = _text(args, "contact")
    if not re.fullmatch(CONTACT, named):
        raise InvalidControl(f"{named!r} is no contact.")
    return int(named)


def _position(args: Mapping[str, Any]) -> int | None:
    """The second to play a voicemail from, where one is given."""
    position = args.get("position")
    if position is not None and not (type(position) is int and 0 <= position < 1_000_000):
        raise InvalidControl(f"{position!r} is no place in a voicemail; it is a second from 0.")
    return position


def _text(args: Mapping[str, Any], name: str) -> str:
    value = args.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise InvalidControl(f"{name} is a text of {MAX_TEXT} characters at most.")
    return value


def in_words(invalid: ValidationError) -> str:
    """What is wrong with a form, field by field."""
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'form'}: {error['msg']}" for error in invalid.errors())
