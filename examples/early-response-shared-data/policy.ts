import { definePolicy, Flow, type Logger, Response, type ResponseHeadersState } from "sluice";
import * as v from "valibot";

const denied = new Response(403).withBody("denied");

export default definePolicy({
  config: v.object({
    /** What to show: the first three are about request filters, the others about what a response filter cannot do. */
    mode: v.picklist(["share", "await-body", "hold-headers", "send-in-body-state", "touch-after-send"]),
  }),

  async onRequest(request, { config }) {
    const head = await request.intoHeadersState();
    const { path, headers } = head;
    switch (config.mode) {
      case "share":
        if (headers.has("x-deny")) {
          return Flow.Break(denied);
        }
        if (headers.has("x-await")) {
          await head.intoBodyState();
        }
        break;
      case "await-body": {
        const body = await head.intoBodyState();
        if (body.text().includes("forbidden")) {
          return Flow.Break(denied);
        }
        break;
      }
      case "hold-headers": {
        const message = await head.intoHeadersBodyState();
        if (message.text().includes("forbidden")) {
          return Flow.Break(denied);
        }
        break;
      }
      default:
    }
    return Flow.Continue(path);
  },

  async onResponse(response, { config, requestData, logger }) {
    const head = await response.intoHeadersState();
    switch (config.mode) {
      case "share":
        if (requestData.kind === "continue") {
          head.headers.set("x-request-filter", `continue ${requestData.value}`);
        }
        if (requestData.kind === "break") {
          head.headers.set("x-request-filter", "break");
        }
        if (requestData.kind === "cancel") {
          head.headers.set("x-request-filter", "cancelled");
        }
        break;
      case "send-in-body-state":
        await sendInBodyState(head, logger);
        break;
      case "touch-after-send":
        touchAfterSend(head, logger);
        break;
      default:
    }
  },
});

async function sendInBodyState(head: ResponseHeadersState, logger: Logger): Promise<void> {
  const body = await head.intoBodyState();
  try {
    // TypeScript does not offer it: a body state has no `sendResponse`.
    (body as unknown as ResponseHeadersState).sendResponse(new Response(200).withBody("too late"));
  } catch {
    logger.warn("cannot send now");
    body.setBody("cannot send now"); // content-length follows by itself
  }
}

function touchAfterSend(head: ResponseHeadersState, logger: Logger): void {
  head.sendResponse(new Response(299).withHeaders([["x-sent", "1"]]).withBody("sent"));
  const attempts = [
    () => {
      head.headers.set("x-late", "1");
    },
    () => {
      head.sendResponse(new Response(200));
    },
    () => {
      head.headers.get("x-up");
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
