import { definePolicy, Flow, Response } from "sluice";
import * as v from "valibot";

/** What is thrown. An error has nothing but its message to be told by, and the rest not even that. */
const thrown = {
  error: () => new Error("secret cause"),
  null: () => null,
  undefined: () => undefined,
  long: () => new Error(`long ${"secret cause ".repeat(400_000)}`),
  text: () => `text ${"secret cause ".repeat(400_000)}`,
  stack: () => Object.assign(new Error("secret cause"), { stack: `    at ${"secret (/".repeat(500_000)}` }),
  causes: () => {
    let error = new Error("secret cause");
    for (let count = 0; count < 1_000; count++) {
      error = new Error("secret cause", { cause: error });
    }
    return error;
  },
  errors: () => new AggregateError(new Array<Error>(100_000).fill(new Error("secret cause")), "secret cause"),
  unreadable: () =>
    Object.defineProperty(new Error("secret cause"), "message", {
      get: () => {
        throw new Error("secret trap");
      },
    }),
};

const fail = (what: keyof typeof thrown): never => {
  // oxlint-disable-next-line typescript/only-throw-error -- policies may throw anything
  throw thrown[what]();
};

export default definePolicy({
  config: v.pipe(
    v.object({
      where: v.picklist([
        "nowhere",
        "schema",
        "configure",
        "request",
        "request-body",
        "response",
        "response-body",
        "after-send",
        "done",
      ]),
      what: v.optional(v.picklist(Object.keys(thrown) as (keyof typeof thrown)[]), "error"),
    }),
    v.check(({ where, what }) => where !== "schema" || fail(what)),
  ),

  configure({ config }) {
    if (config.where === "configure") {
      fail(config.what);
    }
  },

  async onRequest(request, { config }) {
    const chosen = request.headers.has("x-fail");
    if (chosen && config.where === "request") {
      fail(config.what);
    }
    if (chosen && config.where === "request-body") {
      await request.intoBodyState();
      fail(config.what);
    }
    return Flow.Continue(chosen ? config.where : "nowhere");
  },

  async onResponse(response, { requestData, config }) {
    if (requestData.kind !== "continue") {
      return;
    }
    switch (requestData.value) {
      case "response":
        return fail(config.what);
      case "response-body":
        await response.intoBodyState();
        return fail(config.what);
      case "after-send":
        response.sendResponse(new Response(299).withBody("sent"));
        return fail(config.what);
      default:
    }
  },

  onDone(_exchange, { config, request }) {
    if (config.where === "done" && request.headers.has("x-fail")) {
      fail(config.what);
    }
  },
});
