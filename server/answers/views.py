"""Rows and answers as the console sees them, built from values. Pure.

Honest by construction: what the line lost is a gap, what can not be played yet has no address, and
of an answer in several parts, of which only the first plays before they are joined, the rest is
shown as a gap of kind `part`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from server.answers.shapes import AnswerView, Cut, EdlView, Gap, Progress, SessionRow
from server.answers.states import TakeState
from server.interviews.script import Question, Script, StepId
from server.sessions.stages import Lobby, Recording, State, Submitted, TakeId

RENDITION_TYPE = "video/mp4"


class Kept(BaseModel):
    """What processing made of a take, as `takes.recording` keeps it: names of objects and facts.

    `media_type` is that of the recording as captured; the rendition is always H264 + AAC in MP4.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    recording: str
    rendition: str
    poster: str | None = None
    media_type: str
    duration_seconds: float
    width: int | None = None
    height: int | None = None
    video_frames: int = 0
    waveform: list[float] = Field(default_factory=list)
    gaps: list[Gap] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Capture:
    """The file of the spool that can be served while there is no rendition; the first of `parts`."""

    path: Path
    media_type: str
    parts: int


@dataclass(frozen=True, slots=True)
class TakeRecord:
    """A take with what was made of it. `part_seconds`: what the director was told of each part."""

    id: TakeId
    session_id: str
    organization_id: str
    step_id: StepId
    state: TakeState
    error: str | None
    kept: Kept | None
    edl: dict[str, Any] | None
    delivered: bool
    question: str
    part_seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as it is stored, with what stands around it."""

    id: str
    organization_id: str
    interview_id: str
    interview_title: str
    candidate_name: str
    script: Script
    state: State
    agreed_to_watching: bool
    watching_ended: bool
    unread: int
    updated_at: float


def session_row(facts: SessionFacts) -> SessionRow:
    state, script = facts.state, facts.script
    step_id: StepId | None = getattr(state.stage, "step_id", None)
    return SessionRow(
        id=facts.id,
        interview_id=facts.interview_id,
        interview_title=facts.interview_title,
        candidate_name=facts.candidate_name,
        progress=progress(state),
        stage=state.stage.kind,
        step_id=step_id,
        step_text=None if step_id is None else step_text(script, step_id),
        connected=state.connected,
        watchable=is_watchable(facts),
        answered=len(state.answers),
        questions=len(script.questions()),
        unread=facts.unread,
        updated_at=facts.updated_at,
    )


def progress(state: State) -> Progress:
    match state.stage:
        case Lobby():
            return "invited"
        case Submitted():
            return "submitted"
        case _:
            return "in_progress"


def is_watchable(facts: SessionFacts) -> bool:
    """A take runs, and the employer, the last consent and the candidate's wish all allow it."""
    allowed = facts.script.live_watching and facts.agreed_to_watching and not facts.watching_ended
    return allowed and isinstance(facts.state.stage, Recording)


def step_text(script: Script, step_id: StepId) -> str | None:
    """What the step says: a question's text, a segment's title."""
    try:
        step = script.step(step_id)
    except KeyError:
        return None
    return step.text if isinstance(step, Question) else step.title


def answer_view(take: TakeRecord, capture: Capture | None) -> AnswerView:
    """How one answer can be played now. `capture`: what the spool has of it, None if nothing."""
    if take.state is TakeState.READY and take.kept is not None:
        return _ready(take, take.kept)
    playable = capture is not None and take.state is not TakeState.OPEN
    failed = take.state is TakeState.FAILED
    return AnswerView(
        take_id=take.id,
        step_id=take.step_id,
        question=take.question,
        state="failed" if failed else "playable" if playable else "waiting",
        error=take.error if failed else None,
        url=f"/api/takes/{take.id}/media?version=capture" if playable else None,
        media_type=capture.media_type if capture and playable else None,
        duration_seconds=sum(take.part_seconds) if take.part_seconds else None,
        edl=None,
        waveform=[],
        poster_url=None,
        gaps=_not_joined_yet(take, capture) if capture and playable else [],
    )


def _ready(take: TakeRecord, kept: Kept) -> AnswerView:
    return AnswerView(
        take_id=take.id,
        step_id=take.step_id,
        question=take.question,
        state="ready",
        error=None,
        url=f"/api/takes/{take.id}/media?version=rendition",
        media_type=RENDITION_TYPE,
        duration_seconds=kept.duration_seconds,
        edl=None if take.edl is None else edl_view(take.edl),
        waveform=kept.waveform,
        poster_url=f"/api/takes/{take.id}/poster.jpg" if kept.poster else None,
        gaps=kept.gaps,
    )


def edl_view(edl: dict[str, Any]) -> EdlView:
    """The recorder's edit decision list, without the detector's parameters."""
    keep = [(float(start), float(end)) for start, end in edl["keep"]]
    return EdlView(
        version=edl["version"],
        preset=edl["preset"],
        detector=edl["detector"],
        source_seconds=edl["source_seconds"],
        kept_seconds=sum(end - start for start, end in keep),
        keep=keep,
        cuts=[Cut(start=cut["start"], end=cut["end"], kind=cut["kind"]) for cut in edl["cuts"]],
    )


def _not_joined_yet(take: TakeRecord, capture: Capture) -> list[Gap]:
    seconds = take.part_seconds
    if capture.parts < 2 or len(seconds) < 2:
        return []
    return [Gap(start=seconds[0], end=sum(seconds), kind="part")]
