"""Where clips lie until they are ready: what was uploaded or captured, and what is made of it.

    root/cl_…/upload · part-1/capture-1.mp4 · sample.mp4      the source
    root/cl_…/made/                                           the recorder's work

Blocking throughout: call it in a thread.
"""

import shutil
from pathlib import Path

from recorder.recover import recover
from recorder.spool import Spool
from server.ids import new_id

UPLOAD = "upload"
CAPTURE = "capture"
SAMPLE = "sample:"  # and its name in sample.py


class ClipSpool:
    def __init__(self, root: Path) -> None:
        self.captures = Spool(root)

    def upload(self, clip_id: str) -> Path:
        """Where the uploaded file goes; its directory is made."""
        directory = self.captures.take_directory(clip_id)
        directory.mkdir(parents=True, exist_ok=True)
        return directory / "upload"

    def sample(self, clip_id: str) -> Path:
        """Where the generated sample goes; its directory is made."""
        return self.upload(clip_id).with_name("sample.mp4")

    def keep_captions(self, clip_id: str, text: bytes) -> Path:
        """A file with them, for the storage to copy; the caller unlinks it."""
        file = self.captures.root / f"{clip_id}.{new_id('cc')}.vtt"
        file.write_bytes(text)
        return file

    def made(self, clip_id: str) -> Path:
        """An empty directory for what is made of the source."""
        directory = self.captures.take_directory(clip_id) / "made"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        return directory

    def capture(self, clip_id: str) -> Path | None:
        """The capture that holds most; None when nothing was captured."""
        files = [
            file
            for part in self.captures.parts(clip_id)
            for file in part.glob("capture-*")
            if file.stat().st_size > 0
        ]
        return max(files, key=lambda file: file.stat().st_size, default=None)

    def recover(self) -> None:
        """Close what a dead process was writing."""
        recover(self.captures)

    def clips(self) -> list[str]:
        return self.captures.takes()

    def drop(self, clip_id: str) -> None:
        self.captures.drop(clip_id)
