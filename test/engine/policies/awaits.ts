/** Awaits in both filters one thing after the other, as `x-q` and `x-r` say, and tells the log in which order all goes on. */
import { definePolicy, Flow, type Logger, Response } from "sluice";
import { type Cache, cache } from "sluice/cache";

const kept: unknown[] = [];

interface Use {
  readonly logger: Logger;
  readonly resources: Cache<string>;
  readonly clock: { sleep(milliseconds: number): Promise<void> };
}

/** What is awaited: a value, or a promise of some kind. */
function made(what: string, { logger, resources, clock }: Use): unknown {
  const load = () => {
    throw new Error(`${what} on purpose`);
  };
  const there = resources.getOrLoad("there", load);
  switch (what) {
    case "there":
      return there;
    case "heir":
      return Object.create(there);
    case "stranger":
      return Object.setPrototypeOf(there, {
        then(done: (value: string) => void) {
          done("strange");
        },
      });
    case "refused":
      return resources.getOrLoad("missing", load);
    case "job":
      return Promise.resolve("job");
    case "rejected":
      return Promise.reject(new Error("rejected on purpose"));
    case "thenable":
      return {
        then(done: (value: string) => void) {
          logger.info("asked");
          done("thenable");
          done("twice");
        },
      };
    case "never":
      return new Promise(() => undefined);
    case "sleep":
      return clock.sleep(1).then(() => "slept");
    case "tick":
      return clock.sleep(1);
    default:
      return what;
  }
}

export default definePolicy({
  configure(context) {
    const values = cache<string>(context, "values");
    values.set("there", "there");
    return values;
  },

  async onRequest(request, context) {
    const { logger } = context;
    void Promise.resolve().then(() => {
      logger.info("job of onRequest");
    });
    let seen = "";
    try {
      for (const what of request.headers.get("x-q")?.split(" ") ?? []) {
        if (what === "throw") {
          throw new Error("thrown on purpose");
        }
        if (what === "loop") {
          for (;;) {
            // For ever.
          }
        }
        if (what === "keep") {
          kept.push(request, context);
        }
        if (what === "deny") {
          return new Response(`denied ${seen}`, { status: 403 });
        }
        if (what === "catch") {
          try {
            await context.resources.getOrLoad("missing", () => {
              throw new Error("caught on purpose");
            });
          } catch (error) {
            seen += (error as Error).message;
          }
        }
        const got = what === "body" ? (await request.intoBodyState()).text() : await made(what, context);
        logger.info(`${what}: ${String(got)}`);
        seen += `${String(got)} `;
      }
    } finally {
      logger.info("onRequest ends");
    }
    return Flow.Continue(seen);
  },

  async onResponse(response, context) {
    const { logger, requestData } = context;
    void Promise.resolve().then(() => {
      logger.info("job of onResponse");
    });
    response.headers.append("x-data", requestData.kind === "continue" ? requestData.value : requestData.kind);
    try {
      for (const what of response.headers.get("x-r")?.split(" ") ?? []) {
        if (what === "throw") {
          throw new Error("thrown on purpose");
        }
        if (what === "loop") {
          for (;;) {
            // For ever.
          }
        }
        if (what === "keep") {
          kept.push(response, context);
        }
        if (what === "answer") {
          response.sendResponse(new Response("answered", { status: 503 }));
          return;
        }
        const got = what === "body" ? (await response.intoBodyState()).text() : await made(what, context);
        logger.info(`${what}: ${String(got)}`);
        if (what !== "body") {
          response.headers.append("x-got", String(got));
        }
      }
    } finally {
      logger.info("onResponse ends");
    }
  },
});
