"""Tells the consoles that a clip changed; a notice carries the whole row."""

from server.bus.base import Bus
from server.clips.shapes import ClipChanged
from server.clips.store import Clip


class ClipNotices:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def publish(self, clip: Clip, progress: float = 0.0) -> None:
        told = ClipChanged(type="clip", clip=clip.row(progress))
        await self._bus.publish(f"org:{clip.organization_id}", told.model_dump_json().encode())
