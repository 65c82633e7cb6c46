"""The composition root: builds each object once, in order, and hands it to those who need it.

What is opened here is closed in the opposite order when the application is cleaned up.
"""

import asyncio
import functools
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web

from media.ice import MediaPort
from media.shelf import ClipShelf
from recorder.recover import recover
from recorder.spool import Spool
from server import pages
from server import sample as samples
from server.accounts import api as accounts_api
from server.accounts.passwords import Passwords
from server.accounts.store import AccountStore
from server.answers import api as answers_api
from server.answers.capture import find_capture
from server.answers.notices import Notices
from server.answers.overview import Overview
from server.answers.processing import Processing
from server.answers.store import TakeStore
from server.bus.base import Bus
from server.bus.local import LocalBus
from server.clips.api import ClipsApi
from server.clips.files import playout_directory
from server.clips.notices import ClipNotices
from server.clips.preparing import Preparing
from server.clips.recording import ClipRecordings, peers_on
from server.clips.spool import ClipSpool
from server.clips.store import ClipStore
from server.clips.uploads import Uploads
from server.clock import Clock
from server.config import Settings
from server.console import Console
from server.db.engine import Database
from server.http.application import application
from server.interviews import api as interviews_api
from server.interviews.store import InterviewStore
from server.invitations.api import InvitationsApi
from server.invitations.store import InvitationStore
from server.jobs.process import RunTask, run_task
from server.limits import Limits
from server.messages import api as messages_api
from server.messages.store import Conversations
from server.sessions import api as sessions_api
from server.sessions.events import Events
from server.sessions.registry import Registry
from server.sessions.signaling import Signaling
from server.sessions.stagehand import Props
from server.sessions.store import SessionStore
from server.sessions.wishes import Wishes
from server.storage.base import Storage
from server.storage.disk import DiskStorage
from server.storage.space import Space


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Tokens of the links that a start prints; None where there is nothing to do."""

    setup_token: str | None
    sample_token: str | None


FIRST_STEPS: web.AppKey[FirstSteps] = web.AppKey("first_steps", FirstSteps)


@dataclass(frozen=True, slots=True)
class Engines:
    """What the capabilities stand on."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    storage: Storage
    space: Space
    port: MediaPort
    limits: Limits
    run_task: RunTask


@dataclass(frozen=True, slots=True)
class Stores:
    database: Database
    accounts: AccountStore
    interviews: InterviewStore
    invitations: InvitationStore
    clips: ClipStore


STORES: web.AppKey[Stores] = web.AppKey("stores", Stores)


async def build(
    settings: Settings, clock: Clock, *, sample: bool = False, run_task: RunTask = run_task
) -> web.Application:
    """The whole server as one application; nothing listens yet but the media port.

    `run_task`: what runs the recorder's tasks; a process of its own unless a test says otherwise.
    """
    async with AsyncExitStack() as opened:
        engines = await _open_engines(settings, clock, run_task, opened)
        app = await _compose(engines, opened, sample=sample)
        closing = opened.pop_all()
    app.on_cleanup.append(lambda _app: closing.aclose())
    return app


async def _compose(engines: Engines, opened: AsyncExitStack, *, sample: bool) -> web.Application:
    settings, clock, database = engines.settings, engines.clock, engines.database
    stores = Stores(
        database,
        AccountStore(database, clock, login_days=settings.login_days),
        InterviewStore(database, clock),
        InvitationStore(database, clock),
        ClipStore(database, clock),
    )
    app = application(settings, stores.accounts.find_login, stores.invitations.find_session)
    app[STORES] = stores
    app.add_routes(pages.routes(settings))
    _add_accounts(app, engines, stores)
    app.add_routes(interviews_api.routes(stores.interviews, stores.clips))
    spool = await _add_clips(app, engines, stores, opened)
    notices, registry = await _add_sessions(app, engines, stores, opened)
    _add_invitations(app, engines, stores, notices, registry)
    _add_console(app, engines, stores)
    app[FIRST_STEPS] = await _first_steps(engines, stores, spool, sample=sample)
    return app


async def _open_engines(
    settings: Settings, clock: Clock, run_task: RunTask, opened: AsyncExitStack
) -> Engines:
    await asyncio.to_thread(settings.data.mkdir, parents=True, exist_ok=True)
    database = await Database.open(settings.sqlalchemy_url())
    opened.push_async_callback(database.close)
    bus = await _open_bus(settings)
    opened.push_async_callback(bus.close)
    storage = await asyncio.to_thread(DiskStorage, settings.objects)
    port = await MediaPort.open(
        settings.media_host,
        settings.media_port or settings.port,
        settings.announced_addresses(),
    )
    opened.push_async_callback(port.close)
    space = Space(settings.data, reserve_megabytes=settings.reserve_megabytes)
    return Engines(settings, clock, database, bus, storage, space, port, Limits(), run_task)


async def _open_bus(settings: Settings) -> Bus:
    if settings.redis_url is None:
        return LocalBus()
    from server.bus.redis import RedisBus  # noqa: PLC0415 (slow, and only for those who have one)

    return await RedisBus.open(settings.redis_url)


def _add_accounts(app: web.Application, engines: Engines, stores: Stores) -> None:
    app.add_routes(
        accounts_api.routes(
            stores.accounts,
            Passwords(),
            engines.limits,
            login_days=engines.settings.login_days,
        )
    )


async def _add_clips(
    app: web.Application, engines: Engines, stores: Stores, opened: AsyncExitStack
) -> ClipSpool:
    settings, store = engines.settings, stores.clips
    spool = await asyncio.to_thread(ClipSpool, settings.spool / "clips")
    notices = ClipNotices(engines.bus)
    preparing = Preparing(
        store=store,
        storage=engines.storage,
        spool=spool,
        notices=notices,
        clock=engines.clock,
        run_task=engines.run_task,
        samples=samples.TASKS,
    )
    opened.push_async_callback(preparing.close)
    recordings = ClipRecordings(
        new_peer=peers_on(engines.port),
        spool=spool,
        space=engines.space,
        store=store,
        preparing=preparing,
        clock=engines.clock,
    )
    opened.push_async_callback(recordings.close)
    uploads = Uploads(engines.run_task, engines.space, limit_megabytes=settings.upload_megabytes)
    api = ClipsApi(
        store=store,
        storage=engines.storage,
        spool=spool,
        uploads=uploads,
        recordings=recordings,
        preparing=preparing,
        notices=notices,
    )
    app.add_routes(api.routes())
    app.on_startup.append(lambda _app: preparing.start())
    return spool


async def _add_sessions(
    app: web.Application, engines: Engines, stores: Stores, opened: AsyncExitStack
) -> tuple[Notices, Registry]:
    """Sessions with what they need: takes and their processing, answers, the conversation."""
    database, clock, storage = engines.database, engines.clock, engines.storage
    spool = await asyncio.to_thread(Spool, engines.settings.spool / "takes")
    take_store = TakeStore(database, clock)
    find = functools.partial(find_capture, spool)
    overview = Overview(database, take_store, find)
    notices = Notices(overview, take_store, engines.bus)
    processing = Processing(
        takes=take_store,
        notices=notices,
        storage=storage,
        spool=spool,
        clock=clock,
        run_task=engines.run_task,
    )
    opened.push_async_callback(processing.close)
    session_store = SessionStore(database, clock)
    props = Props(
        port=engines.port,
        spool=spool,
        shelf=ClipShelf(),
        clip_directory=functools.partial(playout_directory, storage),
        takes=take_store,
        processing=processing,
        store=session_store,
        clock=clock,
    )
    registry = Registry(props, notices.publish_session_changed)
    opened.push_async_callback(registry.close)
    conversations = Conversations(database, engines.bus, clock)
    events = Events(
        registry=registry,
        wishes=Wishes(session_store, conversations, clock),
        conversations=conversations,
        clip_views=lambda session: stores.clips.views(session.record.script),
        bus=engines.bus,
        clock=clock,
    )
    app.add_routes(sessions_api.routes(events, Signaling(registry, engines.port)))
    app.add_routes(answers_api.routes(overview, take_store, storage, find))
    app.add_routes(messages_api.routes(conversations))

    async def take_up(_app: web.Application) -> None:
        await registry.recover(await asyncio.to_thread(recover, spool))
        await processing.start()

    app.on_startup.append(take_up)
    app.on_shutdown.append(lambda _app: registry.close())
    return notices, registry


def _add_invitations(
    app: web.Application, engines: Engines, stores: Stores, notices: Notices, registry: Registry
) -> None:
    async def revoked(session_id: str) -> None:
        await registry.revoke(session_id)
        await notices.publish_session_changed(session_id)

    api = InvitationsApi(
        store=stores.invitations,
        clips=stores.clips,
        limits=engines.limits,
        public_url=engines.settings.public_url,
        opened=notices.publish_session_changed,
        revoked=revoked,
    )
    app.add_routes(api.routes())


def _add_console(app: web.Application, engines: Engines, stores: Stores) -> None:
    console = Console(engines.bus, stores.accounts.find_login, engines.clock)
    app.add_routes(console.routes())
    app.on_shutdown.append(lambda _app: console.close())


async def _first_steps(
    engines: Engines, stores: Stores, spool: ClipSpool, *, sample: bool
) -> FirstSteps:
    """Made anew at each start until there is an owner."""
    if await stores.accounts.has_owner():
        return FirstSteps(None, None)
    setup_token = await stores.accounts.new_setup_token()
    if not sample:
        return FirstSteps(setup_token, None)
    sample_interview = samples.Sample(
        accounts=stores.accounts,
        interviews=stores.interviews,
        invitations=stores.invitations,
        clips=stores.clips,
        spool=spool,
        storage=engines.storage,
    )
    return FirstSteps(setup_token, await sample_interview.new_link_token())
