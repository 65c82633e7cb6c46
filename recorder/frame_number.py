"""A running frame number in the picture itself: blocks for a machine, digits for people.

It proves that pictures arrived complete and in order, whatever happened on the way: the blocks
survive a codec at 300 kbit/s and any scaling, because their places are fractions of the picture.

A strip along the lower edge has two rows of 20 cells. The upper row holds 16 bits of the number,
most significant first, and 4 check bits; the lower row holds the opposite of each, so that a
grey, black or white picture reads as nothing. Numbers run from 0 to 65535.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recorder.lettering import text_mask

Picture = NDArray[np.uint8]

NUMBERS = 1 << 16
CELLS = 20
ROW_HEIGHT = 0.03  # of the picture's height; two rows
MARGIN = 0.04  # of the picture's width, on both sides
DIGITS_HEIGHT = 0.06
LEAST_CONTRAST = 60  # of 255, between the two rows of a cell
DARK, LIGHT = 20, 235


def draw_frame_number(picture: Picture, number: int) -> None:
    """Draws into `picture`, (height, width) luma or (height, width, 3) RGB, in place.

    Raises ValueError when the number does not fit in 16 bits.
    """
    if not 0 <= number < NUMBERS:
        raise ValueError(f"{number} does not fit in 16 bits")
    height, width = picture.shape[:2]
    edges = _cell_edges(width)
    top, middle, bottom = _row_edges(height)
    for bit, (left, right) in zip(_bits(number), pairwise(edges), strict=True):
        picture[top:middle, left:right] = LIGHT if bit else DARK
        picture[middle:bottom, left:right] = DARK if bit else LIGHT
    _draw_digits(picture, f"{number:05d}", edges[0], top)


def read_frame_number(picture: Picture) -> int | None:
    """The number in a picture of any size, luma or RGB; None when there is none to be read."""
    height, width = picture.shape[:2]
    top, middle, bottom = _row_edges(height)
    bits: list[int] = []
    for left, right in pairwise(_cell_edges(width)):
        upper = _core(picture, top, middle, left, right)
        lower = _core(picture, middle, bottom, left, right)
        if not abs(upper - lower) >= LEAST_CONTRAST:
            return None
        bits.append(int(upper > lower))
    number = int("".join(map(str, bits[:16])), 2)
    return number if _bits(number) == bits else None


def _bits(number: int) -> list[int]:
    """16 bits of the number and 4 that check them: its hexadecimal digits, weighted, modulo 16."""
    digits = [number >> 12 & 15, number >> 8 & 15, number >> 4 & 15, number & 15]
    check = (digits[0] + 3 * digits[1] + 5 * digits[2] + 7 * digits[3] + 9) % 16
    return [int(bit) for bit in f"{number:016b}{check:04b}"]


def _cell_edges(width: int) -> list[int]:
    return [round(width * (MARGIN + (1 - 2 * MARGIN) * n / CELLS)) for n in range(CELLS + 1)]


def _row_edges(height: int) -> tuple[int, int, int]:
    bottom = round(height * (1 - ROW_HEIGHT / 2))
    row = max(2, round(height * ROW_HEIGHT))
    return bottom - 2 * row, bottom - row, bottom


def _core(picture: Picture, top: int, bottom: int, left: int, right: int) -> float:
    """The mean of the inner half of a cell, where its neighbours do not bleed in."""
    inset_y, inset_x = (bottom - top) // 4, (right - left) // 4
    core = picture[top + inset_y : bottom - inset_y, left + inset_x : right - inset_x]
    return float(core.mean()) if core.size else float("nan")


def _draw_digits(picture: Picture, digits: str, left: int, bottom: int) -> None:
    """White digits with a dark edge, above the strip."""
    height = round(picture.shape[0] * DIGITS_HEIGHT)
    if height < 8:
        return
    mask = text_mask(digits, height)
    top = bottom - mask.shape[0]
    area = picture[top : top + mask.shape[0], left : left + mask.shape[1]]
    mask = mask[: area.shape[0], : area.shape[1]]
    weight = mask if picture.ndim == 2 else mask[..., np.newaxis]
    area[:] = (area * (1 - weight) + LIGHT * weight).astype(np.uint8)
