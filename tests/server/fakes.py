"""Stand-ins that let a test own time, and the recorder."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.clips.files import MADE
from server.jobs.process import JobFailed, OnProgress


class FakeClock:
    """Time stands still until `advance`; whoever sleeps wakes in the order of their hours."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, waking))
        await waking

    def advance(self, seconds: float) -> None:
        self._now += seconds
        due = sorted((s for s in self._sleepers if s[0] <= self._now), key=lambda s: s[0])
        self._sleepers = [s for s in self._sleepers if s[0] > self._now]
        for _, waking in due:
            if not waking.done():
                waking.set_result(None)


class FakeRecorder:
    """Stands in for the recorder's process: what begins with `MOVIE` is media, all else is not.

    `failures`: what the next tasks raise; `may_finish` holds tasks back; `tasks`: what it was given.
    """

    MOVIE = b"moving pictures"

    def __init__(self) -> None:
        self.tasks: list[Mapping[str, Any]] = []
        self.failures: list[JobFailed] = []
        self.may_finish = asyncio.Event()
        self.may_finish.set()
        self.duration_seconds = 12.5

    async def __call__(
        self,
        task: Mapping[str, Any],
        on_progress: OnProgress = lambda _share: None,
        *,
        limit_seconds: float = 60.0,
    ) -> dict[str, Any]:
        self.tasks.append(task)
        on_progress(0.5)
        await self.may_finish.wait()
        if self.failures:
            raise self.failures.pop(0)
        if task["task"] == "sample_clip":
            await asyncio.to_thread(Path(task["out"]).write_bytes, self.MOVIE)
            return {"seconds": task["seconds"]}
        return await asyncio.to_thread(self._read, task)

    def _read(self, task: Mapping[str, Any]) -> dict[str, Any]:
        if not Path(task["source"]).read_bytes().startswith(self.MOVIE):
            raise JobFailed("not_media", "This is not a video.", crashed=False)
        if task["task"] == "clip":
            for name in MADE:
                (Path(task["out_directory"]) / name).write_bytes(name.encode() * 100)
        return {"duration_seconds": self.duration_seconds, "video": True, "audio": True}
