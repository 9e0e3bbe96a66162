/** Parses a conversation, puts a message in front, and writes it again; the head is held. */
import { definePolicy, Response } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const message = await request.intoHeadersBodyState();
    if (!message.containsBody) {
      return;
    }
    let conversation: { messages?: unknown[] };
    try {
      conversation = message.json();
    } catch {
      return new Response("bad", { status: 400 });
    }
    conversation.messages = [{ role: "system", content: "be kind" }, ...(conversation.messages ?? [])];
    message.setBody(JSON.stringify(conversation));
  },
});
