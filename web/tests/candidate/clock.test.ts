import { expect, test } from "vitest";
import { ServerClock } from "../../src/candidate/clock";

test("the message that was fastest on its way sets the clock", () => {
  let local = 100;
  const clock = new ServerClock(() => local);
  clock.restart(5000 - 0.4); // was on its way for 0.4 s
  local = 101;
  clock.hear(5001 - 0.1);
  local = 102;
  clock.hear(5002 - 0.9);
  expect(clock.now()).toBeCloseTo(5001.9, 6);
});

test("a new socket forgets what an older one has heard", () => {
  let local = 100;
  const clock = new ServerClock(() => local);
  clock.restart(9000);
  local = 101;
  clock.restart(5000);
  expect(clock.now()).toBeCloseTo(5000, 6);
});
