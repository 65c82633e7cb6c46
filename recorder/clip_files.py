"""The three files of a clip, written side by side from the same frames."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from av.video.frame import VideoFrame

from recorder.bitstream import Size
from recorder.encoders import Coded, OpusEncoder, PictureEncoder, playout_h264, playout_vp8
from recorder.mediafile import MediaFile
from recorder.sound import Samples


class ClipFiles:
    """Takes pictures (one a tick, in order) and sound (in order); complete when its context ends.

    Both pictures and sound may run ahead of the other: the muxers put them in order.
    """

    def __init__(self, directory: Path, size: Size, rate: Fraction) -> None:
        self.size = size
        self.rate = rate
        self.frames = 0
        self._files = ExitStack()
        self._h264 = PictureEncoder(playout_h264(size, rate), 1)
        self._vp8 = PictureEncoder(playout_vp8(size, rate), 1)
        self._opus = OpusEncoder()
        self._mp4, self._webm, self._file = (
            self._files.enter_context(MediaFile(directory / name))
            for name in ("playout.h264.mp4", "playout.vp8.webm", "file.mp4")
        )
        self._mp4_picture = self._mp4.add_picture("h264", size, 1 / rate)
        self._webm_picture = self._webm.add_picture("vp8", size, 1 / rate)
        self._file_picture = self._file.add_picture("h264", size, 1 / rate)
        self._mp4_sound, self._webm_sound = self._mp4.add_opus(), self._webm.add_opus()
        self._aac = self._file.add_aac()

    @property
    def seconds(self) -> float:
        """How long the pictures given so far are shown."""
        return float(self.frames / self.rate)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._files:
            if error is None:
                self._write_pictures(self._h264.finish(), self._vp8.finish())
                rest = self._opus.finish()
                self._write_sound([c for c in rest if c.at * c.time_base < self.seconds])
                self._aac.finish()

    def picture(self, frame: VideoFrame) -> None:
        """The next tick's picture, of the clip's size."""
        h264 = self._h264.encode(frame, self.frames)
        vp8 = self._vp8.encode(frame, self.frames)
        self._write_pictures(h264, vp8)
        self.frames += 1

    def sound(self, chunk: Samples) -> None:
        self._write_sound(self._opus.encode(chunk))
        self._aac.encode(chunk)

    def _write_pictures(self, h264: list[Coded], vp8: list[Coded]) -> None:
        self._mp4.write(self._mp4_picture, h264)
        self._file.write(self._file_picture, h264)
        self._webm.write(self._webm_picture, vp8)

    def _write_sound(self, opus: list[Coded]) -> None:
        self._mp4.write(self._mp4_sound, opus)
        self._webm.write(self._webm_sound, opus)
