/**
 * Which key does what in the player. One table feeds the handler and the help, so they cannot disagree.
 */

export type PlayerAction =
  | { do: "toggle" }
  | { do: "jump"; seconds: number }
  | { do: "frame"; by: -1 | 1 }
  | { do: "speed"; by: -1 | 1 }
  | { do: "edge"; to: "start" | "end" }
  | { do: "pauses" }
  | { do: "mute" }
  | { do: "full_screen" }
  | { do: "answer"; by: -1 | 1 }
  | { do: "help" };

interface Shortcut {
  keys: string[];
  shift?: boolean;
  shown: string;
  meaning: string;
  action: PlayerAction;
}

export const SHORTCUTS: Shortcut[] = [
  { keys: ["k", " "], shown: "Space or K", meaning: "Play or pause", action: { do: "toggle" } },
  { keys: ["j"], shown: "J", meaning: "10 seconds back", action: { do: "jump", seconds: -10 } },
  { keys: ["l"], shown: "L", meaning: "10 seconds on", action: { do: "jump", seconds: 10 } },
  { keys: ["arrowleft"], shift: false, shown: "←", meaning: "5 seconds back", action: { do: "jump", seconds: -5 } },
  { keys: ["arrowright"], shift: false, shown: "→", meaning: "5 seconds on", action: { do: "jump", seconds: 5 } },
  { keys: ["arrowleft"], shift: true, shown: "Shift ←", meaning: "15 seconds back", action: { do: "jump", seconds: -15 } },
  { keys: ["arrowright"], shift: true, shown: "Shift →", meaning: "15 seconds on", action: { do: "jump", seconds: 15 } },
  { keys: [","], shown: ",", meaning: "One picture back", action: { do: "frame", by: -1 } },
  { keys: ["."], shown: ".", meaning: "One picture on", action: { do: "frame", by: 1 } },
  { keys: ["<", "-"], shown: "< or −", meaning: "Slower", action: { do: "speed", by: -1 } },
  { keys: [">", "+"], shown: "> or +", meaning: "Faster", action: { do: "speed", by: 1 } },
  { keys: ["home"], shown: "Home", meaning: "To the beginning", action: { do: "edge", to: "start" } },
  { keys: ["end"], shown: "End", meaning: "To the end", action: { do: "edge", to: "end" } },
  { keys: ["p"], shown: "P", meaning: "Skip pauses on or off", action: { do: "pauses" } },
  { keys: ["m"], shown: "M", meaning: "Sound on or off", action: { do: "mute" } },
  { keys: ["f"], shown: "F", meaning: "Full screen", action: { do: "full_screen" } },
  { keys: ["n"], shown: "N", meaning: "Next answer", action: { do: "answer", by: 1 } },
  { keys: ["b"], shown: "B", meaning: "Answer before", action: { do: "answer", by: -1 } },
  { keys: ["?"], shown: "?", meaning: "This help", action: { do: "help" } },
];

export interface Pressed {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key press asks for; null when it is none of ours (or belongs to the browser). */
export function actionOf(pressed: Pressed): PlayerAction | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  const key = pressed.key.toLowerCase();
  const found = SHORTCUTS.find(
    (shortcut) =>
      shortcut.keys.includes(key) && (shortcut.shift === undefined || shortcut.shift === pressed.shiftKey),
  );
  return found?.action ?? null;
}

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3];

/** The next speed up or down, within 0.5 to 3. */
export function nextSpeed(speed: number, by: -1 | 1): number {
  return Math.min(3, Math.max(0.5, Math.round((speed + by * 0.25) * 4) / 4));
}
