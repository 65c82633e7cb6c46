"""The director decides what happens next in a session: `(script, state, event) → (state, commands)`.

Why pure: every rule that a candidate can feel (nothing is lost, a technical failure never costs a
take, the clock stops while the line is down) can be tried in microseconds, without a socket.

Invariants:
- every take that is started ends exactly once, as `done`, `abandoned` or the answer;
- a take id is never started twice; parts of a take are numbered 1, 2, 3 … without a hole;
- an event that comes late names what it is about, and is ignored; anything else that cannot
  happen in the stage raises `Impossible`, and nothing has changed;
- resuming is restoring one `State`; times in it are seconds since the Unix epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from server.interviews.script import Question, Script, Segment, StepId
from server.sessions.stages import (
    Answer,
    AnswerContinued,
    AnswerKept,
    AnswerRestarted,
    AnswerStarted,
    AnswerStopped,
    Checking,
    CheckPassed,
    Choosing,
    Command,
    Connected,
    Consented,
    CountingDown,
    DeadlineReached,
    DeliverAnswers,
    Disconnected,
    EndPart,
    EraseTake,
    Event,
    Interrupted,
    Lobby,
    PartEnded,
    Playing,
    PlaySegment,
    ProcessTake,
    Recording,
    Reviewing,
    Saving,
    SegmentEnded,
    SegmentSkipped,
    Stage,
    StartPart,
    State,
    StopPlayout,
    SubmitRequested,
    Submitted,
    Take,
    TakeChosen,
    TakeId,
    Thinking,
)

COUNTDOWN_SECONDS = 3.0
LEAD_SECONDS = 0.3  # recording starts before "go", so that the first picture is a key frame
GRACE_SECONDS = 10.0  # after the limit the candidate may finish the sentence

Outcome = tuple[State, tuple[Command, ...]]


class Impossible(Exception):
    """The stage does not allow this event. `key` names the reason for the page."""

    def __init__(self, key: str, state: State, event: Event) -> None:
        super().__init__(f"{key}: {event!r} in {state.stage!r}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Deadline:
    """When to send `DeadlineReached(about=about)`."""

    at: float
    about: str


def deadline_of(state: State) -> Deadline | None:
    """The one timer that the state needs, if any."""
    match state.stage:
        case Thinking(deadline=float() as at, step_id=step_id):
            return Deadline(at, f"think:{step_id}:{at}")
        case CountingDown(until=until, take_id=take_id, part=part):
            return Deadline(until - LEAD_SECONDS, f"go:{take_id}:{part}")
        case Recording(deadline=at, take_id=take_id, part=part):
            return Deadline(at, f"stop:{take_id}:{part}")
        case _:
            return None


def advance(script: Script, state: State, event: Event) -> Outcome:
    """The next state and what to do now.

    Raises Impossible when the stage does not allow the event; the state is then unchanged.
    """
    match event:
        case Connected():
            return _connected(script, state, event)
        case Disconnected():
            return _disconnected(script, replace(state, connected=False), event)
        case PartEnded():
            return _part_ended(state, event)
        case DeadlineReached():
            return _deadline_reached(script, state, event)
        case Consented() | CheckPassed() | SubmitRequested():
            return _formal(script, state, event)
        case SegmentEnded() | SegmentSkipped():
            return _segment_over(script, state, event)
        case AnswerStarted() | AnswerStopped() | TakeChosen():
            return _answering(script, state, event)
        case AnswerContinued() | AnswerRestarted() | AnswerKept():
            return _after_interruption(script, state, event)


def restore(
    script: Script, state: State, recovered: Mapping[tuple[TakeId, int], float], at: float
) -> Outcome:
    """The state after the server's own death, and every command that it implies, said again.

    `recovered`: seconds that were found of each (take, part); a part not in it came to nothing.
    Commands are idempotent by take id, so that saying them twice does no harm.
    """
    state, _ = advance(script, state, Disconnected(at))
    for take in state.takes:
        if take.open_part is not None:
            seconds = recovered.get((take.id, take.open_part), 0.0)
            state, _ = advance(script, state, PartEnded(at, take.id, take.open_part, seconds))
    if isinstance(state.stage, Submitted):
        return state, _delivery(state)
    return state, tuple(ProcessTake(take.id) for take in state.takes if take.status == "done")


def _formal(
    script: Script, state: State, event: Consented | CheckPassed | SubmitRequested
) -> Outcome:
    match state.stage, event:
        case Lobby(), Consented():
            return replace(state, stage=Checking()), ()
        case Checking(), CheckPassed(at=at):
            return _enter_first(script, state, at)
        case Reviewing(), SubmitRequested(at=at):
            return replace(state, stage=Submitted(at)), _delivery(state)
        case (_, Consented()) | (Submitted(), SubmitRequested()):
            return state, ()  # said twice
        case stage, CheckPassed() if not isinstance(stage, Lobby):
            return state, ()
        case _:
            raise Impossible("not_now", state, event)


def _segment_over(script: Script, state: State, event: SegmentEnded | SegmentSkipped) -> Outcome:
    match state.stage:
        case Playing(step_id=step_id) if step_id == event.step_id:
            state, commands = _enter_next(script, state, step_id, event.at)
            stop = (StopPlayout(step_id),) if isinstance(event, SegmentSkipped) else ()
            return state, (*stop, *commands)
        case _:
            return state, ()  # about a segment that is over


def _answering(
    script: Script, state: State, event: AnswerStarted | AnswerStopped | TakeChosen
) -> Outcome:
    match state.stage, event:
        case ((Thinking(step_id=s) | Choosing(step_id=s)), AnswerStarted(step_id=about)) if (
            s == about
        ):
            return _count_down(script, state, event, s, event.take_id)
        case Recording() as stage, AnswerStopped(take_id=take_id) if stage.take_id == take_id:
            return _stop(state, stage)
        case Choosing(step_id=s), TakeChosen(step_id=about, take_id=take_id) if s == about:
            return _choose(script, state, event, s, take_id)
        case Thinking() | Choosing(), AnswerStarted():
            raise Impossible("other_question", state, event)
        case _, AnswerStarted():
            raise Impossible("not_now", state, event)
        case _:
            return state, ()  # about a take or a question that is over


def _after_interruption(
    script: Script, state: State, event: AnswerContinued | AnswerRestarted | AnswerKept
) -> Outcome:
    match state.stage:
        case Interrupted(step_id=step_id, take_id=take_id) if take_id == event.take_id:
            take = state.take(take_id)
            if take.open_part is not None:
                raise Impossible("still_saving", state, event)
        case _:
            return state, ()
    match event:
        case AnswerContinued():
            return _count_down(script, state, event, step_id, take_id)
        case AnswerRestarted():
            dropped = _put(state, replace(take, status="abandoned"))
            return _count_down(script, dropped, event, step_id, event.new_take_id)
        case AnswerKept():
            done = replace(_put(state, replace(take, status="done")), stage=Choosing(step_id))
            return done, (ProcessTake(take_id),)


def _connected(script: Script, state: State, event: Connected) -> Outcome:
    state = replace(state, connected=True)
    match state.stage:
        case Playing(step_id=step_id, from_seconds=from_seconds):
            return state, (_play(script, step_id, from_seconds),)
        case Thinking(overdue=True, step_id=step_id):
            deadline = event.at + COUNTDOWN_SECONDS  # back in the page first, then the countdown
            return replace(state, stage=Thinking(step_id, event.at, deadline)), ()
        case _:
            return state, ()


def _disconnected(script: Script, state: State, event: Disconnected) -> Outcome:
    match state.stage:
        case Playing(step_id=step_id, from_seconds=before):
            played = max(before, event.played_seconds)
            return replace(state, stage=Playing(step_id, played)), (StopPlayout(step_id),)
        case CountingDown(part=1, step_id=step_id):
            think = _question(script, step_id).think_seconds is not None
            return replace(state, stage=Thinking(step_id, event.at, overdue=think)), ()
        case CountingDown(step_id=step_id, take_id=take_id):
            return replace(state, stage=Interrupted(step_id, take_id)), ()
        case Recording() as stage:
            end = (EndPart(stage.take_id, stage.part),)
            return replace(state, stage=Interrupted(stage.step_id, stage.take_id)), end
        case _:
            return state, ()


def _part_ended(state: State, event: PartEnded) -> Outcome:
    try:
        take = state.take(event.take_id)
    except KeyError:
        return state, ()
    if take.open_part != event.part:
        return state, ()  # told twice
    take = replace(take, parts=(*take.parts, event.seconds), open_part=None)
    state = _put(state, take)
    match state.stage:
        case Recording(take_id=take_id) if take_id == take.id:  # the recorder gave up: ours
            return replace(state, stage=Interrupted(take.step_id, take.id)), ()
        case Saving(take_id=take_id) if take_id == take.id:
            return _saved(state, take, event.at)
        case _:
            return state, ()


def _saved(state: State, take: Take, at: float) -> Outcome:
    if take.seconds <= 0:  # nothing was captured: not the candidate's fault, not a take
        empty = _put(state, replace(take, status="abandoned"))
        return replace(empty, stage=_before(empty, take.step_id, at)), ()
    done = _put(state, replace(take, status="done"))
    return replace(done, stage=Choosing(take.step_id)), (ProcessTake(take.id),)


def _deadline_reached(script: Script, state: State, event: DeadlineReached) -> Outcome:
    deadline = deadline_of(state)
    if deadline is None or deadline.about != event.about:
        return state, ()
    match state.stage:
        case Thinking(step_id=step_id) as stage if not state.connected:
            return replace(state, stage=replace(stage, deadline=None, overdue=True)), ()
        case Thinking(step_id=step_id):
            return _count_down(script, state, event, step_id, event.take_id)
        case CountingDown() as stage:
            return _start_part(script, state, stage)
        case Recording() as stage:
            return _stop(state, stage)
        case _:
            return state, ()


def _enter_first(script: Script, state: State, at: float) -> Outcome:
    if not script.steps:
        return replace(state, stage=Reviewing()), ()
    return _enter(script, state, script.steps[0].id, at)


def _enter_next(script: Script, state: State, step_id: StepId, at: float) -> Outcome:
    following = script.after(step_id)
    if following is None:
        return replace(state, stage=Reviewing()), ()
    return _enter(script, state, following.id, at)


def _enter(script: Script, state: State, step_id: StepId, at: float) -> Outcome:
    match script.step(step_id):
        case Segment():
            play = (_play(script, step_id, 0.0),) if state.connected else ()
            return replace(state, stage=Playing(step_id)), play
        case Question(think_seconds=seconds):
            deadline = None if seconds is None else at + seconds
            return replace(state, stage=Thinking(step_id, at, deadline)), ()


def _play(script: Script, step_id: StepId, from_seconds: float) -> PlaySegment:
    step = script.step(step_id)
    assert isinstance(step, Segment)
    return PlaySegment(step_id, step.clip_id, from_seconds)


def _question(script: Script, step_id: StepId) -> Question:
    step = script.step(step_id)
    assert isinstance(step, Question)
    return step


def takes_left(script: Script, state: State, step_id: StepId) -> int | None:
    """Attempts that remain at a question; None: unlimited."""
    takes = _question(script, step_id).takes
    return None if takes is None else max(0, takes - state.takes_used(step_id))


def _count_down(
    script: Script, state: State, event: Event, step_id: StepId, take_id: TakeId
) -> Outcome:
    if not state.connected:
        raise Impossible("not_connected", state, event)
    known = next((take for take in state.takes if take.id == take_id), None)
    if known is None and takes_left(script, state, step_id) == 0:
        raise Impossible("no_takes_left", state, event)
    if known is not None and known.status != "open":
        raise Impossible("take_over", state, event)
    part = 1 if known is None else len(known.parts) + 1
    return replace(
        state, stage=CountingDown(step_id, take_id, part, event.at + COUNTDOWN_SECONDS)
    ), ()


def _start_part(script: Script, state: State, stage: CountingDown) -> Outcome:
    fresh = Take(stage.take_id, stage.step_id)
    take = next((take for take in state.takes if take.id == stage.take_id), fresh)
    left = max(1.0, _question(script, stage.step_id).answer_seconds - take.seconds)
    limit = stage.until + left
    recording = Recording(
        stage.step_id, stage.take_id, stage.part, stage.until, limit, limit + GRACE_SECONDS
    )
    state = _put(state, replace(take, open_part=stage.part))
    return replace(state, stage=recording), (StartPart(stage.take_id, stage.part),)


def _stop(state: State, stage: Recording) -> Outcome:
    saving = Saving(stage.step_id, stage.take_id)
    return replace(state, stage=saving), (EndPart(stage.take_id, stage.part),)


def _choose(
    script: Script, state: State, event: TakeChosen, step_id: StepId, take_id: TakeId
) -> Outcome:
    done = (take for take in state.takes if take.status == "done" and take.step_id == step_id)
    if take_id not in (take.id for take in done):
        raise Impossible("no_such_take", state, event)
    others = tuple(answer for answer in state.answers if answer.step_id != step_id)
    state = replace(state, answers=(*others, Answer(step_id, take_id)))
    return _enter_next(script, state, step_id, event.at)


def _before(state: State, step_id: StepId, at: float) -> Stage:
    """Where a candidate stands at a question whose take came to nothing."""
    if any(take.step_id == step_id and take.status == "done" for take in state.takes):
        return Choosing(step_id)
    return Thinking(step_id, at)


def _delivery(state: State) -> tuple[Command, ...]:
    chosen = {answer.take_id for answer in state.answers}
    rest = (EraseTake(take.id) for take in state.takes if take.id not in chosen)
    return (DeliverAnswers(state.answers), *rest)


def _put(state: State, take: Take) -> State:
    """The state with that take replaced, or added behind the others."""
    if any(known.id == take.id for known in state.takes):
        return replace(state, takes=tuple(take if t.id == take.id else t for t in state.takes))
    return replace(state, takes=(*state.takes, take))
