"""Where takes lie until they are stored for good: one folder a take, one folder a part.

    root/tk_…/part-1/journal.jsonl, capture-1.mp4

Invariants: a folder is durable (its parent synced) before anything in it is promised; a
dropped take vanishes in one rename, so that a half-deleted one is never mistaken for a take.
"""

import os
import re
import shutil
from pathlib import Path

TAKE_ID = re.compile(r"[a-z]{2}_[A-Za-z0-9_-]{1,64}")
PART_FOLDER = re.compile(r"part-([1-9][0-9]*|0)")
DROPPED_SUFFIX = ".dropped"


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_durable_directory(directory: Path) -> None:
    """Create `directory` with its parents and sync each name that is new."""
    missing = []
    while not directory.exists():
        missing.append(directory)
        directory = directory.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_directory(folder.parent)


class Spool:
    """The folder of all takes that are not yet stored; `root` is created when it is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        make_durable_directory(root)
        self._finish_drops()

    def take_directory(self, take_id: str) -> Path:
        """Where a take lies; not created here. ValueError for what is not an id."""
        if TAKE_ID.fullmatch(take_id) is None:
            raise ValueError(f"not a take id: {take_id!r}")
        return self.root / take_id

    def part_directory(self, take_id: str, part: int) -> Path:
        """Where one part lies; the TakeWriter creates it."""
        return self.take_directory(take_id) / f"part-{part}"

    def takes(self) -> list[str]:
        """Ids of the takes in the spool, in order of their names."""
        return sorted(
            entry.name
            for entry in self.root.iterdir()
            if entry.is_dir() and TAKE_ID.fullmatch(entry.name)
        )

    def parts(self, take_id: str) -> list[Path]:
        """The part folders of a take, in order of their numbers; empty for an unknown take."""
        return part_directories(self.take_directory(take_id))

    def drop(self, take_id: str) -> None:
        """Erase a take; nothing happens when it is already gone."""
        directory = self.take_directory(take_id)
        dropped = directory.with_name(directory.name + DROPPED_SUFFIX)
        if not directory.exists():
            return
        shutil.rmtree(dropped, ignore_errors=True)
        directory.rename(dropped)
        sync_directory(self.root)
        shutil.rmtree(dropped)

    def _finish_drops(self) -> None:
        for dropped in self.root.glob("*" + DROPPED_SUFFIX):
            shutil.rmtree(dropped)


def part_directories(take_directory: Path) -> list[Path]:
    """The part folders below a take's folder, in order of their numbers."""
    if not take_directory.is_dir():
        return []
    numbered = [
        (int(match[1]), entry)
        for entry in take_directory.iterdir()
        if (match := PART_FOLDER.fullmatch(entry.name)) and entry.is_dir()
    ]
    return [entry for _, entry in sorted(numbered)]
