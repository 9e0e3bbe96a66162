/** Types run from the schema, `configure` and `onRequest` to where they are used, without annotations. */

import { type CancelReason, definePolicy, Flow, Response } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";
import * as z from "zod/mini";
import { exactType } from "./exact-type.js";

export const everything = definePolicy({
  config: v.object({ realm: v.optional(v.string(), "oauth2"), limit: v.number() }),

  async configure(context) {
    const { config, clock, logger } = context;
    exactType<string>()(config.realm);
    logger.info("ready", { at: clock.now() });
    const keys = await upstream(context, "keys").fetch("/keys", { timeout: 500 });
    return { keys: keys.json<{ keys: string[] }>().keys };
  },

  async onRequest(request, { config, resources }) {
    exactType<{ realm: string; limit: number }>()(config);
    exactType<{ keys: string[] }>()(resources);
    const { headers } = await request.intoHeadersState();
    if (!headers.has("authorization")) {
      return Flow.Break(new Response(401));
    }
    return Flow.Continue({ startedAt: performance.now() });
  },

  async onResponse(response, { config, resources, requestData }) {
    exactType<number>()(config.limit);
    exactType<string[]>()(resources.keys);
    switch (requestData.kind) {
      case "continue":
        exactType<{ startedAt: number }>()(requestData.value);
        break;
      case "break":
        break;
      case "cancel":
        exactType<CancelReason>()(requestData.reason);
        break;
      case "pending":
        break;
    }
    const state = await response.intoHeadersState();
    state.headers.set("x-realm", config.realm);
  },

  onDone({ status, outcome, durations, responseHeaders }, { config, resources, logger }) {
    exactType<number>()(status);
    exactType<string>()(config.realm);
    logger.debug(outcome, {
      keys: resources.keys.length,
      total: durations.total,
      type: responseHeaders.get("content-type"),
    });
  },
});

export const zodConfig = definePolicy({
  config: z.object({ methods: z._default(z.array(z.string()), ["GET"]) }),
  onRequest(_request, { config }) {
    exactType<string[]>()(config.methods);
  },
});

export const withoutConfigOrResources = definePolicy({
  onRequest(_request, { config, resources }) {
    exactType<unknown>()(config);
    exactType<undefined>()(resources);
  },
});

export const nothingReturned = definePolicy({
  async onRequest() {
    await Promise.resolve();
  },
  onResponse(_response, { requestData }) {
    if (requestData.kind === "continue") {
      exactType<undefined>()(requestData.value);
    }
  },
});

export const dataOnSomePathsOnly = definePolicy({
  async onRequest(request) {
    const { method } = await request.intoHeadersState();
    if (method === "GET") {
      return;
    }
    if (method === "PUT") {
      return new Response(405);
    }
    return Flow.Continue(method);
  },
  onResponse(_response, { requestData }) {
    if (requestData.kind === "continue") {
      exactType<string | undefined>()(requestData.value);
    }
  },
});

export const severalKindsOfData = definePolicy({
  async onRequest(request) {
    const { containsBody } = await request.intoHeadersState();
    return containsBody ? Flow.Continue({ size: 1 }) : Flow.Continue("none");
  },
  onResponse(_response, { requestData }) {
    if (requestData.kind === "continue") {
      exactType<string | { size: number }>()(requestData.value);
    }
  },
});

export const responseOnly = definePolicy({
  onResponse(_response, { requestData }) {
    if (requestData.kind === "continue") {
      exactType<undefined>()(requestData.value);
    }
  },
});

export const synchronousFilters = definePolicy({
  onRequest() {
    return new Response(503).withHeaders({ "retry-after": "1" });
  },
  onResponse() {
    return;
  },
});

export const arrowFunctions = definePolicy({
  onRequest: async (request) => {
    const { path } = await request.intoHeadersState();
    return Flow.Continue({ path });
  },
  onResponse: (_response, { requestData }) => {
    if (requestData.kind === "continue") {
      exactType<{ path: string }>()(requestData.value);
    }
  },
});
