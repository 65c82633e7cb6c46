"""An interview from the link to the recruiter's player: one sitting, looked at from all sides."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from server.sessions.director import GRACE_SECONDS, LEAD_SECONDS
from tests.browser.chromium import Camera
from tests.browser.journey import (
    LIMIT_SECONDS,
    Answered,
    Sat,
    frames_sent,
    sound_delay,
    whole,
    whole_interview,
)
from tests.material.measure import order_of
from tests.material.speech import Speech

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

OFFSET_SECONDS = 0.08
SHOWN_SHARE = 0.95  # a busy page may decode a picture and not show it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sat(
    tmp_path_factory: pytest.TempPathFactory, camera: Camera, speech: Speech
) -> AsyncIterator[Sat]:
    folder = tmp_path_factory.mktemp("interview")
    async with whole_interview(folder, camera, speech) as sat:
        yield sat


@pytest.fixture(params=[0, 1], ids=["first", "second"])
def answer(sat: Sat, request: pytest.FixtureRequest) -> Answered:
    index: int = request.param
    return sat.answers[index]


async def test_the_recording_has_the_frames_that_the_browser_sent(
    sat: Sat, answer: Answered, speech: Speech
) -> None:
    recording = whole(answer)
    sent = frames_sent(sat.candidate, answer, speech)
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


def kept(keep: list[tuple[float, float]], start: float, end: float) -> bool:
    return any(first <= start and end <= last for first, last in keep)


def first_of_each(stages: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, dict[str, Any]]]:
    """The first state of every step."""
    seen: dict[str, tuple[float, dict[str, Any]]] = {}
    for at, stage in stages:
        seen.setdefault(stage["step_id"], (at, stage))
    return list(seen.values())
