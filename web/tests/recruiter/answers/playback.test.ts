import { beforeEach, describe, expect, it } from "vitest";

import { Playback, type MediaElement, type Source } from "../../../src/recruiter/answers/playback";

/** A media element whose time is moved by hand; a seek lands on the next frame. */
class FakeElement implements MediaElement {
  src = "";
  duration = NaN;
  paused = true;
  seeking = false;
  ended = false;
  muted = false;
  playbackRate = 1;
  defaultPlaybackRate = 1;
  preservesPitch = false;
  seeks: number[] = [];
  #at = 0;
  #listeners = new Map<string, Set<() => void>>();

  get currentTime(): number {
    return this.#at;
  }
  set currentTime(at: number) {
    this.#at = at;
    this.seeks.push(at);
    this.seeking = true;
  }
  async play(): Promise<void> {
    this.paused = false;
    this.emit("play");
  }
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.emit("pause");
  }
  load(): void {
    this.#at = 0;
    this.paused = true;
    this.duration = NaN;
    this.playbackRate = this.defaultPlaybackRate;
  }
  addEventListener(name: string, listener: () => void): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }
  removeEventListener(name: string, listener: () => void): void {
    this.#listeners.get(name)?.delete(listener);
  }
  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
  emit(name: string): void {
    for (const listener of this.#listeners.get(name) ?? []) listener();
  }
  ready(duration: number): void {
    this.duration = duration;
    this.emit("loadedmetadata");
  }
  run(seconds: number): void {
    if (this.seeking) {
      this.seeking = false;
      this.emit("seeked");
    }
    if (!this.paused) this.#at += seconds * this.playbackRate;
  }
}

class FakeFrames {
  #next: (() => void) | null = null;
  request(callback: () => void): number {
    this.#next = callback;
    return 1;
  }
  cancel(): void {
    this.#next = null;
  }
  get running(): boolean {
    return this.#next !== null;
  }
  draw(): void {
    this.#next?.();
  }
}

const CAPTURE: Source = { takeId: "tk_1", url: "/take?capture", seconds: 30, keep: null };
const RENDITION: Source = { takeId: "tk_1", url: "/take?rendition", seconds: 30, keep: [[2, 10], [15, 25]] };

describe("playback", () => {
  let element: FakeElement;
  let frames: FakeFrames;
  let playback: Playback;

  function play(seconds: number): number[] {
    const heard: number[] = [];
    for (let left = seconds; left > 0 && !element.paused; left -= 1 / 60) {
      element.run(1 / 60);
      if (!element.seeking) heard.push(element.currentTime);
      frames.draw();
    }
    return heard;
  }

  beforeEach(() => {
    element = new FakeElement();
    frames = new FakeFrames();
    playback = new Playback(element, frames, { skipping: true, speed: 1 });
  });

  it("passes over the pauses, at most one picture late, and finishes behind the last word", () => {
    playback.open(RENDITION, true);
    element.ready(30);
    const heard = play(60);
    const inPause = heard.filter((at) => (at > 10.04 && at < 15) || at > 25.04 || (at > 0.04 && at < 2));
    expect(inPause).toEqual([]);
    expect(playback.state.value).toMatchObject({ finished: true, playing: false, at: 30 });
  });

  it("plays everything when pauses are not skipped", () => {
    playback.setSkipping(false);
    playback.open(RENDITION, true);
    element.ready(30);
    play(29);
    expect(element.seeks).toEqual([]);
    expect(playback.state.value.at).toBeGreaterThan(28.5);
  });

  it("plays a pause that was asked for, and skips the next one again", () => {
    playback.open(RENDITION, true);
    element.ready(30);
    playback.playPause([10, 15]);
    const heard = play(60);
    expect(heard.filter((at) => at > 10.1 && at < 14.9).length).toBeGreaterThan(250);
    expect(playback.state.value.finished).toBe(true);
    expect(heard.at(-1)).toBeLessThan(25.1);
  });

  it("starts from the beginning again after the end", () => {
    playback.open(RENDITION, true);
    element.ready(30);
    play(60);
    playback.toggle();
    play(2);
    expect(playback.state.value.at).toBeLessThan(5);
    expect(playback.state.value.playing).toBe(true);
  });

  it("goes on at the same place when the rendition replaces the capture", () => {
    playback.open(CAPTURE, true);
    element.ready(Infinity);
    play(5);
    const before = playback.state.value.at;
    playback.open(RENDITION);
    expect(element.src).toBe(RENDITION.url);
    expect(playback.state.value).toMatchObject({ at: before, playing: true });
    element.ready(30);
    play(0.1);
    expect(element.seeks[0]).toBeCloseTo(before, 6);
    expect(playback.state.value.playing).toBe(true);
    expect(playback.state.value.at).toBeGreaterThanOrEqual(before);
  });

  it("stays paused through the replacement when it was paused", () => {
    playback.open(CAPTURE);
    element.ready(Infinity);
    playback.seek(7);
    element.run(0);
    playback.open(RENDITION);
    element.ready(30);
    expect(element.paused).toBe(true);
    expect(playback.state.value).toMatchObject({ at: 7, playing: false });
  });

  it("goes on when the capture was gone before the rendition was known", () => {
    playback.open(CAPTURE, true);
    element.ready(Infinity);
    play(5);
    const before = playback.state.value.at;
    element.emit("error");
    expect(playback.state.value.broken).toBe(true);
    playback.open(RENDITION);
    element.ready(30);
    expect(playback.state.value).toMatchObject({ at: before, playing: true, broken: false });
  });

  it("begins another take at its beginning", () => {
    playback.open(RENDITION, true);
    element.ready(30);
    play(5);
    playback.open({ ...RENDITION, takeId: "tk_2", url: "/other" });
    expect(playback.state.value).toMatchObject({ at: 0, playing: false });
  });

  it("keeps the speed over a change of file", () => {
    playback.setSpeed(1.75);
    playback.open(CAPTURE, true);
    element.ready(30);
    expect(element.playbackRate).toBe(1.75);
    expect(element.preservesPitch).toBe(true);
  });

  it("believes the server's length when the capture tells none", () => {
    playback.open(CAPTURE);
    element.ready(Infinity);
    expect(playback.state.value.duration).toBe(30);
  });

  it("leaves nothing running behind it", () => {
    playback.open(RENDITION, true);
    element.ready(30);
    playback.close();
    expect([frames.running, element.listening, element.paused]).toEqual([false, 0, true]);
  });
});
