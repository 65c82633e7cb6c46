"""Who asks: a recruiter's login, or a candidate within one session, each by an opaque cookie.

The cookies are looked up once per request, before the handler, so that handlers ask plainly.
Over https their names carry the `__Host-` prefix (RFC 6265bis): bound to this very host.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.accounts.store import LoggedIn
from server.errors import NotFound, NotLoggedIn
from server.http.guard import SECURE

LOGIN = "interlude_login"
CANDIDATE = "interlude_candidate"
CANDIDATE_DAYS = 400

LOGGED_IN: web.RequestKey[LoggedIn] = web.RequestKey("logged_in", LoggedIn)
SESSION_ID: web.RequestKey[str] = web.RequestKey("session_id", str)

FindLogin = Callable[[str], Awaitable[LoggedIn | None]]
FindSession = Callable[[str], Awaitable[str | None]]


def identify(find_login: FindLogin, find_session: FindSession) -> Middleware:
    """A middleware that looks up both cookies. `find_…` take the cookie's token."""

    @web.middleware
    async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/api/"):
            await _look_up(request, find_login, find_session)
        return await handler(request)

    return identified


def account(request: web.Request) -> LoggedIn:
    """Who is logged in. Raises NotLoggedIn."""
    found = logged_in(request)
    if found is None:
        raise NotLoggedIn("not_logged_in", "Please log in.")
    return found


def logged_in(request: web.Request) -> LoggedIn | None:
    """Who is logged in, if anybody is."""
    return request.get(LOGGED_IN)


def candidate(request: web.Request) -> str | None:
    """The session that the candidate's cookie is for, if there is one."""
    return request.get(SESSION_ID)


def candidate_session_id(request: web.Request, session_id: str) -> str:
    """`session_id`, when the candidate's cookie is for it. Raises NotFound otherwise."""
    if request.get(SESSION_ID) != session_id:
        raise NotFound(
            "unknown_session", "There is no such interview, or its link is needed again."
        )
    return session_id


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, token: str, days: int
) -> None:
    response.set_cookie(
        _name(request, name),
        token,
        max_age=days * 24 * 3600,
        path="/",
        httponly=True,
        secure=request.app[SECURE],
        samesite="Lax",
    )


def clear_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(
        _name(request, name), path="/", httponly=True, secure=request.app[SECURE], samesite="Lax"
    )


def cookie(request: web.Request, name: str) -> str | None:
    """The token in that cookie of ours, if the browser sent one."""
    return request.cookies.get(_name(request, name)) or None


async def _look_up(request: web.Request, find_login: FindLogin, find_session: FindSession) -> None:
    login_token = cookie(request, LOGIN)
    if login_token is not None:
        found = await find_login(login_token)
        if found is not None:
            request[LOGGED_IN] = found
    candidate_token = cookie(request, CANDIDATE)
    if candidate_token is not None:
        session_id = await find_session(candidate_token)
        if session_id is not None:
            request[SESSION_ID] = session_id


def _name(request: web.Request, name: str) -> str:
    return f"__Host-{name}" if request.app[SECURE] else name
