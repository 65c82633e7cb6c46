/** Reads WebVTT far enough to draw its lines over a live picture. Pure. */

export interface Cue {
  start: number;
  end: number;
  text: string;
}

const TIMING = /^(?:(\d+):)?(\d\d):(\d\d\.\d{3})\s+-->\s+(?:(\d+):)?(\d\d):(\d\d\.\d{3})/;

/** Cues in order of start; what is not a cue, and every tag in a text, is left out. */
export function parseCues(webvtt: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of webvtt.replaceAll("\r\n", "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => TIMING.test(line));
    const timing = TIMING.exec(lines[at] ?? "");
    if (timing === null) continue;
    const text = lines.slice(at + 1).join("\n").replaceAll(/<[^>]*>/g, "").trim();
    if (text) cues.push({ start: seconds(timing, 1), end: seconds(timing, 4), text });
  }
  return cues.sort((one, other) => one.start - other.start);
}

/** What is said at that second; empty between cues. */
export function cueAt(cues: readonly Cue[], second: number): string {
  return cues
    .filter((cue) => cue.start <= second && second < cue.end)
    .map((cue) => cue.text)
    .join("\n");
}

function seconds(timing: RegExpExecArray, from: number): number {
  return Number(timing[from] ?? 0) * 3600 + Number(timing[from + 1]) * 60 + Number(timing[from + 2]);
}
