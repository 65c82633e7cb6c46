import { describe, expect, it } from "vitest";

import { indexUnder, scrollSpeed } from "../../../src/recruiter/interviews/order";

const PLACES = [
  { id: "a", top: 0, bottom: 100 },
  { id: "b", top: 100, bottom: 300 },
  { id: "c", top: 300, bottom: 400 },
];

describe("dragging a step", () => {
  it("gives it the place whose middle the pointer has passed", () => {
    expect(indexUnder(PLACES, "a", 150)).toBe(0);
    expect(indexUnder(PLACES, "a", 201)).toBe(1);
    expect(indexUnder(PLACES, "a", 900)).toBe(2);
    expect(indexUnder(PLACES, "c", 199)).toBe(1);
    expect(indexUnder(PLACES, "c", -50)).toBe(0);
  });

  it("leaves it where it is under its own place", () => {
    expect(PLACES.map(({ id, top, bottom }) => indexUnder(PLACES, id, (top + bottom) / 2))).toEqual([0, 1, 2]);
  });

  it("scrolls only near an edge", () => {
    expect(scrollSpeed(400, 800)).toBe(0);
    expect(scrollSpeed(20, 800)).toBeLessThan(0);
    expect(scrollSpeed(790, 800)).toBeGreaterThan(0);
  });
});
