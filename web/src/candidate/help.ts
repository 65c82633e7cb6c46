/** What to do about a camera that does not come, in the words of the browser at hand. Pure. */
import type { CameraTrouble } from "../media/camera";

export type BrowserKind =
  | "in_app"
  | "ios"
  | "android_chrome"
  | "firefox"
  | "safari"
  | "edge"
  | "chrome"
  | "other";

export interface Help {
  title: string;
  steps: readonly string[];
}

/** Which browser this is, from its user agent; good enough to choose words, never to refuse. */
export function browserOf(userAgent: string): BrowserKind {
  const has = (text: string) => userAgent.includes(text);
  if (/LinkedInApp|FBAN|FBAV|Instagram|WhatsApp|Line\/|GSA\/|; wv\)/.test(userAgent)) return "in_app";
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  if (has("Firefox/")) return "firefox";
  if (has("Android")) return "android_chrome";
  if (has("Edg/")) return "edge";
  if (has("Chrome/")) return "chrome";
  return has("Safari/") ? "safari" : "other";
}

export function helpFor(trouble: CameraTrouble, browser: BrowserKind): Help {
  if (browser === "in_app") return IN_APP;
  switch (trouble) {
    case "denied":
      return { title: "Your browser was told not to share the camera", steps: ALLOWING[browser] };
    case "busy":
      return BUSY;
    case "missing":
      return MISSING;
    case "insecure":
      return INSECURE;
    case "unsupported":
      return UNSUPPORTED;
    case "unknown":
      return UNKNOWN;
  }
}

const IN_APP: Help = {
  title: "This app opened the page in its own small browser",
  steps: [
    "Small browsers inside apps cannot use the camera.",
    "Open the menu of this page (often ⋯) and choose “Open in browser”,",
    "or copy the link and paste it into Safari, Chrome or Firefox.",
  ],
};

const RELOAD = "Then tap “Try again”.";

const ALLOWING: Record<Exclude<BrowserKind, "in_app">, readonly string[]> = {
  ios: [
    "Tap the symbol at the left of the address (“ᴀA” or ⋯), then “Website Settings”.",
    "Set Camera and Microphone to “Allow”.",
    "If they are not listed: Settings app → your browser → Camera and Microphone.",
    RELOAD,
  ],
  android_chrome: [
    "Tap the symbol at the left of the address, then “Permissions”.",
    "Switch Camera and Microphone on.",
    "If that changes nothing: phone settings → Apps → your browser → Permissions.",
    RELOAD,
  ],
  firefox: [
    "Click the crossed-out camera at the left of the address.",
    "Remove “Blocked” beside Camera and Microphone.",
    RELOAD,
  ],
  safari: [
    "In the menu bar choose Safari → Settings for This Website.",
    "Set Camera and Microphone to “Allow”.",
    RELOAD,
  ],
  edge: [
    "Click the padlock at the left of the address.",
    "Set Camera and Microphone to “Allow”.",
    RELOAD,
  ],
  chrome: [
    "Click the symbol at the left of the address.",
    "Switch Camera and Microphone on.",
    "On a Mac also look in System Settings → Privacy & Security → Camera.",
    RELOAD,
  ],
  other: [
    "Look for a camera symbol beside the address and allow camera and microphone.",
    RELOAD,
  ],
};

const BUSY: Help = {
  title: "Another program is using your camera or microphone",
  steps: [
    "Close other programs and tabs that may show your picture (Zoom, Teams, Meet, FaceTime).",
    "If it has a cover or a switch, open it.",
    RELOAD,
  ],
};

const MISSING: Help = {
  title: "We found no camera or no microphone",
  steps: [
    "If it is a separate one, plug it in again.",
    "No camera on this computer? Open the same link on your phone: you go on where you are.",
    RELOAD,
  ],
};

const INSECURE: Help = {
  title: "This address is not secure enough for a camera",
  steps: ["Browsers give the camera only to addresses that begin with https."],
};

const UNSUPPORTED: Help = {
  title: "This browser cannot record",
  steps: ["Please open the same link in a current Safari, Chrome, Edge or Firefox."],
};

const UNKNOWN: Help = {
  title: "The camera did not start",
  steps: ["Close other programs that may use it, or restart the browser.", RELOAD],
};
