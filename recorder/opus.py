"""An Opus stream for a muxer that will be given packets from elsewhere.

PyAV sets no codec header on a stream that has no encoder (it copies one from a template), so
the template is a Matroska file in memory that holds nothing but one: RFC 7845 §5.1 with a
pre-skip of zero, because packets taken from the middle of a live stream have no lead-in.
"""

import io
import struct
from functools import cache

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

SAMPLE_RATE_HZ = 48000
CHANNELS = 2


def add_opus_track(container: OutputContainer, channels: int = CHANNELS) -> AudioStream:
    """Give `container` a stream for Opus packets of 48 kHz."""
    with _template(channels) as template:
        return container.add_stream_from_template(template.streams.audio[0], opaque=True)


def _template(channels: int) -> InputContainer:
    return av.open(io.BytesIO(_matroska(channels)), "r", format="matroska")


@cache
def _matroska(channels: int) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, channels, 0, SAMPLE_RATE_HZ, 0, 0)
    audio = _element("b5", struct.pack(">d", float(SAMPLE_RATE_HZ))) + _element(
        "9f", bytes([channels])
    )
    track = b"".join(
        _element(name, payload)
        for name, payload in (
            ("d7", b"\1"),  # number
            ("73c5", b"\1"),  # uid
            ("83", b"\2"),  # type: audio
            ("86", b"A_OPUS"),
            ("63a2", head),
            ("e1", audio),
        )
    )
    info = _element("2ad7b1", (1_000_000).to_bytes(3, "big"))
    segment = _element("1549a966", info) + _element("1654ae6b", _element("ae", track))
    segment += _element("1f43b675", _element("e7", b"\0"))
    return _element("1a45dfa3", _element("4282", b"matroska")) + _element("18538067", segment)


def _element(name: str, payload: bytes) -> bytes:
    """One EBML element with a size of four bytes (RFC 8794 §4.4)."""
    return bytes.fromhex(name) + (len(payload) | 1 << 28).to_bytes(4, "big") + payload
