"""VP8 (RFC 7741): a payload descriptor, then a piece of the frame; sizes from its head (RFC 6386 9.1)."""

from collections.abc import Sequence

from media.depacketize.base import EncodedFrame
from media.errors import Malformed

_START_CODE = b"\x9d\x01\x2a"


class Vp8:
    one_packet_frames = False

    def starts_frame(self, payload: bytes) -> bool:
        return payload[0] & 0x17 == 0x10

    def starts_key_frame(self, payload: bytes) -> bool:
        start = _descriptor_bytes(payload)
        return self.starts_frame(payload) and len(payload) > start and not payload[start] & 1

    def assemble(self, payloads: Sequence[bytes]) -> EncodedFrame:
        data = b"".join(payload[_descriptor_bytes(payload) :] for payload in payloads)
        if not data:
            raise Malformed("VP8 frame without data")
        if data[0] & 1:
            return EncodedFrame(data, is_keyframe=False)
        if data[3:6] != _START_CODE or len(data) < 10:
            raise Malformed("VP8 key frame without its start code")
        width = (data[6] | data[7] << 8) & 0x3FFF
        height = (data[8] | data[9] << 8) & 0x3FFF
        return EncodedFrame(data, is_keyframe=True, size=(width, height))


def _descriptor_bytes(payload: bytes) -> int:
    """RFC 7741 section 4.2; a length beyond the payload leaves nothing of it."""
    if not payload[0] & 0x80:
        return 1
    if len(payload) < 2:
        return 2
    extended = payload[1]
    length = 2
    if extended & 0x80:
        length += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
    return length + (1 if extended & 0x40 else 0) + (1 if extended & 0x30 else 0)
