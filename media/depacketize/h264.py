"""H264 (RFC 6184, packetization modes 0 and 1): payloads → an access unit as Annex B.

Every key frame leaves with its parameter sets: where the sender left them out, the last ones seen
are put in front, so that a file or a watcher can begin at any of them.
"""

from collections.abc import Iterator, Sequence

from media.depacketize.base import EncodedFrame
from media.depacketize.sps import picture_size
from media.errors import Malformed

SLICE, IDR, SPS, PPS, STAP_A, FU_A = 1, 5, 7, 8, 24, 28
START_CODE = b"\x00\x00\x00\x01"


class H264:
    one_packet_frames = False

    def __init__(self) -> None:
        self._sps = b""
        self._pps = b""

    def starts_frame(self, payload: bytes) -> bool:
        """Not a later slice and not the rest of a cut one."""
        kind = payload[0] & 0x1F
        if kind == FU_A:
            return len(payload) > 2 and payload[1] & 0x80 != 0 and payload[2] & 0x80 != 0
        if kind in (SLICE, IDR):
            return len(payload) > 1 and payload[1] & 0x80 != 0  # first_mb_in_slice is 0
        return True

    def starts_key_frame(self, payload: bytes) -> bool:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            return len(payload) > 1 and payload[1] & 0x9F == 0x80 | IDR
        if kind == STAP_A:
            return len(payload) > 3 and payload[3] & 0x1F in (SPS, IDR)
        return kind in (SPS, IDR)

    def assemble(self, payloads: Sequence[bytes]) -> EncodedFrame:
        units = [bytes(unit) for unit in _units(payloads) if unit]
        kinds = {unit[0] & 0x1F for unit in units}
        if not kinds & {SLICE, IDR}:
            self._remember(units)
            raise Malformed("H264 access unit without a picture")
        self._remember(units)
        size = None
        if IDR in kinds:
            if not (self._sps and self._pps):
                raise Malformed("H264 key frame before its parameter sets")
            size = picture_size(self._sps)
            units = self._with_parameter_sets(units, kinds)
        data = b"".join(START_CODE + unit for unit in units)
        return EncodedFrame(data, is_keyframe=IDR in kinds, size=size)

    def _remember(self, units: list[bytes]) -> None:
        for unit in units:
            if unit[0] & 0x1F == SPS:
                self._sps = unit
            elif unit[0] & 0x1F == PPS:
                self._pps = unit

    def _with_parameter_sets(self, units: list[bytes], kinds: set[int]) -> list[bytes]:
        missing = [] if SPS in kinds else [self._sps]
        return missing + ([] if PPS in kinds else [self._pps]) + units


def _units(payloads: Sequence[bytes]) -> Iterator[bytes | bytearray]:
    whole: bytearray | None = None
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            if len(payload) < 2:
                raise Malformed("H264 fragmentation unit without its header")
            if payload[1] & 0x80:
                whole = bytearray((payload[0] & 0xE0 | payload[1] & 0x1F,))
            if whole is None:
                raise Malformed("H264 fragmentation unit without its start")
            whole += payload[2:]
            if payload[1] & 0x40:
                yield whole
                whole = None
        elif whole is not None:
            raise Malformed("H264 fragmentation unit without its end")
        elif kind == STAP_A:
            yield from _aggregated(payload)
        elif 1 <= kind < STAP_A:
            yield payload
        else:
            raise Malformed(f"H264 payload of type {kind} was not negotiated")
    if whole is not None:
        raise Malformed("H264 fragmentation unit without its end")


def _aggregated(payload: bytes) -> Iterator[bytes]:
    position = 1
    while position < len(payload):
        end = position + 2 + int.from_bytes(payload[position : position + 2], "big")
        if end > len(payload):
            raise Malformed("H264 aggregation packet is cut off")
        yield payload[position + 2 : end]
        position = end
