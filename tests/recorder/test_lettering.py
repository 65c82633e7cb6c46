"""Letters without a font: what is drawn covers pixels, what cannot be drawn leaves a gap."""

import numpy as np
import pytest

from recorder.lettering import GLYPHS, plain, text_mask


@pytest.mark.parametrize("character", sorted(GLYPHS))
def test_every_glyph_leaves_ink_inside_its_margins(character: str) -> None:
    mask = text_mask(character, 60)
    assert mask.max() == 1
    assert mask[[0, -1]].max() < 0.5
    assert mask[:, [0, -1]].max() < 0.5


def test_every_letter_and_digit_has_a_look_of_its_own() -> None:
    looks = {text_mask(character, 30).tobytes() for character in GLYPHS if character.isalnum()}
    twins = 1  # O and zero
    assert len(looks) == sum(character.isalnum() for character in GLYPHS) - twins


def test_small_letters_and_accents_become_plain_capitals() -> None:
    assert plain("Über café") == "UBER CAFE"


def test_text_without_a_drawable_character_is_empty() -> None:
    assert not np.any(text_mask("中 文", 30))
