"""One spoken answer, made once."""

import pytest

from tests.material.speech import Speech, make_speech


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    plan = [
        ("I look after the trees of a small town, and I like the early mornings.", 2.5),
        ("My best project was a school yard.", 4.0),
    ]
    return make_speech(tmp_path_factory.mktemp("speech"), plan)
