/**
 * Receives only: a recruiter watches a running take (WHEP-shaped).
 *
 * One POST of an offer, the answer holds everything; `close()` deletes the resource. Picture and
 * sound of the same moment are in `inbound`.
 */
import { deleteQuietly, exchangeSdp } from "../api";
import { endQuietly } from "./ending";

export class Watch {
  readonly connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly inbound = new MediaStream();
  private location = "";
  private closed = false;

  constructor(private readonly told: (state: RTCPeerConnectionState) => void = () => undefined) {
    for (const kind of ["audio", "video"] as const) {
      const transceiver = this.connection.addTransceiver(kind, { direction: "recvonly" });
      this.inbound.addTrack(transceiver.receiver.track);
    }
    this.connection.onconnectionstatechange = () => {
      if (!this.closed) this.told(this.connection.connectionState);
    };
  }

  /** Throws ApiError: nobody may watch now, or the session is not ours. */
  async connect(path: string): Promise<void> {
    const offer = await this.connection.createOffer();
    await this.connection.setLocalDescription(offer);
    const { sdp, location } = await exchangeSdp(path, offer.sdp ?? "");
    this.location = location;
    if (this.closed) return deleteQuietly(location);
    await this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  /**
   * Ends it at the server (unless that was the `server`'s own doing), then here, at most a second
   * later; idempotent, never throws.
   */
  async close(by: "us" | "server" = "us"): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await endQuietly(this.connection, by === "us" ? this.location : "");
  }
}
