import { definePolicy, type Headers, type Logger, Response, SluiceError } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

const fields = [
  "host",
  "Content-Length",
  "transfer-encoding",
  "Connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "proxy-connection",
];

/** What these fields would be for whoever wants to smuggle a message. */
const pairs = fields.map((name): [string, string] => [name, name === "transfer-encoding" ? "chunked" : "5"]);

const edits = v.optional(v.picklist(["set", "append", "delete"]));

/** Edits fields of framing and routing, and logs what came of it; gives them to answers and calls; changes the method. */
export default definePolicy({
  config: v.object({
    svc: v.optional(v.string(), "none"),
    request: edits,
    response: edits,
    body: v.optional(v.string()),
    method: v.optional(v.string()),
    then: v.optional(v.picklist(["pass", "break", "send", "call"]), "pass"),
  }),

  async onRequest(request, context) {
    const { config, logger } = context;
    edit(config.request, request.headers, logger);
    if (config.method !== undefined) {
      attempt(logger, `${request.method} to ${config.method}`, () => {
        request.method = config.method ?? "";
      });
    }
    if (config.then === "break") {
      return new Response(200)
        .withHeaders(pairs)
        .withHeaders([["x-answer", "1"]])
        .withBody("answered");
    }
    if (config.then === "call") {
      const headers = pairs.filter(([name]) => name !== "host");
      const { status } = await upstream(context, config.svc).fetch("/", { method: "POST", headers, body: "question" });
      request.headers.set("x-called", String(status));
    }
    if (config.body !== undefined) {
      (await request.intoHeadersBodyState()).setBody(config.body);
    }
  },

  onResponse(response, { config, logger }) {
    edit(config.response, response.headers, logger);
    if (config.then === "send") {
      response.sendResponse(new Response("answered", { headers: pairs }).withHeaders([["x-answer", "1"]]));
    }
  },
});

function edit(how: "set" | "append" | "delete" | undefined, headers: Headers, logger: Logger): void {
  if (how === undefined) {
    return;
  }
  for (const [name, value] of pairs) {
    attempt(logger, `${how} ${name}`, () => {
      headers[how](name, value);
    });
  }
}

function attempt(logger: Logger, what: string, action: () => void): void {
  try {
    action();
    logger.info(`${what}: done`);
  } catch (error) {
    logger.info(`${what}: ${error instanceof SluiceError ? error.code : String(error)}`);
  }
}
