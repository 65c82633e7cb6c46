"""Speech spans → edit decision list: what of a recording is kept when pauses are skipped. Pure.

A silence is cut where it is long enough, less a margin after what was said before it and before
what is said after it: the margins protect words from a detector's edges. The recording itself is
never touched; what is cut here can always be played.

Invariants: the kept intervals are in order, do not touch, lie within the recording and hold every
speech span with its margins; kept intervals and cuts together are the whole recording. Where
speech is under a tenth of it (somebody signs, or the microphone was off) nothing is cut.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

VERSION = 1
LEAST_SPEECH_SHARE = 0.1
LEAST_NOISE_SECONDS = 0.5
LEAST_NOISE_SHARE = 0.3

CutKind = Literal["lead", "pause", "tail", "noise?"]
PresetName = Literal["off", "natural", "brisk"]


class Span(NamedTuple):
    """An interval of the recording, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Preset:
    """Silences of `silence_seconds` and more are cut, less what is kept after and before speech."""

    silence_seconds: float
    after_seconds: float
    before_seconds: float


PRESETS: dict[str, Preset | None] = {
    "off": None,
    "natural": Preset(silence_seconds=1.5, after_seconds=0.5, before_seconds=0.3),
    "brisk": Preset(silence_seconds=0.8, after_seconds=0.3, before_seconds=0.3),
}


@dataclass(frozen=True)
class Cut:
    """An interval that is passed over. `noise?`: one detector heard a voice in it."""

    start: float
    end: float
    kind: CutKind

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Edl:
    """`keep` in order; `parameters` are the preset's and `detector`'s name what made the spans."""

    preset: str
    detector: str
    source_seconds: float
    keep: list[Span]
    cuts: list[Cut]

    @property
    def removed_seconds(self) -> float:
        return sum(cut.span.seconds for cut in self.cuts)

    def to_json(self) -> dict[str, Any]:
        """The stored form, version 1; times to the millisecond."""
        preset = PRESETS[self.preset]
        return {
            "version": VERSION,
            "preset": self.preset,
            "detector": self.detector,
            "parameters": asdict(preset) if preset else {},
            "source_seconds": round(self.source_seconds, 3),
            "keep": [[round(start, 3), round(end, 3)] for start, end in self.keep],
            "cuts": [
                {"start": round(cut.start, 3), "end": round(cut.end, 3), "kind": cut.kind}
                for cut in self.cuts
            ],
            "removed_seconds": round(self.removed_seconds, 3),
        }


def make_edl(
    speech: Iterable[Span],
    *,
    source_seconds: float,
    preset: str,
    detector: str,
    noise: Sequence[Span] = (),
) -> Edl:
    """Decide what to cut. `noise`: where one detector heard a voice and the other did not.

    Spans may overlap and come in any order. KeyError for a preset that does not exist.
    """
    chosen = PRESETS[preset]
    spans = merged(speech, source_seconds)
    cuts: list[Cut] = []
    if chosen and spans and is_spoken(spans, source_seconds):
        cuts = [_named(cut, noise) for cut in _cuts(spans, source_seconds, chosen)]
    return Edl(preset, detector, source_seconds, _between(cuts, source_seconds), cuts)


def is_spoken(spans: Iterable[Span], source_seconds: float) -> bool:
    """Whether there is enough speech for its absence to mean anything."""
    return sum(span.seconds for span in spans) >= LEAST_SPEECH_SHARE * source_seconds


def merged(spans: Iterable[Span], source_seconds: float) -> list[Span]:
    """In order, without overlaps, within the recording."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        inside = Span(max(0.0, start), min(end, source_seconds))
        if inside.seconds <= 0:
            continue
        if joined and inside.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, inside.end))
        else:
            joined.append(inside)
    return joined


def _cuts(spans: Sequence[Span], source_seconds: float, preset: Preset) -> Iterable[Cut]:
    """`spans` are merged and at least one."""
    yield from _cut("lead", 0.0, spans[0].start, preset, after_seconds=0.0)
    for before, after in pairwise(spans):
        yield from _cut("pause", before.end, after.start, preset)
    yield from _cut("tail", spans[-1].end, source_seconds, preset, before_seconds=0.0)


def _cut(
    kind: CutKind,
    start: float,
    end: float,
    preset: Preset,
    *,
    after_seconds: float | None = None,
    before_seconds: float | None = None,
) -> Iterable[Cut]:
    if end - start >= preset.silence_seconds:
        start += preset.after_seconds if after_seconds is None else after_seconds
        end -= preset.before_seconds if before_seconds is None else before_seconds
        yield Cut(start, end, kind)


def _named(cut: Cut, noise: Sequence[Span]) -> Cut:
    heard = sum(max(0.0, min(span.end, cut.end) - max(span.start, cut.start)) for span in noise)
    if heard >= max(LEAST_NOISE_SECONDS, LEAST_NOISE_SHARE * cut.span.seconds):
        return Cut(cut.start, cut.end, "noise?")
    return cut


def _between(cuts: Sequence[Cut], source_seconds: float) -> list[Span]:
    edges = [0.0, *(edge for cut in cuts for edge in cut.span), source_seconds]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [Span(start, end) for start, end in pairs if end > start]
