/** A member of a chain: `request` and `response` say what it does with each of them, and how long it takes. */
import { definePolicy, type PolicyClock, type RequestState, Response, type ResponseState } from "sluice";
import * as v from "valibot";

const todo = v.optional(
  v.object({
    /** `ask`: it waits with the head; `gather`, `read`, `transform`: how it takes the body. */
    does: v.picklist(["ask", "gather", "read", "transform"]),
    /** How long it keeps the head before it takes the body. */
    first: v.optional(v.number(), 0),
    /** How long it takes for the head, the whole body, or each of its chunks. */
    wait: v.optional(v.number(), 0),
    /** How long it takes to decide after that, and what it decides. */
    decides: v.optional(v.number(), 0),
    end: v.optional(v.picklist(["go on", "throw", "deny"]), "go on"),
  }),
);
type Todo = NonNullable<v.InferOutput<typeof todo>>;

export default definePolicy({
  config: v.object({ request: todo, response: todo }),

  async onRequest(request, { clock, config }) {
    if (config.request === undefined) {
      return;
    }
    await work(request, clock, config.request);
    if (config.request.end === "deny") {
      return new Response("denied", { status: 403 });
    }
  },

  async onResponse(response, { clock, config }) {
    if (config.response !== undefined) {
      await work(response, clock, config.response);
    }
  },
});

async function work(head: RequestState | ResponseState, clock: PolicyClock, todo: Todo): Promise<void> {
  await pause(clock, todo.first);
  switch (todo.does) {
    case "ask":
      await pause(clock, todo.wait);
      break;
    case "gather": {
      const whole = await head.intoBodyState();
      await pause(clock, todo.wait);
      if (whole.containsBody) {
        whole.setBody(next(whole.bytes()));
      }
      break;
    }
    case "read":
      for await (const _chunk of (await head.intoBodyStreamState()).stream) {
        await pause(clock, todo.wait);
      }
      break;
    case "transform":
      await (await head.intoBodyStreamState()).transform(async function* (chunks) {
        for await (const chunk of chunks) {
          await pause(clock, todo.wait);
          yield next(chunk);
        }
      });
  }
  await pause(clock, todo.decides);
  if (todo.end === "throw") {
    throw new Error("the member fails");
  }
}

async function pause(clock: PolicyClock, milliseconds: number): Promise<void> {
  if (milliseconds > 0) {
    await clock.sleep(milliseconds);
  }
}

/** Each byte becomes the next one: what has passed a member twice, or not at all, shows. */
function next(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte + 1);
}
