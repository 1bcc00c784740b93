"""The pages that deskbridge itself offers as panels and workspaces, and the data that they look up."""

from starlette.routing import Route

from bridge.clock import Clock
from bridge.configuration import Configured
from bridge.journal.base import Journal
from bridge.panels.crm import crm_routes
from bridge.panels.knowledge import knowledge_routes
from bridge.panels.recorder import recorder_routes
from bridge.panels.softphone import softphone_routes


def panel_routes(configured: Configured, journal: Journal, clock: Clock) -> list[Route]:
    """All panels' routes. `/panels/<name>` is a panel's page, which anybody may load and frame; `/panels/<name>/<more>` its data,
    which wants a key (`bridge/access.py`)."""
    return [
        *crm_routes(configured, journal, clock),
        *knowledge_routes(configured),
        *softphone_routes(configured),
        *recorder_routes(),
    ]
