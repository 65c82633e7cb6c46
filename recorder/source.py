"""Opens a file that may be a stranger's, as exactly one of the formats that we mean to read.

The format comes from the first bytes, never from the name or from FFmpeg's guess, so that a
playlist, an SDP, a script of file names or an SVG is never taken for media. The demuxer gets
an open file, not a path, and is refused every further file or connection that it asks for.

Invariants: one file descriptor; demuxers and decoders from the lists below and no others; no
picture of more than MAX_PIXELS.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from recorder.errors import NotMedia, TooBig

SNIFF_BYTES = 64 * 1024
MAX_PIXELS = 4096 * 2304
VIDEO_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "mjpeg", "prores")
AUDIO_CODECS = (
    "aac", "alac", "mp3", "mp3float", "opus", "vorbis", "flac",
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8",
)  # fmt: skip
DECODER_THREADS = 2
MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


@contextmanager
def open_source(path: Path) -> Iterator[InputContainer]:
    """A container to demux. Raises NotMedia where there is none, TooBig for a huge picture."""
    with path.open("rb") as file:
        name = sniff(file)
        try:
            container = av.open(
                file,
                "r",
                format=name,
                options={
                    "codec_whitelist": ",".join(VIDEO_CODECS + AUDIO_CODECS),
                    "protocol_whitelist": "",
                },
                io_open=_refuse,
            )
        except (FFmpegError, ValueError, RuntimeError) as error:
            raise NotMedia from error
        with container:
            _check(container)
            for track in container.streams.video:
                if track.codec_context is not None:
                    track.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            yield container


def sniff(file: BinaryIO) -> str:
    """FFmpeg's name of the format that the first bytes show. Raises NotMedia for all others."""
    head = file.read(SNIFF_BYTES)
    file.seek(0)
    if head[4:8] in MP4_BOXES:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return "mp3"
    raise NotMedia


def picture_track(container: InputContainer) -> VideoStream | None:
    """The first moving picture; a cover picture in a sound file is none."""
    for track in container.streams.video:
        if track.codec_context is not None and not track.disposition & Disposition.attached_pic:
            return track
    return None


def sound_track(container: InputContainer) -> AudioStream | None:
    for track in container.streams.audio:
        if track.codec_context is not None:
            return track
    return None


def decoded(
    container: InputContainer, tracks: "Sequence[Stream]"
) -> Iterator[VideoFrame | AudioFrame]:
    """All frames of `tracks` that can be decoded; what is broken is passed over."""
    for track in tracks:
        track.codec_context.thread_count = DECODER_THREADS
    try:
        for packet in container.demux(*tracks):
            with suppress(FFmpegError):
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame | AudioFrame):
                        yield frame
    except FFmpegError:
        return  # cut short: what came before it stays


def _check(container: InputContainer) -> None:
    picture = picture_track(container)
    if picture is None and sound_track(container) is None:
        raise NotMedia
    if picture is not None and picture.width * picture.height > MAX_PIXELS:
        raise TooBig("The picture is larger than 4K. Export it at 1080p or less and try again.")


def _is_mp3_frame(head: bytes) -> bool:
    """An MPEG layer III header, and another where the first frame ends (ISO 11172-3 §2.4.1.3)."""
    length = _mp3_frame_bytes(head[:4])
    return bool(length) and bool(_mp3_frame_bytes(head[length : length + 4]))


def _mp3_frame_bytes(header: bytes) -> int:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    is_version_1 = header[1] & 0x18 == 0x18
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
    lower_rates = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
    kilobits = (rates if is_version_1 else lower_rates)[header[2] >> 4]
    sample_rate = (44100, 48000, 32000, 0)[header[2] >> 2 & 3]
    divisor = {0x18: 1, 0x10: 2, 0x00: 4}.get(header[1] & 0x18, 0)
    if not (kilobits and sample_rate and divisor):
        return 0
    samples_bytes = 144 if is_version_1 else 72
    return samples_bytes * kilobits * 1000 * divisor // sample_rate + (header[2] >> 1 & 1)


def _refuse(url: str, _flags: int, _options: object) -> NoReturn:
    raise PermissionError(f"a media file asked for another: {url!r}")
