/** Where a take is to be had, and asking for its first bytes until they are there. */
import type { Take } from "../protocol";

const LIMIT_MS = 180_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 3_000;

/** What was captured of several parts is joined only in the rendition: one waits for that. */
export function takeUrl(take: Take): string {
  const url = `/api/takes/${encodeURIComponent(take.id)}/media`;
  return take.parts.length > 1 ? `${url}?version=rendition` : url;
}

/** True once the media can be fetched; false after three minutes, or when it never will be (401, 403). */
export async function whenPlayable(
  url: string,
  signal: AbortSignal,
  pause: (milliseconds: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
): Promise<boolean> {
  let wait = FIRST_WAIT_MS;
  for (let waited = 0; waited < LIMIT_MS && !signal.aborted; waited += wait) {
    const status = await statusOf(url, signal);
    if (status === 200 || status === 206) return true;
    if (status === 401 || status === 403) return false;
    await pause(wait);
    wait = Math.min(LONGEST_WAIT_MS, wait * 1.5);
  }
  return false;
}

async function statusOf(url: string, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(url, { headers: { Range: "bytes=0-1" }, cache: "no-store", signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
