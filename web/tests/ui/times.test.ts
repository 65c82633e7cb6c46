import { expect, test } from "vitest";
import { clockText, lengthText, momentText, shortMomentText } from "../../src/ui/times";

test("a clock has minutes and two digits of seconds, and never runs below zero", () => {
  expect([0, 9.9, 65, 600, -3].map(clockText)).toEqual(["0:00", "0:09", "1:05", "10:00", "0:00"]);
});

test("lengths are said as people say them", () => {
  expect([1, 45, 60, 90, 120, 150, 75].map(lengthText)).toEqual([
    "1 second",
    "45 seconds",
    "1 minute",
    "1½ minutes",
    "2 minutes",
    "2½ minutes",
    "1:15 minutes",
  ]);
});

test("a moment has its day, and in a list only when it was another day", () => {
  const noon = new Date(2026, 10, 26, 12, 5).getTime() / 1000;
  expect(momentText(noon, "en-GB", noon)).toMatch(/Thursday.*26 November.*12:05/);
  expect(momentText(noon, "en-GB", noon - 340 * 86_400)).toMatch(/26 November 2026.*12:05/);
  expect(shortMomentText(noon, noon + 3600, "en-GB")).toBe("12:05");
  expect(shortMomentText(noon, noon + 86_400, "en-GB")).toMatch(/26 Nov.*12:05/);
});
