/** The remaining time of a take in calm words. Pure. */
import type { Recording } from "../protocol";
import { clockText } from "../ui/times";

export interface Remaining {
  mood: "plain" | "soon" | "over";
  text: string;
  /** What is read out; changes only at 30 s, at 10 s and at the limit. */
  announcement: string;
}

const SOON_SECONDS = 30;
const LAST_SECONDS = 10;

/** `now`: epoch seconds by the server. Behind the limit the time is that of the grace. */
export function remainingOf(stage: Pick<Recording, "limit" | "deadline">, now: number): Remaining {
  const seconds = Math.ceil(stage.limit - now);
  if (seconds <= 0) {
    const grace = clockText(Math.ceil(stage.deadline - now));
    const announcement = "Time is up. Finish your sentence.";
    return { mood: "over", text: `Finish your sentence · ${grace}`, announcement };
  }
  if (seconds > SOON_SECONDS) return { mood: "plain", text: clockText(seconds), announcement: "" };
  const announcement = `${seconds > LAST_SECONDS ? SOON_SECONDS : LAST_SECONDS} seconds left.`;
  return { mood: "soon", text: `${clockText(seconds)} left`, announcement };
}
