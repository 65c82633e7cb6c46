import { expect, test } from "vitest";
import {
  doneTakes,
  minutesOf,
  progressOf,
  questionNumber,
  questionOf,
  secondsOf,
  segmentsBefore,
  takesLeft,
} from "../../src/candidate/script";
import { helloOf, SCRIPT, stateOf, takeOf } from "./fixtures";

const THINKING = { kind: "thinking", step_id: "st_2", since: 0, deadline: null, overdue: false } as const;
const question = questionOf(SCRIPT, "st_2")!;

test("questions are counted, segments are not", () => {
  expect(questionNumber(SCRIPT, "st_2")).toBe(1);
  expect(questionNumber(SCRIPT, "st_4")).toBe(2);
  expect(questionNumber(SCRIPT, "st_1")).toBe(0);
});

test("a take that failed for technical reasons does not cost a try", () => {
  const takes = [takeOf("tk_1", { status: "abandoned" }), takeOf("tk_2")];
  expect(takesLeft(question, stateOf(THINKING, { takes }))).toBe(2);
});

test("a running take counts, another question's does not", () => {
  const takes = [takeOf("tk_1", { status: "open" }), takeOf("tk_2", { step_id: "st_4" })];
  expect(takesLeft(question, stateOf(THINKING, { takes }))).toBe(2);
  expect(takesLeft({ ...question, takes: null }, stateOf(THINKING, { takes }))).toBeNull();
});

test("only finished takes of this question can be chosen, the oldest first", () => {
  const takes = [
    takeOf("tk_1"),
    takeOf("tk_2", { status: "abandoned" }),
    takeOf("tk_3", { step_id: "st_4" }),
    takeOf("tk_4"),
  ];
  const ids = doneTakes(stateOf(THINKING, { takes }), "st_2").map((take) => take.id);
  expect(ids).toEqual(["tk_1", "tk_4"]);
});

test("the length of a take is that of its parts together", () => {
  expect(secondsOf(takeOf("tk_1", { parts: [31, 40.5] }))).toBeCloseTo(71.5);
  expect(secondsOf(takeOf("tk_1", { parts: [] }))).toBe(0);
});

test("watch again offers the films directly before a step, and at the end those behind the last", () => {
  expect(segmentsBefore(SCRIPT, "st_2").map((segment) => segment.id)).toEqual(["st_1"]);
  expect(segmentsBefore(SCRIPT, "st_4").map((segment) => segment.id)).toEqual(["st_3"]);
  expect(segmentsBefore(SCRIPT, null)).toEqual([]);
  const outro = { ...SCRIPT, steps: [...SCRIPT.steps, SCRIPT.steps[0]!, SCRIPT.steps[2]!] };
  expect(segmentsBefore(outro, null).map((segment) => segment.id)).toEqual(["st_1", "st_3"]);
});

test("progress is what lies behind, and full at the review", () => {
  expect(progressOf(SCRIPT, { kind: "lobby" })).toBe(0);
  expect(progressOf(SCRIPT, THINKING)).toBe(0.25);
  expect(progressOf(SCRIPT, { kind: "reviewing" })).toBe(1);
});

test("the promised minutes lie between a brisk candidate and one who uses all the time", () => {
  // films 120 s; briskly 48 + 20 and 24 + 20; at most 120 + 45 and 60 + 60
  expect(minutesOf(helloOf())).toEqual([4, 7]);
});
