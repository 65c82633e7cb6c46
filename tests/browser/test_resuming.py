"""Nothing is lost: a reload, and the server's own death, in the middle of it.

An interview of one question, without clips; each test has a server of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.candidate import Candidate, sitting
from tests.browser.chromium import Camera, chromium
from tests.browser.recording import Recording, take_apart
from tests.browser.serving import Server, serving
from tests.browser.team import Team, question, team_of
from tests.material.measure import order_of

pytestmark = pytest.mark.timeout(240)

SPOKEN_SECONDS = 6.0
LOST_AT_MOST_SECONDS = 1.5
OFFLINE = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "WebSocket")


@dataclass
class Stage:
    """A server, its team, and a candidate who has come as far as the question."""

    server: Server
    team: Team
    candidate: Candidate
    folder: Path

    async def submit(self) -> Recording:
        """The candidate is done with the take: everything up to the stored answer, taken apart."""
        await self.candidate.at("choosing")
        await self.candidate.tap("Use this answer")
        await self.candidate.at("reviewing")
        await self.candidate.tap("Send my answers")
        await self.candidate.at("submitted")
        [answer] = await self.team.ready_answers(self.candidate.session_id)
        path = f"/api/takes/{answer['take_id']}/media?version=original"
        file = await self.team.download(path, self.folder / "original")
        return await asyncio.to_thread(take_apart, file)


@asynccontextmanager
async def on_stage(folder: Path, camera: Camera, **terms: int) -> AsyncIterator[Stage]:
    async with (
        serving(folder / "data") as server,
        team_of(server) as team,
        chromium(camera) as phone,
    ):
        link = await team.invite(await team.publish([question("What do you like?", **terms)]))
        async with sitting(phone, link, text_is_about_the_line) as one:
            await one.consent(live_watching=False)
            await one.check_devices()
            await one.at("thinking")
            yield Stage(server, team, one, folder)


def text_is_about_the_line(text: str) -> bool:
    return any(words in text for words in OFFLINE)


async def test_a_reload_while_thinking_changes_nothing(tmp_path: Path, camera: Camera) -> None:
    async with on_stage(tmp_path, camera, think_seconds=120) as stage:
        before = stage.candidate.state["stage"]
        await stage.candidate.come_back()
        await stage.candidate.at("thinking")
        assert stage.candidate.state["stage"] == before
        assert stage.candidate.state["takes"] == []


async def test_a_reload_in_an_answer_keeps_what_was_said_and_costs_no_take(
    tmp_path: Path, camera: Camera, camera_frames: int
) -> None:
    async with on_stage(tmp_path, camera, takes=1) as stage:
        candidate = stage.candidate
        await candidate.answer()
        since = candidate.state["stage"]["since"]
        await candidate.until(since + SPOKEN_SECONDS)
        left_at = time.time()
        await candidate.come_back()
        await candidate.continue_answer()
        await candidate.until(candidate.state["stage"]["since"] + SPOKEN_SECONDS)
        await candidate.tap("I am done")
        await candidate.at("choosing")
        [take] = candidate.state["takes"]
        assert len(take["parts"]) == 2
        recording = await stage.submit()
    assert take["parts"][0] >= left_at - since - LOST_AT_MOST_SECONDS
    assert recording.seconds == pytest.approx(sum(take["parts"]), abs=1.0)
    assert order_of(recording.numbers, camera_frames).unread == 0


async def test_the_killed_server_loses_little_and_the_candidate_goes_on(
    tmp_path: Path, camera: Camera
) -> None:
    async with on_stage(tmp_path, camera) as stage:
        candidate = stage.candidate
        await candidate.answer()
        await candidate.until(candidate.state["stage"]["since"] + SPOKEN_SECONDS)
        killed_at = time.time()
        await stage.server.kill()
        await stage.server.start()
        await candidate.continue_answer()
        again = candidate.state["stage"]["since"]
        await candidate.until(again + SPOKEN_SECONDS)
        await candidate.tap("I am done")
        recording = await stage.submit()
    filmed = {number: at for at, number in candidate.observed.filmed_numbers() if at < killed_at}
    shown = [filmed[number] for number in recording.numbers if number in filmed]
    assert killed_at - max(shown) <= LOST_AT_MOST_SECONDS
    assert recording.numbers.count(None) == 0
    [take] = candidate.state["takes"]
    assert len(take["parts"]) == 2
