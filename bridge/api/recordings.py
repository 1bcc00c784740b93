"""The control API's recordings: kept, given back, played to an agent, and taken of an agent's stream."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.acd.platform import refusal, stream_of
from bridge.acd.replay import Replays
from bridge.api.models import NewReplay, RecordingList, RecordingModel
from bridge.api.operations import Operation, number
from bridge.api.problem import Problem
from bridge.clock import Clock, iso, let_others_run
from bridge.journal.base import Journal
from bridge.paths import PREFIX
from bridge.postmessage.profiles import Profile
from bridge.recordings.agents import recording_of
from bridge.recordings.file import LARGEST, MEDIA_TYPES, InvalidRecording
from bridge.recordings.kept import Recordings


class RecordingsApi:
    """`replays` None: the agents are a live tenant's."""

    def __init__(self, recordings: Recordings, replays: Replays | None, journal: Journal, clock: Clock, profile: Profile) -> None:
        self._recordings, self._replays = recordings, replays
        self._journal, self._clock, self._profile = journal, clock, profile

    def operations(self) -> list[Operation]:
        """The table."""
        one = "/recordings/{recording:recording}"
        return [
            Operation(
                "POST",
                "/recordings",
                "Keep a recording",
                self.keep,
                {201: RecordingModel},
                raw={"type": "string", "description": "The file, as docs/recordings.md describes it."},
                takes=MEDIA_TYPES,
                most=LARGEST,
            ),
            Operation("GET", "/recordings", "The recordings that are kept, newest first", self.list, {200: RecordingList}),
            Operation("GET", one, "A recording's file", self.file, {200: None}, gives=MEDIA_TYPES[0]),
            Operation("DELETE", one, "Forget a recording", self.delete, {204: None}, problems=[409]),
            Operation(
                "POST", f"{one}/replay", "Play a recording to an agent", self.replay, {202: None}, problems=[409], body=NewReplay
            ),
            Operation(
                "GET",
                "/agents/{agent:agent}/recording",
                "The agent's current session as a recording, or the last one",
                self.of_agent,
                {200: None},
                query={"after": "An offset: it begins with the state after it. Above the newest: with the state now."},
                gives=MEDIA_TYPES[0],
            ),
        ]

    async def keep(self, request: Request, body: bytes) -> Response:
        try:
            kept = await self._recordings.keep(body)
        except InvalidRecording as invalid:
            raise Problem(400, "No recording", str(invalid)) from None
        place = {"Location": f"{PREFIX}/recordings/{kept.recording_id}"}
        return Response(msgspec.json.encode(kept), 201, place, media_type="application/json")

    async def list(self, request: Request) -> Response:
        return Response(msgspec.json.encode({"recordings": await self._recordings.all()}), media_type="application/json")

    async def file(self, request: Request) -> Response:
        recording_id = _recording_id(request)
        text = await self._recordings.file(recording_id)
        if text is None:
            raise _unknown(recording_id)
        return _file(text, recording_id)

    async def delete(self, request: Request) -> Response:
        recording_id = _recording_id(request)
        agent_id = None if self._replays is None else await self._replays.agent_of(recording_id)
        if agent_id is not None:
            raise Problem(
                409,
                "Being played",
                f"Recording {recording_id} is being played to agent {agent_id}. Wait for its end, or log that agent out.",
            )
        if not await self._recordings.delete(recording_id):
            raise _unknown(recording_id)
        return Response(status_code=204)

    async def replay(self, request: Request, wanted: NewReplay) -> Response:
        recording_id = _recording_id(request)
        if self._replays is None:
            raise Problem(
                409, "Live tenant", "The agents here are a live tenant's. Play recordings on a server without --upstream."
            )
        messages = await self._recordings.to_play(recording_id)
        if messages is None:
            raise _unknown(recording_id)
        records = await self._replays.begin(wanted.agent, recording_id, messages, wanted.speed)
        if (refused := refusal(records)) is not None:
            raise Problem(409, "Refused", refused.reason, code=refused.code)
        await let_others_run()
        return Response(status_code=202)

    async def of_agent(self, request: Request) -> Response:
        agent_id, after = request.path_params["agent"], number(request, "after")
        records = await self._journal.read(stream_of(agent_id))
        now, epoch = self._clock.now(), self._journal.epoch
        # In a thread: what happened in a long session takes long enough to be noticed.
        text = await asyncio.to_thread(recording_of, agent_id, records, self._profile, epoch, now, after)
        return _file(text, f"{agent_id}-{iso(now)[:19].replace(':', '')}Z")


def _recording_id(request: Request) -> str:
    recording_id = request.path_params["recording"]
    assert isinstance(recording_id, str)
    return recording_id


def _unknown(recording_id: str) -> Problem:
    return Problem(
        404, "Unknown recording", f"There is no recording {recording_id}. GET {PREFIX}/recordings lists those that there are."
    )


def _file(text: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="deskbridge-recording-{name}.jsonl"'}
    return Response(text, headers=headers, media_type=MEDIA_TYPES[0])
