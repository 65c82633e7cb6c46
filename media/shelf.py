"""Clips in memory, so that a hundred viewers of one clip cost one reading.

Invariants: a clip is read at most once at a time, in a thread, never on the event loop; what is
kept is bounded in bytes, the longest unused goes first. A clip that is being played stays alive
through whoever plays it, even after it has gone from here.
"""

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Final

from media.clip import Clip

LIMIT_BYTES: Final = 400_000_000


class ClipShelf:
    """`limit_bytes` bounds what is kept beyond the clip asked for last."""

    def __init__(self, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._clips: OrderedDict[tuple[Path, str], Clip] = OrderedDict()
        self._kept_bytes = 0
        self._reading = asyncio.Lock()

    async def clip(self, directory: Path, codec: str) -> Clip:
        """The clip with its rendition for `codec` ("h264", "vp8"); the directory must not change.

        Raises ClipUnreadable.
        """
        key = (directory, codec)
        async with self._reading:
            if key not in self._clips:
                self._keep(key, await asyncio.to_thread(Clip.load, directory, [codec]))
            self._clips.move_to_end(key)
            return self._clips[key]

    def forget(self, directory: Path) -> None:
        """The directory is gone, or about to hold something else."""
        for key in [key for key in self._clips if key[0] == directory]:
            self._kept_bytes -= self._clips.pop(key).payload_bytes

    def _keep(self, key: tuple[Path, str], clip: Clip) -> None:
        self._clips[key] = clip
        self._kept_bytes += clip.payload_bytes
        while self._kept_bytes > self._limit_bytes and len(self._clips) > 1:
            _, oldest = self._clips.popitem(last=False)
            self._kept_bytes -= oldest.payload_bytes
