"""Clips ready to be played: each is packetised once, off the event loop, and shared by all viewers."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from media.clip import Clip
from server.interviews.script import ClipId

MAX_CLIPS = 32


class ClipShelf:
    """Keeps the 32 clips that were asked for last. `directory`: where a clip's renditions lie."""

    def __init__(self, directory: Callable[[ClipId], Awaitable[Path]]) -> None:
        self._directory = directory
        self._clips: OrderedDict[ClipId, Clip] = OrderedDict()
        self._lock = asyncio.Lock()

    async def take(self, clip_id: ClipId) -> Clip:
        """Raises NotFound or Conflict when the clip has no renditions (yet)."""
        async with self._lock:
            if clip_id not in self._clips:
                directory = await self._directory(clip_id)
                self._clips[clip_id] = await asyncio.to_thread(Clip.load, directory)
                while len(self._clips) > MAX_CLIPS:
                    self._clips.popitem(last=False)
            self._clips.move_to_end(clip_id)
            return self._clips[clip_id]
