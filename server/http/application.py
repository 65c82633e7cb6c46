"""An aiohttp application with the edge in place; app.py adds the capabilities' routes."""

from aiohttp import web

from server.config import Settings
from server.http.addresses import TRUSTED
from server.http.bodies import JSON_BYTES
from server.http.guard import ORIGIN, SECURE, check_origin, set_headers
from server.http.identity import FindLogin, FindSession, identify
from server.http.problems import problems


def application(
    settings: Settings, find_login: FindLogin, find_session: FindSession
) -> web.Application:
    app = web.Application(
        middlewares=[problems, check_origin, identify(find_login, find_session)],
        client_max_size=JSON_BYTES,
    )
    app[SECURE] = settings.secure
    app[ORIGIN] = settings.public_url or ""
    app[TRUSTED] = settings.proxy_networks()
    app.on_response_prepare.append(set_headers)
    return app
