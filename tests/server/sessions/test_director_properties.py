"""Whatever happens in whatever order: nothing is lost, nothing is started twice.

Hypothesis draws lists of wishes and faults; a small stage hand carries out the commands as the
session would (late, or never after a crash), and the invariants of director.py must hold.
"""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from server.sessions.director import Impossible, advance, deadline_of, restore
from server.sessions.stages import (
    AnswerContinued,
    AnswerKept,
    AnswerRestarted,
    AnswerStarted,
    AnswerStopped,
    CheckPassed,
    Command,
    Connected,
    Consented,
    DeadlineReached,
    DeliverAnswers,
    Disconnected,
    EndPart,
    EraseTake,
    Event,
    Interrupted,
    PartEnded,
    Recording,
    Saving,
    SegmentEnded,
    SegmentSkipped,
    StartPart,
    State,
    SubmitRequested,
    Submitted,
    TakeChosen,
    TakeId,
)
from tests.server.sessions.playbook import SCRIPT

WISHES = (
    "consent", "check", "connect", "disconnect", "segment_end", "segment_skip", "start", "stop",
    "continue", "again", "keep", "choose", "timer", "late_timer", "flush", "recorder_dies",
    "crash", "submit",
)  # fmt: skip


@dataclass
class StageHand:
    """Carries out what the director says and remembers what was ever started and closed."""

    state: State = field(default_factory=State)
    now: float = 0.0
    serial: int = 0
    started: list[tuple[TakeId, int]] = field(default_factory=list)
    to_close: list[tuple[TakeId, int]] = field(default_factory=list)
    erased: set[TakeId] = field(default_factory=set)
    delivered: int = 0

    def fresh(self) -> TakeId:
        self.serial += 1
        return TakeId(f"tk_{self.serial}")

    def wish(self, name: str) -> None:
        self.now += 1.0
        if name == "crash":
            self._crash()
            return
        for event in self._events(name):
            self._tell(event)

    def _tell(self, event: Event) -> None:
        before = self.state
        try:
            self.state, commands = advance(SCRIPT, self.state, event)
        except Impossible:
            assert self.state is before
            return
        self._perform(commands)

    def _perform(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            match command:
                case StartPart(take_id, part):
                    self.started.append((take_id, part))
                case EndPart(take_id, part):
                    self.to_close.append((take_id, part))
                case EraseTake(take_id):
                    self.erased.add(take_id)
                case DeliverAnswers():
                    self.delivered += 1

    def _crash(self) -> None:
        kept = {(take.id, take.open_part or 0): 5.0 for take in self.state.takes}
        self.to_close.clear()
        self.state, commands = restore(SCRIPT, self.state, kept, self.now)
        self._perform(commands)

    def _events(self, name: str) -> list[Event]:
        now, stage = self.now, self.state.stage
        step_id = getattr(stage, "step_id", SCRIPT.steps[1].id)
        take_id = getattr(stage, "take_id", TakeId("tk_0"))
        deadline = deadline_of(self.state)
        about = deadline.about if deadline else "nothing"
        simple: dict[str, Event] = {
            "consent": Consented(now),
            "check": CheckPassed(now),
            "connect": Connected(now),
            "disconnect": Disconnected(now, played_seconds=2.0),
            "segment_end": SegmentEnded(now, step_id),
            "segment_skip": SegmentSkipped(now, step_id),
            "start": AnswerStarted(now, step_id, self.fresh()),
            "stop": AnswerStopped(now, take_id),
            "continue": AnswerContinued(now, take_id),
            "again": AnswerRestarted(now, take_id, self.fresh()),
            "keep": AnswerKept(now, take_id),
            "timer": DeadlineReached(now, about, self.fresh()),
            "late_timer": DeadlineReached(now, "think:q0:1.0", self.fresh()),
            "submit": SubmitRequested(now),
        }
        if name in simple:
            return [simple[name]]
        if name == "flush":
            closing, self.to_close = self.to_close, []
            return [PartEnded(now, take, part, 4.0) for take, part in closing]
        if name == "recorder_dies" and isinstance(stage, Recording):
            return [PartEnded(now, stage.take_id, stage.part, 3.0)]
        if name == "choose":
            return [TakeChosen(now, step_id, take.id) for take in self.state.takes[-1:]]
        return []


@given(st.lists(st.sampled_from(WISHES), max_size=120))
def test_invariants_hold_over_any_order_of_events(wishes: list[str]) -> None:
    hand = StageHand()
    for name in ["consent", "connect", "check", *wishes]:
        answered = set(hand.state.answers)
        hand.wish(name)
        _check(hand, {answer.take_id for answer in answered})


def _check(hand: StageHand, answered: set[TakeId]) -> None:
    state = hand.state
    assert len(hand.started) == len(set(hand.started)), "a part was started twice"
    ids = [take.id for take in state.takes]
    assert len(ids) == len(set(ids))
    for take in state.takes:
        parts = sorted(part for take_id, part in hand.started if take_id == take.id)
        assert parts == list(range(1, len(parts) + 1)), "a hole in the parts"
        assert len(take.parts) + (take.open_part is not None) == len(parts)
    open_takes = [take for take in state.takes if take.open_part is not None]
    assert len(open_takes) <= 1, "two takes run at once"
    if open_takes:
        assert isinstance(state.stage, Recording | Saving | Interrupted)
        assert state.stage.take_id == open_takes[0].id
    assert not any(a.take_id in hand.erased for a in state.answers), "an answer was erased"
    assert {t.step_id for t in state.takes if t.id in answered} <= {
        a.step_id for a in state.answers
    }, "what was answered is lost"
    assert isinstance(state.stage, Submitted) == bool(hand.delivered)
    if isinstance(state.stage, Submitted):
        assert all(take.open_part is None for take in state.takes)


@given(st.lists(st.sampled_from(WISHES), max_size=80))
def test_a_candidate_who_goes_on_always_reaches_the_end(wishes: list[str]) -> None:
    hand = StageHand()
    for name in ["consent", "connect", "check", *wishes]:
        hand.wish(name)
    for _ in range(60):
        if isinstance(hand.state.stage, Submitted):
            break
        for name in ("connect", "flush", "segment_end", "keep", "choose", "submit", "start"):
            hand.wish(name)
        hand.wish("timer")
        hand.wish("stop")
    assert isinstance(hand.state.stage, Submitted)
