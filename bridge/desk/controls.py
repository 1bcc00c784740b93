"""What the desk's own buttons and forms ask for, as commands of the platform."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import ValidationError

from bridge.acd.agent import Skill
from bridge.acd.commands import Act, Command, CustomerAct, CustomerVerb, Focus, SetState, Verb
from bridge.acd.offers import NewContact
from bridge.desk.frames import Do

VERBS = frozenset(get_args(Verb))
CUSTOMER_VERBS = frozenset(get_args(CustomerVerb))


class InvalidControl(ValueError):
    """A control asked for something that does not exist; the text is for the person at the desk."""


def command_of(do: Do, skills: Mapping[str, Skill]) -> Command:
    """The command behind a control. Raises `InvalidControl`."""
    verb, args = do.verb, do.args
    if verb in VERBS:
        return Act(verb, _contact(args), "desk")  # type: ignore[arg-type]
    if verb == "customer" and args.get("verb") in CUSTOMER_VERBS:
        return CustomerAct(args["verb"], _contact(args))
    if verb == "focus":
        return Focus(_contact(args))
    if verb == "state":
        return SetState(str(args.get("state", "")), str(args.get("reason", "")))
    if verb == "new-contact":
        try:
            return NewContact.model_validate(args).command(skills)
        except ValidationError as invalid:
            raise InvalidControl(in_words(invalid)) from None
    raise InvalidControl(f"The desk has no control {verb!r}.")


def _contact(args: Mapping[str, Any]) -> int:
    named = str(args.get("contact", ""))
    if not (named.isascii() and named.isdecimal()):
        raise InvalidControl(f"{named!r} is no contact.")
    return int(named)


def in_words(invalid: ValidationError) -> str:
    """What is wrong with a form, field by field."""
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'form'}: {error['msg']}" for error in invalid.errors())
