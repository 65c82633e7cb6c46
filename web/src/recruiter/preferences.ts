/** What a recruiter set once and expects to find again. Lost without harm when the browser keeps nothing. */

export interface Preferences {
  skip_pauses: boolean;
  speed: number;
  keys_everywhere: boolean;
}

const DEFAULTS: Preferences = { skip_pauses: true, speed: 1, keys_everywhere: true };
const PREFIX = "interlude.";

export function preference<K extends keyof Preferences>(name: K): Preferences[K] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
    return typeof kept === typeof DEFAULTS[name] ? (kept as Preferences[K]) : DEFAULTS[name];
  } catch {
    return DEFAULTS[name];
  }
}

export function prefer<K extends keyof Preferences>(name: K, value: Preferences[K]): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // a private window: remembered until it is closed
  }
}
