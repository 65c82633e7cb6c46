import { describe, expect, it } from "vitest";

import type { AnswerView } from "../../../src/protocol";
import { answerWords, gapWords, sourceOf } from "../../../src/recruiter/answers/view";

const answer = (change: Partial<AnswerView>): AnswerView => ({
  take_id: "tk_1", step_id: "q1", question: "Why?", state: "ready", error: null, url: "/api/takes/tk_1/media",
  media_type: "video/mp4", duration_seconds: 118, waveform: [], poster_url: null, gaps: [],
  edl: {
    version: 1, preset: "natural", detector: "both", source_seconds: 118, kept_seconds: 88,
    keep: [[0, 50], [80, 118]], cuts: [{ start: 50, end: 80, kind: "pause" }],
  },
  ...change,
});

describe("an answer", () => {
  it("has nothing to play while it is being saved", () => {
    expect(sourceOf(answer({ state: "waiting", url: null }))).toBeNull();
  });

  it("is all kept as long as nobody has looked for pauses", () => {
    expect(sourceOf(answer({ state: "playable", edl: null }))).toMatchObject({ takeId: "tk_1", keep: null, seconds: 118 });
    expect(sourceOf(answer({}))?.keep).toHaveLength(2);
  });

  it("says how long it is, with pauses and without", () => {
    expect(answerWords(answer({}))).toBe("1:58, 1:28 with pauses skipped");
    expect(answerWords(answer({ state: "failed", error: "No sound was found." }))).toBe("No sound was found.");
  });

  it("names a gap as what happened, without blame", () => {
    expect(gapWords({ start: 31, end: 35.2, kind: "video" })).toBe("At 0:31 the picture stands still for 4 seconds");
    expect(gapWords({ start: 31, end: 31.1, kind: "part" })).toBe("At 0:31 the answer was interrupted");
  });
});
