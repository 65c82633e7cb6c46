"""Encoded frames → RTP payloads, for clips and for live watching.

Our own and not aiortc's, for two reasons. Payloads stay within 1200 bytes, so that they pass through
VPN tunnels, where aiortc's 1300 vanish without a word. And VP8 goes out without picture ids
(optional, RFC 7741 section 4.2): a clip's payloads are shared by all viewers and a publisher's
numbers are not ours, so ids would jump at every switch of source, while our sequence numbers never
do and say the same.
"""

from typing import Any, Final

import av

from media.rtp import MAX_PAYLOAD_BYTES

CLOCK_RATES: Final = {"opus": 48000, "h264": 90000, "vp8": 90000}

START_CODE: Final = b"\x00\x00\x01"
STAP_A: Final = 24
FU_A: Final = 28
VP8_FRAME_START: Final = b"\x10"
VP8_FRAME_REST: Final = b"\x00"


def payloads(codec: str, packet: "av.Packet[Any]") -> list[bytes]:
    """The RTP payloads of one encoded frame; audio is one payload.

    H264 is expected as Annex B. Raises ValueError for a frame with nothing in it and for a codec
    that we cannot packetise.
    """
    data = bytes(packet)
    match codec:
        case "opus":
            packed = [data] if data else []
        case "h264":
            packed = _pack_h264(data)
        case "vp8":
            packed = _pack_vp8(data)
        case _:
            raise ValueError(f"{codec} cannot be packetised")
    if not packed:
        raise ValueError(f"empty {codec} frame")
    return packed


def _pack_vp8(data: bytes) -> list[bytes]:
    pieces = _pieces(data, MAX_PAYLOAD_BYTES - 1)
    return [
        (VP8_FRAME_REST if number else VP8_FRAME_START) + piece
        for number, piece in enumerate(pieces)
    ]


def _pack_h264(data: bytes) -> list[bytes]:
    """RFC 6184, packetization-mode 1: small NAL units together, big ones in pieces."""
    packed: list[bytes] = []
    small: list[bytes] = []
    for unit in _nal_units(data):
        if small and _aggregate_bytes([*small, unit]) > MAX_PAYLOAD_BYTES:
            packed.append(_aggregate(small))
            small = []
        if len(unit) > MAX_PAYLOAD_BYTES:
            packed += _fragments(unit)
        else:
            small.append(unit)
    return [*packed, _aggregate(small)] if small else packed


def _nal_units(data: bytes) -> list[bytes]:
    """Zeros before a start code belong to it: a NAL unit never ends in one (H.264 section 7.4.1)."""
    units = [unit.rstrip(b"\x00") for unit in data.split(START_CODE)[1:]]
    return [unit for unit in units if unit]


def _aggregate_bytes(units: list[bytes]) -> int:
    return 1 + sum(2 + len(unit) for unit in units)


def _aggregate(units: list[bytes]) -> bytes:
    """STAP-A, section 5.7.1; a unit alone goes as it is."""
    if len(units) == 1:
        return units[0]
    forbidden = max(unit[0] & 0x80 for unit in units)
    importance = max(unit[0] & 0x60 for unit in units)
    sized = (len(unit).to_bytes(2, "big") + unit for unit in units)
    return bytes([forbidden | importance | STAP_A]) + b"".join(sized)


def _fragments(unit: bytes) -> list[bytes]:
    """FU-A, section 5.8."""
    indicator, kind = unit[0] & 0xE0 | FU_A, unit[0] & 0x1F
    pieces = _pieces(unit[1:], MAX_PAYLOAD_BYTES - 2)
    last = len(pieces) - 1
    return [
        bytes([indicator, kind | (0x80 if number == 0 else 0) | (0x40 if number == last else 0)])
        + piece
        for number, piece in enumerate(pieces)
    ]


def _pieces(data: bytes, limit: int) -> list[bytes]:
    """As few pieces as can be, all of nearly the same size."""
    count = -(-len(data) // limit)
    return [data[len(data) * i // count : len(data) * (i + 1) // count] for i in range(count)]
