"""The part of a take that is being captured: a peer's frames go to a TakeWriter, and its end.

At most one part runs in a session. `end` may be said twice and by two mouths (the candidate's
stop and a full disk): it always returns the same seconds.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import structlog

from media.inbound import Inbound
from media.sink import CodecChanged, Epoch, Gap, Note, SenderReport
from recorder.spool import Spool
from recorder.take import PartReport, TakeWriter
from server.sessions.stages import TakeId

NOTE_KINDS: dict[type[Note], str] = {
    SenderReport: "sender_report",
    Gap: "gap",
    Epoch: "epoch",
    CodecChanged: "codec_changed",
}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RunningPart:
    take_id: TakeId
    part: int
    writer: TakeWriter
    detach: list[Callable[[], None]] = field(default_factory=list)

    async def finish(self) -> PartReport:
        """Stops the flow, syncs and closes; idempotent."""
        for detach in self.detach:
            detach()
        self.detach.clear()
        return await self.writer.finish()


class Parts:
    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.running: RunningPart | None = None

    def start(self, take_id: TakeId, part: int, inbound: Inbound) -> RunningPart:
        """Captures what `inbound` delivers from now on. Raises OSError when the spool cannot."""
        codecs = inbound.codecs
        writer = TakeWriter.open(
            self._spool.part_directory(take_id, part),
            take_id=take_id,
            part=part,
            origin_seconds=inbound.now(),
            audio_codec=codecs.get("audio"),
            video_codec=codecs.get("video"),
        )
        running = RunningPart(take_id, part, writer)
        running.detach = [
            inbound.attach_notes(lambda note: _note(writer, note)),
            inbound.attach("audio", writer.audio),
            inbound.attach("video", writer.video),
        ]
        inbound.request_key_frame()
        self.running = running
        log.info("part started", take=take_id, part=part, codecs=codecs)
        return running

    async def end(self, take_id: TakeId, part: int) -> float:
        """Seconds that are safe on disk; 0 when that part never ran."""
        running = self.running
        if running is None or (running.take_id, running.part) != (take_id, part):
            return 0.0
        report = await running.finish()
        if self.running is running:
            self.running = None
        log.info("part ended", take=take_id, part=part, seconds=round(report.seconds, 3))
        return report.seconds

    async def close(self) -> None:
        if self.running is not None:
            await self.end(self.running.take_id, self.running.part)


def _note(writer: TakeWriter, note: Note) -> None:
    writer.note(NOTE_KINDS[type(note)], **asdict(note))
