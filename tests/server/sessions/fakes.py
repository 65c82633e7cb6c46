"""Stand-ins for what a session works with: a stage hand that only remembers."""

import asyncio
from dataclasses import dataclass, field

from server.sessions.stagehand import StageHand, Tell
from server.sessions.stages import Command, EndPart, Event, PartEnded, State, TakeId


@dataclass
class FakeStageHand:
    """Remembers commands; a part that ends had `seconds` seconds."""

    seconds: float = 12.0
    commands: list[Command] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    dropped: int = 0
    idle: bool = True
    closed: bool = False
    breaks_on: type[Command] | None = None

    def begin(self, _tasks: asyncio.TaskGroup, _tell: Tell) -> None:
        self.closed = False

    def is_idle(self) -> bool:
        return self.idle

    async def perform(self, command: Command, _session_id: str) -> list[Event]:
        self.commands.append(command)
        if self.breaks_on is not None and isinstance(command, self.breaks_on):
            raise RuntimeError("broken on purpose")
        if isinstance(command, EndPart):
            return [PartEnded(0.0, TakeId(command.take_id), command.part, self.seconds)]
        return []

    def stage_changed(self, state: State) -> None:
        self.stages.append(state.stage.kind)

    async def drop_connection(self) -> None:
        self.dropped += 1

    async def close(self) -> None:
        self.closed = True


def as_stage_hand(fake: FakeStageHand) -> StageHand:
    """The fake has the same methods; this is the one place that says so to the type checker."""
    return fake  # type: ignore[return-value]
