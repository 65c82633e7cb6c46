"""A clip's file, as a stranger's bytes: received under a limit, then probed in a process of its own.

Invariants: never more than the limit is written, whatever length was claimed; the name is ours;
what is accepted is synced before the clip exists.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from server.errors import BadInput, TooLarge, TooMany, Unsupported
from server.jobs.process import JobFailed, RunTask
from server.storage.space import MEGABYTE, Space, disk_full

log = structlog.get_logger(__name__)

PIECE_BYTES = 1 << 20
STALL_SECONDS = 30.0
PROBE_SECONDS = 60.0
AT_ONCE = 4
LONGEST_SECONDS = 600.0


class Uploads:
    def __init__(self, run_task: RunTask, space: Space, *, limit_megabytes: int) -> None:
        self._run_task = run_task
        self._limit_bytes = limit_megabytes * MEGABYTE
        self._space = space
        self._running = 0

    async def receive(self, request: web.Request, path: Path) -> None:
        """Writes the body to `path`, which is new, and makes sure that it is media.

        Raises TooLarge, TooMany, Unavailable `disk_full`, BadInput, Unsupported; whoever made the
        directory of `path` then drops it.
        """
        async with self._turn():
            await self._write(request, path)
            await self._check_media(path)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._running >= AT_ONCE:
            raise TooMany("too_many_uploads", "Several uploads are running. Please try again soon.")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def _write(self, request: web.Request, path: Path) -> None:
        self._check_length(request.content_length or 0)
        spare_bytes = await self._space.spare_bytes()
        if (request.content_length or 0) > spare_bytes:
            raise disk_full()
        written = 0
        with path.open("xb") as file:
            async for piece in _pieces(request):
                written += len(piece)
                self._check_length(written)
                if written > spare_bytes:
                    raise disk_full()
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(_sync, file.fileno())
        if written == 0:
            raise BadInput("empty_upload", "The file is empty.")

    def _check_length(self, length: int) -> None:
        if length > self._limit_bytes:
            megabytes = self._limit_bytes // MEGABYTE
            text = f"A clip may be {megabytes} MB large."
            raise TooLarge("body_too_large", text, limit=self._limit_bytes)

    async def _check_media(self, path: Path) -> None:
        try:
            found = await self._run_task(
                {"task": "probe", "source": str(path)}, limit_seconds=PROBE_SECONDS
            )
        except JobFailed as failed:
            log.info("upload refused", key=failed.key, crashed=failed.crashed)
            text = "This file is not a video that we can read." if failed.crashed else failed.text
            raise Unsupported("not_media" if failed.crashed else failed.key, text) from None
        if not found.get("video"):
            raise Unsupported("no_picture", "This file has no moving picture.")
        if float(found.get("duration_seconds") or 0.0) > LONGEST_SECONDS:
            raise BadInput("too_long", "A clip is at most ten minutes long.")


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body in pieces of about a megabyte. Raises BadInput when it stalls."""
    gathered = bytearray()
    while True:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                piece = await request.content.readany()
        except TimeoutError:
            raise BadInput("upload_stalled", "The upload stopped arriving.") from None
        gathered += piece
        if len(gathered) >= PIECE_BYTES or (not piece and gathered):
            yield bytes(gathered)
            gathered.clear()
        if not piece:
            return


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)
