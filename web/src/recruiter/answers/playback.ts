/**
 * Playing one recording on a media element, with its pauses skipped.
 *
 * Why not `timeupdate`: it fires four times a second and lets up to a quarter second of a pause be
 * heard; the skip is decided on every picture (requestAnimationFrame), at most 16 ms late.
 *
 * Invariants: the element is asked for a new position only when the last one was reached; a better
 * file of the same take takes over at the same position, playing on if it played.
 */

import { Store } from "../store";
import { jump, keptRanges, rangeAt, skipFrom, TOLERANCE_SECONDS, type Range } from "./skip";

/** The part of HTMLVideoElement that playing needs. */
export interface MediaElement {
  src: string;
  currentTime: number;
  duration: number;
  paused: boolean;
  seeking: boolean;
  ended: boolean;
  muted: boolean;
  playbackRate: number;
  defaultPlaybackRate: number;
  preservesPitch: boolean;
  play(): Promise<void>;
  pause(): void;
  load(): void;
  addEventListener(name: string, listener: () => void): void;
  removeEventListener(name: string, listener: () => void): void;
}

/** requestAnimationFrame, or a test's own. */
export interface Frames {
  request(callback: () => void): number;
  cancel(id: number): void;
}

/** What is played: `url` may change for the same take, when a better file is there. */
export interface Source {
  takeId: string;
  url: string;
  seconds: number | null;
  keep: readonly Range[] | null;
}

export interface PlaybackState {
  at: number;
  duration: number;
  playing: boolean;
  waiting: boolean;
  finished: boolean;
  skipping: boolean;
  speed: number;
  muted: boolean;
  broken: boolean;
}

const START: PlaybackState = {
  at: 0, duration: 0, playing: false, waiting: false, finished: false, skipping: true, speed: 1, muted: false, broken: false,
};
const FRAME_SECONDS = 1 / 30;

export class Playback {
  readonly state: Store<PlaybackState>;
  #source: Source | null = null;
  #keep: Range[] = [];
  #wanted: Range | null = null;
  #resume: { at: number; play: boolean } | null = null;
  #frame: number | null = null;
  #scrubbing = false;
  /** The file failed while it played (a capture is gone once its rendition is there). */
  #cutOff = false;
  #listeners: [string, () => void][];

  constructor(
    private readonly element: MediaElement,
    private readonly frames: Frames,
    settings: { skipping: boolean; speed: number },
  ) {
    this.state = new Store({ ...START, ...settings });
    this.#listeners = [
      ["loadedmetadata", () => this.#loaded()],
      ["durationchange", () => this.#measure()],
      ["play", () => this.#set({ playing: true, finished: false })],
      ["pause", () => this.#set({ playing: false, waiting: false })],
      ["waiting", () => this.#set({ waiting: true })],
      ["playing", () => this.#set({ waiting: false })],
      ["seeked", () => this.#look()],
      ["ended", () => this.#set({ playing: false, finished: true, at: this.state.value.duration })],
      ["volumechange", () => this.#set({ muted: this.element.muted })],
      ["error", () => this.#broke()],
    ];
    for (const [name, listener] of this.#listeners) element.addEventListener(name, listener);
    element.preservesPitch = true;
    this.#frame = frames.request(() => this.#tick());
  }

  /** Play this from now on: another take from its beginning, the same take from where it stands. */
  open(source: Source, play = false): void {
    const same = source.takeId === this.#source?.takeId;
    const sameFile = same && source.url === this.#source?.url;
    this.#source = source;
    if (sameFile) return this.#measure();
    const { at, playing, finished } = this.state.value;
    this.#resume = { at: same && !finished ? at : 0, play: same ? playing || this.#cutOff : play };
    this.#cutOff = false;
    this.#wanted = null;
    this.#set({ at: this.#resume.at, playing: this.#resume.play, finished: same && finished, waiting: false, broken: false });
    this.#measure();
    this.element.src = source.url;
    this.element.load();
  }

  play(): void {
    const { finished, at, duration } = this.state.value;
    if (finished || (duration > 0 && at >= duration - TOLERANCE_SECONDS)) this.#seek(0);
    this.#set({ finished: false });
    if (this.#resume) this.#resume.play = true;
    this.#start();
  }

  pause(): void {
    if (this.#resume) this.#resume.play = false;
    this.element.pause();
  }

  toggle(): void {
    if (this.state.value.playing) this.pause();
    else this.play();
  }

  /** Go to that second of the recording; inside a pause it stays there, because it was asked for. */
  seek(to: number): void {
    this.#wanted = this.#pauseAt(to);
    this.#set({ finished: false });
    this.#seek(to);
  }

  /** Play a pause that would be skipped, from its beginning. */
  playPause(pause: Range): void {
    this.#wanted = pause;
    this.#set({ finished: false });
    this.#seek(pause[0]);
    this.#start();
  }

  /** While the timeline is dragged, nothing is skipped. */
  scrub(on: boolean): void {
    this.#scrubbing = on;
  }

  jump(seconds: number): void {
    const { at, duration, skipping } = this.state.value;
    this.#wanted = null;
    this.#set({ finished: false });
    this.#seek(jump(skipping ? this.#keep : null, at, seconds, duration));
  }

  /** One picture on or back; stops to look at it. */
  step(by: -1 | 1): void {
    this.pause();
    this.seek(this.state.value.at + by * FRAME_SECONDS);
  }

  setSpeed(speed: number): void {
    this.element.defaultPlaybackRate = speed;
    this.element.playbackRate = speed;
    this.#set({ speed });
  }

  setSkipping(skipping: boolean): void {
    this.#wanted = null;
    this.#set({ skipping });
  }

  setMuted(muted: boolean): void {
    this.element.muted = muted;
  }

  close(): void {
    if (this.#frame !== null) this.frames.cancel(this.#frame);
    this.#frame = null;
    for (const [name, listener] of this.#listeners) this.element.removeEventListener(name, listener);
    this.element.pause();
  }

  #start(): void {
    this.element.play().catch(() => this.#set({ playing: !this.element.paused }));
  }

  #loaded(): void {
    this.#measure();
    this.setSpeed(this.state.value.speed);
    const resume = this.#resume;
    this.#resume = null;
    if (!resume) return;
    if (resume.at > 0) this.element.currentTime = resume.at;
    if (resume.play) this.#start();
  }

  #broke(): void {
    this.#cutOff = this.state.value.playing;
    this.#set({ broken: true, playing: false, waiting: false });
  }

  /** A capture that is still being written says nothing (or Infinity) of its length. */
  #measure(): void {
    const told = this.element.duration;
    const known = this.#source?.seconds ?? null;
    const duration = known ?? (Number.isFinite(told) ? told : 0);
    this.#keep = keptRanges(this.#source?.keep ?? [], duration);
    this.#set({ duration });
  }

  #pauseAt(at: number): Range | null {
    if (rangeAt(this.#keep, at)) return null;
    const before = this.#keep.filter(([, end]) => end <= at).at(-1)?.[1] ?? 0;
    const after = this.#keep.find(([start]) => start > at)?.[0] ?? this.state.value.duration;
    return [before, after];
  }

  #seek(to: number): void {
    const { duration } = this.state.value;
    const at = Math.max(0, duration > 0 ? Math.min(duration, to) : to);
    if (this.#resume) this.#resume.at = at;
    else this.element.currentTime = at;
    this.#set({ at });
  }

  #tick(): void {
    this.#look();
    if (this.#frame !== null) this.#frame = this.frames.request(() => this.#tick());
  }

  #look(): void {
    if (this.#resume || this.element.seeking || this.#scrubbing) return;
    const at = this.element.currentTime;
    if (Math.abs(at - this.state.value.at) > 0.004 && !this.state.value.finished) this.#set({ at });
    if (this.element.paused || !this.state.value.skipping) return;
    const target = skipFrom(this.#keep, at, this.#wanted);
    if (target === null) return;
    this.#wanted = null;
    if (target === "end") this.#finish();
    else this.#seek(target);
  }

  #finish(): void {
    this.element.pause();
    this.#set({ playing: false, finished: true, at: this.state.value.duration });
  }

  #set(change: Partial<PlaybackState>): void {
    this.state.set({ ...this.state.value, ...change });
  }
}
