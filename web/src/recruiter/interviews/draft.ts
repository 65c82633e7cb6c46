/**
 * Editing a script: every change makes a new one, so that what is saved is what is shown.
 *
 * Invariants: the steps keep their ids whatever happens to their order; a new step has the house's
 * defaults (unlimited think time, 2 minutes, 3 takes), because the defaults are the product.
 */

import type { ClipRow, Question, Script, Segment } from "../../protocol";

export type Step = Question | Segment;
export type Chapter = Segment["chapter"];

export const MAX_STEPS = 50;

export interface Choice<T> {
  value: T;
  text: string;
}

export const THINK_CHOICES: Choice<number | null>[] = [
  { value: null, text: "As long as they like" },
  { value: 15, text: "15 seconds" },
  { value: 30, text: "30 seconds" },
  { value: 60, text: "1 minute" },
  { value: 120, text: "2 minutes" },
  { value: 300, text: "5 minutes" },
];

export const ANSWER_CHOICES: Choice<number>[] = [
  { value: 15, text: "15 seconds" },
  { value: 30, text: "30 seconds" },
  { value: 60, text: "1 minute" },
  { value: 90, text: "1½ minutes" },
  { value: 120, text: "2 minutes" },
  { value: 180, text: "3 minutes" },
  { value: 300, text: "5 minutes" },
  { value: 600, text: "10 minutes" },
];

export const TAKE_CHOICES: Choice<number | null>[] = [
  { value: 1, text: "Once" },
  { value: 2, text: "Twice" },
  { value: 3, text: "3 times" },
  { value: 5, text: "5 times" },
  { value: 10, text: "10 times" },
  { value: null, text: "As often as they like" },
];

export const CHAPTERS: Choice<Chapter>[] = [
  { value: "history", text: "History" },
  { value: "culture", text: "Culture" },
  { value: "benefits", text: "Benefits" },
  { value: "office", text: "Office" },
  { value: "team", text: "Team" },
  { value: "role", text: "Role" },
  { value: "next_step", text: "Next step" },
  { value: "other", text: "Other" },
];

/** The choices, with the present value among them even when it is an unusual one. */
export function withPresent<T>(choices: Choice<T>[], value: T, say: (value: T) => string): Choice<T>[] {
  return choices.some((choice) => choice.value === value) ? choices : [...choices, { value, text: say(value) }];
}

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** `st_` and 100 random bits, as server/ids.py makes them. */
export function newStepId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return `st_${Array.from(bytes, (byte) => LETTERS[byte % 32]).join("")}`;
}

export function newQuestion(): Question {
  return {
    kind: "question", id: newStepId(), text: "", clip_id: null, think_seconds: null, answer_seconds: 120, takes: 3,
  };
}

export function newSegment(clip: Pick<ClipRow, "id" | "title">): Segment {
  return { kind: "segment", id: newStepId(), title: clip.title, clip_id: clip.id, chapter: "other" };
}

/** The script with `step` behind the step `after`; at the end when `after` is null. */
export function insertStep(script: Script, step: Step, after: string | null): Script {
  const at = after === null ? script.steps.length : script.steps.findIndex(({ id }) => id === after) + 1;
  return { ...script, steps: [...script.steps.slice(0, at), step, ...script.steps.slice(at)] };
}

export function changeStep(script: Script, id: string, change: Partial<Question> | Partial<Segment>): Script {
  const steps = script.steps.map((step) => (step.id === id ? ({ ...step, ...change, id } as Step) : step));
  return { ...script, steps };
}

export function removeStep(script: Script, id: string): Script {
  return { ...script, steps: script.steps.filter((step) => step.id !== id) };
}

/** The script with that step at `index`; out of range means the nearest end. */
export function moveStep(script: Script, id: string, index: number): Script {
  const step = script.steps.find((known) => known.id === id);
  if (!step) return script;
  const rest = removeStep(script, id).steps;
  const at = Math.min(rest.length, Math.max(0, index));
  return { ...script, steps: [...rest.slice(0, at), step, ...rest.slice(at)] };
}

/** "Step 3, question": numbered as the server's sentences about a script number them. */
export function stepName(script: Script, id: string): string {
  const index = script.steps.findIndex((known) => known.id === id);
  return index < 0 ? "Step" : `Step ${index + 1}, ${script.steps[index]?.kind}`;
}

/** Why this cannot be saved yet, in a sentence; null when it can. */
export function unsaveable(title: string, positionTitle: string): string | null {
  if (title.trim() === "") return "Give the interview a title, then it is saved.";
  if (positionTitle.trim() === "") return "Name the position, then it is saved.";
  return null;
}
