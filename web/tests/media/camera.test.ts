import { expect, test } from "vitest";
import { troubleOf } from "../../src/media/camera";
import { dbovOf, levelOf } from "../../src/media/level";

test.each([
  ["NotAllowedError", "denied"],
  ["SecurityError", "denied"],
  ["NotReadableError", "busy"],
  ["AbortError", "busy"],
  ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"],
  ["TypeError", "unknown"],
])("%s means %s", (name, trouble) => {
  expect(troubleOf(new DOMException("", name))).toBe(trouble);
});

test("full scale is loud, silence is nothing, and the bar runs between −60 and −6 dBov", () => {
  expect(dbovOf(new Float32Array(480).fill(1))).toBeCloseTo(0);
  expect(dbovOf(new Float32Array(480).fill(0.1))).toBeCloseTo(-20);
  expect(dbovOf(new Float32Array(480))).toBe(-127);
  expect(dbovOf(new Float32Array(0))).toBe(-127);
  expect([levelOf(-127), levelOf(-60), levelOf(-33), levelOf(-6), levelOf(0)]).toEqual([0, 0, 0.5, 1, 1]);
});
