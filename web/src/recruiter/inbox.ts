/**
 * What the console knows of sessions, conversations and clips, and how each message of its socket changes it.
 *
 * Pure: a list and an event go in, a new list comes out. The server's row always replaces ours whole,
 * so a lost message is mended by the next one (or by loading anew after the socket came back).
 */

import type {
  AnswerChanged, AnswerView, ClipRow, Conversation, ConversationRead, Message, MessageAdded, SessionChanged,
  SessionRow,
} from "../protocol";

export interface ClipChanged {
  type: "clip";
  clip: ClipRow;
}

export type ConsoleEvent = SessionChanged | AnswerChanged | ClipChanged | MessageAdded | ConversationRead;

function replaced<T>(rows: readonly T[], row: T, same: (known: T) => boolean): T[] {
  return rows.some(same) ? rows.map((known) => (same(known) ? row : known)) : [row, ...rows];
}

export function withSession(rows: readonly SessionRow[], row: SessionRow): SessionRow[] {
  return replaced(rows, row, ({ id }) => id === row.id);
}

export function withClip(rows: readonly ClipRow[], row: ClipRow): ClipRow[] {
  return replaced(rows, row, ({ id }) => id === row.id);
}

/** Answers stay in the script's order; a new take of a question takes the older one's place. */
export function withAnswer(answers: readonly AnswerView[], answer: AnswerView): AnswerView[] {
  const at = answers.findIndex((known) => known.take_id === answer.take_id);
  const place = at >= 0 ? at : answers.findIndex((known) => known.step_id === answer.step_id);
  if (place < 0) return [...answers, answer];
  return answers.map((known, i) => (i === place ? answer : known));
}

export function withMessage(messages: readonly Message[], message: Message): Message[] {
  return replaced([...messages].reverse(), message, ({ id }) => id === message.id).reverse();
}

/** Messages of the side that `by` reads are seen, up to that one. */
export function withSeen(messages: readonly Message[], by: Message["sender"], messageId: string): Message[] {
  const last = messages.findIndex(({ id }) => id === messageId);
  return messages.map((message, i) => (i <= last && message.sender !== by ? { ...message, read: true } : message));
}

/** The list with that message on top of its conversation; null when the conversation is not known yet. */
export function withLast(rows: readonly Conversation[], message: Message): Conversation[] | null {
  const known = rows.find(({ session_id }) => session_id === message.session_id);
  if (!known) return null;
  if (known.last.id === message.id) return [...rows];
  const unread = message.sender === "candidate" && !message.read ? known.unread + 1 : known.unread;
  return [{ ...known, last: message, unread }, ...rows.filter((row) => row !== known)];
}

/** The list after the team has read that conversation. */
export function withNothingUnread(rows: readonly Conversation[], sessionId: string): Conversation[] {
  return rows.map((row) => (row.session_id === sessionId ? { ...row, unread: 0 } : row));
}

export function unreadCount(rows: readonly Conversation[] | null): number {
  return (rows ?? []).reduce((sum, { unread }) => sum + unread, 0);
}

export interface SessionGroup {
  name: "now" | "submitted" | "in_progress" | "invited";
  title: string;
  rows: SessionRow[];
}

/** Sessions as a recruiter looks for them: who is here now, who is done, who is under way, who was asked. */
export function grouped(rows: readonly SessionRow[]): SessionGroup[] {
  const groups: SessionGroup[] = [
    { name: "now", title: "Here now", rows: [] },
    { name: "submitted", title: "Submitted", rows: [] },
    { name: "in_progress", title: "Under way", rows: [] },
    { name: "invited", title: "Not started", rows: [] },
  ];
  for (const row of rows) {
    const name = row.progress !== "submitted" && row.connected ? "now" : row.progress;
    groups.find((group) => group.name === name)?.rows.push(row);
  }
  for (const group of groups) group.rows.sort((a, b) => b.updated_at - a.updated_at);
  return groups.filter(({ rows: inside }) => inside.length > 0);
}
