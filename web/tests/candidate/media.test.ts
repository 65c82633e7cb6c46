import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CandidateMedia, type CameraDoors } from "../../src/candidate/media";
import { CameraError, type CameraChoice } from "../../src/media/camera";
import { Uplink, type UplinkStatus } from "../../src/media/uplink";

class FakeTrack extends EventTarget {
  stopped = false;
  constructor(readonly kind: string) {
    super();
  }
  stop(): void {
    this.stopped = true;
  }
  getSettings() {
    return { deviceId: `${this.kind}-device` };
  }
}

class FakeCamera {
  readonly tracks = [new FakeTrack("audio"), new FakeTrack("video")];
  getTracks() {
    return this.tracks;
  }
  getAudioTracks() {
    return this.tracks.filter((track) => track.kind === "audio");
  }
  getVideoTracks() {
    return this.tracks.filter((track) => track.kind === "video");
  }
}

class FakeUplink {
  status: UplinkStatus = "off";
  peer = null;
  did: string[] = [];
  constructor(private readonly told: (uplink: Uplink) => void) {}
  start = () => this.did.push("start");
  renew = () => this.did.push("renew");
  replaceCamera = async () => void this.did.push("replace");
  stop = async () => void this.did.push("stop");
  become(status: UplinkStatus): void {
    this.status = status;
    this.told(this as unknown as Uplink);
  }
}

let uplink: FakeUplink;
let cameras: FakeCamera[];

function mediaWith(open?: CameraDoors["open"]): CandidateMedia {
  const doors: CameraDoors = {
    open:
      open ??
      (async () => {
        const camera = new FakeCamera();
        cameras.push(camera);
        return camera as unknown as MediaStream;
      }),
    list: async () => ({ cameras: [{ id: "video-device", name: "Front" }], microphones: [] }),
  };
  return new CandidateMedia(
    () => "/path",
    doors,
    (told) => (uplink = new FakeUplink(told)) as unknown as Uplink,
  );
}

beforeEach(() => {
  cameras = [];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

test("nothing is opened before it is asked for", () => {
  const media = mediaWith();
  expect(media.view.camera).toBeNull();
  expect(uplink.did).toEqual([]);
});

test("opening begins to send, and knows the devices by name", async () => {
  const media = mediaWith();
  await media.open();
  expect(uplink.did).toEqual(["start"]);
  expect(media.view.devices.cameras).toEqual([{ id: "video-device", name: "Front" }]);
  expect(media.view.choice).toEqual({ camera_id: "video-device", microphone_id: "audio-device" });
});

test("another camera takes the place of the first on the same connection", async () => {
  const media = mediaWith();
  await media.open();
  await media.open({ camera_id: "other" });
  expect(uplink.did).toEqual(["start", "replace"]);
  expect(cameras[0]!.tracks.every((track) => track.stopped)).toBe(true);
  expect(cameras[1]!.tracks.some((track) => track.stopped)).toBe(false);
});

test("what is wrong with the camera is told, and a second try may succeed", async () => {
  const answers: (CameraError | FakeCamera)[] = [new CameraError("busy"), new FakeCamera()];
  const media = mediaWith(async () => {
    const answer = answers.shift()!;
    if (answer instanceof CameraError) throw answer;
    return answer as unknown as MediaStream;
  });
  await media.open();
  expect(media.view.trouble).toBe("busy");
  expect(media.view.opening).toBe(false);
  await media.open();
  expect(media.view.trouble).toBeNull();
  expect(media.view.camera).not.toBeNull();
});

test("two impatient taps ask for the camera once", async () => {
  const asked: CameraChoice[] = [];
  const media = mediaWith(async (choice) => {
    asked.push(choice);
    return new FakeCamera() as unknown as MediaStream;
  });
  await Promise.all([media.open(), media.open()]);
  expect(asked).toHaveLength(1);
});

test("a camera that stops by itself is noticed, one that we replaced is not", async () => {
  const media = mediaWith();
  await media.open();
  await media.open();
  cameras[0]!.tracks[0]!.dispatchEvent(new Event("ended"));
  expect(media.view.ended).toBe(false);
  cameras[1]!.tracks[0]!.dispatchEvent(new Event("ended"));
  expect(media.view.ended).toBe(true);
});

test("a connection in which only the browser believes is renewed after three seconds", async () => {
  const media = mediaWith();
  await media.open();
  uplink.become("connected");
  media.hear(false);
  await vi.advanceTimersByTimeAsync(2_900);
  media.hear(false);
  expect(uplink.did).not.toContain("renew");
  await vi.advanceTimersByTimeAsync(200);
  expect(uplink.did).toContain("renew");
});

test("the server may take its moment to see a new connection", async () => {
  const media = mediaWith();
  media.hear(false);
  await media.open();
  uplink.become("connected");
  await vi.advanceTimersByTimeAsync(2_000);
  media.hear(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(uplink.did).not.toContain("renew");
});

test("closing puts the light out and ends the connection", async () => {
  const media = mediaWith();
  await media.open();
  await media.close();
  expect(cameras[0]!.tracks.every((track) => track.stopped)).toBe(true);
  expect(uplink.did).toContain("stop");
  expect(media.view.camera).toBeNull();
});
