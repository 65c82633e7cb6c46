import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Autosave, type SaveState } from "../../../src/recruiter/interviews/autosave";

/** A server that answers when told to. */
class FakeServer {
  received: string[] = [];
  #pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  save = (value: string): Promise<void> => {
    this.received.push(value);
    return new Promise((resolve, reject) => this.#pending.push({ resolve, reject }));
  };
  get inFlight(): number {
    return this.#pending.length;
  }
  async answer(error?: Error): Promise<void> {
    const request = this.#pending.shift()!;
    if (error) request.reject(error);
    else request.resolve();
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe("autosave", () => {
  let server: FakeServer;
  let states: SaveState[];
  let autosave: Autosave<string>;

  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    states = [];
    autosave = new Autosave({ save: server.save, changed: (state) => states.push(state), delay_ms: 500, retry_ms: 2000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for a pause in typing and saves only the last value", async () => {
    for (const text of ["a", "ab", "abc"]) {
      autosave.put(text);
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(server.received).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.received).toEqual(["abc"]);
    await server.answer();
    expect(states[states.length - 1]).toBe("saved");
  });

  it("has one save in flight, and then saves what came meanwhile", async () => {
    autosave.put("one");
    await vi.advanceTimersByTimeAsync(500);
    autosave.put("two");
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.inFlight).toBe(1);
    await server.answer();
    expect(server.received).toEqual(["one", "two"]);
    expect(states).not.toContain("saved");
    await server.answer();
    expect(states[states.length - 1]).toBe("saved");
  });

  it("tries again by itself after a failure", async () => {
    autosave.put("kept");
    await vi.advanceTimersByTimeAsync(500);
    await server.answer(new Error("line down"));
    expect(states[states.length - 1]).toBe("failed");
    await vi.advanceTimersByTimeAsync(2000);
    await server.answer();
    expect(server.received).toEqual(["kept", "kept"]);
    expect(states[states.length - 1]).toBe("saved");
  });

  it("does not repeat what the server refused, but saves the next value", async () => {
    autosave = new Autosave({
      save: server.save, changed: (state) => states.push(state), passing: () => false, delay_ms: 500, retry_ms: 2000,
    });
    autosave.put("refused");
    await vi.advanceTimersByTimeAsync(500);
    await server.answer(new Error("a clip that does not exist"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.received).toEqual(["refused"]);
    autosave.put("better");
    await vi.advanceTimersByTimeAsync(500);
    await server.answer();
    expect(states.at(-1)).toBe("saved");
  });

  it("flushes at once, and says whether all is safe", async () => {
    autosave.put("now");
    const flushed = autosave.flush();
    await server.answer();
    expect(await flushed).toBe(true);
    autosave.put("lost line");
    const failed = autosave.flush();
    await server.answer(new Error("line down"));
    expect(await failed).toBe(false);
  });
});
