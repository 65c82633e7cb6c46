"""What the console is shown of sessions and answers, from values alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.answers.shapes import Gap
from server.answers.states import TakeState
from server.answers.views import (
    Capture,
    Kept,
    SessionFacts,
    TakeRecord,
    answer_view,
    session_row,
)
from server.interviews.script import StepId
from server.sessions.stages import (
    Answer,
    Checking,
    Lobby,
    Playing,
    Reviewing,
    Stage,
    State,
    Submitted,
    Thinking,
)
from tests.server.answers.recorder import EDL
from tests.server.answers.rows import A_SCRIPT, FIRST, NOW, ONE, WELCOME, recording

FACTS = SessionFacts(
    id="se_kim",
    organization_id="or_own",
    interview_id="in_own",
    interview_title="Ten minutes",
    candidate_name="Kim",
    script=A_SCRIPT,
    state=State(),
    agreed_to_watching=True,
    watching_ended=False,
    unread=2,
    updated_at=NOW,
)
TAKE = TakeRecord(
    id=ONE,
    session_id="se_kim",
    organization_id="or_own",
    step_id=FIRST,
    state=TakeState.CAPTURED,
    error=None,
    kept=None,
    edl=None,
    delivered=True,
    question="What moves you?",
    part_seconds=(12.0,),
)
KEPT = Kept(
    recording="recording.webm",
    rendition="rendition.mp4",
    poster="poster.jpg",
    media_type="video/webm",
    duration_seconds=12.5,
    waveform=[0.1] * 200,
    gaps=[Gap(start=1.0, end=2.0, kind="audio")],
)
CAPTURE = Capture(Path("capture-1.webm"), "video/webm", parts=1)


def at(stage: Stage, *, connected: bool = True) -> SessionFacts:
    return replace(FACTS, state=State(stage=stage, connected=connected))


@pytest.mark.parametrize(
    ("stage", "progress"),
    [
        (Lobby(), "invited"),
        (Checking(), "in_progress"),
        (Reviewing(), "in_progress"),
        (Submitted(NOW), "submitted"),
    ],
)
def test_the_progress_follows_from_the_stage(stage: Stage, progress: str) -> None:
    row = session_row(at(stage))
    assert (row.progress, row.stage) == (progress, stage.kind)


def test_the_row_names_the_step_by_its_own_words() -> None:
    assert session_row(at(Playing(WELCOME))).step_text == "Welcome"
    assert session_row(at(Thinking(FIRST, NOW))).step_text == "What moves you?"
    assert session_row(at(Reviewing())).step_text is None
    assert session_row(at(Thinking(StepId("st_gone"), NOW))).step_text is None


def test_the_row_counts_answers_questions_and_unread_messages() -> None:
    answered = State(stage=Reviewing(), answers=(Answer(FIRST, ONE),))
    row = session_row(replace(FACTS, state=answered))
    assert (row.answered, row.questions, row.unread) == (1, 2, 2)


def test_a_running_take_is_watchable_with_every_consent_and_never_without_one() -> None:
    running = at(recording(ONE))
    assert session_row(running).watchable
    assert not session_row(replace(running, agreed_to_watching=False)).watchable
    assert not session_row(replace(running, watching_ended=True)).watchable
    silent = replace(A_SCRIPT, live_watching=False)
    assert not session_row(replace(running, script=silent)).watchable


@pytest.mark.parametrize("stage", [Checking(), Playing(WELCOME), Thinking(FIRST, NOW), Reviewing()])
def test_nothing_but_a_running_take_is_watchable(stage: Stage) -> None:
    assert not session_row(at(stage)).watchable


def test_an_answer_waits_while_the_spool_has_nothing_of_it() -> None:
    view = answer_view(TAKE, None)
    assert (view.state, view.url, view.duration_seconds) == ("waiting", None, 12.0)


def test_an_open_take_is_not_offered_to_play() -> None:
    view = answer_view(replace(TAKE, state=TakeState.OPEN), CAPTURE)
    assert (view.state, view.url) == ("waiting", None)


@pytest.mark.parametrize("state", [TakeState.CAPTURED, TakeState.PROCESSING])
def test_the_capture_plays_until_the_rendition_is_ready(state: TakeState) -> None:
    view = answer_view(replace(TAKE, state=state), CAPTURE)
    assert view.state == "playable"
    assert view.url == "/api/takes/tk_one/media?version=capture"
    assert (view.media_type, view.gaps, view.waveform) == ("video/webm", [], [])


def test_parts_that_are_not_joined_yet_are_shown_as_a_gap() -> None:
    two_parts = replace(TAKE, part_seconds=(10.0, 5.0))
    view = answer_view(two_parts, replace(CAPTURE, parts=2))
    assert view.duration_seconds == 15.0
    assert view.gaps == [Gap(start=10.0, end=15.0, kind="part")]


def test_a_ready_answer_has_everything() -> None:
    view = answer_view(replace(TAKE, state=TakeState.READY, kept=KEPT, edl=EDL), None)
    assert (view.state, view.media_type) == ("ready", "video/mp4")
    assert view.url == "/api/takes/tk_one/media?version=rendition"
    assert view.poster_url == "/api/takes/tk_one/poster.jpg"
    assert (view.duration_seconds, view.gaps) == (12.5, KEPT.gaps)
    assert view.edl is not None
    assert view.edl.keep == [(0.5, 4.0), (6.0, 11.5)]
    assert view.edl.kept_seconds == pytest.approx(9.0)


def test_a_failed_answer_tells_why_and_still_plays_what_was_captured() -> None:
    failed = replace(TAKE, state=TakeState.FAILED, error="ended by SIGSEGV")
    view = answer_view(failed, CAPTURE)
    assert (view.state, view.error) == ("failed", "ended by SIGSEGV")
    assert view.url is not None
