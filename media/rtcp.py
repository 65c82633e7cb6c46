"""RTCP as bytes: reports, NACK, key frame requests, goodbye; parse and build. Pure.

RFC 3550 section 6 (reports), RFC 4585 (NACK, PLI), RFC 5104 (FIR). Parsing a compound gives the
packets that mean something here, leaves out the others, and raises `Malformed` or nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct

from media.errors import Malformed

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION, GOODBYE = 200, 201, 202, 203
TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 205, 206
NACK_FORMAT, PLI_FORMAT, FIR_FORMAT = 1, 1, 4
MAX_NACKS = 253
"""Of one NACK packet, so that it fits a datagram with its report."""

_HEAD = Struct("!BBH")
_SENDER = Struct("!IQIII")
_BLOCK = Struct("!IIIIII")
_PAIR = Struct("!II")
_LOSS = Struct("!HH")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver tells of one stream. `lost` may be negative (duplicates); `jitter` in RTP units.

    `last_report` and `delay` are 1/65536 s: the middle of the last sender report's NTP time, and
    how long ago it came; both 0 when none came yet.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp` is 32.32 fixed point seconds since 1900."""

    ssrc: int
    ntp: int
    rtp_time: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Nack:
    sender_ssrc: int
    media_ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyFrameRequest:
    """PLI or FIR; the two ask for the same here."""

    sender_ssrc: int
    media_ssrc: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


RtcpPacket = SenderReport | ReceiverReport | Nack | KeyFrameRequest | Goodbye


def parse(data: bytes) -> list[RtcpPacket]:
    packets: list[RtcpPacket] = []
    position = 0
    while position < len(data):
        if len(data) - position < 4:
            raise Malformed("RTCP header is cut off")
        first, kind, words = _HEAD.unpack_from(data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            raise Malformed("RTCP packet is cut off or of another version")
        body = data[position + 4 : end]
        if first & 0x20:
            body = _without_padding(body)
        packets += _parse_body(kind, first & 0x1F, body)
        position = end
    return packets


def _without_padding(body: bytes) -> bytes:
    if not body or not 0 < body[-1] <= len(body):
        raise Malformed("RTCP padding is longer than its packet")
    return body[: -body[-1]]


def _parse_body(kind: int, count: int, body: bytes) -> Iterable[RtcpPacket]:
    if kind == SENDER_REPORT:
        _need(body, _SENDER.size + count * _BLOCK.size)
        ssrc, ntp, rtp_time, packets, octets = _SENDER.unpack_from(body)
        blocks = _blocks(body, _SENDER.size, count)
        yield SenderReport(ssrc, ntp, rtp_time, packets, octets, blocks)
    elif kind == RECEIVER_REPORT:
        _need(body, 4 + count * _BLOCK.size)
        yield ReceiverReport(int.from_bytes(body[:4], "big"), _blocks(body, 4, count))
    elif kind == GOODBYE:
        _need(body, 4 * count)
        yield Goodbye(tuple(int.from_bytes(body[4 * i : 4 * i + 4], "big") for i in range(count)))
    elif kind == TRANSPORT_FEEDBACK and count == NACK_FORMAT:
        _need(body, _PAIR.size)
        sender, media = _PAIR.unpack_from(body)
        yield Nack(sender, media, tuple(_lost_sequences(body)))
    elif kind == PAYLOAD_FEEDBACK and count == PLI_FORMAT:
        _need(body, _PAIR.size)
        yield KeyFrameRequest(*_PAIR.unpack_from(body))
    elif kind == PAYLOAD_FEEDBACK and count == FIR_FORMAT:
        _need(body, _PAIR.size)
        sender = int.from_bytes(body[:4], "big")
        for position in range(8, len(body) - 7, 8):
            yield KeyFrameRequest(sender, int.from_bytes(body[position : position + 4], "big"))


def _need(body: bytes, length: int) -> None:
    if len(body) < length:
        raise Malformed("RTCP packet is cut off")


def _blocks(body: bytes, position: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for index in range(count):
        ssrc, loss, *rest = _BLOCK.unpack_from(body, position + index * _BLOCK.size)
        lost = loss & 0xFFFFFF
        signed = lost - 0x1000000 if lost & 0x800000 else lost
        blocks.append(ReportBlock(ssrc, loss >> 24, signed, *rest))
    return tuple(blocks)


def _lost_sequences(body: bytes) -> Iterable[int]:
    for position in range(8, len(body) - 3, 4):
        first, mask = _LOSS.unpack_from(body, position)
        yield first
        for bit in range(16):
            if mask >> bit & 1:
                yield first + bit + 1 & 0xFFFF


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def _block_bytes(block: ReportBlock) -> bytes:
    loss = block.fraction_lost << 24 | (max(-0x800000, min(block.lost, 0x7FFFFF)) & 0xFFFFFF)
    return _BLOCK.pack(
        block.ssrc, loss, block.highest_sequence, block.jitter, block.last_report, block.delay
    )


def build_sender_report(report: SenderReport) -> bytes:
    head = _SENDER.pack(report.ssrc, report.ntp, report.rtp_time, report.packets, report.octets)
    blocks = b"".join(map(_block_bytes, report.blocks))
    return _packet(SENDER_REPORT, len(report.blocks), head + blocks)


def build_receiver_report(report: ReceiverReport) -> bytes:
    blocks = b"".join(map(_block_bytes, report.blocks))
    return _packet(RECEIVER_REPORT, len(report.blocks), report.ssrc.to_bytes(4, "big") + blocks)


def build_description(ssrc: int, cname: str) -> bytes:
    """SDES with the one item that a compound must carry (RFC 3550 section 6.5.1)."""
    name = cname.encode()
    chunk = ssrc.to_bytes(4, "big") + bytes((1, len(name))) + name
    return _packet(DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))


def build_nack(sender_ssrc: int, media_ssrc: int, sequences: Sequence[int]) -> bytes:
    """RFC 4585 section 6.2.1. `sequences` are 16 bit, in the order in which they were sent."""
    pairs: list[tuple[int, int]] = []
    for sequence in sequences[:MAX_NACKS]:
        # Never across the wrap, where aiortc as a sender misreads the mask.
        ahead = sequence - pairs[-1][0] if pairs else 0
        if pairs and 1 <= ahead <= 16:
            pairs[-1] = (pairs[-1][0], pairs[-1][1] | 1 << ahead - 1)
        else:
            pairs.append((sequence, 0))
    losses = b"".join(_LOSS.pack(*pair) for pair in pairs)
    return _packet(TRANSPORT_FEEDBACK, NACK_FORMAT, _PAIR.pack(sender_ssrc, media_ssrc) + losses)


def build_picture_loss(sender_ssrc: int, media_ssrc: int) -> bytes:
    """PLI, RFC 4585 section 6.3.1."""
    return _packet(PAYLOAD_FEEDBACK, PLI_FORMAT, _PAIR.pack(sender_ssrc, media_ssrc))


def build_goodbye(ssrcs: Sequence[int]) -> bytes:
    return _packet(GOODBYE, len(ssrcs), b"".join(s.to_bytes(4, "big") for s in ssrcs))
