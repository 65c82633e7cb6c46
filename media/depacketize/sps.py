"""Picture size from an H264 sequence parameter set (ITU-T H.264 section 7.3.2.1.1). Pure."""

from media.errors import Malformed

_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138))
_MAX_EXP_GOLOMB_ZEROS = 31
_MAX_SPS_BYTES = 512


class _Bits:
    """Reads the bits of a unit, emulation prevention bytes removed."""

    def __init__(self, unit: bytes) -> None:
        data = unit[:_MAX_SPS_BYTES].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        if count > self._left:
            raise Malformed("H264 sequence parameter set is cut off")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _MAX_EXP_GOLOMB_ZEROS:
                raise Malformed("H264 sequence parameter set has a number without end")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def picture_size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels after cropping. Raises Malformed."""
    bits = _Bits(sps[1:])
    profile = bits.read(8)
    bits.read(16)
    bits.unsigned()
    chroma = _skip_high_profile(bits) if profile in _HIGH_PROFILES else 1
    bits.unsigned()
    _skip_picture_order(bits)
    bits.unsigned()
    bits.read(1)
    width_mbs, height_units = bits.unsigned() + 1, bits.unsigned() + 1
    frame_only = bits.read(1)
    if not frame_only:
        bits.read(1)
    bits.read(1)
    left = right = top = bottom = 0
    if bits.read(1):
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
    step_x = 2 if chroma in (1, 2) else 1
    step_y = (2 if chroma == 1 else 1) * (2 - frame_only)
    width = 16 * width_mbs - step_x * (left + right)
    height = 16 * height_units * (2 - frame_only) - step_y * (top + bottom)
    if not (0 < width <= 16384 and 0 < height <= 16384):
        raise Malformed("H264 picture size is impossible")
    return width, height


def _skip_high_profile(bits: _Bits) -> int:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.read(1)
    bits.unsigned()
    bits.unsigned()
    bits.read(1)
    if bits.read(1):
        raise Malformed("H264 scaling matrices are not for real-time profiles")
    return chroma


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()
