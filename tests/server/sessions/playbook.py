"""A playbook: a script, and what the director makes of a list of events, said in few words."""

from dataclasses import dataclass, field

from server.interviews.script import ClipId, Question, Script, Segment, StepId
from server.sessions.director import advance
from server.sessions.stages import (
    CheckPassed,
    Command,
    Connected,
    Consented,
    Event,
    SegmentEnded,
    Stage,
    State,
    TakeId,
)

WELCOME = Segment(StepId("s1"), "Welcome", ClipId("cl_welcome"))
FIRST = Question(StepId("q1"), "What would you like to build?", answer_seconds=60, takes=2)
OFFICE = Segment(StepId("s2"), "A walk through the office", ClipId("cl_office"))
SECOND = Question(StepId("q2"), "When do you think best?", think_seconds=30, answer_seconds=20)
SCRIPT = Script((WELCOME, FIRST, OFFICE, SECOND), live_watching=True)


def tk(name: str) -> TakeId:
    return TakeId(f"tk_{name}")


@dataclass
class Play:
    """Feeds events; keeps the state and the commands of the last one."""

    script: Script = SCRIPT
    state: State = field(default_factory=State)
    commands: tuple[Command, ...] = ()

    def tell(self, *events: Event) -> "Play":
        for event in events:
            self.state, self.commands = advance(self.script, self.state, event)
        return self

    def expect(self, *commands: Command) -> "Play":
        assert self.commands == commands
        return self

    def stands_at(self, stage: Stage) -> None:
        assert self.state.stage == stage


def at_first_question() -> Play:
    """Consented, connected at 1.0, checked, welcome segment over at 10.0."""
    return Play().tell(
        Consented(0.0), Connected(1.0), CheckPassed(2.0), SegmentEnded(10.0, WELCOME.id)
    )
