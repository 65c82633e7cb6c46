import { describe, expect, it } from "vitest";

import type { Message } from "../../../src/protocol";
import { OpenThread, type ThreadRequests } from "../../../src/recruiter/conversations/thread";

const message = (id: string, sender: Message["sender"], read = false): Message => ({
  id, session_id: "se_1", sender, sender_name: sender, text: id, at: 0, read,
});

class FakeServer implements ThreadRequests {
  kept = [message("m1", "candidate", true), message("m2", "team")];
  async list(): Promise<Message[]> {
    return this.kept;
  }
  async say(_sessionId: string, text: string): Promise<Message> {
    return message(text, "team");
  }
}

describe("an open conversation", () => {
  const read: string[] = [];
  async function open(looking: boolean): Promise<OpenThread> {
    read.length = 0;
    const thread = new OpenThread("se_1", new FakeServer(), ({ id }) => read.push(id));
    thread.look(looking);
    await thread.load();
    return thread;
  }

  it("marks a new message read once, while it is looked at", async () => {
    const thread = await open(true);
    expect(read).toEqual([]);
    thread.hear({ type: "message", message: message("m3", "candidate") });
    thread.hear({ type: "message", message: message("m3", "candidate") });
    thread.look(true);
    expect(read).toEqual(["m3"]);
  });

  it("does not claim to have read what nobody looked at", async () => {
    const thread = await open(false);
    thread.hear({ type: "message", message: message("m3", "candidate") });
    expect(read).toEqual([]);
    thread.look(true);
    expect(read).toEqual(["m3"]);
  });

  it("shows what was said once, though the socket tells it too", async () => {
    const thread = await open(true);
    const said = await thread.say("hello");
    thread.hear({ type: "message", message: said });
    expect(thread.messages.value?.map(({ id }) => id)).toEqual(["m1", "m2", "hello"]);
  });

  it("hears only its own candidate, and learns what they have seen", async () => {
    const thread = await open(true);
    thread.hear({ type: "message", message: { ...message("m9", "candidate"), session_id: "se_2" } });
    thread.hear({ type: "messages_read", session_id: "se_1", by: "candidate", message_id: "m2" });
    expect(thread.messages.value?.map(({ id, read: seen }) => [id, seen])).toEqual([["m1", true], ["m2", true]]);
  });
});
