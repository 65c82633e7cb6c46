import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../../../src/api";
import { Watching, type Connection } from "../../../src/recruiter/sessions/watching";

interface Made {
  path: string;
  open: boolean;
  endedBy?: "us" | "server";
  told: (state: RTCPeerConnectionState) => void;
}

describe("watching live", () => {
  let made: Made[];
  let refusals: Error[];
  let watching: Watching;
  const kind = (): string => watching.state.value.kind;
  const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  const open = (): number => made.filter((one) => one.open).length;

  function connection(told: Made["told"]): Connection {
    const one: Made = { path: "", open: true, told };
    made.push(one);
    return {
      inbound: {} as MediaStream,
      connect: async (path) => {
        one.path = path;
        const refusal = refusals.shift();
        if (refusal) throw refusal;
      },
      close: (by) => {
        one.open = false;
        one.endedBy = by;
      },
    };
  }

  beforeEach(() => {
    vi.useFakeTimers();
    made = [];
    refusals = [];
    watching = new Watching("/api/sessions/se_1/watchers", connection);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for a take, connects by itself, and waits for the next when it ends", async () => {
    watching.want(true);
    expect([kind(), made.length]).toEqual(["waiting", 0]);
    watching.watchable(true);
    made[0]?.told("connected");
    expect([kind(), made[0]?.path]).toEqual(["playing", "/api/sessions/se_1/watchers"]);
    watching.watchable(false);
    expect([watching.state.value, open()]).toEqual([{ kind: "waiting", seen: true }, 0]);
    expect(made[0]?.endedBy).toBe("server");
    watching.watchable(true);
    await settle();
    expect([made.length, open()]).toEqual([2, 1]);
  });

  it("never connects unasked", async () => {
    watching.watchable(true);
    await settle(10_000);
    expect([kind(), made.length]).toEqual(["off", 0]);
  });

  it("ends at once when one stops watching", () => {
    watching.watchable(true);
    watching.want(true);
    made[0]?.told("connected");
    watching.want(false);
    expect([kind(), open(), made[0]?.endedBy]).toEqual(["off", 0, "us"]);
  });

  it("tries again when the server was a moment early, one connection at a time", async () => {
    refusals = [new ApiError(409, "not_watchable", "Not now."), new ApiError(0, "offline", "No line.")];
    watching.watchable(true);
    watching.want(true);
    await settle(500);
    await settle(1000);
    expect([made.length, open()]).toEqual([3, 1]);
    made[2]?.told("connected");
    expect(kind()).toBe("playing");
  });

  it("says why when it is refused for good, and asks again only for the next take", async () => {
    refusals = [new ApiError(403, "watching_ended", "The candidate ended live watching.")];
    watching.watchable(true);
    watching.want(true);
    await settle(60_000);
    expect([watching.state.value, made.length]).toEqual([
      { kind: "refused", text: "The candidate ended live watching." }, 1,
    ]);
    watching.watchable(false);
    watching.watchable(true);
    await settle();
    expect(made.length).toBe(2);
  });

  it("gives up after a few tries that lead nowhere", async () => {
    watching.watchable(true);
    watching.want(true);
    for (let i = 0; i < 20; i++) {
      made.at(-1)?.told("failed");
      await settle(5000);
    }
    expect([kind(), made.length, open()]).toEqual(["refused", 5, 0]);
  });

  it("ignores a connection that was given up", () => {
    watching.watchable(true);
    watching.want(true);
    watching.want(false);
    made[0]?.told("connected");
    expect(kind()).toBe("off");
  });
});
