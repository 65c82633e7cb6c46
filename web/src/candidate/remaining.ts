/** The remaining time of a take in calm words. Pure. */
import type { Recording } from "../protocol";

export interface Remaining {
  seconds: number;
  mood: "plain" | "soon" | "over";
  text: string;
  /** What is read out; changes only at 30 s, at 10 s and at the limit. */
  announcement: string;
}

const SOON_SECONDS = 30;
const LAST_SECONDS = 10;

/** `now`: epoch seconds by the server. Behind the limit the seconds are those of the grace. */
export function remainingOf(stage: Pick<Recording, "limit" | "deadline">, now: number): Remaining {
  const seconds = stage.limit - now;
  if (seconds <= 0) {
    return {
      seconds: Math.max(0, Math.ceil(stage.deadline - now)),
      mood: "over",
      text: "Finish your sentence",
      announcement: "Time is up. Finish your sentence.",
    };
  }
  const whole = Math.ceil(seconds);
  if (seconds > SOON_SECONDS) return { seconds: whole, mood: "plain", text: "", announcement: "" };
  const announcement = seconds > LAST_SECONDS ? "30 seconds left." : "10 seconds left.";
  return { seconds: whole, mood: "soon", text: "Left", announcement };
}
