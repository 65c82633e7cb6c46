"""One whole sitting, with everything that can be measured of it afterwards.

A phone with a fake camera and a spoken microphone sits an interview of two segments and two
questions; a second browser, the recruiter's, watches live, replies, and plays the answers.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recorder.sample_clip import make_sample_clip
from server.sessions.director import LEAD_SECONDS
from tests.browser.candidate import Candidate, sitting
from tests.browser.chromium import Camera, chromium, listen
from tests.browser.observed import Observed
from tests.browser.recording import Recording, take_apart
from tests.browser.recruiter import Recruiter, recruiting
from tests.browser.serving import serving
from tests.browser.team import Team, question, segment, team_of
from tests.material.measure import Alignment, align
from tests.material.speech import Sound, Speech

FIRST, SECOND = "What do you like about your work?", "What would you like to do next?"
FIRST_ANSWER_SECONDS, LIMIT_SECONDS = 22, 15
CLIP_SECONDS = 4
NEAR_SECONDS = 5.0  # the camera's numbers come again after half a minute


@dataclass
class Answered:
    """One answer: when it ran by the machine's clock, and what is stored of it."""

    take_id: str
    since: float
    heard_at: float
    heard: Sound
    view: dict[str, Any] = field(default_factory=dict)
    original: Path = Path()
    rendition: Path = Path()
    recording: Recording | None = None
    alignment: Alignment | None = None


@dataclass
class Sat:
    """What one sitting left behind."""

    candidate: Observed
    recruiter: Observed
    clip_frames: dict[str, int]
    answers: list[Answered]
    played: list[tuple[list[float], list[float]]]  # positions shown, with pauses skipped and not
    server_lines: list[str]


@asynccontextmanager
async def whole_interview(folder: Path, camera: Camera, speech: Speech) -> AsyncIterator[Sat]:
    """Sits it, from an empty server to the recruiter's player; the browsers stay open meanwhile."""
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(serving(folder / "data"))
        team = await opened.enter_async_context(team_of(server))
        link, clip_frames = await prepared(team, folder)
        phone = await opened.enter_async_context(chromium(camera))
        desk = await opened.enter_async_context(chromium())
        candidate = await opened.enter_async_context(sitting(phone, link))
        recruiter = await opened.enter_async_context(recruiting(desk, server))
        answers = await sit(candidate, recruiter)
        played = await look_back(recruiter, team, candidate.session_id, answers, folder)
        for answer in answers:
            answer.recording = await asyncio.to_thread(take_apart, answer.original)
            answer.alignment = align(answer.recording.sound, speech.samples)
        yield Sat(
            candidate.observed, recruiter.observed, clip_frames, answers, played, server.lines
        )


async def prepared(team: Team, folder: Path) -> tuple[str, dict[str, int]]:
    """The link of an interview of two segments and two questions, and the frames of each clip."""
    frames: dict[str, int] = {}
    steps = []
    for title, text in (("Welcome", FIRST), ("Our garden", SECOND)):
        file = folder / f"{title}.mp4"
        made = await asyncio.to_thread(
            make_sample_clip, file, title=title, seconds=CLIP_SECONDS, speech_text=f"{title}."
        )
        frames[title] = made.video_frames
        steps.append(segment(title, await team.add_clip(file, title)))
        steps.append(question(text))
    steps[3] |= {"answer_seconds": LIMIT_SECONDS, "think_seconds": 15, "takes": 1}
    return await team.invite(await team.publish(steps)), frames


async def sit(candidate: Candidate, recruiter: Recruiter) -> list[Answered]:
    await candidate.consent()
    await recruiter.open_session(candidate.session_id)
    await recruiter.watch_live()
    await candidate.check_devices()
    await candidate.at("playing")

    await candidate.at("thinking")
    await candidate.say("Is it hybrid?")
    await recruiter.reply_to("Is it hybrid?", "Yes, two days at home.")
    await candidate.receives("Yes, two days at home.")
    await candidate.answer()
    first = await spoken(candidate)
    await recruiter.sees_live()
    await candidate.until(first.since + FIRST_ANSWER_SECONDS)
    await candidate.tap("I am done")
    await candidate.at("choosing")
    await candidate.tap("Use this answer")

    await candidate.at("playing")
    await candidate.answer()
    second = await spoken(candidate)
    await candidate.at("choosing")  # nobody stopped it but the server
    await candidate.tap("Use this answer")
    await candidate.at("reviewing")
    await candidate.tap("Send my answers")
    await candidate.at("submitted")
    return [first, second]


async def spoken(candidate: Candidate) -> Answered:
    """What the microphone says while the take runs, to compare the recording with."""
    stage = candidate.state["stage"]
    heard_at, heard = await listen(candidate.page, 5)
    return Answered(stage["take_id"], stage["since"] - LEAD_SECONDS, heard_at, heard)


async def look_back(
    recruiter: Recruiter, team: Team, session_id: str, answers: list[Answered], folder: Path
) -> list[tuple[list[float], list[float]]]:
    """Every answer downloaded, and played with and without its pauses."""
    views = await team.ready_answers(session_id)
    played = []
    for answer, view in zip(answers, views, strict=True):
        assert view["take_id"] == answer.take_id
        path = f"/api/takes/{answer.take_id}/media"
        answer.view = view
        answer.original = await team.download(
            f"{path}?version=original", folder / f"{answer.take_id}.original"
        )
        answer.rendition = await team.download(path, folder / f"{answer.take_id}.mp4")
        around = view["edl"]["cuts"][0]
        positions = [
            await recruiter.play_across(view["question"], around["start"], around["end"], skip=skip)
            for skip in (True, False)
        ]
        played.append((positions[0], positions[1]))
    return played


def whole(answer: Answered) -> Recording:
    assert answer.recording is not None
    return answer.recording


def zero_of(answer: Answered, speech: Speech) -> float:
    """When the recording's zero was by the machine's clock, as its sound tells."""
    assert answer.alignment is not None
    heard = align(answer.heard, speech.samples)
    loop = speech.timeline.seconds
    near = answer.alignment.start_seconds - heard.start_seconds
    return answer.heard_at + (near + loop / 2) % loop - loop / 2


def frames_sent(page: Observed, answer: Answered, speech: Speech) -> float:
    """How many frames the browser says it sent from the recording's first picture to its last."""
    zero, times = zero_of(answer, speech), whole(answer).times
    return page.frames_sent(zero + times[0], zero + times[-1])


def sound_delay(page: Observed, answer: Answered, speech: Speech) -> float:
    """How much later sound is recorded than the picture of the same moment, in seconds.

    The page tells when each numbered picture and each sample came out of the fake devices. From
    each follows when, by the machine's clock, the recording's zero was; the difference is the fault.
    """
    sound_zero = zero_of(answer, speech)
    zeros = [
        at - time
        for at, number in page.filmed_numbers()
        for time in times_of(whole(answer), number)
        if abs(at - time - sound_zero) < NEAR_SECONDS
    ]
    return float(np.median(zeros)) - sound_zero


def times_of(recording: Recording, number: int | None) -> list[float]:
    pairs = zip(recording.numbers, recording.times, strict=True)
    return [time for shown, time in pairs if shown == number]
