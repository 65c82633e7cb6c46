"""One take's turn with the recorder: its process is run, and its result believed only as far as seen.

Split from processing.py, which decides whose turn it is and what becomes of the result.
"""

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from server.answers.views import Kept
from server.jobs.process import JobFailed, RunTask
from server.sessions.stages import TakeId

PRESET = "natural"
LIMIT_SECONDS = 120.0  # for a take of no length at all
LIMIT_PER_SECOND = 6.0
UNKNOWN_SECONDS = 600.0


class Erased(Exception):
    """The take went while it was worked on."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the recorder made of a take; the files of `kept` lie in `directory`."""

    directory: Path
    kept: Kept
    edl: dict[str, Any] | None

    @property
    def names(self) -> list[str]:
        return [
            name for name in (self.kept.recording, self.kept.rendition, self.kept.poster) if name
        ]


@dataclass(slots=True)
class Turn:
    """The take that is being worked on, with its recorder process while that runs."""

    take_id: TakeId
    seconds: float
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[dict[str, Any]] | None = None
    _stopped: bool = False

    def stop(self) -> None:
        """The take was erased: ends the process; what is under way raises Erased soon."""
        self._stopped = True
        if self._running is not None:
            self._running.cancel()

    def require_wanted(self) -> None:
        """Raises Erased after `stop`."""
        if self._stopped:
            raise Erased

    async def make(self, run_task: RunTask, take_directory: Path) -> Made:
        """Runs the recorder once. Raises JobFailed, Erased; when cancelled, ends the process first."""
        directory = take_directory / "made"
        await asyncio.to_thread(_make_empty, directory)
        self.require_wanted()
        task = {
            "task": "answer",
            "take_directory": str(take_directory),
            "out_directory": str(directory),
            "preset": PRESET,
        }
        limit_seconds = LIMIT_SECONDS + LIMIT_PER_SECOND * (self.seconds or UNKNOWN_SECONDS)
        running = asyncio.create_task(
            run_task(task, lambda _share: None, limit_seconds=limit_seconds)
        )
        self._running = running
        try:
            await asyncio.wait({running})
        finally:
            running.cancel()
            await asyncio.wait({running})
            self._running = None
        self.require_wanted()
        return await asyncio.to_thread(_check, running.result(), directory)


def _make_empty(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


def _check(result: dict[str, Any], directory: Path) -> Made:
    """Raises JobFailed, as for a crash, when it is not what a recorder would say."""
    try:
        kept = Kept.model_validate(result)
    except ValidationError as error:
        reason = "the recorder process told a result of the wrong shape"
        raise JobFailed("job_crashed", reason, crashed=True, complaint=str(error)) from None
    made = Made(directory, kept, result.get("edl"))
    for name in made.names:
        file = directory / name
        if Path(name).name != name or file.is_symlink() or not file.is_file():
            reason = "the recorder process named a file that it did not make"
            raise JobFailed("job_crashed", reason, crashed=True, complaint=name)
    return made
