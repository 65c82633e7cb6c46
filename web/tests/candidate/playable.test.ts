import { afterEach, expect, test, vi } from "vitest";
import { takeUrl, whenPlayable } from "../../src/candidate/playable";
import { takeOf } from "./fixtures";

test("an answer of several parts is watched when they are joined, any other at once", () => {
  expect(takeUrl(takeOf("tk_1"))).toBe("/api/takes/tk_1/media");
  expect(takeUrl(takeOf("tk_1", { parts: [4, 5] }))).toBe("/api/takes/tk_1/media?version=rendition");
});

function answers(...statuses: number[]): number[] {
  const left = [...statuses];
  vi.stubGlobal("fetch", async () => {
    const status = left.length > 1 ? left.shift()! : left[0]!;
    if (status === 0) throw new TypeError("no network");
    return { status, body: null };
  });
  return left;
}

const at_once = async () => undefined;
const open = new AbortController().signal;

afterEach(() => void vi.unstubAllGlobals());

test("asks again until the first bytes are there", async () => {
  const left = answers(404, 0, 503, 206);
  expect(await whenPlayable("/media", open, at_once)).toBe(true);
  expect(left).toEqual([206]);
});

test("does not wait for what will never be allowed", async () => {
  answers(403);
  expect(await whenPlayable("/media", open, at_once)).toBe(false);
});

test("gives up after three minutes", async () => {
  answers(404);
  const waits: number[] = [];
  const pause = async (milliseconds: number) => void waits.push(milliseconds);
  expect(await whenPlayable("/media", open, pause)).toBe(false);
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(175_000);
});

test("stops when nobody looks any more", async () => {
  answers(404);
  const ending = new AbortController();
  const pause = async () => ending.abort();
  expect(await whenPlayable("/media", ending.signal, pause)).toBe(false);
});
