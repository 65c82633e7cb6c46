"""What the spool has of a take that can be played before its rendition is ready.

A capture is playable as it is, while more of it is still being made: fragmented MP4 or WebM. Of a
take in several parts the first file is served until the recorder has joined them.
"""

from pathlib import Path

from recorder.spool import Spool
from server.answers.views import Capture
from server.sessions.stages import TakeId

MEDIA_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}


def find_capture(spool: Spool, take_id: TakeId) -> Capture | None:
    """The first capture file that has something in it; None when the spool has none."""
    files = [
        file
        for part in spool.parts(take_id)
        for file in sorted(part.glob("capture-*"), key=_number)
        if file.suffix in MEDIA_TYPES and file.stat().st_size > 0
    ]
    if not files:
        return None
    return Capture(files[0], MEDIA_TYPES[files[0].suffix], len(files))


def _number(file: Path) -> int:
    digits = file.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
