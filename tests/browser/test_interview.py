"""An interview from the link to the recruiter's player: one sitting, looked at from all sides.

A phone with a fake camera and a spoken microphone sits it; a second browser, the recruiter's,
watches live, answers a question and plays the answers afterwards.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from recorder.sample_clip import make_sample_clip
from server.sessions.director import GRACE_SECONDS, LEAD_SECONDS
from tests.browser.candidate import Candidate, sitting
from tests.browser.chromium import Camera, chromium, listen
from tests.browser.observed import Observed
from tests.browser.recording import Recording, take_apart
from tests.browser.recruiter import Recruiter, recruiting
from tests.browser.serving import serving
from tests.browser.team import Team, question, segment, team_of
from tests.material.measure import Alignment, align, order_of
from tests.material.speech import Sound, Speech

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

FIRST, SECOND = "What do you like about your work?", "What would you like to do next?"
FIRST_ANSWER_SECONDS, LIMIT_SECONDS = 22, 15
CLIP_SECONDS = 4
OFFSET_SECONDS = 0.08
SHOWN_SHARE = 0.95  # a busy page may decode a picture and not show it
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sat(
    tmp_path_factory: pytest.TempPathFactory, camera: Camera, speech: Speech
) -> AsyncIterator[Sat]:
    folder = tmp_path_factory.mktemp("interview")
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


@pytest.fixture(params=[0, 1], ids=["first", "second"])
def answer(sat: Sat, request: pytest.FixtureRequest) -> Answered:
    index: int = request.param
    return sat.answers[index]


async def test_the_recording_has_the_frames_that_the_browser_sent(
    sat: Sat, answer: Answered
) -> None:
    recording = whole(answer)
    sent = sat.candidate.frames_sent(answer.since, answer.since + recording.seconds)
    assert sent > 10 * recording.seconds
    assert len(recording.numbers) >= 0.98 * sent


async def test_the_recorded_pictures_are_in_order(answer: Answered, camera_frames: int) -> None:
    order = order_of(whole(answer).numbers, camera_frames)
    assert (order.unread, order.backwards) == (0, 0)


async def test_the_recorded_speech_is_what_was_said(answer: Answered) -> None:
    assert answer.alignment is not None
    assert answer.alignment.median_correlation() >= 0.9
    assert answer.alignment.correlation >= 0.9


async def test_sound_and_picture_are_in_step(sat: Sat, answer: Answered, speech: Speech) -> None:
    assert answer.alignment is not None
    offset = sound_delay(sat.candidate, answer, speech)
    assert abs(offset) <= OFFSET_SECONDS, f"sound is {offset * 1000:.0f} ms late"


async def test_no_spoken_word_is_cut_and_most_silence_goes(
    answer: Answered, speech: Speech
) -> None:
    assert answer.alignment is not None
    edl = answer.view["edl"]
    said = speech.timeline.window(answer.alignment.start_seconds, edl["source_seconds"])
    lost = [word for word in said.words() if not kept(edl["keep"], word.start, word.end)]
    assert lost == []
    removed = edl["source_seconds"] - edl["kept_seconds"]
    assert removed >= 0.6 * said.removable_seconds()


async def test_each_segment_arrives_whole_and_before_its_question(sat: Sat) -> None:
    playing = [at for at, _ in first_of_each(sat.candidate.stages("playing"))]
    thinking = [at for at, _ in first_of_each(sat.candidate.stages("thinking"))]
    for start, end, frames in zip(playing, thinking, sat.clip_frames.values(), strict=True):
        assert sat.candidate.decoded_between(start, end) >= frames
        shown = [n for n in sat.candidate.received_between(start, end) if n is not None]
        assert shown == sorted(shown)
        assert (shown[0], shown[-1]) == (0, frames - 1)
        assert len(set(shown)) >= SHOWN_SHARE * frames


async def test_the_server_ended_the_second_answer(sat: Sat) -> None:
    second = sat.answers[1]
    assert whole(second).seconds == pytest.approx(
        LIMIT_SECONDS + GRACE_SECONDS + LEAD_SECONDS, abs=1.0
    )


async def test_the_watcher_saw_the_take_while_it_ran(sat: Sat, camera_frames: int) -> None:
    first = sat.answers[0]
    end = first.since + whole(first).seconds
    seen = sat.recruiter.received_between(first.since, end)
    assert seen, "no picture while the take was running"
    assert order_of(seen, camera_frames).backwards == 0


async def test_answers_play_with_and_without_pauses(sat: Sat) -> None:
    for answer, (skipping, whole_way) in zip(sat.answers, sat.played, strict=True):
        cut = answer.view["edl"]["cuts"][0]
        inside = (cut["start"] + 0.15, cut["end"] - 0.15)
        assert [at for at in skipping if inside[0] < at < inside[1]] == []
        assert [at for at in whole_way if inside[0] < at < inside[1]] != []


async def test_the_server_had_nothing_to_complain_about(sat: Sat) -> None:
    assert [line for line in sat.server_lines if "error" in line or "Traceback" in line] == []


def whole(answer: Answered) -> Recording:
    assert answer.recording is not None
    return answer.recording


def kept(keep: list[tuple[float, float]], start: float, end: float) -> bool:
    return any(first <= start and end <= last for first, last in keep)


def first_of_each(stages: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, dict[str, Any]]]:
    """The first state of every step."""
    seen: dict[str, tuple[float, dict[str, Any]]] = {}
    for at, stage in stages:
        seen.setdefault(stage["step_id"], (at, stage))
    return list(seen.values())


def sound_delay(page: Observed, answer: Answered, speech: Speech) -> float:
    """How much later sound is recorded than the picture of the same moment, in seconds.

    The page tells when each numbered picture and each sample came out of the fake devices. From
    each follows when, by the machine's clock, the recording's zero was; the difference is the fault.
    """
    assert answer.alignment is not None
    heard = align(answer.heard, speech.samples)
    loop = speech.timeline.seconds
    near = answer.alignment.start_seconds - heard.start_seconds
    sound_zero = answer.heard_at + (near + loop / 2) % loop - loop / 2
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
