"""Opus (RFC 7587): a packet is a frame; how long it lasts stands in its first byte (RFC 6716 3.1)."""

from collections.abc import Sequence

from media.depacketize.base import EncodedFrame
from media.errors import Malformed

_SILK_MS = (10, 20, 40, 60)
_HYBRID_MS = (10, 20)
_CELT_MS = (2.5, 5, 10, 20)


class Opus:
    one_packet_frames = True

    def starts_frame(self, payload: bytes) -> bool:
        return bool(payload)

    def starts_key_frame(self, payload: bytes) -> bool:
        return bool(payload)

    def assemble(self, payloads: Sequence[bytes]) -> EncodedFrame:
        return EncodedFrame(payloads[0], is_keyframe=True)


def duration_samples(packet: bytes) -> int:
    """Length of an Opus packet in samples of 48 kHz; at most 120 ms."""
    if not packet:
        raise Malformed("an Opus packet has at least one byte")
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration < 12:
        frame_ms: float = _SILK_MS[configuration & 3]
    elif configuration < 16:
        frame_ms = _HYBRID_MS[configuration & 1]
    else:
        frame_ms = _CELT_MS[configuration & 3]
    if code == 3 and len(packet) < 2:
        raise Malformed("an Opus packet of many frames says how many")
    frames = (1, 2, 2)[code] if code < 3 else packet[1] & 0x3F
    return min(int(frames * frame_ms * 48), 5760)
