import { describe, expect, it } from "vitest";

import {
  jump, keptRanges, keptSeconds, keptTime, pauses, rangeAt, recordedTime, skipFrom, type Range,
} from "../../../src/recruiter/answers/skip";

/** A small generator with a fixed seed: the same thousand recordings on every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

function recordings(count: number): { keep: Range[]; duration: number; next: () => number }[] {
  const next = random(7);
  return Array.from({ length: count }, () => {
    const duration = 5 + next() * 120;
    const raw = Array.from({ length: Math.floor(next() * 9) }, (): Range => {
      const start = next() * duration * 1.2 - duration * 0.1;
      return [start, start + next() * 12 - 1];
    });
    return { keep: keptRanges(raw, duration), duration, next };
  });
}

describe("kept ranges", () => {
  it("are sorted, apart and inside the recording, whatever came in", () => {
    for (const { keep, duration } of recordings(1000)) {
      keep.forEach(([start, end], i) => {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(duration);
        expect(end).toBeGreaterThan(start);
        if (i > 0) expect(start).toBeGreaterThan(keep[i - 1]![1]);
      });
    }
  });

  it("and pauses make up the whole recording", () => {
    for (const { keep, duration } of recordings(1000)) {
      const all = keptSeconds(keep) + keptSeconds(pauses(keep, duration));
      expect(Math.abs(all - duration)).toBeLessThan(0.02 * (keep.length + 2));
    }
  });

  it("are everything when the list is empty", () => {
    expect(keptRanges([], 12)).toEqual([[0, 12]]);
    expect(keptRanges([[20, 30]], 12)).toEqual([[0, 12]]);
  });
});

describe("skipping", () => {
  const keep: Range[] = [[1, 4], [6, 9]];

  it("goes from a pause to the next word, and to the end behind the last", () => {
    expect(skipFrom(keep, 0, null)).toBe(1);
    expect(skipFrom(keep, 4, null)).toBe(6);
    expect(skipFrom(keep, 9, null)).toBe("end");
  });

  it("leaves alone what is kept, also a seek that landed a hair early", () => {
    expect(skipFrom(keep, 2, null)).toBeNull();
    expect(skipFrom(keep, 5.99, null)).toBeNull();
  });

  it("plays a pause that was asked for, until it is over", () => {
    expect(skipFrom(keep, 4.5, [4, 6])).toBeNull();
    expect(skipFrom(keep, 0.5, [4, 6])).toBe(1);
  });

  it("ends: following it always reaches the end, forward only, and through every kept range", () => {
    for (const { keep: ranges } of recordings(500)) {
      let at = 0;
      const seen: Range[] = [];
      for (let steps = 0; ; steps++) {
        expect(steps).toBeLessThanOrEqual(2 * ranges.length + 1);
        const target = skipFrom(ranges, at, null);
        if (target === "end") break;
        if (target !== null) {
          expect(target).toBeGreaterThan(at);
          at = target;
        }
        const here = rangeAt(ranges, at + 1e-9) ?? ranges.find(([start]) => start > at)!;
        seen.push(here);
        at = here[1];
      }
      expect(seen).toEqual(ranges);
    }
  });
});

describe("time with pauses skipped", () => {
  it("grows with the recording and ends at what is kept", () => {
    for (const { keep, duration, next } of recordings(1000)) {
      const a = next() * duration;
      const b = a + next() * (duration - a);
      expect(keptTime(keep, b)).toBeGreaterThanOrEqual(keptTime(keep, a));
      expect(keptTime(keep, duration)).toBeCloseTo(keptSeconds(keep), 6);
    }
  });

  it("and recorded time undo each other on what is kept", () => {
    for (const { keep, next } of recordings(1000)) {
      const kept = next() * keptSeconds(keep);
      expect(keptTime(keep, recordedTime(keep, kept))).toBeCloseTo(kept, 6);
      expect(rangeAt(keep, recordedTime(keep, kept) + 1e-9)).not.toBeNull();
    }
  });
});

describe("a jump", () => {
  it("back over a pause does not bounce off it", () => {
    expect(jump([[0, 10], [20, 30]], 21, -5, 30)).toBe(6);
    expect(jump([[0, 10], [20, 30]], 8, 5, 30)).toBe(23);
  });

  it("stays inside the recording, with and without pauses", () => {
    for (const { keep, duration, next } of recordings(300)) {
      for (const seconds of [-15, -5, 5, 15]) {
        const at = next() * duration;
        for (const to of [jump(keep, at, seconds, duration), jump(null, at, seconds, duration)]) {
          expect(to).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(duration);
        }
      }
    }
  });
});
