"""Bodies of requests and answers: pydantic in, pydantic out, always bounded."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from server.errors import BadInput, TooLarge, Unsupported

JSON_BYTES = 1_000_000
BODY_SECONDS = 30.0

Model = TypeVar("Model", bound=BaseModel)


async def read_json(request: web.Request, model: type[Model]) -> Model:
    """The body as `model`.

    Raises Unsupported `not_json` (wrong Content-Type), TooLarge `body_too_large`, BadInput
    `invalid_body` whose text names the fields and what is wrong with them, never their values.
    """
    if request.content_type != "application/json":
        raise Unsupported("not_json", "Send the body as application/json.")
    body = await read_bytes(request, JSON_BYTES)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise BadInput("invalid_body", _faults(error)) from None


async def read_bytes(request: web.Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes, however long it claims to be.

    Raises TooLarge `body_too_large`, BadInput `body_stalled`.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        raise BadInput("body_stalled", "The body did not arrive in time.") from None


async def _read(request: web.Request, limit: int) -> bytes:
    too_large = TooLarge("body_too_large", f"The body is larger than {limit} bytes.", limit=limit)
    if request.content_length is not None and request.content_length > limit:
        raise too_large
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > limit:
            raise too_large
    return bytes(body)


def json_response(body: BaseModel | Sequence[BaseModel], *, status: int = 200) -> web.Response:
    """One model, or a list of them, as JSON that no cache keeps."""
    if isinstance(body, BaseModel):
        text = body.model_dump_json()
    else:
        text = "[" + ",".join(item.model_dump_json() for item in body) + "]"
    return web.Response(
        text=text,
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    named = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
        for fault in faults[:5]
    ]
    return "; ".join(named) + "."
