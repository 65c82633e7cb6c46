/**
 * Where a player that skips pauses should stand: arithmetic on an answer's edit decision list.
 *
 * Why pure: a skip that lands one frame wrong clips a word, and that can be tried here without a video.
 * Times are seconds. `recorded` time runs over the whole recording, `kept` time only over its kept ranges.
 *
 * Invariants: kept ranges are sorted, apart and inside the recording (`keptRanges` makes them so);
 * a position inside a kept range is never moved; what is skipped always goes forward.
 */

export type Range = readonly [start: number, end: number];

/** A seek may land this much before where it was sent; that is not "outside the range". */
export const TOLERANCE_SECONDS = 0.02;

/** The kept ranges in order, inside `[0, duration]`, joined where they touch; all of it when none is left. */
export function keptRanges(keep: readonly Range[], duration: number): Range[] {
  const inside = keep
    .map(([start, end]) => [Math.max(0, start), Math.min(duration, end)] as const)
    .filter(([start, end]) => end > start)
    .sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [start, end] of inside) {
    const last = joined.at(-1);
    if (last && start <= last[1] + TOLERANCE_SECONDS) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined.length > 0 ? joined : [[0, duration]];
}

/** What lies between the kept ranges: the pauses, from 0 to `duration`. */
export function pauses(keep: readonly Range[], duration: number): Range[] {
  const edges = [0, ...keep.flat(), duration];
  const ranges: Range[] = [];
  for (let i = 0; i < edges.length; i += 2) {
    const [start = 0, end = 0] = edges.slice(i, i + 2);
    if (end - start > TOLERANCE_SECONDS) ranges.push([start, end]);
  }
  return ranges;
}

/** The range that holds `at`, if any. */
export function rangeAt(ranges: readonly Range[], at: number): Range | null {
  return ranges.find(([start, end]) => at >= start && at < end) ?? null;
}

/**
 * Where to go from `at`: null to stay, a time to seek to, or "end" when nothing kept is left.
 * `wanted` is a pause that was asked for (clicked): it plays, as long as the position is inside it.
 */
export function skipFrom(keep: readonly Range[], at: number, wanted: Range | null): number | "end" | null {
  if (wanted && at >= wanted[0] - TOLERANCE_SECONDS && at < wanted[1]) return null;
  for (const [start, end] of keep) {
    if (at < start - TOLERANCE_SECONDS) return start;
    if (at < end) return null;
  }
  return "end";
}

/** All that is kept, in seconds. */
export function keptSeconds(keep: readonly Range[]): number {
  return keep.reduce((sum, [start, end]) => sum + (end - start), 0);
}

/** Recorded time → kept time; a moment inside a pause counts as the pause's begin. */
export function keptTime(keep: readonly Range[], at: number): number {
  return keep.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(at, end) - start), 0);
}

/** Kept time → recorded time; at a join, the begin of the later range. */
export function recordedTime(keep: readonly Range[], kept: number): number {
  let left = Math.max(0, kept);
  for (const [start, end] of keep) {
    if (left < end - start) return start + left;
    left -= end - start;
  }
  return keep.at(-1)?.[1] ?? 0;
}

/** A jump by `seconds`, counted in kept time when pauses are skipped, so that a jump back never bounces. */
export function jump(keep: readonly Range[] | null, at: number, seconds: number, duration: number): number {
  if (!keep) return Math.min(duration, Math.max(0, at + seconds));
  return recordedTime(keep, Math.max(0, keptTime(keep, at) + seconds));
}
