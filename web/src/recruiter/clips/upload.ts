/**
 * Uploads a file as a clip, with progress. XMLHttpRequest, because fetch does not tell how far it is.
 *
 * The server decides whether it is media; here only what cannot succeed is refused early.
 */

import { ApiError } from "../../api";
import type { ClipRow } from "../../protocol";

export const LARGEST_BYTES = 500 * 1024 * 1024;

/** "walk_through-office.final.mp4" → "walk through-office.final". */
export function titleOf(fileName: string): string {
  const title = fileName.replace(/\.[a-z0-9]{1,5}$/i, "").replace(/_+/g, " ").trim();
  return (title || "Clip").slice(0, 120);
}

/** Why that file need not be sent at all; null when it may be tried. */
export function unsendable(file: Pick<File, "size" | "type">): string | null {
  if (file.size === 0) return "This file is empty.";
  if (file.size > LARGEST_BYTES) return "This file is larger than 500 MB. A shorter or smaller one, please.";
  if (file.type && !/^(video|audio)\//.test(file.type)) return "This is not a video or sound file.";
  return null;
}

/** Resolves to the clip (preparing); rejects with ApiError. `told` gets 0 to 1. */
export function uploadClip(
  file: File, title: string, told: (part: number) => void, signal: AbortSignal,
): Promise<ClipRow> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `/api/clips/upload?title=${encodeURIComponent(title)}`);
    sending.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    sending.upload.onprogress = (event) => told(event.total > 0 ? event.loaded / event.total : 0);
    sending.onload = () => {
      if (sending.status < 300) resolve(JSON.parse(sending.responseText) as ClipRow);
      else reject(problemOf(sending.status, sending.responseText));
    };
    sending.onerror = () => reject(new ApiError(0, "offline", "The upload broke off. Please try again."));
    sending.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => sending.abort(), { once: true });
    sending.send(file);
  });
}

export function problemOf(status: number, body: string): ApiError {
  try {
    const told = JSON.parse(body) as { key?: string; detail?: string };
    return new ApiError(status, told.key ?? "unknown", told.detail ?? "The upload was refused.");
  } catch {
    return new ApiError(status, "unknown", "The upload was refused.");
  }
}
