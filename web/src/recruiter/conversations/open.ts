/**
 * One conversation as it is open on a screen: loaded, kept live, and marked read while somebody looks at it.
 *
 * Invariants: each message once, in order; a message is marked read only once, and only while the page
 * is looked at.
 */

import type { Message } from "../../protocol";
import { withMessage, withSeen, type ConsoleEvent } from "../inbox";
import { Store } from "../store";

export interface ConversationRequests {
  list(sessionId: string): Promise<Message[]>;
  say(sessionId: string, text: string): Promise<Message>;
}

export class OpenConversation {
  readonly messages = new Store<Message[] | null>(null);
  #looking = false;
  #readUpTo: string | null = null;

  constructor(
    private readonly sessionId: string,
    private readonly requests: ConversationRequests,
    private readonly read: (message: Message) => void,
  ) {}

  async load(): Promise<void> {
    this.#put(await this.requests.list(this.sessionId));
  }

  hear(event: ConsoleEvent): void {
    const known = this.messages.value;
    if (known === null) return;
    if (event.type === "message" && event.message.session_id === this.sessionId) {
      this.#put(withMessage(known, event.message));
    } else if (event.type === "messages_read" && event.session_id === this.sessionId) {
      this.#put(withSeen(known, event.by, event.message_id));
    }
  }

  /** Whether somebody has the conversation before their eyes. */
  look(looking: boolean): void {
    this.#looking = looking;
    this.#markRead();
  }

  async say(text: string): Promise<Message> {
    const message = await this.requests.say(this.sessionId, text);
    this.#put(withMessage(this.messages.value ?? [], message));
    return message;
  }

  #put(messages: Message[]): void {
    this.messages.set(messages);
    this.#markRead();
  }

  #markRead(): void {
    if (!this.#looking) return;
    const last = (this.messages.value ?? []).findLast(({ sender }) => sender === "candidate");
    if (!last || last.read || last.id === this.#readUpTo) return;
    this.#readUpTo = last.id;
    this.read(last);
  }
}
