"""The composition root: builds each object once, in order, and hands it to those who need it.

What is opened here is closed in the opposite order when the application is cleaned up.
"""

from contextlib import AsyncExitStack

from aiohttp import web

from server import pages
from server.accounts import api as accounts_api
from server.accounts.passwords import Passwords
from server.accounts.store import AccountStore
from server.clock import Clock
from server.config import Settings
from server.db.engine import Database
from server.http.application import application
from server.limits import Limits

ACCOUNTS: web.AppKey[AccountStore] = web.AppKey("accounts", AccountStore)


async def build(settings: Settings, clock: Clock) -> web.Application:
    """The whole server as one application; nothing listens yet."""
    async with AsyncExitStack() as opened:
        app = await _compose(settings, clock, opened)
        closing = opened.pop_all()
    app.on_cleanup.append(lambda _app: closing.aclose())
    return app


async def _compose(settings: Settings, clock: Clock, opened: AsyncExitStack) -> web.Application:
    database = await Database.open(settings.sqlalchemy_url())
    opened.push_async_callback(database.close)
    limits = Limits()
    accounts = AccountStore(database, clock, login_days=settings.login_days)

    async def find_session(_token: str) -> str | None:
        return None

    await accounts.first_organization()
    app = application(settings, accounts.find_login, find_session)
    app[ACCOUNTS] = accounts
    app.add_routes(pages.routes(settings))
    app.add_routes(
        accounts_api.routes(accounts, Passwords(), limits, login_days=settings.login_days)
    )
    return app
