import { definePolicy, type PolicyClock, Response } from "sluice";
import * as v from "valibot";

const decisions = v.optional(v.picklist(["none", "continue", "break", "throw"]), "none");

/** Replaces bodies by a word without reading them, and decides when it has. */
export default definePolicy({
  config: v.object({ request: decisions, response: decisions, waits: v.optional(v.boolean(), false) }),

  async onRequest(request, { config, clock }) {
    if (config.request === "none") {
      return;
    }
    await (await request.intoBodyStreamState()).transform(replace);
    await decide(config.request, config.waits, clock);
    return config.request === "break" ? new Response("refused", { status: 403 }) : undefined;
  },

  async onResponse(response, { config, clock }) {
    if (config.response === "none") {
      return;
    }
    await (await response.intoBodyStreamState()).transform(replace);
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

async function* replace(): AsyncIterable<string> {
  yield "replaced";
}
