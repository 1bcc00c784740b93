"""How the Agent Session API carries out a command: for whom, and what it answers when the platform refuses."""

from collections.abc import Callable, Mapping

from starlette.responses import Response

from bridge.acd.agent_state import Agent, Contact
from bridge.acd.commands import Command
from bridge.acd.events import contact_id
from bridge.acd.platform import Platform, refusal
from bridge.acd.rest.calls import Call, accepted, bad_argument, unknown_contact, unknown_session, wrong_state
from bridge.acd.session_id import read
from bridge.acd.skills import Skill
from bridge.clock import let_others_run

_BAD_ARGUMENTS: Mapping[str, str] = {
    "unknown-disposition": "Invalid disposition Id.",
    "invalid-data": "Invalid custom data.",
}
"""What the vendor calls a refusal that an argument is to blame for, by its code."""


class Commands:
    """`skills` gives those that are set up now, by id."""

    def __init__(self, platform: Platform, skills: Callable[[], Mapping[str, Skill]]) -> None:
        self._platform, self._skills = platform, skills

    async def agent(self, call: Call) -> Agent:
        """The agent whose session the path names, by any of its ids. Raises `ApiError`."""
        its_id = read(call.path["session"])
        if its_id is not None:
            agent, _ = await self._platform.agent(its_id.agent_id)
            if agent.session == its_id.root:
                return agent
        raise unknown_session("There is no session with this id. Start one, or join that of the agent.")

    async def carry_out(self, agent: Agent, command: Command, unknown_agent: str = "InvalidAgentUsername") -> Response:
        """202 once it has been done. Raises `ApiError`; `unknown_agent` is what the vendor says here to a target that is not."""
        refused = refusal(await self._platform.execute(agent.agent_id, command))
        if refused is not None:
            match refused.code:
                case "unknown-contact":
                    raise unknown_contact(refused.reason)
                case "no-session":
                    raise unknown_session(refused.reason)
                case "unknown-agent":
                    raise bad_argument(unknown_agent, refused.reason)
                case code if code in _BAD_ARGUMENTS:
                    raise bad_argument(_BAD_ARGUMENTS[code], refused.reason)
                case _:
                    raise wrong_state(refused.reason)
        await let_others_run()  # panels and pollers first: what follows would stand in front of the push
        return accepted()

    def skill(self, its_id: str, name: str, invalid: str = "Skill is not valid.") -> Skill:
        """The skill with this id, else this name. Raises `ApiError` with the vendor's word for none, `invalid`."""
        skills = self._skills()
        skill = skills.get(its_id) or next((one for one in skills.values() if name and one.name.lower() == name.lower()), None)
        if skill is None:
            known = ", ".join(f"{one.id} ({one.name})" for one in skills.values())
            raise bad_argument(invalid, f"Give the id of a skill that there is: {known}.")
        return skill


def contact_in(call: Call, agent: Agent) -> Contact:
    """The contact in the path. Raises `ApiError`."""
    contact = agent.contacts.get(contact_id(call.path["contact"]) or 0)
    if contact is None:
        raise unknown_contact(f"Agent {agent.agent_id} has no contact {call.path['contact']}.")
    return contact
