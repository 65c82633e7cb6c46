import { describe, expect, it } from "vitest";

import type { Script } from "../../../src/protocol";
import {
  changeStep, insertStep, moveStep, newQuestion, newSegment, newStepId, removeStep, stepName, unsaveable,
} from "../../../src/recruiter/interviews/draft";

function script(...ids: string[]): Script {
  const steps = ids.map((id) => (id.startsWith("q") ? { ...newQuestion(), id } : { ...newSegment({ id: "cl", title: id }), id }));
  return { steps, live_watching: false, reply_promise: "" };
}
const ids = (edited: Script): string[] => edited.steps.map(({ id }) => id);

describe("a draft", () => {
  it("starts a question with the house's defaults", () => {
    expect(newQuestion()).toMatchObject({ think_seconds: null, answer_seconds: 120, takes: 3 });
  });

  it("puts a new step behind the one named, or at the end", () => {
    const step = { ...newQuestion(), id: "q9" };
    expect(ids(insertStep(script("q1", "s1"), step, "q1"))).toEqual(["q1", "q9", "s1"]);
    expect(ids(insertStep(script("q1", "s1"), step, null))).toEqual(["q1", "s1", "q9"]);
  });

  it("keeps every step when one moves, wherever it is sent", () => {
    const before = script("q1", "s1", "q2", "s2");
    expect(ids(moveStep(before, "q1", 2))).toEqual(["s1", "q2", "q1", "s2"]);
    for (const id of ids(before)) {
      for (const index of [-3, 0, 1, 2, 3, 99]) {
        const after = moveStep(before, id, index);
        expect(ids(after).sort()).toEqual(ids(before).sort());
        expect(ids(after).indexOf(id)).toBe(Math.min(3, Math.max(0, index)));
      }
    }
    expect(moveStep(before, "nobody", 1)).toBe(before);
  });

  it("changes one step and leaves the others and the id alone", () => {
    const before = script("q1", "q2");
    const after = changeStep(before, "q2", { text: "Why us?" });
    expect(after.steps[1]).toMatchObject({ id: "q2", text: "Why us?" });
    expect(after.steps[0]).toBe(before.steps[0]);
    expect(ids(removeStep(after, "q1"))).toEqual(["q2"]);
  });

  it("numbers steps from the first to the last, whatever they are", () => {
    const named = script("s1", "q1", "q2");
    expect(ids(named).map((id) => stepName(named, id))).toEqual(["Step 1, segment", "Step 2, question", "Step 3, question"]);
  });

  it("makes step ids like the server's", () => {
    expect(newStepId()).toMatch(/^st_[a-km-np-z2-9]{20}$/);
    expect(newStepId()).not.toBe(newStepId());
  });

  it("says what is missing before it can be saved", () => {
    expect(unsaveable(" ", "Engineer")).toContain("title");
    expect(unsaveable("First talk", "")).toContain("position");
    expect(unsaveable("First talk", "Engineer")).toBeNull();
  });
});
