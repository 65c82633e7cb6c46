/**
 * Saves by itself, one request at a time: the newest value wins, and "saved" is only said when it is true.
 *
 * Invariants: never two saves in flight, so that an older one cannot overtake; a value that came while
 * saving is saved next; after a failure that may pass it tries again by itself (not after one that will
 * not, until there is a newer value); `flush` resolves to whether all is safe.
 */

export type SaveState = "saved" | "waiting" | "saving" | "failed";

export interface AutosaveOptions<T> {
  save: (value: T) => Promise<void>;
  changed: (state: SaveState, error: unknown) => void;
  /** Whether the same save may succeed later. */
  passing?: (error: unknown) => boolean;
  /** Silence after the last keystroke before a save begins, in milliseconds. */
  delay_ms?: number;
  retry_ms?: number;
}

export class Autosave<T> {
  #options: Required<AutosaveOptions<T>>;
  #next: { value: T } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: AutosaveOptions<T>) {
    this.#options = { delay_ms: 700, retry_ms: 4000, passing: () => true, ...options };
  }

  /** There is a newer value. */
  put(value: T): void {
    if (this.#closed) return;
    this.#next = { value };
    if (!this.#running) this.#options.changed("waiting", null);
    this.#after(this.#options.delay_ms);
  }

  /** Save now what is waiting. True when everything that was put is saved. */
  async flush(): Promise<boolean> {
    this.#stopTimer();
    if (this.#running) await this.#running;
    if (this.#next) await this.#run();
    return this.#next === null;
  }

  /** Nothing is saved after this; call `flush` first to keep what is waiting. */
  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  #after(delay_ms: number): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => void this.#run(), delay_ms);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #run(): Promise<void> {
    this.#running ??= this.#saveAll().finally(() => (this.#running = null));
    return this.#running;
  }

  async #saveAll(): Promise<void> {
    while (this.#next) {
      const saving = this.#next;
      this.#options.changed("saving", null);
      try {
        await this.#options.save(saving.value);
      } catch (error) {
        this.#options.changed("failed", error);
        if (!this.#closed && this.#options.passing(error)) this.#after(this.#options.retry_ms);
        return;
      }
      if (this.#next === saving) this.#next = null;
    }
    this.#stopTimer();
    this.#options.changed("saved", null);
  }
}
