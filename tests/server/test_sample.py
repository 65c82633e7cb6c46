"""The sample interview: there from the first start, the owner's later, patient while it is made."""

import itertools
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.app import FIRST_STEPS, STORES, build
from server.config import Settings
from server.interviews.advice import check_publishable, warnings
from server.interviews.estimate import ClipFacts, estimate_seconds
from server.interviews.script import ClipId
from server.sample import CLIPS, captions, sample_script
from tests.server.conftest import OWNER, Client
from tests.server.fakes import FakeClock, FakeRecorder
from tests.server.waiting import until_async


@pytest.fixture
async def app(settings: Settings, clock: FakeClock, recorder: FakeRecorder) -> web.Application:
    return await build(settings, clock, sample=True, run_task=recorder)


@pytest.fixture
async def page(server: TestServer) -> AsyncIterator[Client]:
    async with TestClient(server) as client:
        yield client


async def end(app: web.Application) -> None:
    """Closes what an application opened that never ran: aiohttp sends no signals unless frozen."""
    app.freeze()
    await app.cleanup()


async def open_sample(page: Client, app: web.Application) -> tuple[int, dict[str, Any]]:
    token = app[FIRST_STEPS].sample_token
    answer = await page.post("/api/invitations/open", json={"token": token})
    return answer.status, await answer.json(content_type=None)


async def set_up(page: Client, app: web.Application) -> None:
    token = app[FIRST_STEPS].setup_token
    answer = await page.post("/api/setup", json={"token": token, **OWNER})
    assert answer.status == 201


async def test_the_link_works_as_soon_as_the_clips_are_ready(
    page: Client, app: web.Application, recorder: FakeRecorder
) -> None:
    recorder.may_finish.clear()
    assert (await open_sample(page, app))[1]["key"] == "clips_preparing"
    assert (await page.get("/healthz")).status == 200
    recorder.may_finish.set()

    async def opens() -> bool:
        return (await open_sample(page, app))[0] == 200

    await until_async(opens)


async def test_the_owner_takes_the_sample_over(page: Client, app: web.Application) -> None:
    await set_up(page, app)
    rows = await (await page.get("/api/interviews")).json()
    assert [(row["questions"], row["segments"], row["published_version"]) for row in rows] == [
        (2, 2, 1)
    ]
    account = await (await page.get("/api/account")).json()
    assert account["organization_name"] == OWNER["organization_name"]

    async def opens() -> bool:
        return (await open_sample(page, app))[0] == 200

    await until_async(opens)


async def test_a_second_start_without_an_owner_makes_new_links_and_no_second_sample(
    settings: Settings, clock: FakeClock, recorder: FakeRecorder
) -> None:
    tokens = []
    for _ in range(2):
        app = await build(settings, clock, sample=True, run_task=recorder)
        tokens.append(app[FIRST_STEPS])
        stores = app[STORES]
        organization_id = await stores.accounts.first_organization()
        rows = await stores.interviews.rows(organization_id)
        states = [row.state for row in await stores.invitations.rows(organization_id, rows[0].id)]
        await end(app)
    assert len(rows) == 1
    assert sorted(states) == ["invited", "revoked"]
    assert tokens[0] != tokens[1]


async def test_with_an_owner_a_start_prints_no_links(
    page: Client, app: web.Application, settings: Settings, clock: FakeClock
) -> None:
    await set_up(page, app)
    again = await build(settings, clock, sample=True, run_task=FakeRecorder())
    assert (again[FIRST_STEPS].setup_token, again[FIRST_STEPS].sample_token) == (None, None)
    await end(again)


async def test_without_the_option_there_is_no_sample(
    settings: Settings, clock: FakeClock, recorder: FakeRecorder
) -> None:
    app = await build(settings, clock, run_task=recorder)
    organization_id = await app[STORES].accounts.first_organization()
    assert app[FIRST_STEPS].setup_token is not None
    assert app[FIRST_STEPS].sample_token is None
    assert await app[STORES].interviews.rows(organization_id) == []
    await end(app)


def test_the_sample_is_a_good_example() -> None:
    script = sample_script(ClipId("cl_a"), ClipId("cl_b"))
    facts = {
        ClipId(clip_id): ClipFacts(clip.title, True, clip.seconds, True)
        for clip_id, clip in zip(("cl_a", "cl_b"), CLIPS.values(), strict=True)
    }
    check_publishable(script, facts)
    assert [step.kind for step in script.steps] == ["segment", "question"] * 2
    assert script.reply_promise.startswith("Thank you")
    assert estimate_seconds(script, facts)[1] < 5 * 60
    assert warnings(script, facts) == []


@pytest.mark.parametrize("clip", CLIPS.values())
def test_the_captions_follow_each_other_to_the_end(clip: Any) -> None:
    text = captions(clip)
    times = [float(seconds) for seconds in re.findall(r"00:(\d\d\.\d{3})", text)]
    assert text.startswith("WEBVTT\n\n")
    assert times == sorted(times)
    assert times[-1] == clip.seconds
    assert all(sentence in text for sentence in clip.sentences)
    ends, starts = times[1::2], times[2::2]
    assert all(end == start for end, start in itertools.zip_longest(ends[:-1], starts))
