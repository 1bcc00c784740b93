"""The softphone panel's page, and the names of the skills whose ids its calls carry."""

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bridge.configuration import Configured


def softphone_routes(configured: Configured) -> list[Route]:
    """`/panels/softphone`, and `/panels/softphone/skills`: the skills' names by id."""

    async def softphone(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(page("panels/softphone.html"))

    async def skills(request: Request) -> Response:
        names = {skill.id: skill.name for skill in configured.now.skills.values()}
        return Response(msgspec.json.encode(names), media_type="application/json")

    return [Route("/panels/softphone", softphone), Route("/panels/softphone/skills", skills)]
