"""The control API's view of everybody: all agents, the queues, and contacts that are nobody's yet."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.acd.commands import CustomerAct
from bridge.acd.offers import NewQueuedContact
from bridge.acd.platform import CannotRoute, Platform, refusal
from bridge.api.models import AgentList, ContactCreated, QueueList, RoutedContactModel
from bridge.api.operations import Operation
from bridge.api.problem import Problem
from bridge.clock import Clock, let_others_run
from bridge.configuration import Configured
from bridge.supervisor.overview import ContactRow, Overview, overview


class FloorApi:
    def __init__(self, platform: Platform, configured: Configured, clock: Clock) -> None:
        self._platform, self._configured, self._clock = platform, configured, clock

    def operations(self) -> list[Operation]:
        """The rows of the control API's table."""
        contact = "/contacts/{contact:contact}"
        return [
            Operation("GET", "/agents", "All agents", self.agents, {200: AgentList}),
            Operation("GET", "/queues", "The queues, by skill, and who waits in them", self.queues, {200: QueueList}),
            Operation(
                "POST",
                "/contacts",
                "Let a contact arrive for whoever serves its skill",
                self.new_contact,
                {201: ContactCreated},
                problems=[409],
                body=NewQueuedContact,
            ),
            Operation("GET", contact, "Where a contact is", self.contact, {200: RoutedContactModel}),
            Operation(
                "POST", f"{contact}/customer/hangup", "The customer leaves, from the queue too", self.hang_up, {202: None}, [409]
            ),
        ]

    async def agents(self, request: Request) -> Response:
        rows = (await self._seen()).agents.values()
        return _json(
            {
                "agents": [
                    {
                        "agentId": row.id,
                        "name": row.name,
                        "state": row.state,
                        "reason": row.reason,
                        "isAcw": row.activity == "acw",
                        "contacts": row.contacts,
                    }
                    for row in rows
                ]
            }
        )

    async def queues(self, request: Request) -> Response:
        seen, now = await self._seen(), self._clock.now()
        waiting: dict[str, list[ContactRow]] = {}
        for contact in seen.contacts.values():
            if contact.position is not None:
                waiting.setdefault(contact.skill_id, []).append(contact)
        return _json(
            {
                "queues": [
                    {
                        "skillId": row.id,
                        "skill": row.skill,
                        "waiting": row.waiting,
                        "longestWait": 0 if row.since is None else _seconds(row.since, now),
                        "estimate": row.estimate,
                        "contacts": [
                            {
                                "contactId": str(contact.id),
                                "media": contact.media,
                                "position": contact.position,
                                "estimate": contact.estimate,
                                "waited": _seconds(contact.since, now),
                            }
                            for contact in sorted(waiting.get(row.id, []), key=lambda contact: contact.position or 0)
                        ],
                    }
                    for row in seen.queues.values()
                ]
            }
        )

    async def new_contact(self, request: Request, new: NewQueuedContact) -> Response:
        try:
            contact_id = await self._platform.enqueue(new.command(self._configured.now.skills), new.priority)
        except CannotRoute as cannot:
            raise Problem(409, "No queues", str(cannot)) from None
        await let_others_run()
        return _json({"contactId": str(contact_id)}, 201)

    async def contact(self, request: Request) -> Response:
        row = await self._contact(request)
        return _json(
            {
                "contactId": str(row.id),
                "media": row.media,
                "skill": row.skill,
                "status": row.stage,
                "agent": row.agents[0][0] if row.agents else None,
                "position": row.position,
                "estimate": row.estimate,
            }
        )

    async def hang_up(self, request: Request) -> Response:
        row = await self._contact(request)
        if row.can_leave:
            await self._platform.abandon(row.id)
        else:
            refused = refusal(await self._platform.execute(row.agents[0][0], CustomerAct("hangup", row.id)))
            if refused is not None:
                raise Problem(409, "Refused", refused.reason, code=refused.code)
        await let_others_run()
        return Response(status_code=202)

    async def _seen(self) -> Overview:
        return overview(await self._platform.floor(), self._configured.now)

    async def _contact(self, request: Request) -> ContactRow:
        contact_id = int(request.path_params["contact"])
        row = (await self._seen()).contacts.get(contact_id)
        if row is None:
            raise Problem(404, "Unknown contact", f"Contact {contact_id} waits in no queue, and no agent has it.")
        return row


def _seconds(since: int, now: int) -> int:
    return max(0, now - since) // 1000


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
