/**
 * Camera, microphone and the connection that carries them, for as long as the interview needs them.
 *
 * Opened by one tap of the candidate, never by itself; closed, light off, when the last answer is
 * in. Framework-free; the contract of a Svelte store.
 */
import {
  CameraError,
  choiceOf,
  closeCamera,
  listDevices,
  openCamera,
  type CameraChoice,
  type CameraTrouble,
  type Devices,
} from "../media/camera";
import { Uplink, type UplinkStatus } from "../media/uplink";

export interface MediaView {
  camera: MediaStream | null;
  opening: boolean;
  trouble: CameraTrouble | null;
  /** A device stopped by itself: unplugged, or taken by another program. */
  ended: boolean;
  devices: Devices;
  choice: CameraChoice;
  uplink: UplinkStatus;
  /** What the server plays; another object after each reconnect. */
  inbound: MediaStream | null;
}

/** The browser's part, so that tests can bring their own. */
export interface CameraDoors {
  open(choice: CameraChoice): Promise<MediaStream>;
  list(): Promise<Devices>;
}

/** The server hears of a new connection a moment after the browser does. */
const DOUBT_MS = 3_000;
const NO_DEVICES: Devices = { cameras: [], microphones: [] };

export class CandidateMedia {
  view: MediaView = {
    camera: null,
    opening: false,
    trouble: null,
    ended: false,
    devices: NO_DEVICES,
    choice: {},
    uplink: "off",
    inbound: null,
  };
  readonly uplink: Uplink;
  private readonly readers = new Set<(view: MediaView) => void>();
  private flows = true;
  private doubt: ReturnType<typeof setTimeout> | undefined;

  constructor(
    path: () => string,
    private readonly doors: CameraDoors = { open: openCamera, list: listDevices },
    makeUplink = (told: (uplink: Uplink) => void) => new Uplink(path, told),
  ) {
    this.uplink = makeUplink((uplink) => {
      this.change({ uplink: uplink.status, inbound: uplink.peer?.inbound ?? null });
      this.doubtConnection();
    });
  }

  subscribe(reader: (view: MediaView) => void): () => void {
    this.readers.add(reader);
    reader(this.view);
    return () => this.readers.delete(reader);
  }

  /** Asks for camera and microphone and begins to send; what is wrong is in `trouble`. */
  async open(choice: CameraChoice = this.view.choice): Promise<void> {
    if (this.view.opening) return;
    this.change({ opening: true, trouble: null });
    try {
      await this.take(await this.doors.open(choice));
    } catch (error) {
      const trouble = error instanceof CameraError ? error.trouble : "unknown";
      this.change({ trouble });
    } finally {
      this.change({ opening: false });
    }
  }

  /**
   * Whether media flows, as the server sees it (`state.connected`). Where it says no for 3 s although
   * the browser believes in its connection (the server was restarted, say), a new one is made.
   */
  hear(flows: boolean): void {
    this.flows = flows;
    this.doubtConnection();
  }

  /** Camera off, connection ended; idempotent. */
  async close(): Promise<void> {
    closeCamera(this.view.camera);
    this.change({ camera: null, ended: false });
    await this.uplink.stop();
  }

  private async take(camera: MediaStream): Promise<void> {
    const former = this.view.camera;
    this.change({ camera, ended: false, choice: choiceOf(camera) });
    for (const track of camera.getTracks()) {
      track.addEventListener("ended", () => {
        if (this.view.camera === camera) this.change({ ended: true });
      });
    }
    if (former === null) this.uplink.start(camera);
    else await this.uplink.replaceCamera(camera);
    closeCamera(former);
    this.change({ devices: await this.doors.list() });
  }

  private doubtConnection(): void {
    if (this.flows || this.view.uplink !== "connected") {
      clearTimeout(this.doubt);
      this.doubt = undefined;
    } else {
      this.doubt ??= setTimeout(() => {
        this.doubt = undefined;
        this.uplink.renew();
      }, DOUBT_MS);
    }
  }

  private change(changed: Partial<MediaView>): void {
    this.view = { ...this.view, ...changed };
    for (const reader of this.readers) reader(this.view);
  }
}
