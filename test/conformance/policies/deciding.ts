import { definePolicy, type PolicyClock, Response } from "sluice";
import * as v from "valibot";

const decisions = v.optional(v.picklist(["none", "continue", "break", "throw"]), "none");

/** Replaces bodies while they pass, read or unread, and decides when it has. */
export default definePolicy({
  config: v.object({
    request: decisions,
    response: decisions,
    waits: v.optional(v.boolean(), false),
    reads: v.optional(v.boolean(), true),
  }),

  async onRequest(request, { config, clock }) {
    if (config.request === "none") {
      return;
    }
    await (await request.intoBodyStreamState()).transform(config.reads ? upper : replace);
    await decide(config.request, config.waits, clock);
    return config.request === "break" ? new Response("refused", { status: 403 }) : undefined;
  },

  async onResponse(response, { config, clock }) {
    if (config.response === "none") {
      return;
    }
    await (await response.intoBodyStreamState()).transform(config.reads ? upper : replace);
    await decide(config.response, config.waits, clock);
  },
});

async function decide(decision: string, waits: boolean, clock: PolicyClock): Promise<void> {
  if (waits) {
    await clock.sleep(20);
  }
  if (decision === "throw") {
    throw new Error("secret cause");
  }
}

async function* upper(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  for await (const chunk of chunks) {
    yield new TextDecoder().decode(chunk).toUpperCase();
  }
}

async function* replace(): AsyncIterable<string> {
  yield "replaced";
}
