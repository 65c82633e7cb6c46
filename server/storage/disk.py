"""Objects as files below one directory.

An object appears at once and whole: it is copied aside, synced, renamed to its place, and then the
directories are synced, so that a power cut leaves the old one or the new one. What a dead process
had not finished copying or erasing lies in one directory, and goes when the storage is built.
"""

import asyncio
import os
import shutil
from pathlib import Path

from server.errors import NotFound
from server.ids import new_id
from server.storage.base import check_key

UNFINISHED = ".unfinished"  # not a key, so that nobody can read it


class DiskStorage:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._unfinished = root / UNFINISHED
        shutil.rmtree(self._unfinished, ignore_errors=True)

    async def put_file(self, key: str, path: Path) -> None:
        check_key(key)
        await asyncio.to_thread(self._put, self._root / key, path)

    async def local_path(self, key: str) -> Path:
        check_key(key)
        place = self._root / key
        if not await asyncio.to_thread(place.is_file):
            raise NotFound("unknown_object", "There is no such file.")
        return place

    async def exists(self, key: str) -> bool:
        check_key(key)
        return await asyncio.to_thread((self._root / key).is_file)

    async def delete_prefix(self, prefix: str) -> None:
        check_key(prefix.removesuffix("/"))
        if not prefix.endswith("/"):
            raise ValueError(f"a prefix ends with /: {prefix!r}")
        await asyncio.to_thread(self._delete, self._root / prefix)

    def _put(self, place: Path, source: Path) -> None:
        made = _missing_directories(place.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._new_place_aside()
        try:
            with source.open("rb") as reading, unfinished.open("xb") as writing:
                shutil.copyfileobj(reading, writing, 1024 * 1024)
                writing.flush()
                os.fsync(writing.fileno())
            unfinished.replace(place)
        finally:
            unfinished.unlink(missing_ok=True)
        for directory in (place.parent, *(directory.parent for directory in made)):
            _sync(directory)

    def _delete(self, directory: Path) -> None:
        """Out of the readers' way in one rename, then file by file."""
        if not directory.is_dir():
            return
        doomed = self._new_place_aside()
        directory.rename(doomed)
        _sync(directory.parent)
        shutil.rmtree(doomed)

    def _new_place_aside(self) -> Path:
        self._unfinished.mkdir(parents=True, exist_ok=True)
        return self._unfinished / new_id("ob")


def _missing_directories(directory: Path) -> list[Path]:
    missing = []
    while not directory.exists():
        missing.append(directory)
        directory = directory.parent
    return missing


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
