import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Socket, type SocketStatus } from "../src/socket";

class FakeWebSocket {
  static all: FakeWebSocket[] = [];
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    FakeWebSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
}

type Told = { type: string };
const sockets = FakeWebSocket.all;
let heard: Told[];
let statuses: [SocketStatus, boolean][];

function opened(): Socket<Told, Told> {
  return new Socket<Told, Told>(() => `/events?attempt=${sockets.length}`, {
    message: (message) => heard.push(message),
    status: (status, refused) => statuses.push([status, refused]),
  });
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  [heard, statuses, sockets.length] = [[], [], 0];
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("location", { href: "https://interview.example/i/token" });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("speaks JSON over the same origin, encrypted where the page is", () => {
  const socket = opened();
  expect(sockets[0]!.url).toBe("wss://interview.example/events?attempt=0");
  expect(socket.send({ type: "early" })).toBe(false);
  sockets[0]!.onopen!();
  expect(socket.send({ type: "hello" })).toBe(true);
  sockets[0]!.onmessage!({ data: '{"type":"state"}' });
  expect(sockets[0]!.sent).toEqual(['{"type":"hello"}']);
  expect(heard).toEqual([{ type: "state" }]);
});

test("comes back by itself, later each time, and asks for its address anew", async () => {
  opened();
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    const begun = Date.now();
    sockets.at(-1)!.onclose!();
    while (sockets.length === attempt) await pass(100);
    waits.push(Date.now() - begun);
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  expect(sockets[1]!.url).toContain("attempt=1");
});

test("tells a socket that was refused from one that was lost", async () => {
  opened();
  sockets[0]!.onclose!();
  expect(statuses.at(-1)).toEqual(["waiting", true]);
  await pass(500);
  sockets[1]!.onopen!();
  sockets[1]!.onclose!();
  expect(statuses.at(-1)).toEqual(["waiting", false]);
});

test("a socket that never opens is given up after ten seconds", async () => {
  opened();
  await pass(10_500);
  expect(sockets[0]!.closed).toBe(true);
  expect(sockets).toHaveLength(2);
});

test("after close nothing is said, heard or tried any more", async () => {
  const socket = opened();
  sockets[0]!.onopen!();
  const hear = sockets[0]!.onmessage!;
  socket.close();
  socket.close();
  hear({ data: '{"type":"late"}' });
  await pass(60_000);
  expect(heard).toEqual([]);
  expect(sockets).toHaveLength(1);
  expect(socket.send({ type: "late" })).toBe(false);
  expect(statuses.at(-1)).toEqual(["closed", false]);
});
