import { definePolicy, Flow, Response } from "sluice";
import { rateLimit } from "sluice/rate-limit";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Awaits what is there already, and then does what the request says; `x-call` has it wait in between. */
export default definePolicy({
  config: v.object({ svc: v.string(), name: v.optional(v.string(), "a") }),

  configure: (context) => ({
    limit: rateLimit(context, "requests", { tiers: [{ limit: 1_000, period: "1h" }] }),
  }),

  async onRequest(request, context) {
    const { config, resources } = context;
    const { limit } = resources;
    const deed = request.headers.get(`x-${config.name}`) ?? "pass";
    request.headers.append("x-seen", `${config.name} begins`);
    const first = await limit.take(config.name);
    if (deed === "call") {
      const { status } = await upstream(context, config.svc).fetch("/");
      request.headers.append("x-seen", `${config.name} called ${status}`);
    }
    const second = await limit.take(config.name, 2);
    request.headers.append(
      "x-seen",
      `${config.name} ${first.allowed ? "allowed" : "refused"} ${first.tiers[0]!.remaining > second.tiers[0]!.remaining}`,
    );
    if (deed === "deny") {
      return new Response("denied", { status: 403 });
    }
    if (deed === "throw") {
      throw new Error("secret cause");
    }
    if (deed === "catch") {
      try {
        await limit.refund({} as never);
      } catch {
        request.headers.append("x-seen", `${config.name} caught`);
      }
    }
    if (deed === "reject") {
      await Promise.reject(new Error("secret cause"));
    }
    if (deed === "body") {
      const body = await request.intoHeadersBodyState();
      await limit.take(config.name);
      body.setBody(`${config.name}:${body.text()}`);
    }
    if (deed === "promise") {
      return Promise.resolve(Flow.Continue(`${config.name} promised`));
    }
    return Flow.Continue(`${config.name} ${deed}`);
  },

  onResponse(response, { requestData, config }) {
    response.headers.append(
      "x-data",
      requestData.kind === "continue" ? requestData.value : `${config.name} ${requestData.kind}`,
    );
  },
});
