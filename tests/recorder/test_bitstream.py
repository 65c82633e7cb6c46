"""The bitstream tells codec, size and length; any other bytes tell nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder import bitstream
from tests.recorder.material import tone, video


@pytest.mark.parametrize("codec", ["h264", "vp8"])
@pytest.mark.parametrize("size", [(320, 240), (1280, 720), (642, 362), (720, 1280)])
def test_a_key_frame_tells_its_codec_and_size(codec: str, size: tuple[int, int]) -> None:
    [frame] = video(codec, 1 / 30, size=size)

    assert bitstream.picture(frame.data) == (codec, size)


def test_opus_packets_tell_how_long_they_play() -> None:
    assert {bitstream.opus_seconds(frame.data) for frame in tone(0.2)} == {0.02}
    assert bitstream.opus_seconds(bitstream.OPUS_SILENCE) == 0.02
    assert bitstream.opus_seconds(b"") == 0


@given(st.binary(max_size=200), st.sampled_from([b"", b"\0\0\1\x67", b"\0\0\0\1\x67\x64\0\x1f"]))
def test_any_bytes_are_read_without_an_error(data: bytes, start: bytes) -> None:
    bitstream.picture(start + data)
    bitstream.parameter_sets(start + data)
    assert bitstream.opus_seconds(data) <= 0.12
