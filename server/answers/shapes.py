"""Sessions with their answers, as the console sees them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.interviews.script import StepId
from server.sessions.stages import TakeId

Progress = Literal["invited", "in_progress", "submitted"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionRow(Shape):
    """`stage`: the kind of the director's stage; `watchable`: a take runs and the candidate agreed."""

    id: str
    interview_id: str
    interview_title: str
    candidate_name: str
    progress: Progress
    stage: str
    step_id: StepId | None
    step_text: str | None
    connected: bool
    watchable: bool
    answered: int
    questions: int
    unread: int
    updated_at: float


class Cut(Shape):
    """A range of the recording that "skip pauses" passes over, in seconds."""

    start: float
    end: float
    kind: Literal["lead", "pause", "tail", "noise?"]


class EdlView(Shape):
    """The edit decision list of an answer: what remains of it, and what was cut."""

    version: int
    preset: str
    detector: str
    source_seconds: float
    kept_seconds: float
    keep: list[tuple[float, float]]
    cuts: list[Cut]


class Gap(Shape):
    """The line's fault, never the candidate's."""

    start: float
    end: float
    kind: Literal["audio", "video", "part"]


class AnswerView(Shape):
    """`url` plays as soon as `state` is `playable` (the capture) and better when `ready` (a rendition)."""

    take_id: TakeId
    step_id: StepId
    question: str
    state: Literal["waiting", "playable", "ready", "failed"]
    error: str | None
    url: str | None
    media_type: str | None
    duration_seconds: float | None
    edl: EdlView | None
    waveform: list[float] = Field(description="peaks 0 to 1, 200 of them; empty until ready")
    poster_url: str | None
    gaps: list[Gap]


class SessionPage(Shape):
    session: SessionRow
    answers: list[AnswerView]


# ── the console's socket, server → page ──────────────────────────────────────────────────────


class SessionChanged(Shape):
    type: Literal["session"]
    session: SessionRow


class AnswerChanged(Shape):
    type: Literal["answer"]
    session_id: str
    answer: AnswerView
