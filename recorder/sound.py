"""Decoded sound on a true time line: one run of samples in which sample n is at n / rate.

A live capture has holes (loss, silence that was not sent, a part's end), and an upload may begin
late. Holes become silence and overlaps are dropped, so that sound stays with its picture.
"""

from collections.abc import Iterator

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from numpy.typing import NDArray

Samples = NDArray[np.int16]  # mono

RATE_HZ = 48000
TOLERANCE_SECONDS = 0.01  # what clocks and rounding may differ before samples are moved
SILENCE_BLOCK = 48000


class SoundLine:
    """Turns decoded frames into mono samples without holes, starting at `zero_seconds`."""

    def __init__(self, rate_hz: int = RATE_HZ, zero_seconds: float = 0.0) -> None:
        self.rate_hz = rate_hz
        self.samples = 0
        self._zero_seconds = zero_seconds
        self._resampler = AudioResampler("s16", "mono", rate_hz)
        self._format: tuple[str, str, int] | None = None

    @property
    def end_seconds(self) -> float:
        """How much has been given out."""
        return self.samples / self.rate_hz

    def add(self, frame: AudioFrame) -> Iterator[Samples]:
        """The samples up to the end of `frame`, with silence before it where there is a hole."""
        at_seconds = frame.time
        yield from self._adapt(frame)
        place = self.samples
        if at_seconds is not None:
            place = round((at_seconds - self._zero_seconds) * self.rate_hz)
        if place - self.samples > TOLERANCE_SECONDS * self.rate_hz:
            yield from self.silence_until(place / self.rate_hz)
        excess = self.samples - place
        surplus = excess if excess > TOLERANCE_SECONDS * self.rate_hz else 0
        for chunk in self._resampled(frame):
            kept = chunk[min(surplus, len(chunk)) :]
            surplus -= len(chunk) - len(kept)
            yield from self._give(kept)

    def silence_until(self, end_seconds: float) -> Iterator[Samples]:
        """Nothing to be heard until `end_seconds`; nothing at all when that is past."""
        missing = round(end_seconds * self.rate_hz) - self.samples
        while missing > 0:
            count = min(missing, SILENCE_BLOCK)
            missing -= count
            yield from self._give(np.zeros(count, np.int16))

    def finish(self) -> Iterator[Samples]:
        """What the resampler still holds."""
        if self._format is not None:
            self._format = None
            for chunk in self._resampled(None):
                yield from self._give(chunk)

    def _adapt(self, frame: AudioFrame) -> Iterator[Samples]:
        """A file may change its format midway; a resampler may not."""
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if found != self._format:
            yield from self.finish()
            self._resampler = AudioResampler("s16", "mono", self.rate_hz)
            self._format = found
        frame.pts = None  # the resampler would fill holes in a way of its own

    def _resampled(self, frame: AudioFrame | None) -> list[Samples]:
        """Nothing of a frame that says of itself what cannot be."""
        try:
            return [part.to_ndarray()[0] for part in self._resampler.resample(frame)]
        except FFmpegError:
            self._format = None
            return []

    def _give(self, chunk: Samples) -> Iterator[Samples]:
        if len(chunk):
            self.samples += len(chunk)
            yield chunk


class Blocks:
    """The same samples in blocks of `size`, without the first `skip` of them."""

    def __init__(self, size: int, skip: int = 0) -> None:
        self._size = size
        self._skip = skip
        self._held = np.zeros(0, np.int16)

    def add(self, chunk: Samples) -> Iterator[Samples]:
        """The blocks that are full now."""
        skipped = min(self._skip, len(chunk))
        self._skip -= skipped
        held = np.concatenate((self._held, chunk[skipped:]))
        whole = len(held) - len(held) % self._size
        self._held = held[whole:]
        for start in range(0, whole, self._size):
            yield held[start : start + self._size]

    def finish(self) -> Iterator[Samples]:
        """What is left, filled up with silence."""
        if len(self._held):
            yield np.concatenate((self._held, np.zeros(self._size - len(self._held), np.int16)))
            self._held = np.zeros(0, np.int16)
