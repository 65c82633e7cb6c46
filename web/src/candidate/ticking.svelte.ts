/** The server's time as a value that components follow, a few times a second. */
import type { ServerClock } from "./clock";

/** `now` in epoch seconds; ends with the component that asked. */
export function ticking(clock: ServerClock, every_ms = 200): { readonly now: number } {
  let now = $state(clock.now());
  $effect(() => {
    const timer = setInterval(() => (now = clock.now()), every_ms);
    return () => clearInterval(timer);
  });
  return {
    get now() {
      return now;
    },
  };
}
