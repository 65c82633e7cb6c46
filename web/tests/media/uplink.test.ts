import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../src/api";
import { Uplink, type MakePeer, type UplinkPeer } from "../../src/media/uplink";

const CAMERA = {} as MediaStream;

class FakePeer {
  did: string[] = [];
  inbound = {} as MediaStream;
  connection = {} as RTCPeerConnection;
  constructor(
    readonly camera: MediaStream,
    readonly state: (state: RTCPeerConnectionState) => void,
    private readonly refusal: Error | undefined,
    private readonly ending: Promise<void>,
  ) {}
  async connect(path: string): Promise<void> {
    this.did.push(`connect ${path}`);
    if (this.refusal) throw this.refusal;
  }
  restartIce = async () => void this.did.push("restart");
  replaceCamera = async () => void this.did.push("replace");
  close(): Promise<void> {
    this.did.push("close");
    return this.ending;
  }
}

let peers: FakePeer[];
let seen: string[];
let refusals: Error[];
let ending: Promise<void>;

function uplinkOf(): Uplink {
  const make: MakePeer = (camera, events) => {
    const peer = new FakePeer(camera, events.state!, refusals.shift(), ending);
    peers.push(peer);
    return peer as unknown as UplinkPeer;
  };
  return new Uplink(() => "/here", (uplink) => seen.push(uplink.status), make);
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  [peers, seen, refusals, ending] = [[], [], [], Promise.resolve()];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

test("connects once and stays while all is well", async () => {
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  uplink.start(CAMERA);
  peers[0]!.state("connected");
  await pass(60_000);
  expect(peers).toHaveLength(1);
  expect(peers[0]!.did).toEqual(["connect /here"]);
  expect(seen).toEqual(["connecting", "connected"]);
});

test("a short disturbance is healed by one ICE restart on the same connection", async () => {
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  peers[0]!.state("connected");
  peers[0]!.state("disconnected");
  await pass(3_900);
  peers[0]!.state("connected");
  await pass(60_000);
  expect(peers).toHaveLength(1);
  expect(peers[0]!.did).toEqual(["connect /here", "restart"]);
  expect(uplink.status).toBe("connected");
});

test("after four seconds of silence a new connection is made, the old one ended first", async () => {
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  peers[0]!.state("connected");
  peers[0]!.state("disconnected");
  await pass(4_000);
  expect(peers[0]!.did).toContain("close");
  await pass(300);
  expect(peers).toHaveLength(2);
  peers[1]!.state("connected");
  expect(uplink.status).toBe("connected");
});

test("a failed connection is replaced at once", async () => {
  uplinkOf().start(CAMERA);
  peers[0]!.state("failed");
  await pass(300);
  expect(peers).toHaveLength(2);
});

test("a connection that does not come up within ten seconds is replaced", async () => {
  uplinkOf().start(CAMERA);
  await pass(10_300);
  expect(peers).toHaveLength(2);
});

test("attempts become rarer, at most five seconds apart, and never end", async () => {
  uplinkOf().start(CAMERA);
  const gaps: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const begun = Date.now();
    peers.at(-1)!.state("failed");
    while (peers.length < attempt + 2) await pass(50);
    gaps.push(Date.now() - begun);
  }
  expect(gaps.slice(0, 4)).toEqual([300, 600, 1200, 2400]);
  expect(Math.max(...gaps)).toBe(5_000);
});

test("an old connection that cannot be ended at the server holds up the new one for a second", async () => {
  ending = new Promise(() => undefined);
  uplinkOf().start(CAMERA);
  peers[0]!.state("failed");
  await pass(1_250);
  expect(peers).toHaveLength(1);
  await pass(100);
  expect(peers).toHaveLength(2);
});

test("a refusal that may pass is tried again", async () => {
  refusals = [new ApiError(409, "already_recording", "")];
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  await pass(400);
  expect(peers).toHaveLength(2);
  expect(uplink.status).toBe("lost");
});

test.each([400, 415])("status %i will never be accepted: no further attempt", async (status) => {
  refusals = [new ApiError(status, "no_common_codec", "")];
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  await pass(60_000);
  expect(uplink.status).toBe("refused");
  expect(peers).toHaveLength(1);
});

test("after stop nothing happens any more, whatever was under way", async () => {
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  peers[0]!.state("failed");
  await uplink.stop();
  await pass(60_000);
  expect(peers).toHaveLength(1);
  expect(uplink.status).toBe("off");
  peers[0]!.state("connected");
  expect(uplink.status).toBe("off");
});

test("what an old connection still says is not believed", async () => {
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  peers[0]!.state("failed");
  await pass(300);
  peers[1]!.state("connected");
  peers[0]!.state("disconnected");
  await pass(30_000);
  expect(peers).toHaveLength(2);
  expect(uplink.status).toBe("connected");
});

test("stopped and started again, it connects once", async () => {
  const uplink = uplinkOf();
  uplink.start(CAMERA);
  peers[0]!.state("failed");
  await uplink.stop();
  uplink.start(CAMERA);
  peers[1]!.state("connected");
  await pass(60_000);
  expect(peers).toHaveLength(2);
  expect(uplink.status).toBe("connected");
});
