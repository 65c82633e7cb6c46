import { describe, expect, it } from "vitest";

import type { AnswerView, Conversation, Message, SessionRow } from "../../src/protocol";
import { grouped, unreadCount, withAnswer, withLast, withMessage, withNothingUnread, withSeen, withSession } from "../../src/recruiter/inbox";

const message = (id: string, sender: Message["sender"], session_id = "se_1"): Message => ({
  id, session_id, sender, sender_name: sender, text: id, at: 0, read: false,
});
const conversation = (session_id: string, unread: number): Conversation => ({
  session_id, candidate_name: session_id, interview_title: "", last: message(`old ${session_id}`, "candidate", session_id), unread,
});
const session = (id: string, change: Partial<SessionRow> = {}): SessionRow => ({
  id, interview_id: "in_1", interview_title: "", candidate_name: id, progress: "in_progress", stage: "thinking",
  step_id: null, step_text: null, connected: false, watchable: false, answered: 0, questions: 2, unread: 0,
  updated_at: 0, ...change,
});
const answer = (take_id: string, step_id: string): AnswerView => ({
  take_id, step_id, question: "", state: "waiting", error: null, url: null, media_type: null,
  duration_seconds: null, edl: null, waveform: [], poster_url: null, gaps: [],
});

describe("the inbox", () => {
  it("counts a candidate's message as unread, a colleague's not, and puts both on top", () => {
    const rows = [conversation("se_1", 0), conversation("se_2", 1)];
    const asked = withLast(rows, message("m1", "candidate", "se_2"))!;
    expect(asked.map(({ session_id }) => session_id)).toEqual(["se_2", "se_1"]);
    expect(unreadCount(asked)).toBe(2);
    expect(unreadCount(withLast(asked, message("m2", "team", "se_2")))).toBe(2);
    expect(unreadCount(withNothingUnread(asked, "se_2"))).toBe(0);
  });

  it("does not count the same message twice, and does not invent a conversation", () => {
    const rows = withLast([conversation("se_1", 0)], message("m1", "candidate"))!;
    expect(unreadCount(withLast(rows, message("m1", "candidate")))).toBe(1);
    expect(withLast(rows, message("m2", "candidate", "se_9"))).toBeNull();
  });

  it("keeps a conversation in order, each message once", () => {
    const first = withMessage([], message("m1", "candidate"));
    const conversation = withMessage(withMessage(first, message("m2", "team")), message("m2", "team"));
    expect(conversation.map(({ id }) => id)).toEqual(["m1", "m2"]);
  });

  it("marks as seen what the other side has read, up to the message named", () => {
    const conversation = [message("m1", "team"), message("m2", "candidate"), message("m3", "team")];
    expect(withSeen(conversation, "candidate", "m2").map(({ read }) => read)).toEqual([true, false, false]);
    expect(withSeen(conversation, "team", "m3").map(({ read }) => read)).toEqual([false, true, false]);
    expect(withSeen(conversation, "candidate", "gone").some(({ read }) => read)).toBe(false);
  });

  it("puts an answer in its question's place", () => {
    const answers = [answer("tk_1", "q1"), answer("tk_2", "q2")];
    expect(withAnswer(answers, answer("tk_3", "q1")).map(({ take_id }) => take_id)).toEqual(["tk_3", "tk_2"]);
    expect(withAnswer(answers, answer("tk_4", "q3"))).toHaveLength(3);
  });

  it("shows who is here first, then who is done", () => {
    const rows = [
      session("asked", { progress: "invited", stage: "lobby" }),
      session("done", { progress: "submitted", stage: "submitted", connected: true }),
      session("here", { connected: true }),
      session("away"),
    ];
    expect(grouped(rows).map(({ name, rows: [row] }) => [name, row?.id])).toEqual([
      ["now", "here"], ["submitted", "done"], ["in_progress", "away"], ["invited", "asked"],
    ]);
    expect(withSession(rows, session("here", { connected: false }))).toHaveLength(4);
  });
});
