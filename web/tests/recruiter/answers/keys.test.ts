import { describe, expect, it } from "vitest";

import { actionOf, nextSpeed, SHORTCUTS, SPEEDS, type Pressed } from "../../../src/recruiter/answers/keys";

const press = (key: string, held: Partial<Pressed> = {}): Pressed => ({
  key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held,
});

describe("keys", () => {
  it("jump 5 seconds with an arrow and 15 with shift", () => {
    expect(actionOf(press("ArrowLeft"))).toEqual({ do: "jump", seconds: -5 });
    expect(actionOf(press("ArrowRight", { shiftKey: true }))).toEqual({ do: "jump", seconds: 15 });
  });

  it("work with caps lock, and leave the browser's own shortcuts alone", () => {
    expect(actionOf(press("K"))).toEqual({ do: "toggle" });
    expect(actionOf(press("l", { ctrlKey: true }))).toBeNull();
    expect(actionOf(press("x"))).toBeNull();
  });

  it("mean one thing each", () => {
    const claims = SHORTCUTS.flatMap(({ keys, shift }) => keys.map((key) => `${key} ${shift ?? ""}`));
    expect(new Set(claims).size).toBe(claims.length);
  });

  it("change the speed in quarters between 0.5 and 3", () => {
    expect(nextSpeed(1, 1)).toBe(1.25);
    expect(nextSpeed(0.5, -1)).toBe(0.5);
    expect(nextSpeed(3, 1)).toBe(3);
    for (const speed of SPEEDS) expect(SPEEDS).toContain(nextSpeed(speed, 1));
  });
});
