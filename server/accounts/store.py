"""Organizations, their users and the users' logins.

Invariants: tokens are kept only as hashes; the first organization exists from the first start on,
without a user, so that the sample interview has an owner; set-up names it and can happen once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.shapes import Account, LoginRow
from server.clock import Clock
from server.db.engine import Database
from server.db.tables import logins, organizations, setup_tokens, users
from server.errors import Gone, NotFound
from server.ids import new_id, new_token, token_hash

SEEN_EVERY_SECONDS = 60.0
UNNAMED = "Interlude"  # the first organization, until its owner names it
SETUP_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The recruiter behind a request."""

    user_id: str
    organization_id: str
    name: str
    login_id: str


@dataclass(frozen=True, slots=True)
class NewOwner:
    organization_name: str
    name: str
    email: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class User:
    id: str
    organization_id: str
    name: str
    email: str
    password_hash: str


class AccountStore:
    def __init__(self, db: Database, clock: Clock, *, login_days: int = 30) -> None:
        self._db = db
        self._clock = clock
        self._login_seconds = login_days * 24 * 3600.0

    # ── set-up ───────────────────────────────────────────────────────────────────────────────

    async def first_organization(self) -> str:
        """Id of this server's organization; made without a user when there is none yet."""
        async with self._db.write() as connection:
            query = select(organizations.c.id).order_by(organizations.c.created_at).limit(1)
            known = await connection.scalar(query)
            if known is not None:
                return str(known)
            organization_id = new_id("or")
            await connection.execute(
                insert(organizations).values(
                    id=organization_id, name=UNNAMED, created_at=self._clock.now()
                )
            )
            return organization_id

    async def has_owner(self) -> bool:
        async with self._db.read() as connection:
            return bool(await connection.scalar(select(func.count()).select_from(users)))

    async def new_setup_token(self) -> str:
        """A token for the owner's set-up; the ones before it stop working."""
        await self.first_organization()
        token = new_token()
        async with self._db.write() as connection:
            await connection.execute(delete(setup_tokens).where(setup_tokens.c.used_at.is_(None)))
            await connection.execute(
                insert(setup_tokens).values(
                    token_hash=token_hash(token), created_at=self._clock.now()
                )
            )
        return token

    async def check_setup_token(self, token: str) -> None:
        """Raises Gone `setup_done` when it was used, has expired or never was."""
        async with self._db.read() as connection:
            await self._open_setup(connection, token)

    async def set_up(self, token: str, owner: NewOwner) -> User:
        """Name the organization and make its owner, once. Raises Gone `setup_done`."""
        async with self._db.write() as connection:
            await self._open_setup(connection, token)
            query = select(organizations.c.id).order_by(organizations.c.created_at).limit(1)
            organization_id = str(await connection.scalar(query))
            await connection.execute(
                update(organizations)
                .where(organizations.c.id == organization_id)
                .values(name=owner.organization_name)
            )
            user = User(
                new_id("us"), organization_id, owner.name, fold(owner.email), owner.password_hash
            )
            await connection.execute(
                insert(users).values(
                    id=user.id,
                    organization_id=organization_id,
                    name=user.name,
                    email=user.email,
                    password_hash=user.password_hash,
                    role="owner",
                    created_at=self._clock.now(),
                )
            )
            await connection.execute(update(setup_tokens).values(used_at=self._clock.now()))
        return user

    async def _open_setup(self, connection: AsyncConnection, token: str) -> None:
        query = select(setup_tokens.c.created_at).where(
            setup_tokens.c.token_hash == token_hash(token), setup_tokens.c.used_at.is_(None)
        )
        created_at = await connection.scalar(query)
        has_owner = await connection.scalar(select(func.count()).select_from(users))
        if created_at is None or has_owner or created_at + SETUP_SECONDS < self._clock.now():
            raise Gone("setup_done", "This set-up link has been used or replaced.")

    # ── users ────────────────────────────────────────────────────────────────────────────────

    async def user_of(self, email: str) -> User | None:
        columns = (
            users.c.id,
            users.c.organization_id,
            users.c.name,
            users.c.email,
            users.c.password_hash,
        )
        async with self._db.read() as connection:
            row = (
                await connection.execute(select(*columns).where(users.c.email == fold(email)))
            ).one_or_none()
        return None if row is None else User(*row)

    async def users(self) -> Sequence[tuple[str, str, str]]:
        """Every user of this server as (name, email, organization), for the command line."""
        query = select(users.c.name, users.c.email, organizations.c.name).join(organizations)
        async with self._db.read() as connection:
            return [(row[0], row[1], row[2]) for row in await connection.execute(query)]

    async def set_password(self, email: str, password_hash: str) -> None:
        """Also ends all logins of that user. Raises NotFound `unknown_user`."""
        async with self._db.write() as connection:
            user_id = await connection.scalar(
                select(users.c.id).where(users.c.email == fold(email))
            )
            if user_id is None:
                raise NotFound("unknown_user", "There is no user with that e-mail address.")
            await connection.execute(
                update(users).where(users.c.id == user_id).values(password_hash=password_hash)
            )
            await connection.execute(delete(logins).where(logins.c.user_id == user_id))

    async def account(self, user_id: str) -> Account:
        query = (
            select(users.c.name, users.c.email, organizations.c.id, organizations.c.name)
            .join(organizations)
            .where(users.c.id == user_id)
        )
        async with self._db.read() as connection:
            name, email, organization_id, organization_name = (
                await connection.execute(query)
            ).one()
        return Account(
            user_id=user_id,
            name=name,
            email=email,
            organization_id=organization_id,
            organization_name=organization_name,
        )

    async def organization_name(self, organization_id: str) -> str:
        query = select(organizations.c.name).where(organizations.c.id == organization_id)
        async with self._db.read() as connection:
            return str(await connection.scalar(query) or "")

    # ── logins ───────────────────────────────────────────────────────────────────────────────

    async def log_in(self, user_id: str, device: str) -> str:
        """The token for the browser's cookie."""
        token = new_token()
        now = self._clock.now()
        async with self._db.write() as connection:
            await connection.execute(delete(logins).where(logins.c.expires_at < now))
            await connection.execute(
                insert(logins).values(
                    id=new_id("lg"),
                    token_hash=token_hash(token),
                    user_id=user_id,
                    device=device,
                    created_at=now,
                    last_seen_at=now,
                    expires_at=now + self._login_seconds,
                )
            )
        return token

    async def find_login(self, token: str) -> LoggedIn | None:
        """Who that cookie belongs to; None when it expired, was ended or never was."""
        now = self._clock.now()
        query = (
            select(
                users.c.id,
                users.c.organization_id,
                users.c.name,
                logins.c.id,
                logins.c.last_seen_at,
            )
            .join(users, users.c.id == logins.c.user_id)
            .where(and_(logins.c.token_hash == token_hash(token), logins.c.expires_at > now))
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row[4] + SEEN_EVERY_SECONDS < now:
            async with self._db.write() as connection:
                await connection.execute(
                    update(logins).where(logins.c.id == row[3]).values(last_seen_at=now)
                )
        return LoggedIn(row[0], row[1], row[2], row[3])

    async def logins(self, user_id: str, current_id: str) -> list[LoginRow]:
        query = (
            select(logins.c.id, logins.c.created_at, logins.c.last_seen_at, logins.c.device)
            .where(logins.c.user_id == user_id, logins.c.expires_at > self._clock.now())
            .order_by(logins.c.last_seen_at.desc())
        )
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            LoginRow(
                id=row[0],
                created_at=row[1],
                last_seen_at=row[2],
                device=row[3],
                current=row[0] == current_id,
            )
            for row in rows
        ]

    async def end_login(self, user_id: str, login_id: str) -> None:
        """Raises NotFound `unknown_login` when that user has no such login."""
        condition = and_(logins.c.user_id == user_id, logins.c.id == login_id)
        async with self._db.write() as connection:
            ended = await connection.execute(delete(logins).where(condition))
        if ended.rowcount == 0:
            raise NotFound("unknown_login", "There is no such login.")


def fold(email: str) -> str:
    """One spelling per address."""
    return email.strip().lower()
