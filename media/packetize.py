"""Encoded frames → RTP payloads, for clips and for live watching, with aiortc's packetisers.

VP8 goes out without picture ids (optional in RFC 7741 section 4.2): a clip's payloads are shared by
all viewers and a publisher's numbers are not ours, so the ids would jump at every switch of source,
while our sequence numbers never do and say the same.
"""

from typing import Any, Final

import av
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder

CLOCK_RATES: Final = {"opus": 48000, "h264": 90000, "vp8": 90000}

_h264 = H264Encoder()
_vp8 = Vp8Encoder()
_VP8_DESCRIPTOR_BYTES: Final = 4


def payloads(codec: str, packet: "av.Packet[Any]") -> list[bytes]:
    """The RTP payloads of one encoded frame, each at most 1300 bytes; audio is one payload.

    H264 is expected as Annex B (RFC 6184, packetization-mode 1). Raises ValueError for a frame that
    is not what its codec says and for a codec that we cannot packetise.
    """
    try:
        packed = _pack(codec, packet)
    except (IndexError, TypeError) as error:
        raise ValueError(f"broken {codec} frame") from error
    if not packed:
        raise ValueError(f"empty {codec} frame")
    return packed


def _pack(codec: str, packet: "av.Packet[Any]") -> list[bytes]:
    match codec:
        case "opus":
            return [bytes(packet)]
        case "h264":
            return _h264.pack(packet)[0]
        case "vp8":
            return [_without_picture_id(payload) for payload in _vp8.pack(packet)[0]]
    raise ValueError(f"{codec} cannot be packetised")


def _without_picture_id(payload: bytes) -> bytes:
    return bytes([payload[0] & 0x7F]) + payload[_VP8_DESCRIPTOR_BYTES:]
