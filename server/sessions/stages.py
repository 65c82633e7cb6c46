"""What the director talks about: takes, stages, events, commands. Frozen values, standard library only.

A stage is what the candidate's page shows; it carries just what that stage can have, so that there
is nothing to misuse. Times are seconds since the Unix epoch. The page is sent these same values.
"""

from dataclasses import dataclass, field
from typing import Literal, NewType

from server.interviews.script import ClipId, StepId

TakeId = NewType("TakeId", str)


# ── takes ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Take:
    """One attempt at a question. `parts`: seconds of each closed part; `open_part`: the running one."""

    id: TakeId
    step_id: StepId
    parts: tuple[float, ...] = ()
    open_part: int | None = None
    status: Literal["open", "done", "abandoned"] = "open"

    @property
    def seconds(self) -> float:
        """What is kept of it so far."""
        return sum(self.parts)


# ── stages ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Lobby:
    """The landing page: who writes, what it is, consent not yet given."""

    kind: Literal["lobby"] = field(default="lobby")


@dataclass(frozen=True, slots=True)
class Checking:
    """Camera and microphone are being tried; nothing is recorded or watchable."""

    kind: Literal["checking"] = field(default="checking")


@dataclass(frozen=True, slots=True)
class Playing:
    """A segment plays; after a lost line it goes on at `from_seconds`."""

    step_id: StepId
    from_seconds: float = 0.0
    kind: Literal["playing"] = field(default="playing")


@dataclass(frozen=True, slots=True)
class Thinking:
    """The question is on the page. `deadline` None: no hurry (or the line is down: `overdue`)."""

    step_id: StepId
    since: float
    deadline: float | None = None
    overdue: bool = False
    kind: Literal["thinking"] = field(default="thinking")


@dataclass(frozen=True, slots=True)
class CountingDown:
    """3-2-1. At `until` part `part` of the take begins."""

    step_id: StepId
    take_id: TakeId
    part: int
    until: float
    kind: Literal["counting_down"] = field(default="counting_down")


@dataclass(frozen=True, slots=True)
class Recording:
    """The take runs since `since`; calm notice at `limit`, clean stop at `deadline`."""

    step_id: StepId
    take_id: TakeId
    part: int
    since: float
    limit: float
    deadline: float
    kind: Literal["recording"] = field(default="recording")


@dataclass(frozen=True, slots=True)
class Saving:
    """The take was stopped; the recorder is making it safe."""

    step_id: StepId
    take_id: TakeId
    kind: Literal["saving"] = field(default="saving")


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The line (or the server) failed during a take: continue, start again, or keep."""

    step_id: StepId
    take_id: TakeId
    kind: Literal["interrupted"] = field(default="interrupted")


@dataclass(frozen=True, slots=True)
class Choosing:
    """At least one take of the question is done: pick one, or try again."""

    step_id: StepId
    kind: Literal["choosing"] = field(default="choosing")


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Every question is answered; the candidate looks it over and submits."""

    kind: Literal["reviewing"] = field(default="reviewing")


@dataclass(frozen=True, slots=True)
class Submitted:
    at: float
    kind: Literal["submitted"] = field(default="submitted")


Stage = (
    Lobby
    | Checking
    | Playing
    | Thinking
    | CountingDown
    | Recording
    | Saving
    | Interrupted
    | Choosing
    | Reviewing
    | Submitted
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The take that the candidate chose for a question."""

    step_id: StepId
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class State:
    """Everything that resuming needs. `connected`: media flows between the page and us."""

    stage: Stage = field(default_factory=Lobby)
    connected: bool = False
    takes: tuple[Take, ...] = ()
    answers: tuple[Answer, ...] = ()

    def take(self, take_id: TakeId) -> Take:
        """The take of that id; KeyError when it was never started."""
        for take in self.takes:
            if take.id == take_id:
                return take
        raise KeyError(take_id)

    def takes_used(self, step_id: StepId) -> int:
        """Attempts that count: an abandoned take (technical failure) does not."""
        return sum(t.step_id == step_id and t.status != "abandoned" for t in self.takes)


# ── events ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Consented:
    at: float


@dataclass(frozen=True, slots=True)
class CheckPassed:
    at: float


@dataclass(frozen=True, slots=True)
class Connected:
    at: float


@dataclass(frozen=True, slots=True)
class Disconnected:
    """No media path any more; `played_seconds`: how far the running segment had come."""

    at: float
    played_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    at: float
    step_id: StepId


@dataclass(frozen=True, slots=True)
class SegmentSkipped:
    at: float
    step_id: StepId


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """The candidate begins a (new) take; `take_id` is fresh."""

    at: float
    step_id: StepId
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class AnswerStopped:
    at: float
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class AnswerContinued:
    at: float
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class AnswerRestarted:
    """After an interruption: drop what was kept of `take_id`, begin `new_take_id` instead."""

    at: float
    take_id: TakeId
    new_take_id: TakeId


@dataclass(frozen=True, slots=True)
class AnswerKept:
    """After an interruption: what is kept is the take."""

    at: float
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class TakeChosen:
    at: float
    step_id: StepId
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class PartEnded:
    """The recorder closed a part, synced; `seconds` 0 when nothing was captured."""

    at: float
    take_id: TakeId
    part: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The timer of `deadline_of` fired; `take_id` is fresh, for a take that starts by itself."""

    at: float
    about: str
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class SubmitRequested:
    at: float


Event = (
    Consented
    | CheckPassed
    | Connected
    | Disconnected
    | SegmentEnded
    | SegmentSkipped
    | AnswerStarted
    | AnswerStopped
    | AnswerContinued
    | AnswerRestarted
    | AnswerKept
    | TakeChosen
    | PartEnded
    | DeadlineReached
    | SubmitRequested
)


# ── commands ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PlaySegment:
    step_id: StepId
    clip_id: ClipId
    from_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StopPlayout:
    step_id: StepId


@dataclass(frozen=True, slots=True)
class StartPart:
    take_id: TakeId
    part: int


@dataclass(frozen=True, slots=True)
class EndPart:
    take_id: TakeId
    part: int


@dataclass(frozen=True, slots=True)
class ProcessTake:
    """All parts are closed: make it playable."""

    take_id: TakeId


@dataclass(frozen=True, slots=True)
class EraseTake:
    take_id: TakeId


@dataclass(frozen=True, slots=True)
class DeliverAnswers:
    """The candidate submitted: these takes are the answers."""

    answers: tuple[Answer, ...]


Command = PlaySegment | StopPlayout | StartPart | EndPart | ProcessTake | EraseTake | DeliverAnswers
