"""The control API in one piece: an operation says where it is, what it takes and what it may answer, and a table of them gives
both the routes and the OpenAPI description."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.api.problem import Problem
from bridge.paths import AGENT, CONTACT, PREFIX, RECORDING

MAX_BODY = 8_000_000
"""Bytes of a request's body."""


@dataclass(frozen=True)
class Operation:
    """`path` is a route's, below `PREFIX`. `answers` gives the model of each good status' body (None: no body), `problems` the
    statuses that come as a problem beside those that any such operation has. `body` is the model of the JSON body, which the
    handler gets as its second argument; with `raw` in its place, a JSON schema, the handler gets the body's bytes. `query`
    describes the parameters, all whole numbers from 0, which the handler reads with `number`. `stream` says that the answer comes
    as an event stream to those who accept one. `takes` are the media types of the body, which has `most` bytes at most; `gives`
    is that of the text which comes in place of a model's JSON."""

    method: str
    path: str
    summary: str
    handler: Callable[..., Awaitable[Response]]
    answers: Mapping[int, type[BaseModel] | None]
    problems: Sequence[int] = ()
    body: type[BaseModel] | None = None
    raw: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    stream: bool = False
    takes: Sequence[str] = ("application/json",)
    most: int = MAX_BODY
    gives: str | None = None

    async def answer(self, request: Request) -> Response:
        try:
            if self.raw is not None:
                return await self.handler(request, await body_of(request, self.most))
            if self.body is not None:
                return await self.handler(request, _parsed(self.body, await body_of(request, self.most)))
            return await self.handler(request)
        except Problem as problem:
            return problem.response()


def routes(operations: Sequence[Operation]) -> list[Route]:
    """One route for each path: a method that it does not take is then answered with all those that it does. Short paths first:
    routes are tried in turn, and what is called most has the shortest."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return [_route(path, methods) for path, methods in sorted(paths.items(), key=lambda item: item[0].count("/"))]


def _route(path: str, methods: Mapping[str, Operation]) -> Route:
    async def endpoint(request: Request) -> Response:
        return await methods["GET" if request.method == "HEAD" else request.method].answer(request)

    return Route(path, endpoint, methods=list(methods))


async def body_of(request: Request, most: int = MAX_BODY) -> bytes:
    """The body's bytes. Raises a 413 Problem above `most`."""
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise Problem(413, "Too large", f"A body may have {most} bytes at most; send the rest in another request.")
    return b"".join(chunks)


def number(request: Request, name: str) -> int:
    """A query parameter that is a whole number from 0; 0 when it is absent. Raises a 400 Problem."""
    text = request.query_params.get(name, "0")
    if not re.fullmatch("[0-9]{1,18}", text):
        raise Problem(400, "Bad parameter", f"The parameter {name!r} is a whole number from 0, not {text!r}.")
    return int(text)


def _parsed(model: type[BaseModel], body: bytes) -> BaseModel:
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as invalid:
        errors = [
            {"field": ".".join(map(str, error["loc"])), "message": error["msg"]} for error in invalid.errors(include_url=False)
        ]
        named = "; ".join(f"{error['field'] or 'the body'}: {error['message']}" for error in errors)
        raise Problem(400, "Bad request", f"The body does not fit: {named}.", errors=errors) from None


def openapi(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of these operations."""
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    paths: dict[str, Any] = {}
    for operation in operations:
        path = PREFIX + re.sub(r":\w+}", "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "deskbridge control API", "version": version},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


PROBLEM = {
    "type": "object",
    "description": "What is wrong and what to do (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "With 409: why the agent's platform refused, for programs."},
        "errors": {
            "type": "array",
            "description": "With 400: the fields that do not fit.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["title", "status", "detail"],
}

PATH_PARAMETERS = {
    "agent": ("The agent's id; one never used before is an agent too.", f"^{AGENT}$"),
    "contact": ("The contact's id.", f"^{CONTACT}$"),
    "recording": ("The recording's id.", f"^{RECORDING}$"),
}


def _described(operation: Operation, path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"summary": operation.summary, "responses": {}, "parameters": _parameters(operation, path)}
    if operation.raw is not None:
        described["requestBody"] = {"required": True, "content": {one: {"schema": operation.raw} for one in operation.takes}}
    elif operation.body is not None:
        needed = any(its_field.is_required() for its_field in operation.body.model_fields.values())
        content = {"application/json": {"schema": _reference(operation.body, schemas)}}
        described["requestBody"] = {"required": needed, "content": content}
    for status, model in operation.answers.items():
        answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if model is not None:
            answer["content"] = {"application/json": {"schema": _reference(model, schemas)}}
            if operation.stream:
                answer["content"]["text/event-stream"] = {"schema": {"type": "string"}}
        elif operation.gives is not None:
            answer["content"] = {operation.gives: {"schema": {"type": "string"}}}
        described["responses"][str(status)] = answer
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(_problems(operation)):
        described["responses"][str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return described


def _parameters(operation: Operation, path: str) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "string", "pattern": pattern},
        }
        for name, (text, pattern) in PATH_PARAMETERS.items()
        if f"{{{name}}}" in path
    ]
    parameters += [
        {"name": name, "in": "query", "description": text, "schema": {"type": "integer", "minimum": 0, "default": 0}}
        for name, text in operation.query.items()
    ]
    if operation.stream:
        text = "Where an event stream goes on: the id of the last event that the client has. Any other text is passed over."
        parameters.append({"name": "Last-Event-ID", "in": "header", "description": text, "schema": {"type": "string"}})
    return parameters


def _problems(operation: Operation) -> set[int]:
    """Access refuses with 401, 403, 415 and 421, the path's convertors with 404."""
    statuses = {401, 403, 415, 421, *operation.problems}
    if "{" in operation.path:
        statuses.add(404)
    if operation.query:
        statuses.add(400)
    if operation.raw is not None or operation.body is not None:
        statuses |= {400, 413}
    return statuses


def _reference(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}", by_alias=True)
    schemas |= schema.pop("$defs", {})
    schemas[model.__name__] = schema
    return {"$ref": f"#/components/schemas/{model.__name__}"}
