"""RTP as bytes: headers, header extensions, retransmissions, wrap-around arithmetic. Pure.

RFC 3550 section 5.1 (header), RFC 8285 (extensions), RFC 4588 (RTX), RFC 7983 (first byte).
Parsing anything either gives a value or raises `Malformed`, never another error.
"""

from dataclasses import dataclass, field
from struct import Struct

from media.errors import Malformed

_HEADER = Struct("!BBHII")
_WORD = Struct("!HH")
HEADER_BYTES = _HEADER.size
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000
MAX_PAYLOAD_BYTES = 1200
"""What fits every path seen in practice, with SRTP, UDP and IPv6 headers added."""

_NO_EXTENSIONS: dict[int, bytes] = {}


@dataclass(slots=True)
class RtpPacket:
    """`payload` is without padding; a probing packet has none left. `extensions`: id → value."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    extensions: dict[int, bytes] = field(default_factory=dict)


def parse(data: bytes) -> RtpPacket:
    if len(data) < HEADER_BYTES:
        raise Malformed("an RTP packet has at least 12 bytes")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise Malformed("RTP version is not 2")
    start = HEADER_BYTES + 4 * (first & 0x0F)
    end = len(data)
    extensions = _NO_EXTENSIONS
    if first & 0x10:
        extensions, start = _parse_extensions(data, start)
    if first & 0x20 and end > start:
        end -= data[-1]
        if data[-1] == 0:
            raise Malformed("padding without its length")
    if start > end:
        raise Malformed("RTP header is longer than its packet")
    return RtpPacket(
        second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, data[start:end], extensions
    )


def _parse_extensions(data: bytes, start: int) -> tuple[dict[int, bytes], int]:
    if len(data) < start + 4:
        raise Malformed("RTP header extension is cut off")
    profile, words = _WORD.unpack_from(data, start)
    position, end = start + 4, start + 4 + 4 * words
    if len(data) < end:
        raise Malformed("RTP header extension is cut off")
    if profile == ONE_BYTE_PROFILE:
        return _one_byte_elements(data, position, end), end
    if profile & 0xFFF0 == TWO_BYTE_PROFILE:
        return _two_byte_elements(data, position, end), end
    return _NO_EXTENSIONS, end


def _one_byte_elements(data: bytes, position: int, end: int) -> dict[int, bytes]:
    elements = {}
    while position < end:
        head = data[position]
        position += 1
        if head == 0:
            continue
        if head >> 4 == 15:
            break
        length = (head & 0x0F) + 1
        if position + length > end:
            raise Malformed("RTP header extension element is cut off")
        elements[head >> 4] = data[position : position + length]
        position += length
    return elements


def _two_byte_elements(data: bytes, position: int, end: int) -> dict[int, bytes]:
    elements = {}
    while position < end:
        identifier = data[position]
        position += 1
        if identifier == 0:
            continue
        if position >= end or position + 1 + data[position] > end:
            raise Malformed("RTP header extension element is cut off")
        length = data[position]
        elements[identifier] = data[position + 1 : position + 1 + length]
        position += 1 + length
    return elements


def build(packet: RtpPacket) -> bytes:
    """The packet's bytes; extensions in the one-byte form (ids 1–14, values of 1–16 bytes)."""
    first, block = 0x80, b""
    if packet.extensions:
        first |= 0x10
        block = _build_extensions(packet.extensions)
    second = packet.payload_type | (0x80 if packet.marker else 0)
    header = _HEADER.pack(first, second, packet.sequence, packet.timestamp, packet.ssrc)
    return header + block + packet.payload


def _build_extensions(extensions: dict[int, bytes]) -> bytes:
    elements = b"".join(
        bytes(((identifier << 4) | (len(value) - 1),)) + value
        for identifier, value in extensions.items()
    )
    elements += bytes(-len(elements) % 4)
    return _WORD.pack(ONE_BYTE_PROFILE, len(elements) // 4) + elements


def unpack_retransmission(packet: RtpPacket, payload_type: int, ssrc: int) -> RtpPacket | None:
    """The original inside an RTX packet (RFC 4588 section 4); None for an empty probing packet."""
    payload = packet.payload
    if not payload:
        return None
    if len(payload) < 2:
        raise Malformed("an RTX packet begins with the original sequence number")
    original = payload[0] << 8 | payload[1]
    return RtpPacket(payload_type, packet.marker, original, packet.timestamp, ssrc, payload[2:], {})


def pack_retransmission(
    packet: RtpPacket, payload_type: int, ssrc: int, sequence: int
) -> RtpPacket:
    payload = packet.sequence.to_bytes(2, "big") + packet.payload
    return RtpPacket(
        payload_type, packet.marker, sequence, packet.timestamp, ssrc, payload, packet.extensions
    )


def is_rtcp(data: bytes) -> bool:
    """RFC 5761 section 4: packet types 192–223 are RTCP, on a port shared with RTP."""
    return len(data) > 1 and 192 <= data[1] <= 223


class Unwrapper:
    """Wrapping counters as integers that do not wrap: each value is the one nearest to the last.

    A value that goes back by less than half the range is that much earlier, not a wrap forward.
    """

    __slots__ = ("_half", "_last", "_mask")

    def __init__(self, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._half = 1 << (bits - 1)
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        last = self._last
        if last is None:
            self._last = value
            return value
        step = (value - last + self._half & self._mask) - self._half
        self._last = last + step
        return self._last

    def peek(self, value: int) -> int | None:
        """As `unwrap`, without moving; None before the first value."""
        if self._last is None:
            return None
        return self._last + (value - self._last + self._half & self._mask) - self._half
