/**
 * Recording a clip in the browser: camera, 3-2-1, the connection that carries it, and as many tries as one likes.
 *
 * The media goes the same way as a candidate's (WHIP); each try is a clip of its own.
 * Invariants: the camera is closed when the recording is; at most one connection at a time; a step
 * that was overtaken by `close` or a newer try changes nothing.
 */

import { CameraError, closeCamera, openCamera, type CameraChoice, type CameraTrouble } from "../../media/camera";
import { Peer } from "../../media/peer";
import type { ClipRow } from "../../protocol";
import { Store } from "../store";

export const LONGEST_SECONDS = 600;
export const COUNTDOWN_SECONDS = 3;

export type RecordingState =
  | { kind: "asking" }
  | { kind: "refused"; trouble: CameraTrouble }
  | { kind: "ready"; camera: MediaStream }
  | { kind: "counting"; camera: MediaStream; left: number }
  | { kind: "recording"; camera: MediaStream; seconds: number }
  | { kind: "sent"; camera: MediaStream; clip: ClipRow; broken: boolean; over: boolean }
  | { kind: "closed" };

export interface Connection {
  connect(path: string): Promise<void>;
  /** Resolves when the server has ended it, too. */
  close(): Promise<void>;
}

/** What recording needs of the world; the browser's own unless a test says otherwise. */
export interface Equipment {
  openCamera(choice?: CameraChoice): Promise<MediaStream>;
  closeCamera(camera: MediaStream | null): void;
  connection(camera: MediaStream, told: (state: RTCPeerConnectionState) => void): Connection;
  createClip(title: string): Promise<ClipRow>;
  connectionsOf(clipId: string): string;
  /** Asks the server anew what has become of the clips. */
  reload(): Promise<void>;
}

export function browserEquipment(
  requests: Pick<Equipment, "createClip" | "connectionsOf" | "reload">,
): Equipment {
  return {
    openCamera,
    closeCamera,
    connection: (camera, told) => new Peer(camera, { state: told }),
    ...requests,
  };
}

export class ClipRecording {
  readonly state = new Store<RecordingState>({ kind: "asking" });
  #camera: MediaStream | null = null;
  #connection: Connection | null = null;
  #clip: ClipRow | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #closed = false;

  constructor(private readonly equipment: Equipment) {}

  /** Asks for camera and microphone; again with another choice, or after a refusal. */
  async ask(choice?: CameraChoice): Promise<void> {
    this.equipment.closeCamera(this.#camera);
    this.#camera = null;
    this.state.set({ kind: "asking" });
    try {
      const camera = await this.equipment.openCamera(choice);
      if (this.#closed) return this.equipment.closeCamera(camera);
      this.#camera = camera;
      this.state.set({ kind: "ready", camera });
    } catch (error) {
      if (this.#closed) return;
      this.state.set({ kind: "refused", trouble: error instanceof CameraError ? error.trouble : "unknown" });
    }
  }

  /** Counts down, then records under that title. Rejects when the server refuses; then all is ready again. */
  async start(title: string): Promise<void> {
    const camera = this.#camera;
    const kind = this.state.value.kind;
    if (!camera || (kind !== "ready" && kind !== "sent")) return;
    this.state.set({ kind: "counting", camera, left: COUNTDOWN_SECONDS });
    try {
      const [clip] = await Promise.all([this.equipment.createClip(title), this.#countDown(camera)]);
      if (!this.#counting()) return;
      await this.#connect(camera, clip);
    } catch (error) {
      void this.#release();
      if (!this.#closed) this.state.set({ kind: "ready", camera });
      throw error;
    }
  }

  /** Ends the try; the server prepares it. While counting down: no try at all. */
  stop(): void {
    const state = this.state.value;
    if (state.kind === "recording") this.#send(false);
    else if (state.kind === "counting") {
      void this.#release();
      this.state.set({ kind: "ready", camera: state.camera });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    void this.#release();
    this.equipment.closeCamera(this.#camera);
    this.#camera = null;
    this.state.set({ kind: "closed" });
  }

  #counting(): boolean {
    return this.state.value.kind === "counting";
  }

  #countDown(camera: MediaStream): Promise<void> {
    return new Promise((resolve) => {
      let left = COUNTDOWN_SECONDS;
      this.#timer = setInterval(() => {
        left -= 1;
        if (!this.#counting()) return resolve();
        if (left > 0) return this.state.set({ kind: "counting", camera, left });
        this.#stopTimer();
        resolve();
      }, 1000);
    });
  }

  async #connect(camera: MediaStream, clip: ClipRow): Promise<void> {
    const connection = this.equipment.connection(camera, (state) => {
      if (this.#connection !== connection) return;
      if (state === "connected" && this.#counting()) this.#begin(camera);
      if (state === "failed" || state === "closed") this.#lost();
    });
    this.#clip = clip;
    this.#connection = connection;
    await connection.connect(this.equipment.connectionsOf(clip.id));
  }

  #begin(camera: MediaStream): void {
    let seconds = 0;
    this.state.set({ kind: "recording", camera, seconds });
    this.#timer = setInterval(() => {
      seconds += 1;
      this.state.set({ kind: "recording", camera, seconds });
      if (seconds >= LONGEST_SECONDS) this.#send(false);
    }, 1000);
  }

  #lost(): void {
    const state = this.state.value;
    if (state.kind === "recording") this.#send(true);
    else if (state.kind === "counting") this.stop();
  }

  /** `over` once the server has ended it: a clip that is still "recording" then has captured nothing. */
  #send(broken: boolean): void {
    const [camera, clip] = [this.#camera, this.#clip];
    const ended = this.#release().then(() => this.equipment.reload());
    if (!camera || !clip) return;
    const sent = { kind: "sent", camera, clip, broken } as const;
    this.state.set({ ...sent, over: false });
    void ended.then(() => {
      const now = this.state.value;
      if (now.kind === "sent" && now.clip === clip) this.state.set({ ...sent, over: true });
    });
  }

  async #release(): Promise<void> {
    this.#stopTimer();
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
