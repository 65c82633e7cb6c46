"""A recording → its rendition: H264 and AAC in an MP4 of one constant size, index in front.

Every captured frame is in it once, at the time at which it was captured; the picture is copied
where it was H264 with one and the same parameters throughout, encoded anew otherwise. Holes in
the sound become silence, and the sound is as long as the recording, so that lips and words stay
together.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame

from recorder.bitstream import Size
from recorder.encoders import PictureEncoder, rendition_h264
from recorder.fitting import Fitting, limited
from recorder.mediafile import MediaFile
from recorder.sound import Samples, SoundLine
from recorder.source import open_source
from recorder.timeline import Timeline

CLOCK_RATE_HZ = 90000
LEAST_SHARE = 0.1  # of the time that a picture size must have been shown to count
LONGEST_COPIED_SIDE = 1920

OnProgress = Callable[[float], None]


class Rendition(NamedTuple):
    """What was made. `size` None: sound alone. `is_copy`: the picture was not encoded anew."""

    size: Size | None
    video_frames: int
    is_copy: bool


class Pictures(Protocol):
    """Takes the recording's video packets, in order, into the rendition."""

    frames: int
    size: Size | None

    def add(self, packet: "av.Packet[Any]") -> None: ...

    def finish(self) -> None: ...


def write_rendition(
    recording: Path, timeline: Timeline, path: Path, on_progress: OnProgress
) -> Rendition:
    """Derive the MP4 that people watch."""
    with open_source(recording) as container, MediaFile(path) as file:
        pictures = _pictures(timeline, container, file)
        sound = _Sound(file)
        for packet in _packets(container):
            if packet.stream.type == "video":
                pictures.add(packet)
            else:
                sound.add(packet)
            on_progress(min(1.0, _seconds(packet) / timeline.seconds))
        pictures.finish()
        sound.finish(timeline.seconds)
    return Rendition(pictures.size, pictures.frames, isinstance(pictures, _Copied))


def copied_size(timeline: Timeline) -> Size | None:
    """The picture's size, where it can be copied into a rendition as it was captured."""
    if not timeline.is_uniform_h264:
        return None
    size = max(timeline.sizes)
    return size if max(size) <= LONGEST_COPIED_SIDE else None


def encoded_size(sizes: dict[Size, float]) -> Size:
    """The largest size that was shown for a tenth of the time; others are fitted into it."""
    seconds = sum(sizes.values())
    shown = [size for size, lasted in sizes.items() if lasted >= LEAST_SHARE * seconds]
    return limited(*max(shown, key=lambda size: size.pixels))


def _pictures(timeline: Timeline, container: InputContainer, file: MediaFile) -> Pictures:
    if not timeline.sizes:
        return _NoPictures()
    if size := copied_size(timeline):
        return _Copied(container, file, size)
    return _Encoded(file, encoded_size(timeline.sizes))


def _packets(container: InputContainer) -> "Iterable[av.Packet[Any]]":
    try:
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None and packet.size:
                yield packet
    except FFmpegError:
        return  # cut short: what came before it counts


def _seconds(packet: "av.Packet[Any]") -> float:
    return float((packet.pts or 0) * packet.time_base)


def _decoded(packet: "av.Packet[Any]") -> list[Any]:
    """No frames where the packet is broken."""
    try:
        return list(packet.decode())
    except FFmpegError:
        return []


class _NoPictures:
    def __init__(self) -> None:
        self.frames = 0
        self.size: Size | None = None

    def add(self, packet: "av.Packet[Any]") -> None:
        pass

    def finish(self) -> None:
        pass


class _Copied:
    def __init__(self, container: InputContainer, file: MediaFile, size: Size) -> None:
        self.frames = 0
        self.size: Size | None = size
        self._file = file
        self._track = file.add_copy(container.streams.video[0])

    def add(self, packet: "av.Packet[Any]") -> None:
        packet.stream = self._track
        self._file.write_packet(packet)
        self.frames += 1

    def finish(self) -> None:
        pass


class _Encoded:
    """Frames keep their times to 1/90000 s; none is left out or shown twice."""

    def __init__(self, file: MediaFile, size: Size) -> None:
        self.frames = 0
        self.size: Size | None = size
        self._file = file
        self._fitting = Fitting(size)
        self._encoder = PictureEncoder(rendition_h264(size), CLOCK_RATE_HZ // 30)
        self._track = file.add_picture("h264", size, Fraction(1, CLOCK_RATE_HZ))
        self._last_ticks = -1

    def add(self, packet: "av.Packet[Any]") -> None:
        for frame in _decoded(packet):
            if isinstance(frame, VideoFrame) and frame.time is not None:
                self._encode(frame)

    def finish(self) -> None:
        self._file.write(self._track, self._encoder.finish())

    def _encode(self, frame: VideoFrame) -> None:
        ticks = max(round(frame.time * CLOCK_RATE_HZ), self._last_ticks + 1)
        self._last_ticks = ticks
        if fitted := self._fitting.fit(frame):
            self._file.write(self._track, self._encoder.encode(fitted, ticks))
            self.frames += 1


class _Sound:
    def __init__(self, file: MediaFile) -> None:
        self._aac = file.add_aac()
        self._line = SoundLine()

    def add(self, packet: "av.Packet[Any]") -> None:
        for frame in _decoded(packet):
            if isinstance(frame, AudioFrame):
                self._encode(self._line.add(frame))

    def finish(self, end_seconds: float) -> None:
        self._encode(self._line.finish())
        self._encode(self._line.silence_until(end_seconds))
        self._aac.finish()

    def _encode(self, chunks: Iterable[Samples]) -> None:
        for chunk in chunks:
            self._aac.encode(chunk)
