"""Errors as the pages get them: `application/problem+json` (RFC 9457), translated in one place.

Invariants: nothing of the request is reflected; an error nobody foresaw is a bare 500 whose
traceback goes to the log with the request's id; a stranger's mistake never makes a traceback.
"""

import json
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from server.errors import InterludeError, TooMany, Unavailable
from server.ids import new_id

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5
KEYS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def problem_response(error: InterludeError) -> web.Response:
    """What a page gets of an error: its key for the translation, and one sentence."""
    response = _problem(error.status, error.key, error.text, error.params)
    if isinstance(error, TooMany | Unavailable):
        response.headers["Retry-After"] = str(int(error.params.get("retry_seconds", RETRY_SECONDS)))
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place where exceptions become answers; outermost of the middlewares."""
    request_id = new_id("rq")
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    response = await _translated(request, handler)
    if not response.prepared:
        response.headers["X-Request-Id"] = request_id
    await log.adebug(
        "request", method=request.method, route=route_of(request), status=response.status
    )
    return response


def route_of(request: web.Request) -> str:
    """The route's pattern, for logs: a path may carry a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


async def _translated(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except InterludeError as error:
        if error.fault != "caller":
            log.warning("refused", key=error.key, route=route_of(request), fault=error.fault)
        return problem_response(error)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _of_http(error)
    except HttpProcessingError:
        return _problem(400, "bad_request", "The request is not valid HTTP.", {})
    except ConnectionError:
        raise
    except Exception:  # the edge: a fault of ours must not show itself to a stranger
        log.exception("unexpected", route=route_of(request))
        return _problem(500, "internal", "Something went wrong on our side.", {})


def _of_http(error: web.HTTPException) -> web.Response:
    """aiohttp's own refusals: no such route, wrong method, body over the limit."""
    phrase = HTTPStatus(error.status).phrase
    response = _problem(error.status, KEYS.get(error.status, "http_error"), f"{phrase}.", {})
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _problem(status: int, key: str, text: str, params: dict[str, str | float]) -> web.Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": text,
        "key": key,
        "params": params,
    }
    return web.Response(
        text=json.dumps(body),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )
