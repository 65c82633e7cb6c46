/**
 * Keeps one Peer alive for as long as it is wanted: a lost connection is made anew by itself.
 *
 * A connection that the browser calls disconnected gets one ICE restart at once and 4 s to come
 * back; after that, or when it has failed, or has not come up within 10 s, it is replaced. The old
 * one is ended at the server first, for there is one camera per session. Between attempts it waits
 * 0.3 s, 0.6 s … at most 5 s. Only an offer that can never be accepted (400, 415) ends the trying.
 */
import { ApiError } from "../api";
import { Peer, type PeerEvents } from "./peer";

export type UplinkStatus = "off" | "connecting" | "connected" | "lost" | "refused";

/** What an Uplink needs of a Peer; tests bring their own. */
export type UplinkPeer = Pick<
  Peer,
  "connect" | "restartIce" | "replaceCamera" | "close" | "inbound" | "connection"
>;
export type MakePeer = (camera: MediaStream, events: PeerEvents) => UplinkPeer;

const COMING_UP_MS = 10_000;
const COMING_BACK_MS = 4_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5_000;
const ENDING_LIMIT_MS = 1_000;
const NEVER_ACCEPTED = [400, 413, 415];

export class Uplink {
  status: UplinkStatus = "off";
  peer: UplinkPeer | null = null;
  private camera: MediaStream | null = null;
  private attempts = 0;
  private turn = 0; // counts beginnings and ends, so that a late wait knows that it is late
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly path: () => string,
    private readonly told: (uplink: Uplink) => void,
    private readonly makePeer: MakePeer = (camera, events) => new Peer(camera, events),
  ) {}

  start(camera: MediaStream): void {
    this.camera = camera;
    if (this.status === "off" || this.status === "refused") this.begin();
  }

  async replaceCamera(camera: MediaStream): Promise<void> {
    this.camera = camera;
    await this.peer?.replaceCamera(camera);
  }

  /** The server no longer knows this connection, whatever the browser says. */
  renew(): void {
    if (this.peer !== null) this.again();
  }

  async stop(): Promise<void> {
    this.limit(null);
    this.turn += 1;
    this.camera = null;
    this.attempts = 0;
    const ending = this.release();
    this.become("off");
    await ending;
  }

  private begin(): void {
    const { camera } = this;
    if (camera === null) return;
    this.turn += 1;
    const peer = this.makePeer(camera, { state: (state) => this.heard(peer, state) });
    this.peer = peer;
    this.become(this.attempts === 0 ? "connecting" : "lost");
    this.limit(COMING_UP_MS);
    peer.connect(this.path()).catch((error: unknown) => this.failed(peer, error));
  }

  private heard(peer: UplinkPeer, state: RTCPeerConnectionState): void {
    if (peer !== this.peer) return;
    if (state === "connected") {
      this.limit(null);
      this.attempts = 0;
      this.become("connected");
    } else if (state === "disconnected") {
      this.become("lost");
      this.limit(COMING_BACK_MS);
      peer.restartIce().catch((error: unknown) => this.failed(peer, error));
    } else if (state === "failed" || state === "closed") {
      this.again();
    }
  }

  private failed(peer: UplinkPeer, error: unknown): void {
    if (peer !== this.peer) return;
    if (error instanceof ApiError && NEVER_ACCEPTED.includes(error.status)) {
      this.limit(null);
      void this.release();
      this.become("refused");
    } else {
      this.again();
    }
  }

  private again(): void {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    this.attempts += 1;
    const ending = this.release();
    this.become("lost");
    this.limit(null);
    const turn = (this.turn += 1);
    this.timer = setTimeout(() => {
      void Promise.race([ending, after(ENDING_LIMIT_MS)]).then(() => {
        if (turn === this.turn) this.begin();
      });
    }, wait);
  }

  private release(): Promise<void> {
    const { peer } = this;
    this.peer = null;
    return peer === null ? Promise.resolve() : peer.close();
  }

  private limit(milliseconds: number | null): void {
    clearTimeout(this.timer);
    this.timer = milliseconds === null ? undefined : setTimeout(() => this.again(), milliseconds);
  }

  private become(status: UplinkStatus): void {
    this.status = status;
    this.told(this);
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
