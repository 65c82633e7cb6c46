/**
 * One peer connection that sends camera and microphone and receives what the server plays.
 *
 * WHIP-shaped (RFC 9725): the page offers, one POST brings the answer, DELETE on the returned
 * resource ends it. The server is ICE-lite and its candidates are in the answer, so nothing is
 * gathered or trickled from here that anyone would wait for, and no third party is asked.
 * A Peer is used once: `connect()`, then `close()`; see line.ts for one that comes back.
 */
import { deleteQuietly, exchangeSdp } from "../api";
import { withAudioNack } from "./sdp";

export interface PeerEvents {
  /** Every change of the connection, with the browser's own word for it. */
  state?(state: RTCPeerConnectionState): void;
}

export class Peer {
  readonly connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  /** What the server plays to us; both tracks are there from the start and begin when it does. */
  readonly inbound = new MediaStream();
  private location = "";
  private closed = false;

  constructor(
    camera: MediaStream,
    private readonly events: PeerEvents = {},
  ) {
    for (const kind of ["audio", "video"] as const) {
      const track = camera.getTracks().find((candidate) => candidate.kind === kind);
      const transceiver = this.connection.addTransceiver(track ?? kind, { direction: "sendrecv" });
      this.inbound.addTrack(transceiver.receiver.track);
    }
    this.connection.onconnectionstatechange = () => {
      if (!this.closed) this.events.state?.(this.connection.connectionState);
    };
  }

  /** Offers to `path`; resolves when the answer is set. Throws ApiError when it is refused. */
  async connect(path: string): Promise<void> {
    await this.keepResolution();
    const offer = await this.connection.createOffer();
    const sdp_offer = withAudioNack(offer.sdp ?? "");
    await this.connection.setLocalDescription({ type: "offer", sdp: sdp_offer });
    const { sdp, location } = await exchangeSdp(path, sdp_offer);
    this.location = location;
    if (this.closed) return deleteQuietly(location);
    await this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  /** Another camera or microphone on the same connection. */
  async replaceCamera(camera: MediaStream): Promise<void> {
    for (const sender of this.connection.getSenders()) {
      const kind = sender.track?.kind;
      const track = camera.getTracks().find((candidate) => candidate.kind === kind);
      if (track) await sender.replaceTrack(track);
    }
  }

  /** Ends it here and at the server; idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.connection.close();
    deleteQuietly(this.location);
  }

  /** A held resolution rather than a held frame rate, so that a face stays a face. */
  private async keepResolution(): Promise<void> {
    for (const sender of this.connection.getSenders()) {
      if (sender.track?.kind !== "video") continue;
      const parameters = sender.getParameters();
      parameters.degradationPreference = "maintain-resolution";
      await sender.setParameters(parameters).catch(() => undefined);
    }
  }
}
