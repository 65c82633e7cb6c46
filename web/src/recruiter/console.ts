/**
 * What all screens of the console share: who is logged in, the live lists, and the socket that feeds them.
 *
 * Invariants: one socket per page, open exactly while somebody is logged in; after it was lost the
 * lists are loaded anew, so that nothing that happened meanwhile is missed; null means "not loaded yet".
 */

import { createContext } from "svelte";

import { ApiError } from "../api";
import type { Account, ClipRow, Conversation, Message, SessionRow } from "../protocol";
import { Socket, type SocketStatus } from "../socket";
import {
  withClip, withLast, withNothingUnread, withSession, type ConsoleEvent,
} from "./inbox";
import { accounts, clips, messages, sessions } from "./requests";
import { Router } from "./router";
import { Store } from "./store";

export interface Said {
  text: string;
  tone: "plain" | "problem";
  action?: { text: string; run: () => void };
}

/** `unknown` until the server was asked. */
export type Who = { known: false } | { known: true; account: Account | null };

export class ConsoleState {
  readonly router = new Router();
  readonly who = new Store<Who>({ known: false });
  readonly sessions = new Store<SessionRow[] | null>(null);
  readonly conversations = new Store<Conversation[] | null>(null);
  readonly clips = new Store<ClipRow[] | null>(null);
  readonly online = new Store(true);
  /** The login has ended while the console was open. */
  readonly ended = new Store(false);
  readonly said = new Store<Said | null>(null);
  readonly now = new Store(Date.now() / 1000);
  #socket: Socket<ConsoleEvent, never> | null = null;
  #listeners = new Set<(event: ConsoleEvent | { type: "reopened" }) => void>();

  constructor() {
    setInterval(() => this.now.set(Date.now() / 1000), 15_000);
  }

  async start(): Promise<void> {
    try {
      this.entered(await accounts.current());
    } catch (error) {
      this.who.set({ known: true, account: null });
      if (!(error instanceof ApiError && error.status === 401)) this.tell(error);
    }
  }

  entered(account: Account): void {
    const before = this.who.value;
    if (before.known && before.account && before.account.user_id !== account.user_id) {
      return this.router.reload(); // somebody else: nothing of the former login stays
    }
    this.who.set({ known: true, account });
    this.ended.set(false);
    this.#socket ??= new Socket<ConsoleEvent, never>(() => "/api/console/events", {
      message: (event) => this.#apply(event),
      status: (status, refused) => this.#socketIs(status, refused),
    });
  }

  async leave(): Promise<void> {
    await accounts.logOut();
    this.#socket?.close();
    this.#socket = null;
    this.who.set({ known: true, account: null });
    for (const list of [this.sessions, this.conversations, this.clips]) list.set(null);
    this.said.set(null);
  }

  /** Calls back for every message of the socket, and with `reopened` after it was lost and came back. */
  listen(listener: (event: ConsoleEvent | { type: "reopened" }) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows a sentence at the edge of the page; a problem stays until it is closed. */
  say(text: string, action?: Said["action"]): void {
    this.said.set(action ? { text, tone: "plain", action } : { text, tone: "plain" });
  }

  /** What went wrong, in the server's words; for a login that has ended, one can log in again. */
  tell(error: unknown): void {
    if (error instanceof ApiError && error.status === 401) return this.ended.set(true);
    const text = error instanceof Error ? error.message : "Something went wrong.";
    this.said.set({ text, tone: "problem" });
  }

  async loadLists(): Promise<void> {
    try {
      const [rows, conversations, shown] = await Promise.all([
        sessions.list(), messages.conversations(), clips.list(),
      ]);
      this.sessions.set(rows);
      this.conversations.set(conversations);
      this.clips.set(shown);
    } catch (error) {
      this.tell(error);
    }
  }

  putClip(clip: ClipRow): void {
    this.clips.update((rows) => withClip(rows ?? [], clip));
  }

  /** The team has seen that conversation, up to this message. */
  async readUpTo(message: Message): Promise<void> {
    this.#nothingUnread(message.session_id);
    await messages.read(message.session_id, message.id).catch((error: unknown) => this.tell(error));
  }

  /** A message that this page sent itself, or that came over the socket. */
  putMessage(message: Message): void {
    const known = this.conversations.value;
    const rows = known && withLast(known, message);
    if (rows) this.conversations.set(rows);
    else void this.#loadConversations();
  }

  #apply(event: ConsoleEvent): void {
    if (event.type === "session") {
      this.sessions.update((rows) => withSession(rows ?? [], event.session));
    } else if (event.type === "clip") {
      this.putClip(event.clip);
    } else if (event.type === "message") {
      this.putMessage(event.message);
    } else if (event.type === "messages_read" && event.by === "team") {
      this.#nothingUnread(event.session_id);
    }
    for (const listener of [...this.#listeners]) listener(event);
  }

  #nothingUnread(sessionId: string): void {
    this.conversations.update((rows) => rows && withNothingUnread(rows, sessionId));
    this.sessions.update(
      (rows) => rows && rows.map((row) => (row.id === sessionId ? { ...row, unread: 0 } : row)),
    );
  }

  async #loadConversations(): Promise<void> {
    await messages.conversations().then(
      (rows) => this.conversations.set(rows),
      (error: unknown) => this.tell(error),
    );
  }

  /** A refused socket may mean that the login has ended; a server that is down says nothing. */
  async #checkLogin(): Promise<void> {
    await accounts.current().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) this.tell(error);
    });
  }

  #socketIs(status: SocketStatus, refused: boolean): void {
    if (status === "open") {
      this.online.set(true);
      void this.loadLists();
      for (const listener of [...this.#listeners]) listener({ type: "reopened" });
    } else if (status === "waiting") {
      this.online.set(false);
      if (refused) void this.#checkLogin();
    }
  }
}

export const [getConsole, setConsole] = createContext<ConsoleState>();
