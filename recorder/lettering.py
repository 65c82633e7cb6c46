"""Letters drawn as round strokes, so that a sample clip needs no font on the machine.

A glyph lies on a grid 4 wide and 6 high, y downwards: capitals stand from 0 to 6. A stroke is a
row of points, two digits each; with `~` in front they steer a curve (a clamped quadratic
B-spline: it starts and ends in the outer points and touches the middle of every side between).
Small letters are drawn as capitals, accents are left out, an unknown character is a space.
"""

import functools
import unicodedata
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.float32]

GRID_HEIGHT = 6.0
STROKE = 0.075  # half the width of a stroke, of the letter's height
SPACING = 0.28  # between letters, of the letter's height
SPACE = 0.42
CURVE_STEPS = 8

GLYPHS = {
    "A": "062046 1434", "B": "0006 ~00303303 ~03434606", "C": "~414000064645",
    "D": "0006 ~00404606", "E": "40000646 0333", "F": "400006 0333",
    "G": "~414000064643 4323", "H": "0006 4046 0343", "I": "0006", "J": "3034 ~34360605",
    "K": "0006 4004 1346", "L": "000646", "M": "0600234046", "N": "06004640",
    "O": "~204046060020", "P": "0006 ~00404303", "Q": "~204046060020 3446",
    "R": "0006 ~00404303 2346", "S": "~4140000343460605", "T": "0040 2026",
    "U": "0004 ~04064644 4440", "V": "002640", "W": "0016233640", "X": "0046 4006",
    "Y": "0023 4023 2326", "Z": "00400646",
    "0": "~204046060020", "1": "022026", "2": "~0200404306 0646", "3": "~0100404313 ~1343460605",
    "4": "36300444", "5": "400003 ~0342460605", "6": "~400004 ~234346060323", "7": "004016",
    "8": "~204043030020 ~234346060323", "9": "~204043030020 ~424606",
    ".": "0606", ",": "1607", ":": "0202 0606", "!": "0004 0606", "?": "~0100404323 2324 2626",
    "-": "0333", "–": "0343", "'": "0001", "’": "0001", "/": "4006", "·": "0303", "+": "0343 2125",
}  # fmt: skip


def text_mask(text: str, height: int) -> Mask:
    """How much of each pixel the text covers, 0 to 1; `height` pixels from cap to base line.

    The mask is a third of the height larger at every edge, so that round ends are not cut.
    """
    margin = height // 3
    placed: list[tuple[int, Mask]] = []
    pen = 0.0
    for character in plain(text):
        if character in GLYPHS:
            tile = _tile(character, height)
            placed.append((round(pen), tile))
            pen += tile.shape[1] - 2 * margin + SPACING * height
        else:
            pen += SPACE * height
    width = max((x + tile.shape[1] for x, tile in placed), default=2 * margin)
    mask = np.zeros((height + 2 * margin, width), np.float32)
    for x, tile in placed:
        area = mask[:, x : x + tile.shape[1]]
        np.maximum(area, tile, out=area)
    return mask


def plain(text: str) -> str:
    """Capitals without accents, which is what can be drawn."""
    decomposed = unicodedata.normalize("NFD", text.upper())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@functools.lru_cache(maxsize=256)
def _tile(character: str, height: int) -> Mask:
    """One glyph with its margin."""
    strokes = [_points(stroke) for stroke in GLYPHS[character].split()]
    scale = height / GRID_HEIGHT
    margin = height // 3
    left = min(float(points[:, 0].min()) for points in strokes)
    right = max(float(points[:, 0].max()) for points in strokes)
    width = round((right - left) * scale) + 2 * margin
    y, x = np.mgrid[0 : height + 2 * margin, 0:width].astype(np.float32)
    pixels = np.stack([(x - margin) / scale + left, (y - margin) / scale], axis=-1)
    distance = np.min([_distance(pixels, points) for points in strokes], axis=0) * scale
    covered: Mask = np.clip(STROKE * height + 0.5 - distance, 0, 1).astype(np.float32)
    return covered


def _points(stroke: str) -> NDArray[np.float64]:
    digits = stroke.removeprefix("~")
    points = np.array([(int(x), int(y)) for x, y in zip(digits[::2], digits[1::2], strict=True)])
    return _curve(points.astype(np.float64)) if stroke.startswith("~") else points.astype(float)


def _curve(steering: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points along the clamped quadratic B-spline of these steering points."""
    middles = (steering[1:-2] + steering[2:-1]) / 2
    ends = np.concatenate([steering[:1], middles, steering[-1:]])
    t = np.linspace(0, 1, CURVE_STEPS, endpoint=False)[:, np.newaxis]
    arcs = [
        (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
        for start, control, end in zip(ends, steering[1:-1], ends[1:], strict=False)
    ]
    return np.concatenate([*arcs, steering[-1:]])


def _distance(pixels: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """From each pixel to the nearest of the segments between neighbouring points."""
    nearest = np.full(pixels.shape[:2], np.inf)
    for start, end in pairwise(points):
        along = end - start
        length = max(float(along @ along), 1e-9)
        t = np.clip((pixels - start) @ along / length, 0, 1)[..., np.newaxis]
        nearest = np.minimum(nearest, np.linalg.norm(pixels - (start + t * along), axis=-1))
    return nearest
