"""The operations that bring in somebody else: calls to phones, agents and skills, consult, transfer, conference
(cxone-agent-session.md, section 1)."""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.responses import Response

from bridge.acd.batches import TALKING
from bridge.acd.commands import Act, CallAgent, CallSkill, Command, ConferenceCalls, OfferCall, Transfer, TransferCalls
from bridge.acd.events import contact_id
from bridge.acd.media import medium_of
from bridge.acd.rest.calls import Call, accepted, bad_argument, unknown_contact, wrong_state
from bridge.acd.rest.commands import Commands, contact_in
from bridge.paths import AGENT

PHONE_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")
"""What can be dialed, once the blanks and signs that people write between digits are out."""

TONES = re.compile("[0-9*#A-Da-d]{1,64}")
"""What a phone can send."""

TRANSFERS = {
    "chat": "ChatContactEvent",
    "voicemail": "VoiceMailContactEvent",
    "work-item": "WorkItemContactEvent",
    "email": "EmailContactEvent",
}
"""The media in the names of the transfer operations, each with an event of it."""

Handler = Callable[[Call], Awaitable[Response]]


class Dialing:
    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def operations(self, session: str, contact: str) -> Sequence[tuple[str, Handler]]:
        """The paths, all for POST, below those of a session and of a contact."""
        return [
            (f"{session}/dial-phone", self.dial_phone),
            (f"{session}/dial-agent", partial(self.call_agent, False)),
            (f"{session}/consult-agent", partial(self.call_agent, True)),
            (f"{session}/dial-skill", self.call_skill),
            (f"{session}/send-dtmf", self.send_tones),
            (f"{session}/interactions/transfer-calls", partial(self.between_calls, TransferCalls())),
            (f"{session}/interactions/conference-calls", partial(self.between_calls, ConferenceCalls())),
            (f"{contact}/accept-consult", self.accept_consult),
            *((f"{contact}/transfer-{name}-to-agent", partial(self.transfer_to_agent, name)) for name in TRANSFERS),
            *((f"{contact}/transfer-{name}-to-skill", partial(self.transfer_to_skill, name)) for name in TRANSFERS),
        ]

    async def dial_phone(self, call: Call) -> Response:
        agent = await self._commands.agent(call)
        number = re.sub(r"[\s().-]", "", call.text("phoneNumber"))
        if not PHONE_NUMBER.fullmatch(number):
            raise bad_argument("Phone Number is not valid.", "phoneNumber is what can be dialed: digits, +, * and #.")
        skill = self._commands.skill(call.text("skillId"), call.text("skillName"))
        if (parent := _parent(call)) and int(parent) not in agent.contacts:
            raise unknown_contact(f"Agent {agent.agent_id} has no contact {parent}.")
        command = OfferCall("outbound", dnis=number, parent=parent, skill_id=skill.id, skill_name=skill.name or None)
        return await self._commands.carry_out(agent, command)

    async def call_agent(self, consult: bool, call: Call) -> Response:
        """A call that names a contact is a consult, also to `dial-agent`; a consult that names none is about the call that is
        talked on."""
        agent = await self._commands.agent(call)
        parent, target = _parent(call), _target(call, "targetAgentId", "agentUserName")
        command = CallAgent(target, consult or bool(parent), int(parent) if parent else None)
        return await self._commands.carry_out(agent, command)

    async def call_skill(self, call: Call) -> Response:
        """A consult where it names a contact, which waits meanwhile."""
        agent = await self._commands.agent(call)
        parent = _parent(call)
        skill = self._commands.skill(call.text("skillId"), call.text("skillName"), "Invalid skill.")
        command = CallSkill(skill.id, skill.name or None, consult=bool(parent), parent_id=int(parent) if parent else None)
        return await self._commands.carry_out(agent, command)

    async def send_tones(self, call: Call) -> Response:
        """Nobody hears them: the platform has no sound."""
        agent = await self._commands.agent(call)
        if not TONES.fullmatch(call.text("dtmfSequence")):
            raise bad_argument("Invalid DTMF sequence.", "dtmfSequence is up to 64 of the characters 0-9, *, # and A-D.")
        for name in ("toneDurationMS", "toneSpacingMS"):
            if not re.fullmatch("[0-9]{0,5}", call.text(name)):
                raise bad_argument(f"Invalid {name}.", f"{name} is a number of milliseconds, not {call.text(name)!r}.")
        if not any(one.status in TALKING for one in agent.live_calls):
            raise wrong_state(f"Agent {agent.agent_id} talks on no call that could be sent tones.")
        return accepted()

    async def between_calls(self, command: Command, call: Call) -> Response:
        return await self._commands.carry_out(await self._commands.agent(call), command)

    async def accept_consult(self, call: Call) -> Response:
        agent = await self._commands.agent(call)
        contact = contact_in(call, agent)
        if not contact.is_consult:
            raise wrong_state(f"Contact {contact.id} is no consult; accept it with /accept.")
        return await self._commands.carry_out(agent, Act("answer", contact.id, by="api"))

    async def transfer_to_agent(self, name: str, call: Call) -> Response:
        agent = await self._commands.agent(call)
        contact = contact_in(call, agent)
        _check_medium(name, contact.medium.name, contact.id)
        command = Transfer(contact.id, _target(call, "targetAgentId", "targetAgentName", "Invalid target Agent Id."))
        return await self._commands.carry_out(agent, command, "Invalid target Agent Id.")

    async def transfer_to_skill(self, name: str, call: Call) -> Response:
        agent = await self._commands.agent(call)
        contact = contact_in(call, agent)
        _check_medium(name, contact.medium.name, contact.id)
        skill = self._commands.skill(call.text("targetSkillId"), call.text("targetSkillName"), "Invalid target Skill Id.")
        return await self._commands.carry_out(agent, Transfer(contact.id, None, skill.id, skill.name or None))


def _check_medium(name: str, medium: str, its_id: int) -> None:
    if medium != medium_of(TRANSFERS[name]).name:
        raise wrong_state(f"Contact {its_id} is no {name.replace('-', ' ')}.")


def _parent(call: Call) -> str:
    """The contact that a call belongs to; "" for none, which clients also spell 0. Raises `ApiError`."""
    named = call.text("parentContactId")
    if named in ("", "0"):
        return ""
    its_id = contact_id(named)
    if its_id is None:
        raise unknown_contact(f"parentContactId is the id of a contact, not {named!r}.")
    return str(its_id)


def _target(call: Call, by_id: str, by_name: str, invalid: str = "InvalidAgentUsername") -> str:
    """Another agent's id. Real user names are addresses; here an agent is known by an id. Raises `ApiError`."""
    target = call.text(by_id) or call.text(by_name).partition("@")[0]
    if not re.fullmatch(AGENT, target):
        raise bad_argument(invalid, f"Say which agent in {by_id}, or in {by_name}: an agent's id, not {target[:64]!r}.")
    return target
