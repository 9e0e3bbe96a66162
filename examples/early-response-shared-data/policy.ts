import { definePolicy, Flow, type Logger, Response, type ResponseBodyState, type ResponseState } from "sluice";
import * as v from "valibot";

const denied = new Response("denied", { status: 403 });

export default definePolicy({
  config: v.object({
    /** What to show: the first three are about request filters, the others about what a response filter cannot do. */
    mode: v.picklist(["share", "await-body", "hold-headers", "send-in-body-state", "touch-after-send"]),
  }),

  async onRequest(request, { config }) {
    switch (config.mode) {
      case "share":
        if (request.headers.has("x-deny")) {
          return Flow.Break(denied);
        }
        if (request.headers.has("x-await")) {
          await request.intoBodyState();
        }
        break;
      case "await-body": {
        const body = await request.intoBodyState();
        if (body.text().includes("forbidden")) {
          return Flow.Break(denied);
        }
        break;
      }
      case "hold-headers": {
        const message = await request.intoHeadersBodyState();
        if (message.text().includes("forbidden")) {
          return Flow.Break(denied);
        }
        break;
      }
      default:
    }
    return Flow.Continue(request.path);
  },

  async onResponse(response, { config, requestData, logger }) {
    switch (config.mode) {
      case "share":
        if (requestData.kind === "continue") {
          response.headers.set("x-request-filter", `continue ${requestData.value}`);
        }
        if (requestData.kind === "break") {
          response.headers.set("x-request-filter", "break");
        }
        if (requestData.kind === "cancel") {
          response.headers.set("x-request-filter", "cancelled");
        }
        break;
      case "send-in-body-state":
        sendTooLate(response, await response.intoBodyState(), logger);
        break;
      case "touch-after-send":
        touchAfterSend(response, logger);
        break;
      default:
    }
  },
});

function sendTooLate(response: ResponseState, body: ResponseBodyState, logger: Logger): void {
  try {
    response.sendResponse(new Response("too late"));
  } catch {
    logger.warn("cannot send now");
    body.setBody("cannot send now"); // content-length follows by itself
  }
}

function touchAfterSend(response: ResponseState, logger: Logger): void {
  response.sendResponse(new Response("sent", { status: 299, headers: { "x-sent": "1" } }));
  const attempts = [
    () => {
      response.headers.set("x-late", "1");
    },
    () => {
      response.sendResponse(new Response("again"));
    },
    () => {
      response.headers.get("x-up");
    },
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      logger.warn("operation after send refused", { error });
    }
  }
}
