"""A busy contact centre: 50 agents and 200 contacts after some minutes of work, as a journal that a server then opens."""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from bridge.acd.commands import Act, CustomerAct, Offer, OfferCall, OfferChat, OfferDigital, OfferEmail, OfferVoicemail, SetState
from bridge.acd.mock import MockPlatform
from bridge.acd.skills import Skill
from bridge.clock import VirtualClock
from bridge.configuration import Configuration
from bridge.configuration_file import ConfigurationFile
from bridge.journal import SqliteJournal

AGENTS, CONTACTS = 50, 200
STEPS, STEP = 144, 10
"""How often something happens, and seconds between."""

FIRST_NAMES = ("Robin", "Dana", "Kim", "Alex", "Sam", "Lee", "Jo", "Toni", "Nia", "Omar")
LAST_NAMES = ("Vale", "Moss", "Reyes", "Stone", "Holt")
SKILLS = ("Support", "Sales", "Billing", "Returns", "Technical")
REASONS = ("Break", "Lunch", "Meeting")


def settings() -> str:
    """The text of a bridge.toml with the skills and the agents."""
    chance = random.Random(1)
    skills = (f'[[skill]]\nid = "{4101 + number}"\nname = "{name}"\nacw = 45\n' for number, name in enumerate(SKILLS))
    agents = (
        f'[[agent]]\nid = "{1001 + number}"\nname = "{FIRST_NAMES[number % 10]} {LAST_NAMES[number // 10]}"\n'
        f"skills = {chance.sample(SKILLS, 2 + number % 2)}\n"
        for number in range(AGENTS)
    )
    return "\n".join([*skills, *agents])


def fill(journal: Path, config: Path) -> None:
    """Write the journal, its last record of now."""
    with ThreadPoolExecutor(1) as thread:  # a test's own may run Playwright's event loop
        thread.submit(asyncio.run, _work(journal, ConfigurationFile(config).read())).result()


async def _work(path: Path, configuration: Configuration) -> None:
    clock, chance = VirtualClock(time.time_ns() // 1_000_000 - STEPS * STEP * 1000), random.Random(2)
    journal = SqliteJournal(path)
    platform = MockPlatform(journal, clock, lambda: configuration.skills, lambda: configuration.qualifications)
    await platform.start()
    skills = [*configuration.skills.values()]
    for number, agent_id in enumerate(configuration.agents):
        if number % 17 != 16:
            await platform.attend(agent_id)
            await platform.execute(agent_id, SetState("Available"))
    for elapsed in range(STEPS):
        for agent in (await platform.floor()).agents.values():
            for contact in agent.contacts.values():
                if contact.status == "Incoming":
                    await platform.execute(agent.agent_id, Act("answer", contact.id))
                elif contact.status == "Active" and chance.random() < 0.03:
                    leaves = CustomerAct("hangup", contact.id) if contact.is_call else Act("end", contact.id)
                    await platform.execute(agent.agent_id, leaves)
                elif contact.is_call and chance.random() < 0.02:
                    await platform.execute(agent.agent_id, Act("hold", contact.id))
            if not agent.contacts and chance.random() < 0.02:
                state = (
                    SetState("Unavailable", chance.choice(REASONS))
                    if agent.current_state == "Available"
                    else SetState("Available")
                )
                await platform.execute(agent.agent_id, state)
        while await _there(platform) < CONTACTS * (elapsed + 1) // STEPS:
            await _arrive(platform, chance, skills)
        await clock.advance(STEP * 1000)
    await platform.stop()
    await journal.close()


async def _there(platform: MockPlatform) -> int:
    floor = await platform.floor()
    return len({*floor.routing.contacts, *(its_id for agent in floor.agents.values() for its_id in agent.contacts)})


async def _arrive(platform: MockPlatform, chance: random.Random, skills: list[Skill]) -> None:
    skill, number = chance.choice(skills), chance.randrange(100, 1000)
    customer = chance.choice((None, f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"))
    address = f"customer{number}@example.com"
    new: Offer = chance.choices(
        (
            OfferCall(ani=f"8015550{number}", dnis="8005550199"),
            OfferChat(sender=address),
            OfferEmail(sender=address),
            OfferDigital(channel="whatsapp"),
            OfferVoicemail(sender=f"8015550{number}", duration=45),
        ),
        (10, 4, 3, 2, 1),
    )[0]
    about = msgspec.structs.replace(new, skill_id=skill.id, skill_name=skill.name, customer=customer)
    await platform.enqueue(about, chance.choices((0, 1), (12, 1))[0])
