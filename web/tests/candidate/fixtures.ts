/** A small interview: film, question (3 tries), film, question (one minute to think, one try). */
import type { Hello, Message, Script, Stage, State, StateMessage, Take } from "../../src/protocol";

export const SCRIPT: Script = {
  steps: [
    { kind: "segment", id: "st_1", title: "Welcome", clip_id: "cl_1", chapter: "history" },
    {
      kind: "question",
      id: "st_2",
      text: "What are you proud of?",
      clip_id: null,
      think_seconds: null,
      answer_seconds: 120,
      takes: 3,
    },
    { kind: "segment", id: "st_3", title: "Office", clip_id: "cl_2", chapter: "office" },
    {
      kind: "question",
      id: "st_4",
      text: "What not to build?",
      clip_id: null,
      think_seconds: 60,
      answer_seconds: 60,
      takes: 1,
    },
  ],
  live_watching: true,
  reply_promise: "",
};

export function helloOf(changes: Partial<Hello> = {}): Hello {
  const clip = (id: string) => ({
    id,
    title: id,
    duration_seconds: 60,
    url: `/api/clips/${id}/file.mp4`,
    poster_url: null,
    captions_url: null,
  });
  return {
    type: "hello",
    now: 1000,
    session_id: "se_1",
    page_id: "pg_1",
    candidate_name: "Mia",
    organization_name: "Nordlicht",
    sender_name: "Jonas",
    interview_title: "First",
    position_title: "Designer",
    closes_at: null,
    script: SCRIPT,
    clips: [clip("cl_1"), clip("cl_2")],
    consent: null,
    conversation: [],
    ...changes,
  };
}

export function stateOf(stage: Stage, changes: Partial<State> = {}): State {
  return { stage, connected: true, takes: [], answers: [], ...changes };
}

export function told(stage: Stage, changes: Partial<State> = {}): StateMessage {
  return { type: "state", now: 1000, state: stateOf(stage, changes) };
}

export function takeOf(id: string, changes: Partial<Take> = {}): Take {
  return { id, step_id: "st_2", parts: [10], open_part: null, status: "done", ...changes };
}

export function messageOf(id: string, sender: "candidate" | "team", read = false): Message {
  return { id, session_id: "se_1", sender, sender_name: sender, text: id, at: 1000, read };
}
