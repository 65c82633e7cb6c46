/** Asks for the first bytes of a take until they are there. */

const LIMIT_MS = 60_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 3_000;

/** True once the media can be fetched; false after a minute, or when it never will be (401, 403). */
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
