import { describe, expect, it } from "vitest";

import type { Message } from "../../../src/protocol";
import { OpenConversation, type ConversationRequests } from "../../../src/recruiter/conversations/open";

const message = (id: string, sender: Message["sender"], read = false): Message => ({
  id, session_id: "se_1", sender, sender_name: sender, text: id, at: 0, read,
});

class FakeServer implements ConversationRequests {
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
  async function open(looking: boolean): Promise<OpenConversation> {
    read.length = 0;
    const conversation = new OpenConversation("se_1", new FakeServer(), ({ id }) => read.push(id));
    conversation.look(looking);
    await conversation.load();
    return conversation;
  }

  it("marks a new message read once, while it is looked at", async () => {
    const conversation = await open(true);
    expect(read).toEqual([]);
    conversation.hear({ type: "message", message: message("m3", "candidate") });
    conversation.hear({ type: "message", message: message("m3", "candidate") });
    conversation.look(true);
    expect(read).toEqual(["m3"]);
  });

  it("does not claim to have read what nobody looked at", async () => {
    const conversation = await open(false);
    conversation.hear({ type: "message", message: message("m3", "candidate") });
    expect(read).toEqual([]);
    conversation.look(true);
    expect(read).toEqual(["m3"]);
  });

  it("shows what was said once, though the socket tells it too", async () => {
    const conversation = await open(true);
    const said = await conversation.say("hello");
    conversation.hear({ type: "message", message: said });
    expect(conversation.messages.value?.map(({ id }) => id)).toEqual(["m1", "m2", "hello"]);
  });

  it("hears only its own candidate, and learns what they have seen", async () => {
    const conversation = await open(true);
    conversation.hear({ type: "message", message: { ...message("m9", "candidate"), session_id: "se_2" } });
    conversation.hear({ type: "messages_read", session_id: "se_1", by: "candidate", message_id: "m2" });
    expect(conversation.messages.value?.map(({ id, read: seen }) => [id, seen])).toEqual([["m1", true], ["m2", true]]);
  });
});
