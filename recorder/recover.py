"""At start: what a dead process left in the spool, closed and named.

A part whose journal has no ending is cut back to its last whole fragment and gets a `recovered`
line. Every part in the spool is named, also those that were closed in time: the server may have
died between the close and noting it down. Doing it twice changes nothing and names the same.

Invariant: call it before any TakeWriter is open; it knows a running part from a dead one only
by the journal's ending.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from recorder import journal
from recorder.spool import Spool


@dataclass(frozen=True)
class RecoveredPart:
    """A part in the spool. `seconds`: what it holds, up to 0.7 s too much when it was `cut_short`.

    `cut_short`: its writer did not come to close it, or failed.
    """

    take_id: str
    part: int
    seconds: float
    cut_short: bool = True


def recover(spool: Spool) -> list[RecoveredPart]:
    """Close every part that nobody closed; name all parts there are."""
    found = []
    for take_id in spool.takes():
        for directory in spool.parts(take_id):
            record = journal.read_part(directory)
            if record is None:
                found.append(RecoveredPart(take_id, int(directory.name.split("-")[1]), 0.0))
            elif record.ending is None:
                found.append(RecoveredPart(take_id, record.part, _close(record)))
            elif record.ending == "failed":
                seconds = float(journal.last_whole(record)["seconds"])
                found.append(RecoveredPart(take_id, record.part, seconds))
            else:
                cut_short = record.ending == "recovered"
                found.append(RecoveredPart(take_id, record.part, record.seconds, cut_short))
    return found


def _close(record: journal.PartRecord) -> float:
    for capture in record.captures:
        _cut_back(record, capture.name)
    seconds = float(journal.last_whole(record)["seconds"])
    _append(record.directory, journal.encode("recovered", {"seconds": seconds}))
    return seconds


def _cut_back(record: journal.PartRecord, name: str) -> None:
    path = record.directory / name
    if not path.exists():
        return
    size = path.stat().st_size
    whole = max(
        (line["bytes"] for line in record.wholes if line["name"] == name and line["bytes"] <= size),
        default=0,
    )
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _append(directory: Path, line: bytes) -> None:
    """Add a line to the journal, in the place of a torn one where there is one."""
    path = directory / journal.JOURNAL_NAME
    with path.open("r+b") as file:
        file.truncate(_whole_lines_bytes(path))
        file.seek(0, os.SEEK_END)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _whole_lines_bytes(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1
