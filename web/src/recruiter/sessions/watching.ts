/**
 * Watching a session live: opened whenever one likes, connected exactly while a take may be watched.
 *
 * Invariants: at most one connection; it is closed at the moment the take ends (or the candidate ends
 * it); a failed try is repeated only while there is still something to watch.
 */

import { ApiError } from "../../api";
import { Store } from "../store";

export type WatchingState =
  | { kind: "off" }
  | { kind: "waiting"; seen: boolean }
  | { kind: "connecting" }
  | { kind: "playing"; inbound: MediaStream }
  | { kind: "refused"; text: string };

/** What watching needs of media/watch.ts. */
export interface Connection {
  readonly inbound: MediaStream;
  connect(path: string): Promise<void>;
  /** `server`: it has ended already, because the take has. */
  close(by: "us" | "server"): void;
}

type Told = (state: RTCPeerConnectionState) => void;
const AGAIN_MS = [500, 1000, 2000, 4000];

export class Watching {
  readonly state = new Store<WatchingState>({ kind: "off" });
  #wanted = false;
  #watchable = false;
  #seen = false;
  #tries = 0;
  #connection: Connection | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly path: string,
    private readonly connection: (told: Told) => Connection,
  ) {}

  /** Watch from now on, or no more. */
  want(wanted: boolean): void {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    this.#seen = false;
    this.#settle();
  }

  /** Whether a take runs that may be watched; told by the session's row. */
  watchable(watchable: boolean): void {
    if (this.#watchable === watchable) return;
    this.#watchable = watchable;
    if (!watchable) this.#release("server");
    this.#settle();
  }

  close(): void {
    this.#wanted = false;
    this.#release();
    this.state.set({ kind: "off" });
  }

  #settle(): void {
    this.#tries = 0;
    this.#release();
    if (!this.#wanted) this.state.set({ kind: "off" });
    else if (!this.#watchable) this.state.set({ kind: "waiting", seen: this.#seen });
    else void this.#connect();
  }

  async #connect(): Promise<void> {
    this.state.set({ kind: "connecting" });
    const connection = this.connection((state) => this.#told(connection, state));
    this.#connection = connection;
    try {
      await connection.connect(this.path);
    } catch (error) {
      if (this.#connection === connection) this.#failed(error);
    }
  }

  #told(connection: Connection, state: RTCPeerConnectionState): void {
    if (this.#connection !== connection) return;
    if (state === "connected") {
      this.#tries = 0;
      this.#seen = true;
      this.state.set({ kind: "playing", inbound: connection.inbound });
    } else if (state === "failed" || state === "closed") {
      this.#failed(null);
    }
  }

  #failed(error: unknown): void {
    this.#release();
    const final = error instanceof ApiError && [401, 403, 404, 410].includes(error.status);
    const wait = AGAIN_MS[this.#tries];
    if (final || wait === undefined) {
      const text = error instanceof ApiError ? error.message : "The picture does not come through. Please try again.";
      return this.state.set({ kind: "refused", text });
    }
    this.#tries += 1;
    this.state.set({ kind: "connecting" });
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  #release(by: "us" | "server" = "us"): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const connection = this.#connection;
    this.#connection = null;
    connection?.close(by);
  }
}
