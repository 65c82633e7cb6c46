"""The few facts a pass-through recorder must read from encoded packets, without decoding.

Picture size and parameter sets of H264 (ITU-T H.264 §7.3.2.1, Annex B), picture size of VP8
(RFC 6386 §9.1), the length of an Opus packet (RFC 6716 §3.1). Input is a stranger's: every
reader returns None where the bytes make no sense, and looks at a bounded number of them.
"""

from collections.abc import Iterator
from typing import NamedTuple

SPS, PPS, IDR, SLICE = 7, 8, 5, 1
HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
MAX_SPS_BYTES = 512
OPUS_FRAME_MS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4
OPUS_SILENCE = b"\xf8\xff\xfe"  # 20 ms of CELT full band, coded as silence


class Size(NamedTuple):
    """A picture's size in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


class Picture(NamedTuple):
    """What a key frame says of itself."""

    codec: str
    size: Size


def picture(key_frame: bytes) -> Picture | None:
    """Codec and size of a key frame of H264 (Annex B) or VP8; None when it is neither."""
    if key_frame[3:6] == b"\x9d\x01\x2a" and not key_frame[0] & 1 and len(key_frame) >= 10:
        width = int.from_bytes(key_frame[6:8], "little") & 0x3FFF
        height = int.from_bytes(key_frame[8:10], "little") & 0x3FFF
        return Picture("vp8", Size(width, height)) if width and height else None
    for kind, unit in header_units(key_frame):
        if kind == SPS and (size := sps_size(unit)):
            return Picture("h264", size)
    return None


def parameter_sets(key_frame: bytes) -> bytes | None:
    """The parameter sets of an Annex B key frame, Annex B again; None when one is missing."""
    units = [(kind, unit) for kind, unit in header_units(key_frame) if kind in (SPS, PPS)]
    if {kind for kind, _ in units} != {SPS, PPS}:
        return None
    return b"".join(b"\0\0\0\1" + unit for _, unit in units)


def is_annex_b(data: bytes) -> bool:
    return data.startswith((b"\0\0\0\1", b"\0\0\1"))


def header_units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, NAL unit) of an Annex B frame, up to its first slice, which is left out."""
    start = data.find(b"\0\0\1")
    while start >= 0 and start + 3 < len(data):
        kind = data[start + 3] & 0x1F
        if kind in (SLICE, IDR):
            return
        end = data.find(b"\0\0\1", start + 3)
        unit = data[start + 3 :] if end < 0 else data[start + 3 : end]
        yield kind, unit.rstrip(b"\0")
        start = end


def opus_seconds(packet: bytes) -> float:
    """How long an Opus packet plays; 0 for one that cannot be."""
    if not packet:
        return 0.0
    frames = (1, 2, 2, 0)[packet[0] & 3]
    if frames == 0:
        frames = packet[1] & 0x3F if len(packet) > 1 else 0
    return min(frames * OPUS_FRAME_MS[packet[0] >> 3], 120) / 1000


def sps_size(unit: bytes) -> Size | None:
    """Picture size after cropping, from a sequence parameter set (with its NAL header)."""
    bits = _Bits(unit[1:MAX_SPS_BYTES].replace(b"\0\0\3", b"\0\0"))
    try:
        return _read_sps_size(bits)
    except IndexError:
        return None


class _Bits:
    """Reads bits and Exp-Golomb numbers (H.264 §9.1); IndexError past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def bit(self) -> int:
        byte = self._data[self._position >> 3]
        bit = byte >> (7 - (self._position & 7)) & 1
        self._position += 1
        return bit

    def number(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.bit()
        return value

    def unsigned(self) -> int:
        zeros = 0
        while not self.bit():
            zeros += 1
            if zeros > 31:
                raise IndexError
        return (1 << zeros) - 1 + self.number(zeros)

    def signed(self) -> int:
        value = self.unsigned()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _read_sps_size(bits: _Bits) -> Size | None:
    profile = bits.number(8)
    bits.number(16)  # constraint flags, level
    bits.unsigned()
    chroma = _read_chroma(bits) if profile in HIGH_PROFILES else 1
    bits.unsigned()
    _skip_picture_order(bits)
    bits.unsigned()
    bits.bit()
    width = 16 * (bits.unsigned() + 1)
    map_units = bits.unsigned() + 1
    frames_only = bits.bit()
    height = 16 * map_units * (2 - frames_only)
    if not frames_only:
        bits.bit()
    bits.bit()
    if bits.bit():
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1) * (2 - frames_only)
    return Size(width, height) if 0 < width <= 16384 and 0 < height <= 16384 else None


def _read_chroma(bits: _Bits) -> int:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.bit()
    bits.unsigned()
    bits.unsigned()
    bits.bit()
    if bits.bit():
        for index in range(8 if chroma != 3 else 12):
            if bits.bit():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: _Bits, entries: int) -> None:
    last = following = 8
    for _ in range(entries):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.bit()
        bits.signed()
        bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()


def annex_b(unit_lengths: bytes) -> bytes:
    """A frame as MP4 keeps it (lengths of four bytes, ISO 14496-15 §5.3) as Annex B."""
    units, position = [], 0
    while position + 4 < len(unit_lengths):
        length = int.from_bytes(unit_lengths[position : position + 4], "big")
        units.append(b"\0\0\0\1" + unit_lengths[position + 4 : position + 4 + length])
        position += 4 + length
    return b"".join(units)
