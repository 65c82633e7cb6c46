"""What is asked: the ordered steps of one published version of an interview. Pure values.

A published script never changes; a session keeps the version it was opened with.
"""

from dataclasses import dataclass, field
from typing import Literal, NewType

StepId = NewType("StepId", str)
ClipId = NewType("ClipId", str)

MAX_STEPS = 50
THINK_SECONDS = (15, 30, 60, 120, 300)
Chapter = Literal["history", "culture", "benefits", "office", "team", "role", "next_step", "other"]


@dataclass(frozen=True, slots=True)
class Question:
    """A step that asks for an answer. `think_seconds` and `takes`: None means unlimited."""

    id: StepId
    text: str
    clip_id: ClipId | None = None
    think_seconds: int | None = None
    answer_seconds: int = 120
    takes: int | None = 3
    kind: Literal["question"] = field(default="question")


@dataclass(frozen=True, slots=True)
class Segment:
    """A step that plays a recruiter's clip and asks nothing."""

    id: StepId
    title: str
    clip_id: ClipId
    chapter: Chapter = "other"
    kind: Literal["segment"] = field(default="segment")


Step = Question | Segment


@dataclass(frozen=True, slots=True)
class Script:
    """One version: what a candidate goes through, in order."""

    steps: tuple[Step, ...]
    live_watching: bool = False
    reply_promise: str = ""

    def step(self, step_id: StepId) -> Step:
        """The step of that id; KeyError when the script has none."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def after(self, step_id: StepId) -> Step | None:
        """The step behind that one; None at the end."""
        ids = [step.id for step in self.steps]
        index = ids.index(step_id) + 1
        return self.steps[index] if index < len(self.steps) else None

    def questions(self) -> tuple[Question, ...]:
        return tuple(step for step in self.steps if isinstance(step, Question))
