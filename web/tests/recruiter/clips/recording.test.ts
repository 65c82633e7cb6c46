import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { CameraError } from "../../../src/media/camera";
import type { ClipRow } from "../../../src/protocol";
import { ClipRecording, LONGEST_SECONDS, type Connection, type Equipment } from "../../../src/recruiter/clips/recording";

class FakeStudio implements Equipment {
  open = 0;
  refusal: CameraError | null = null;
  titles: string[] = [];
  reloads = 0;
  connections: { path: string; open: boolean; told: (state: RTCPeerConnectionState) => void }[] = [];

  async openCamera(): Promise<MediaStream> {
    if (this.refusal) throw this.refusal;
    this.open += 1;
    return {} as MediaStream;
  }
  closeCamera(camera: MediaStream | null): void {
    if (camera) this.open -= 1;
  }
  connection(_camera: MediaStream, told: (state: RTCPeerConnectionState) => void): Connection {
    const made = { path: "", open: true, told };
    this.connections.push(made);
    return {
      connect: async (path) => {
        made.path = path;
      },
      close: async () => {
        made.open = false;
      },
    };
  }
  async reload(): Promise<void> {
    this.reloads += 1;
  }
  async createClip(title: string): Promise<ClipRow> {
    this.titles.push(title);
    return { id: `cl_${this.titles.length}`, title } as ClipRow;
  }
  connectionsOf(id: string): string {
    return `/api/clips/${id}/connections`;
  }
}

describe("recording a clip", () => {
  let studio: FakeStudio;
  let recording: ClipRecording;
  const kind = (): string => recording.state.value.kind;

  async function record(title = "Hello"): Promise<void> {
    const started = recording.start(title);
    await vi.advanceTimersByTimeAsync(3000);
    await started;
    studio.connections.at(-1)!.told("connected");
  }

  beforeEach(async () => {
    vi.useFakeTimers();
    studio = new FakeStudio();
    recording = new ClipRecording(studio);
    await recording.ask();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts to the first second, and records only once media can flow", async () => {
    const started = recording.start("Hello");
    await vi.advanceTimersByTimeAsync(2900);
    expect([kind(), studio.connections.length]).toEqual(["counting", 0]);
    await vi.advanceTimersByTimeAsync(100);
    await started;
    expect([kind(), studio.connections[0]?.path]).toEqual(["counting", "/api/clips/cl_1/connections"]);
    studio.connections[0]?.told("connected");
    expect(kind()).toBe("recording");
  });

  it("may be tried again as often as one likes, one connection at a time", async () => {
    for (let tries = 1; tries <= 4; tries++) {
      await record();
      expect(studio.connections.filter(({ open }) => open)).toHaveLength(1);
      recording.stop();
      expect(recording.state.value).toMatchObject({ kind: "sent", clip: { id: `cl_${tries}` }, broken: false });
    }
    expect(studio.connections.some(({ open }) => open)).toBe(false);
  });

  it("makes nothing of a try that is stopped while counting", async () => {
    const started = recording.start("Hello");
    await vi.advanceTimersByTimeAsync(1000);
    recording.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect([kind(), studio.connections.length]).toEqual(["ready", 0]);
    await Promise.race([started, vi.advanceTimersByTimeAsync(1000)]);
  });

  it("keeps what came over when the line breaks", async () => {
    await record();
    studio.connections[0]?.told("failed");
    expect(recording.state.value).toMatchObject({ kind: "sent", broken: true });
  });

  it("asks what became of the clip once the server has ended it", async () => {
    await record();
    recording.stop();
    expect(recording.state.value).toMatchObject({ kind: "sent", over: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(recording.state.value).toMatchObject({ kind: "sent", over: true });
    expect(studio.reloads).toBe(1);
  });

  it("stops by itself at the longest a clip may be", async () => {
    await record();
    await vi.advanceTimersByTimeAsync(LONGEST_SECONDS * 1000);
    expect(kind()).toBe("sent");
  });

  it("is ready again when the server refuses", async () => {
    studio.createClip = async () => {
      throw new Error("disk full");
    };
    const started = recording.start("Hello");
    const refused = expect(started).rejects.toThrow("disk full");
    await vi.advanceTimersByTimeAsync(3000);
    await refused;
    expect(kind()).toBe("ready");
  });

  it("says why there is no camera, and asks again when told to", async () => {
    studio.refusal = new CameraError("denied");
    await recording.ask();
    expect(recording.state.value).toEqual({ kind: "refused", trouble: "denied" });
    studio.refusal = null;
    await recording.ask();
    expect(kind()).toBe("ready");
  });

  it("leaves neither camera nor connection open", async () => {
    await record();
    recording.close();
    expect([studio.open, studio.connections[0]?.open, kind()]).toEqual([0, false, "closed"]);
  });
});
