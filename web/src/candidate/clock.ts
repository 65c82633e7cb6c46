/**
 * The server's time, as well as a page can know it. The server's clock is the only clock.
 *
 * Each message carries `now`; it was sent a little before it arrived, so every message gives a lower
 * bound of the difference and the greatest bound is the best. Counted on the monotonic clock, which
 * nobody can set. A new socket starts anew, because the device may have slept.
 */
export class ServerClock {
  private difference = Number.NEGATIVE_INFINITY;

  /** `local`: a monotonic time in seconds. */
  constructor(private readonly local: () => number = () => performance.now() / 1000) {}

  /** A message that the server sent at `now` has just arrived. */
  hear(now: number): void {
    this.difference = Math.max(this.difference, now - this.local());
  }

  restart(now: number): void {
    this.difference = now - this.local();
  }

  /** Seconds since the Unix epoch by the server; by this device until it has been heard. */
  now(): number {
    return Number.isFinite(this.difference) ? this.local() + this.difference : Date.now() / 1000;
  }
}
