"""The camera's file holds every number, in order, at its size."""

from pathlib import Path

import av
import numpy as np

from recorder.frame_number import read_frame_number
from tests.material.picture import HEIGHT, WIDTH, write_mjpeg


def test_every_frame_of_the_file_carries_its_number(tmp_path: Path) -> None:
    file = tmp_path / "camera.mjpeg"
    write_mjpeg(file, 45, flashes=True)
    with av.open(str(file), format="mjpeg") as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert {frame.shape for frame in frames} == {(HEIGHT, WIDTH, 3)}
    assert [read_frame_number(frame.astype(np.uint8)) for frame in frames] == list(range(45))
