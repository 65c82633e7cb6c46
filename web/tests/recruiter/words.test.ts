import { describe, expect, it } from "vitest";

import { ago, clock, estimate, lengths, span, standing, when } from "../../src/recruiter/words";

describe("words", () => {
  it("write seconds as a clock does", () => {
    expect([0, 59.9, 88, 3723].map((s) => clock(s))).toEqual(["0:00", "0:59", "1:28", "1:02:03"]);
    expect(clock(null)).toBe("–:––");
    expect(clock(Infinity)).toBe("–:––");
  });

  it("name limits and estimates", () => {
    expect([15, 60, 90, 120].map(span)).toEqual(["15 seconds", "1 minute", "1:30 minutes", "2 minutes"]);
    expect(estimate([660, 840])).toBe("11 to 14 minutes");
    expect(estimate([10, 30])).toBe("about a minute");
  });

  it("say how long ago and how long still", () => {
    expect([10, 60, 1200, 7200, 86400 * 3].map((s) => when(1e6, 1e6 + s))).toEqual([
      "just now", "1 min ago", "20 min ago", "2 h ago", "3 days ago",
    ]);
    expect(when(1e6 + 86400 * 7, 1e6)).toBe("in 7 days");
    expect(ago(1e6 + 20, 1e6)).toBe("just now");
  });

  it("tell both lengths of an answer only when they differ", () => {
    expect(lengths(118, 88)).toBe("1:58, 1:28 with pauses skipped");
    expect(lengths(118, 118)).toBe("1:58");
    expect(lengths(118, null)).toBe("1:58");
  });

  it("call a candidate who is not there away, not stuck", () => {
    const row = { progress: "in_progress", stage: "recording", connected: true } as const;
    expect(standing(row).text).toBe("Recording now");
    expect(standing({ ...row, connected: false }).text).toContain("Away");
    expect(standing({ ...row, connected: false, progress: "submitted" }).text).toBe("Submitted");
  });
});
