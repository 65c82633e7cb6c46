"""A recorder that needs no media: it writes small files, refuses, crashes or waits, as told."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recorder.spool import Spool
from server.jobs.process import JobFailed, OnProgress
from server.sessions.stages import TakeId

CAPTURE = b"captured as it came"

CRASH = JobFailed("job_crashed", "the recorder process was ended by SIGSEGV", crashed=True)
REFUSAL = JobFailed("not_media", "this is not media", crashed=False)
EDL = {
    "version": 1,
    "preset": "natural",
    "detector": "webrtcvad+silero",
    "parameters": {},
    "source_seconds": 12.0,
    "keep": [[0.5, 4.0], [6.0, 11.5]],
    "cuts": [
        {"start": 0.0, "end": 0.5, "kind": "lead"},
        {"start": 4.0, "end": 6.0, "kind": "pause"},
        {"start": 11.5, "end": 12.0, "kind": "tail"},
    ],
    "removed_seconds": 3.0,
}


def capture(spool: Spool, take_id: TakeId, *, parts: int = 1, content: bytes = CAPTURE) -> Path:
    """Puts a capture into the spool, as a TakeWriter leaves it."""
    for part in range(1, parts + 1):
        directory = spool.part_directory(take_id, part)
        directory.mkdir(parents=True)
        (directory / "journal.jsonl").write_text("{}\n")
        (directory / "capture-1.webm").write_bytes(content + str(part).encode())
    return spool.take_directory(take_id)


class FakeRecorder:
    """Stands in for `run_task`. `failures[take_id]`: what the next runs raise, in order."""

    def __init__(self) -> None:
        self.runs: list[TakeId] = []
        self.ended_early: list[TakeId] = []
        self.failures: defaultdict[TakeId, list[Exception]] = defaultdict(list)
        self.results: dict[TakeId, dict[str, Any]] = {}
        self.running = asyncio.Event()
        self.may_finish = asyncio.Event()
        self.may_finish.set()

    async def __call__(
        self,
        task: Mapping[str, Any],
        on_progress: OnProgress = lambda _share: None,
        *,
        limit_seconds: float = 0.0,
    ) -> dict[str, Any]:
        assert task["task"] == "answer"
        assert limit_seconds > 0
        take_directory = Path(task["take_directory"])
        take_id = TakeId(take_directory.name)
        self.runs.append(take_id)
        self.running.set()
        try:
            await self.may_finish.wait()
        except asyncio.CancelledError:
            self.ended_early.append(take_id)
            raise
        if self.failures[take_id]:
            raise self.failures[take_id].pop(0)
        return self.results.get(take_id) or write_result(take_directory, task["out_directory"])


def write_result(take_directory: Path, out_directory: str) -> dict[str, Any]:
    made = Path(out_directory)
    source = sorted(take_directory.glob("part-*/capture-*"))
    (made / "recording.webm").write_bytes(b"".join(file.read_bytes() for file in source))
    (made / "rendition.mp4").write_bytes(b"h264 and aac " * 100)
    (made / "poster.jpg").write_bytes(b"a face")
    return {
        "recording": "recording.webm",
        "rendition": "rendition.mp4",
        "poster": "poster.jpg",
        "media_type": "video/webm",
        "duration_seconds": 12.0,
        "width": 1280,
        "height": 720,
        "video_frames": 360,
        "waveform": [0.5] * 200,
        "gaps": [{"start": 3.0, "end": 3.5, "kind": "video"}],
        "edl": EDL,
        "parts": 1,
    }
