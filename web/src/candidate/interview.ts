/** What every screen may use, handed down by App. */
import { getContext, setContext } from "svelte";
import type { ServerClock } from "./clock";
import type { CandidateMedia } from "./media";
import type { CandidateSession } from "./session";

export interface Interview {
  session: CandidateSession;
  media: CandidateMedia;
  clock: ServerClock;
  /** Opens the conversation. */
  ask(): void;
  /** Reads a sentence out to those who listen instead of look. */
  announce(text: string): void;
}

const KEY = Symbol("interview");

export function provideInterview(interview: Interview): void {
  setContext(KEY, interview);
}

export function useInterview(): Interview {
  return getContext<Interview>(KEY);
}
