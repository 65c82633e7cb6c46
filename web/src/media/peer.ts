/**
 * One peer connection that sends camera and microphone and receives what the server plays.
 *
 * WHIP-shaped (RFC 9725): the page offers, one POST brings the answer, PATCH restarts ICE, DELETE
 * ends it. The server is ICE-lite and its addresses are in the answer, so nothing is gathered that
 * anyone would wait for, and no third party is asked. A Peer is used once: `connect()`, then
 * `close()`; uplink.ts is what comes back by itself.
 */
import { deleteQuietly, exchangeSdp, patchIce } from "../api";
import { endQuietly } from "./ending";
import { iceFragment, withAudioNack, withIceOf } from "./sdp";

export interface PeerEvents {
  /** Every change of the connection, in the browser's own word for it. */
  state?(state: RTCPeerConnectionState): void;
}

export class Peer {
  readonly connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  /** What the server plays to us; both tracks are there from the start and speak when it does. */
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
    await this.holdResolution();
    const { sdp, location } = await exchangeSdp(path, await this.offer());
    this.location = location;
    if (this.closed) return deleteQuietly(location);
    await this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  /** A new path for the same connection, after the network has changed. Throws when refused. */
  async restartIce(): Promise<void> {
    const sdp_answer = this.connection.currentRemoteDescription?.sdp;
    if (this.closed || !this.location || sdp_answer === undefined) return;
    const fragment = iceFragment(await this.offer({ iceRestart: true }));
    const sdp = withIceOf(sdp_answer, await patchIce(this.location, fragment));
    if (sdp !== null && !this.closed) {
      await this.connection.setRemoteDescription({ type: "answer", sdp });
    }
  }

  /** Another camera or microphone on the same connection. */
  async replaceCamera(camera: MediaStream): Promise<void> {
    for (const transceiver of this.connection.getTransceivers()) {
      const { kind } = transceiver.receiver.track;
      const track = camera.getTracks().find((candidate) => candidate.kind === kind);
      if (track) await transceiver.sender.replaceTrack(track);
    }
  }

  /** Ends it at the server, then here, at most a second later; idempotent, never throws. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await endQuietly(this.connection, this.location);
  }

  private async offer(options: RTCOfferOptions = {}): Promise<string> {
    const offer = await this.connection.createOffer(options);
    const sdp = withAudioNack(offer.sdp ?? "");
    await this.connection.setLocalDescription({ type: "offer", sdp });
    return sdp;
  }

  /** A held resolution rather than a held frame rate: a face has to stay a face. */
  private async holdResolution(): Promise<void> {
    for (const sender of this.connection.getSenders()) {
      if (sender.track?.kind !== "video") continue;
      const parameters = sender.getParameters();
      parameters.degradationPreference = "maintain-resolution";
      await sender.setParameters(parameters).catch(() => undefined);
    }
  }
}
