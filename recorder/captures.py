"""The capture files of one part, one after the other: which frame goes into which file.

Sound waits for the first key frame at most 0.6 s, so that a file has both; sound alone is written
after that, and a new file begins with the key frame when it comes. So does one when the picture's
codec changes, or when a muxer refuses to go on.

Invariants: what is held in memory is bounded in time and bytes; a picture begins with a key frame
that carries its parameter sets; the part's first file begins with the part.
"""

from av.error import FFmpegError

from recorder import bitstream, journal
from recorder.bitstream import Picture, opus_seconds
from recorder.capture import Capture, Counts, Frame
from recorder.disk import PartDisk

HOLD_SECONDS = 0.6
HOLD_BYTES = 4 * 1024 * 1024
REOPEN_LIMIT = 50
USUAL_FRAME_SECONDS = 1 / 30


class Captures:
    """Takes the frames of a part in order of each kind; never raises."""

    def __init__(self, disk: PartDisk, *, expects_audio: bool, expects_video: bool) -> None:
        self.counts = Counts()
        self._disk = disk
        self._expects_audio = expects_audio
        self._expects_video = expects_video
        self._held: list[Frame] = []
        self._held_bytes = 0
        self._capture: Capture | None = None
        self._files = 0
        self._audio_end_seconds = 0.0
        self._size: bitstream.Size | None = None
        self._parameter_sets = b""

    @property
    def waits_for_key_frame(self) -> bool:
        """Whether a key frame would let the picture begin."""
        return self._expects_video and not self._has_picture

    @property
    def has_given_up(self) -> bool:
        """Whether muxers have refused so often that there is no sense in going on."""
        return self._files > REOPEN_LIMIT

    def add(self, frame: Frame) -> None:
        if frame.kind == "audio":
            self._add_audio(frame)
        else:
            self._add_video(frame)

    def close(self) -> None:
        """End the file that is open; what was held goes into it, or into one of its own."""
        if self._held and self._capture is None:
            self._open(None, self._held[0].at_seconds)
        self._close_capture()

    @property
    def _has_picture(self) -> bool:
        return self._capture is not None and self._capture.video_codec is not None

    def _add_audio(self, frame: Frame) -> None:
        seconds = opus_seconds(frame.data)
        if not self._expects_audio or not seconds:
            return
        self._audio_end_seconds = max(self._audio_end_seconds, frame.at_seconds + seconds)
        if self._capture is not None:
            self._write(frame)
            return
        self._held.append(frame)
        self._held_bytes += len(frame.data)
        first_seconds = self._held[0].at_seconds
        is_long = frame.at_seconds - first_seconds >= HOLD_SECONDS
        if is_long or self._held_bytes > HOLD_BYTES or not self._expects_video:
            self._open(None, first_seconds)

    def _add_video(self, frame: Frame) -> None:
        if frame.is_key_frame:
            complete = self._with_parameter_sets(frame)
            picture = bitstream.picture(complete.data) if complete else None
            if complete is None or picture is None:
                return
            frame = complete
            self._begin_picture(picture, frame.at_seconds)
        if self._has_picture:
            self._write(frame)

    def _with_parameter_sets(self, frame: Frame) -> Frame | None:
        """The key frame with its parameter sets, which H264 allows to be sent just once."""
        if not bitstream.is_annex_b(frame.data):
            return frame
        if found := bitstream.parameter_sets(frame.data):
            self._parameter_sets = found
            return frame
        if not self._parameter_sets:
            return None
        return Frame("video", frame.at_seconds, self._parameter_sets + frame.data, True)

    def _begin_picture(self, picture: Picture, at_seconds: float) -> None:
        if picture.size != self._size:
            self._size = picture.size
            size = {"at": round(at_seconds, 6), **picture.size._asdict()}
            self._disk.line(journal.encode("size", size))
        if self._capture is None or self._capture.video_codec != picture.codec:
            self._open(picture, min(at_seconds, self._audio_end_seconds))

    def _open(self, picture: Picture | None, from_seconds: float) -> None:
        self._close_capture()
        self._files += 1
        self._capture = Capture(
            self._disk,
            self._files,
            from_seconds=from_seconds if self._files > 1 else 0.0,
            picture=picture,
            with_audio=self._expects_audio,
            counts=self.counts,
        )
        held, self._held, self._held_bytes = self._held, [], 0
        for frame in held:
            self._write(frame)

    def _write(self, frame: Frame) -> None:
        if self._capture is None:
            return
        self._count(frame)
        try:
            self._capture.write(frame)
        except FFmpegError as error:
            self._note_error(error)
            self._close_capture()

    def _count(self, frame: Frame) -> None:
        end_seconds = self._audio_end_seconds
        if frame.kind == "audio":
            self.counts.audio_frames += 1
        else:
            self.counts.video_frames += 1
            end_seconds = max(end_seconds, frame.at_seconds + USUAL_FRAME_SECONDS)
        self.counts.seconds = max(self.counts.seconds, end_seconds)

    def _close_capture(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            try:
                capture.close()
            except FFmpegError as error:
                self._note_error(error)

    def _note_error(self, error: FFmpegError) -> None:
        self._disk.line(journal.encode("mux_error", {"text": str(error)}))
