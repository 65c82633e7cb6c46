/** A clip's state in a sentence. */

import type { ClipRow } from "../../protocol";
import { clock } from "../words";

export function clipWords(clip: ClipRow): string {
  switch (clip.state) {
    case "recording":
      return "Being recorded";
    case "preparing":
      return clip.progress > 0 ? `Preparing, ${Math.round(clip.progress * 100)} %` : "Preparing";
    case "failed":
      return clip.error ?? "It could not be prepared.";
    case "ready":
      return clip.captions_url ? `${clock(clip.duration_seconds)}, with captions` : `${clock(clip.duration_seconds)}, no captions yet`;
  }
}
