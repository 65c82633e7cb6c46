"""Room on the disk: nothing new is taken in when less than the reserve is free.

The reserve is for what runs already, so that an answer under way is never the one that suffers.
"""

import asyncio
import shutil
from pathlib import Path

from server.errors import Unavailable

MEGABYTE = 1_000_000


class Space:
    def __init__(self, directory: Path, *, reserve_megabytes: int) -> None:
        self._directory = directory
        self._reserve_bytes = reserve_megabytes * MEGABYTE

    async def spare_bytes(self) -> int:
        """What may be written now; negative when the reserve is in use."""
        usage = await asyncio.to_thread(shutil.disk_usage, self._directory)
        return usage.free - self._reserve_bytes

    async def require(self, wanted_bytes: int = 0) -> None:
        """Raises Unavailable `disk_full`."""
        if await self.spare_bytes() < wanted_bytes:
            raise disk_full()


def disk_full() -> Unavailable:
    return Unavailable("disk_full", "The server's disk is full. Please tell who runs it.")
