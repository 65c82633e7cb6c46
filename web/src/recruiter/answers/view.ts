/** An answer in the player's and the list's words. Pure. */

import type { AnswerView, Gap } from "../../protocol";
import { clock, lengths } from "../words";
import type { Source } from "./playback";

/** What to play, if there is anything yet; the capture and the rendition have different addresses. */
export function sourceOf(answer: AnswerView): Source | null {
  if (!answer.url) return null;
  return {
    takeId: answer.take_id,
    url: answer.url,
    seconds: answer.duration_seconds ?? answer.edl?.source_seconds ?? null,
    keep: answer.edl?.keep ?? null,
  };
}

export function answerWords(answer: AnswerView): string {
  switch (answer.state) {
    case "waiting":
      return "Being saved";
    case "playable":
      return "Playable, looking for pauses";
    case "failed":
      return answer.error ?? "It could not be prepared.";
    case "ready":
      return lengths(answer.duration_seconds ?? 0, answer.edl?.kept_seconds ?? null);
  }
}

const GAPS: Record<Gap["kind"], string> = {
  audio: "sound is missing",
  video: "the picture stands still",
  part: "the answer was interrupted",
};

/** "At 0:31 the picture stands still for 4 seconds": the line's fault, and said so. */
export function gapWords(gap: Gap): string {
  const seconds = Math.max(1, Math.round(gap.end - gap.start));
  const length = gap.kind === "part" ? "" : ` for ${seconds} second${seconds === 1 ? "" : "s"}`;
  return `At ${clock(gap.start)} ${GAPS[gap.kind]}${length}`;
}
