import {
  definePolicy,
  Flow,
  type InstanceContext,
  type Logger,
  type RequestState,
  Response,
  type ResponseState,
  SluiceError,
} from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

const operations = v.optional(v.array(v.string()), []);

/** Does what its configuration says, one operation after the other, and logs what came of each. */
export default definePolicy({
  config: v.object({ request: operations, response: operations, done: v.optional(v.array(v.string()), []) }),

  async onRequest(request, context) {
    const { config, logger } = context;
    return (await operate(request, config.request, "request", logger, context)) as Flow<string> | undefined;
  },

  async onResponse(response, context) {
    const { config, logger } = context;
    return (await operate(response, config.response, "response", logger, context)) as undefined;
  },

  onDone({ status, outcome, reason = "none", responseHeaders }, { config, logger, request }) {
    logger.info(`done: ${status} ${outcome} ${reason}`);
    for (const name of config.done) {
      logger.info(`done: ${name}=${request.headers.get(name)}/${responseHeaders.get(name)}`);
    }
  },
});

/** Whatever a state has; types would not let a policy do half of what is tried here. */
interface AnyState {
  headers: { get(name: string): string | null; set(name: string, value: string): void; delete(name: string): void };
  trailers: { get(name: string): string | null } | undefined;
  status: number;
  method: string;
  path: string;
  containsBody: boolean;
  stream: AsyncIterable<Uint8Array>;
  text(): string;
  json(): unknown;
  setBody(body: unknown): void;
  transform(transform: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>): Promise<void>;
  sendResponse(response: Response): void;
  intoHeadersState(): Promise<AnyState>;
  intoBodyState(): Promise<AnyState>;
  intoHeadersBodyState(): Promise<AnyState>;
  intoBodyStreamState(): Promise<AnyState>;
}

/** `!` in front of an operation lets its error through, `old ` does it on the state before the present one. */
async function operate(
  message: RequestState | ResponseState,
  list: readonly string[],
  phase: string,
  logger: Logger,
  context: InstanceContext,
): Promise<unknown> {
  let state = message as unknown as AnyState;
  let old = state;
  const results: string[] = [];
  const log = () => {
    logger.info(`${phase}: ${results.join(", ")}`);
    results.length = 0;
  };
  for (const text of list) {
    const operation = text.replace(/^!?(old )?/, "");
    if (operation.startsWith("return ")) {
      log();
      return returned[operation]?.();
    }
    try {
      const target = /^!?old /.test(text) ? old : state;
      const result =
        operation === "call"
          ? `call=${(await upstream(context, "svc").fetch("/")).status}`
          : await perform(target, operation);
      if (typeof result === "object") {
        old = target;
        state = result;
      }
      results.push(typeof result === "string" ? result : operation);
    } catch (error) {
      if (text.startsWith("!")) {
        throw error;
      }
      results.push(`${text}: ${error instanceof SluiceError ? error.code : String(error)}`);
    }
  }
  if (list.length > 0) {
    log();
  }
  return undefined;
}

const returned: Readonly<Record<string, () => unknown>> = {
  "return 5": () => 5,
  "return break": () => Flow.Break(new Response(418).withBody("broken")),
  "return marked": () => new Response(418).withHeaders([["x-first", "1"]]).withBody("a first answer"),
  "return bodiless": () => new Response(418).withHeaders([["x-first", "1"]]),
  "return 205": () => new Response(205).withBody("no"),
  "return response": () => new Response(418).withBody("answered"),
  "return continue": () => Flow.Continue("data"),
};

/** A new state, or what to report. */
async function perform(state: AnyState, operation: string): Promise<AnyState | string | undefined> {
  const [verb, argument = ""] = operation.split(" ");
  switch (verb) {
    case "headers":
      return state.intoHeadersState();
    case "body":
      return state.intoBodyState();
    case "headers-body":
      return state.intoHeadersBodyState();
    case "stream":
      return state.intoBodyStreamState();
    case "get":
      return `${argument}=${state.headers.get(argument)}`;
    case "trailer":
      return `${argument}=${state.trailers?.get(argument)}`;
    case "contains-body":
      return `contains-body=${state.containsBody}`;
    case "text":
      return `text=${state.text()}`;
    case "json":
      return `json=${JSON.stringify(state.json())}`;
    case "read": {
      let size = 0;
      for await (const chunk of state.stream) {
        size += chunk.length;
      }
      return `read=${size}`;
    }
    default:
      return change(state, verb!, argument);
  }
}

async function change(state: AnyState, verb: string, argument: string): Promise<undefined> {
  switch (verb) {
    case "set":
      state.headers.set(argument, "1");
      break;
    case "set-bad-name":
      state.headers.set("not a token", "1");
      break;
    case "set-bad-value":
      state.headers.set("x-bad", "a\nb");
      break;
    case "method":
      state.method = argument;
      break;
    case "path":
      state.path = argument;
      break;
    case "status":
      state.status = Number(argument);
      break;
    case "set-body":
      state.setBody(argument);
      break;
    case "set-bytes":
      state.setBody(new TextEncoder().encode(argument));
      break;
    case "put":
      state.headers.set(...nameAndValue(argument));
      break;
    case "delete":
      state.headers.delete(argument);
      break;
    case "set-number-body":
      state.setBody(5);
      break;
    case "transform":
      await state.transform(upper);
      break;
    case "transform-to-number":
      await state.transform(async function* () {
        yield await Promise.resolve(5 as unknown as Uint8Array);
      });
      break;
    case "send":
      state.sendResponse(new Response(299).withHeaders([["x-sent", "1"]]).withBody("sent"));
      break;
    case "send-bodiless":
      state.sendResponse(new Response(204));
      break;
    case "new-response":
      new Response(Number(argument));
      break;
    case "send-204-with-body":
      state.sendResponse(new Response(204).withBody("no"));
      break;
    case "throw":
      throw new Error("secret cause");
    default:
      throw new Error(`unknown operation ${verb}`);
  }
}

function nameAndValue(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

async function* upper(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
  }
}
