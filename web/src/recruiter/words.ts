/**
 * Numbers, times and states in the words of the console: short, human, the same on every screen.
 */

import type { InvitationRow, SessionRow } from "../protocol";

/** 88.4 → "1:28"; from an hour on "1:02:03". A part of a second is not counted. */
export function clock(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 45 → "45 seconds", 120 → "2 minutes", 90 → "1:30 minutes". */
export function span(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  if (seconds % 60 !== 0) return `${clock(seconds)} minutes`;
  return seconds === 60 ? "1 minute" : `${seconds / 60} minutes`;
}

/** "11 to 14 minutes", or "about 4 minutes" when both ends round to the same. */
export function estimate([low, high]: readonly [number, number] | number[]): string {
  const [from, to] = [Math.max(1, Math.round(low / 60)), Math.max(1, Math.round(high / 60))];
  if (from === to) return to === 1 ? "about a minute" : `about ${to} minutes`;
  return `${from} to ${to} minutes`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** A moment as seen from `now`, both in seconds since 1970: "just now", "5 min ago", "in 3 days". */
export function when(at: number, now: number): string {
  const seconds = now - at;
  const [distance, future] = [Math.abs(seconds), seconds < 0];
  const said = (text: string): string => (future ? `in ${text}` : `${text} ago`);
  if (distance < 45) return future ? "in a moment" : "just now";
  if (distance < 45 * 60) return said(`${Math.max(1, Math.round(distance / 60))} min`);
  if (distance < 20 * 3600) return said(`${Math.max(1, Math.round(distance / 3600))} h`);
  const days = Math.max(1, Math.round(distance / 86400));
  return days < 30 ? said(count(days, "day")) : day(at);
}

/** A moment that is past, also where this page's clock is a little behind the server's. */
export function ago(at: number, now: number): string {
  return when(Math.min(at, now), now);
}

/** "Mon, 23 Nov", with the year when it is not this one. */
export function day(at: number): string {
  const date = new Date(at * 1000);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year });
}

export function timeOfDay(at: number): string {
  return new Date(at * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

export type Tone = "live" | "busy" | "good" | "calm" | "bad";

export interface Said {
  text: string;
  tone: Tone;
}

const SUBMITTED: Said = { text: "Submitted", tone: "good" };
const LOBBY: Said = { text: "Opened the link", tone: "calm" };
const STAGES: Record<string, Said> = {
  checking: { text: "Trying camera and microphone", tone: "busy" },
  playing: { text: "Watching a segment", tone: "busy" },
  thinking: { text: "Thinking", tone: "busy" },
  counting_down: { text: "About to answer", tone: "busy" },
  recording: { text: "Recording now", tone: "live" },
  saving: { text: "Saving the answer", tone: "busy" },
  interrupted: { text: "Interrupted, can go on", tone: "busy" },
  choosing: { text: "Choosing a take", tone: "busy" },
  reviewing: { text: "Looking it over", tone: "busy" },
};

/** Where a candidate stands. Somebody away is away, whatever the stage; nobody is blamed for it. */
export function standing(row: Pick<SessionRow, "progress" | "stage" | "connected">): Said {
  if (row.progress === "submitted") return SUBMITTED;
  if (row.progress === "invited" || row.stage === "lobby") return LOBBY;
  if (!row.connected) return { text: "Away, can go on any time", tone: "calm" };
  return STAGES[row.stage] ?? { text: "Under way", tone: "busy" };
}

const INVITATIONS: Record<InvitationRow["state"], Said> = {
  invited: { text: "Not opened yet", tone: "calm" },
  opened: { text: "Opened", tone: "busy" },
  started: { text: "Started", tone: "busy" },
  submitted: { text: "Submitted", tone: "good" },
  expired: { text: "Expired", tone: "calm" },
  revoked: { text: "Revoked", tone: "bad" },
};

export function invitationWords(state: InvitationRow["state"]): Said {
  return INVITATIONS[state];
}

/** "1:58, 1:28 with pauses skipped"; only the first when there is nothing to skip. */
export function lengths(seconds: number, kept: number | null): string {
  if (kept === null || clock(kept) === clock(seconds)) return clock(seconds);
  return `${clock(seconds)}, ${clock(kept)} with pauses skipped`;
}
