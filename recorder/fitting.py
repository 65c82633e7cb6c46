"""Pictures of any size, shape and orientation → one constant size, square pixels, 4:2:0.

What has another shape than the target gets black borders; nothing is stretched or cut off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
from av.error import FFmpegError
from av.filter import Graph
from av.video.frame import VideoFrame

from recorder.bitstream import Size

LONG_SIDE, SHORT_SIDE = 1280, 720
TURNS: dict[int, tuple[tuple[str, str], ...]] = {
    0: (),
    90: (("transpose", "cclock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "clock"),),
}


def even(length: float) -> int:
    return max(16, round(length / 2) * 2)


def limited(width: float, height: float) -> Size:
    """The largest even size of this shape within 1280 x 720, or 720 x 1280; never enlarged."""
    long_side, short_side = max(width, height), min(width, height)
    scale = min(1.0, LONG_SIDE / long_side, SHORT_SIDE / short_side)
    return Size(even(width * scale), even(height * scale))


def turn_of(frame: VideoFrame) -> int:
    """Quarter turns to the left that a player makes before it shows the frame, in degrees."""
    return round(frame.rotation / 90) * 90 % 360


def shown_size(frame: VideoFrame, pixel_shape: Fraction | None) -> tuple[float, float]:
    """Width and height as a player shows them. `pixel_shape`: a pixel's width by its height."""
    width = frame.width * float(pixel_shape or 1)
    if turn_of(frame) in (90, 270):
        return frame.height, width
    return width, frame.height


@dataclass(frozen=True)
class _Shape:
    width: int
    height: int
    format: str
    turn: int


class Fitting:
    """Fits frames into `size`; give it frames in order."""

    def __init__(self, size: Size, pixel_shape: Fraction | None = None) -> None:
        self.size = size
        self._pixel_shape = pixel_shape
        self._shape: _Shape | None = None
        self._fit: Callable[[VideoFrame], VideoFrame] | None = None

    def fit(self, frame: VideoFrame) -> VideoFrame | None:
        """The picture in the constant size; its time is left to the caller.

        None for a frame that says of itself what cannot be.
        """
        shape = _Shape(frame.width, frame.height, frame.format.name, turn_of(frame))
        try:
            if self._fit is None or shape != self._shape:
                self._shape, self._fit = shape, self._make_fit(frame, shape)
            return self._fit(frame)
        except FFmpegError:
            self._fit = None
            return None

    def _make_fit(self, frame: VideoFrame, shape: _Shape) -> Callable[[VideoFrame], VideoFrame]:
        if shape == _Shape(self.size.width, self.size.height, "yuv420p", 0):
            return lambda same: same
        graph = self._make_graph(frame, shape)

        def fit(source: VideoFrame) -> VideoFrame:
            source.pts, source.time_base = 0, Fraction(1, 90000)
            graph.vpush(source)
            return graph.vpull()

        return fit

    def _make_graph(self, frame: VideoFrame, shape: _Shape) -> Graph:
        width, height = shown_size(frame, self._pixel_shape)
        scale = min(self.size.width / width, self.size.height / height)
        inner_width = min(even(width * scale), self.size.width)
        inner_height = min(even(height * scale), self.size.height)
        graph = Graph()
        nodes = [
            graph.add_buffer(
                width=shape.width,
                height=shape.height,
                format=av.VideoFormat(shape.format),
                time_base=Fraction(1, 90000),
            )
        ]
        nodes += [graph.add(name, argument or None) for name, argument in TURNS[shape.turn]]
        nodes += [
            graph.add("scale", f"{inner_width}:{inner_height}:flags=bicubic:out_range=tv"),
            graph.add("pad", f"{self.size.width}:{self.size.height}:(ow-iw)/2:(oh-ih)/2"),
            graph.add("setsar", "1"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph
