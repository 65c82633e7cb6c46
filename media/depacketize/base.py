"""What every depacketizer does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class EncodedFrame:
    """`size` is width and height in pixels, where this frame tells it."""

    data: bytes
    is_keyframe: bool
    size: tuple[int, int] | None = None


class Depacketizer(Protocol):
    one_packet_frames: bool

    def starts_frame(self, payload: bytes) -> bool: ...

    def starts_key_frame(self, payload: bytes) -> bool: ...

    def assemble(self, payloads: Sequence[bytes]) -> EncodedFrame: ...
