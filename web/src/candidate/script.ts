/** Plain questions about a script and a state that several screens ask. Pure. */
import type { ClipView, Hello, Question, Script, Segment, Stage, State, Step, Take } from "../protocol";

/** Reading a question and getting ready, where nothing limits it. */
const SETTLING_SECONDS = 45;
const COMMON_ANSWER_SHARE = 0.4;

export function questionsOf(script: Script): Question[] {
  return script.steps.filter((step) => step.kind === "question");
}

export function stepOf(script: Script, step_id: string): Step | undefined {
  return script.steps.find((step) => step.id === step_id);
}

export function questionOf(script: Script, step_id: string): Question | undefined {
  const step = stepOf(script, step_id);
  return step?.kind === "question" ? step : undefined;
}

/** 1 for the first question; 0 when there is no such question. */
export function questionNumber(script: Script, step_id: string): number {
  return questionsOf(script).findIndex((question) => question.id === step_id) + 1;
}

export function stepIdOf(stage: Stage): string | null {
  return "step_id" in stage ? stage.step_id : null;
}

/** How far the candidate has come, 0 to 1: finished steps of all steps. */
export function progressOf(script: Script, stage: Stage): number {
  if (stage.kind === "reviewing" || stage.kind === "submitted") return 1;
  const index = script.steps.findIndex((step) => step.id === stepIdOf(stage));
  return index < 0 ? 0 : index / script.steps.length;
}

/** Finished takes of a question, the oldest first. */
export function doneTakes(state: State, step_id: string): Take[] {
  return state.takes.filter((take) => take.step_id === step_id && take.status === "done");
}

export function takeOf(state: State, take_id: string): Take | undefined {
  return state.takes.find((take) => take.id === take_id);
}

export function secondsOf(take: Take): number {
  return take.parts.reduce((sum, part) => sum + part, 0);
}

/** Attempts that remain; null: unlimited. A take that failed for technical reasons is not counted. */
export function takesLeft(question: Question, state: State): number | null {
  if (question.takes === null) return null;
  const used = state.takes.filter(
    (take) => take.step_id === question.id && take.status !== "abandoned",
  ).length;
  return Math.max(0, question.takes - used);
}

/** The segments directly before a step (with none between), for "watch again". */
export function segmentsBefore(script: Script, step_id: string | null): Segment[] {
  const end = step_id === null ? script.steps.length : script.steps.findIndex((s) => s.id === step_id);
  const found: Segment[] = [];
  for (let index = end - 1; index >= 0; index -= 1) {
    const step = script.steps[index];
    if (step?.kind !== "segment") break;
    found.unshift(step);
  }
  return found;
}

export function clipOf(hello: Hello, clip_id: string | null): ClipView | undefined {
  return hello.clips.find((clip) => clip.id === clip_id);
}

/** Honest whole minutes, from a brisk candidate to one who uses all the time: [least, most]. */
export function minutesOf(hello: Hello): [number, number] {
  let least = 0;
  let most = 0;
  for (const step of hello.script.steps) {
    if (step.kind === "segment") {
      const seconds = clipOf(hello, step.clip_id)?.duration_seconds ?? 0;
      least += seconds;
      most += seconds;
    } else {
      least += step.answer_seconds * COMMON_ANSWER_SHARE + Math.min(20, step.think_seconds ?? 20);
      most += step.answer_seconds + (step.think_seconds ?? SETTLING_SECONDS);
    }
  }
  const whole = Math.max(1, Math.round(least / 60));
  return [whole, Math.max(whole, Math.ceil(most / 60))];
}
