"""From the payloads of RTP packets to one encoded frame, a file per codec.

To add a codec (VP9, AV1): write its file, add it to `depacketizer` here and to `_rank` and
`_answer_codec` of sdp_answer.py. A depacketizer sees the non-empty payloads of one frame, whole and
in order; it raises `Malformed` and nothing else.
"""

from media.depacketize.base import Depacketizer, EncodedFrame
from media.depacketize.h264 import H264
from media.depacketize.opus import Opus
from media.depacketize.vp8 import Vp8

__all__ = ["Depacketizer", "EncodedFrame", "depacketizer"]


def depacketizer(codec: str) -> Depacketizer:
    """A new one for "opus", "vp8" or "h264"; KeyError for any other."""
    makers: dict[str, type[Opus] | type[Vp8] | type[H264]] = {
        "opus": Opus,
        "vp8": Vp8,
        "h264": H264,
    }
    return makers[codec]()
