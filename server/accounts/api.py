"""Set-up, login and logout of recruiters."""

from aiohttp import web

from server.accounts.devices import device_name
from server.accounts.passwords import Passwords
from server.accounts.shapes import Credentials, OwnerSetup
from server.accounts.store import AccountStore, NewOwner, fold
from server.errors import NotLoggedIn
from server.http import account, client_address, json_response, read_json
from server.http.identity import LOGIN, clear_cookie, set_cookie
from server.ids import token_hash
from server.limits import Allowance, Limits

PER_ADDRESS = Allowance("login-address", times=30, minutes=5)
PER_EMAIL = Allowance("login-email", times=50, minutes=60)
SETUP = Allowance("setup", times=30, minutes=5)


def routes(
    store: AccountStore, passwords: Passwords, limits: Limits, *, login_days: int
) -> list[web.RouteDef]:
    api = _Api(store, passwords, limits, login_days)
    return [
        web.get("/api/setup", api.check_setup),
        web.post("/api/setup", api.set_up),
        web.post("/api/logins", api.log_in),
        web.get("/api/logins", api.list_logins),
        web.delete("/api/logins/current", api.log_out),
        web.delete("/api/logins/{login_id}", api.end_login),
        web.get("/api/account", api.show_account),
    ]


class _Api:
    def __init__(
        self, store: AccountStore, passwords: Passwords, limits: Limits, login_days: int
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._limits = limits
        self._login_days = login_days

    async def check_setup(self, request: web.Request) -> web.Response:
        self._limits.spend(SETUP, client_address(request))
        await self._store.check_setup_token(request.query.get("token", ""))
        return web.Response(status=204, headers={"Cache-Control": "no-store"})

    async def set_up(self, request: web.Request) -> web.Response:
        self._limits.spend(SETUP, client_address(request))
        body = await read_json(request, OwnerSetup)
        await self._store.check_setup_token(body.token)
        password_hash = await self._passwords.hashed(body.password)
        owner = NewOwner(body.organization_name, body.name, body.email, password_hash)
        user = await self._store.set_up(body.token, owner)
        return await self._welcome(request, user.id, status=201)

    async def log_in(self, request: web.Request) -> web.Response:
        self._limits.spend(PER_ADDRESS, client_address(request))
        body = await read_json(request, Credentials)
        self._limits.spend(PER_EMAIL, token_hash(fold(body.email)))
        user = await self._store.user_of(body.email)
        known_hash = user.password_hash if user else None
        if not await self._passwords.is_right(known_hash, body.password) or user is None:
            raise NotLoggedIn("wrong_credentials", "E-mail address and password do not match.")
        return await self._welcome(request, user.id, status=200)

    async def log_out(self, request: web.Request) -> web.Response:
        logged_in = account(request)
        await self._store.end_login(logged_in.user_id, logged_in.login_id)
        response = web.Response(status=204)
        clear_cookie(request, response, LOGIN)
        return response

    async def list_logins(self, request: web.Request) -> web.Response:
        logged_in = account(request)
        return json_response(await self._store.logins(logged_in.user_id, logged_in.login_id))

    async def end_login(self, request: web.Request) -> web.Response:
        await self._store.end_login(account(request).user_id, request.match_info["login_id"])
        return web.Response(status=204)

    async def show_account(self, request: web.Request) -> web.Response:
        return json_response(await self._store.account(account(request).user_id))

    async def _welcome(self, request: web.Request, user_id: str, *, status: int) -> web.Response:
        device = device_name(request.headers.get("User-Agent", ""))
        token = await self._store.log_in(user_id, device)
        response = json_response(await self._store.account(user_id), status=status)
        set_cookie(request, response, LOGIN, token, self._login_days)
        return response
