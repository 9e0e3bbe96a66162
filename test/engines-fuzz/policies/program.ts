import { definePolicy, type ExchangeContext, Flow, type Logger, type PolicyClock, Response, SluiceError } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** `[operation, …arguments]`, as `plan.ts` writes them. */
type Step = readonly [operation: string, ...parameters: (string | number)[]];

interface Program {
  request: readonly Step[];
  response: readonly Step[];
}

/** What a use of this policy is at work on: there is one exchange at a time in each chain. */
interface Work extends Program {
  run: string;
}

const works = new Map<string, Work>();
/** Gates that were opened from outside, by an exchange of its own. */
const opened = new Set<string>();

/**
 * Does what a list of steps in the request says, and tells of all that it sees. Everything that can be awaited is awaited in the
 * filters themselves, where the kit's own states come at once.
 */
export default definePolicy({
  config: v.object({ use: v.string(), position: v.number(), last: v.boolean() }),

  async onRequest(request, context) {
    const { config, clock, logger, signal } = context;
    const head = await request.intoHeadersState();
    const gate = head.headers.get("x-open-gate");
    if (gate !== null) {
      opened.add(gate);
      return config.last ? new Response(299).withHeaders([["x-opened", "1"]]) : Flow.Continue();
    }
    const program = head.headers.get(`x-program-${config.position}`);
    const work: Work = {
      run: head.headers.get("x-run") ?? "?",
      ...(program === null ? { request: [], response: [] } : (JSON.parse(program) as Program)),
    };
    works.set(config.use, work);
    const tools = toolsOf(logger, clock, context, signal, `${work.run} ${config.position}q`);
    const { say } = tools;
    let state = head as unknown as AnyState;
    say(`begins ${state.method} ${state.path} ${seen(state)}`);
    try {
      for (const [operation, first = "", second = "", third = ""] of work.request) {
        switch (operation) {
          case "body":
            state = await state.intoBodyState();
            say(`has ${bodyOf(state)}`);
            break;
          case "headers-body":
            state = await state.intoHeadersBodyState();
            say(`has ${bodyOf(state)}`);
            break;
          case "stream":
            state = await state.intoBodyStreamState();
            say(`streams ${String(state.containsBody)}`);
            break;
          case "read": {
            let text = "";
            let acted = false;
            for await (const chunk of state.stream) {
              text += textOf(chunk);
              if (!acted && text.length >= Number(first)) {
                acted = true;
                say(`reads ${second}`);
                if (second === "break") {
                  break;
                }
                if (second === "return") {
                  return undefined;
                }
                if (second === "answer") {
                  return answer(["answer", 418, "read enough"], config.position);
                }
                await act(tools, String(second), String(third));
              }
            }
            say(second === "break" && acted ? "left" : `read ${text}${trailersOf(state)}`);
            break;
          }
          case "transform":
            await state.transform(transformOf(tools, String(first), Number(second), String(third)));
            say("transformed");
            break;
          case "sleep":
            await clock.sleep(Number(first));
            say("slept");
            break;
          case "tick":
            await Promise.resolve();
            break;
          case "gate":
          case "call":
            await act(tools, operation, String(first));
            break;
          case "throw":
            throw new Error("on purpose");
          case "answer":
            return answer([operation, first, second, third], config.position);
          case "continue":
            return Flow.Continue(first);
          default:
            edit(state, [operation, first, second], say);
        }
      }
      return undefined;
    } catch (error) {
      say(`caught ${codeOf(error)}`);
      throw error;
    } finally {
      say("over");
    }
  },

  async onResponse(response, context) {
    const { config, clock, logger, signal, requestData } = context;
    const head = await response.intoHeadersState();
    const work = works.get(config.use);
    if (work === undefined || head.headers.has("x-opened")) {
      return;
    }
    const tools = toolsOf(logger, clock, context, signal, `${work.run} ${config.position}s`);
    const { say } = tools;
    let state = head as unknown as AnyState;
    const { kind } = requestData;
    const more = kind === "cancel" ? requestData.reason : kind === "continue" ? String(requestData.value) : "";
    say(`begins ${kind} ${more} ${state.status} ${seen(state)}`);
    try {
      for (const [operation, first = "", second = "", third = ""] of work.response) {
        switch (operation) {
          case "body":
            state = await state.intoBodyState();
            say(`has ${bodyOf(state)}`);
            break;
          case "headers-body":
            state = await state.intoHeadersBodyState();
            say(`has ${bodyOf(state)}`);
            break;
          case "stream":
            state = await state.intoBodyStreamState();
            say(`streams ${String(state.containsBody)}`);
            break;
          case "read": {
            let text = "";
            let acted = false;
            for await (const chunk of state.stream) {
              text += textOf(chunk);
              if (!acted && text.length >= Number(first)) {
                acted = true;
                say(`reads ${second}`);
                if (second === "break") {
                  break;
                }
                if (second === "return") {
                  return;
                }
                await act(tools, String(second), String(third));
              }
            }
            say(second === "break" && acted ? "left" : `read ${text}${trailersOf(state)}`);
            break;
          }
          case "transform":
            await state.transform(transformOf(tools, String(first), Number(second), String(third)));
            say("transformed");
            break;
          case "sleep":
            await clock.sleep(Number(first));
            say("slept");
            break;
          case "tick":
            await Promise.resolve();
            break;
          case "gate":
          case "call":
            await act(tools, operation, String(first));
            break;
          case "throw":
            throw new Error("on purpose");
          default:
            edit(state, [operation, first, second], say);
        }
      }
    } catch (error) {
      say(`caught ${codeOf(error)}`);
      throw error;
    } finally {
      say("over");
    }
  },

  onDone({ status, outcome, reason = "", responseHeaders }, { config, logger }) {
    const work = works.get(config.use);
    if (work !== undefined && !responseHeaders.has("x-opened")) {
      logger.info(`${work.run} ${config.position}d ${status} ${outcome} ${reason}`);
    }
  },
});

interface Tools {
  say(text: string): void;
  clock: PolicyClock;
  context: ExchangeContext;
  signal: AbortSignal;
}

function toolsOf(
  logger: Logger,
  clock: PolicyClock,
  context: ExchangeContext,
  signal: AbortSignal,
  who: string,
): Tools {
  const say = (text: string): void => {
    logger.info(`${who} ${text}`);
  };
  signal.addEventListener("abort", () => {
    say(`aborted ${String(signal.reason)}`);
  });
  return { say, clock, context, signal };
}

/** Waits for what the driver brings about, or fails. */
async function act(tools: Tools, operation: string, parameter: string): Promise<void> {
  const { say, clock, signal } = tools;
  switch (operation) {
    case "gate":
      say(`at gate ${parameter}`);
      do {
        await clock.sleep(3);
      } while (!opened.delete(parameter) && !signal.aborted);
      say(`${signal.aborted ? "away from" : "through"} gate ${parameter}`);
      break;
    case "call":
      try {
        const reply = await upstream(tools.context, "svc").fetch(parameter, { method: "POST" });
        say(`called ${reply.status} ${reply.text()}`);
      } catch (error) {
        say(`called ${codeOf(error)}`);
      }
      break;
    case "sleep":
      await clock.sleep(Number(parameter));
      say("slept");
      break;
    case "tick":
      await Promise.resolve();
      break;
    case "throw":
      throw new Error("on purpose");
    default:
  }
}

/** @param how `<edit>` or `<edit> <what it does once so many bytes have come>` */
function transformOf(tools: Tools, how: string, from: number, parameter: string) {
  const [mode = "", deed = "none"] = how.split(" ");
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | string> {
    if (mode === "replace") {
      yield "replaced";
      return;
    }
    if (mode === "wrap") {
      yield "<";
    }
    let text = "";
    let acted = false;
    for await (const chunk of chunks) {
      const before = text.length;
      text += textOf(chunk);
      let rest = chunk;
      if (!acted && text.length >= from) {
        // Whatever the chunks are, the same bytes pass before.
        const at = Math.max(0, from - before);
        yield edited(mode, chunk.subarray(0, at));
        rest = chunk.subarray(at);
        acted = true;
        tools.say(`transforms ${deed}`);
        if (deed === "return") {
          return;
        }
        await act(tools, deed, parameter);
      }
      yield edited(mode, rest);
    }
    if (mode === "wrap") {
      yield ">";
    }
    tools.say(`transform read ${text}`);
  };
}

function edited(mode: string, bytes: Uint8Array): Uint8Array | string {
  const text = textOf(bytes);
  switch (mode) {
    case "upper":
    case "wrap":
      return text.toUpperCase();
    case "double":
      return text.replace(/./g, "$&$&");
    case "drop":
      return "";
    default:
      return bytes;
  }
}

/** Whatever a state has; types would not let a policy do half of what is tried here. */
interface AnyState {
  headers: {
    get(name: string): string | null;
    set(name: string, value: string): void;
    append(name: string, value: string): void;
    delete(name: string): void;
  };
  trailers: { get(name: string): string | null } | undefined;
  status: number;
  method: string;
  path: string;
  containsBody: boolean;
  stream: AsyncIterable<Uint8Array>;
  text(): string;
  setBody(body: unknown): void;
  transform(transform: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array | string>): Promise<void>;
  sendResponse(response: Response): void;
  intoBodyState(): Promise<AnyState>;
  intoHeadersBodyState(): Promise<AnyState>;
  intoBodyStreamState(): Promise<AnyState>;
}

function edit(state: AnyState, [operation, first, second]: Step, say: (text: string) => void): void {
  const [name, value] = [String(first), String(second)];
  try {
    switch (operation) {
      case "set":
        state.headers.set(name, value);
        break;
      case "append":
        state.headers.append(name, value);
        break;
      case "delete":
        state.headers.delete(name);
        break;
      case "path":
        state.path = name;
        break;
      case "status":
        state.status = Number(first);
        break;
      case "set-body":
        state.setBody(name);
        break;
      case "send":
        state.sendResponse(new Response(Number(first)).withHeaders([["x-sent", "1"]]).withBody(value));
        break;
      case "see":
        say(`sees ${seen(state)}`);
        break;
      default:
        throw new Error(`unknown step ${operation}`);
    }
  } catch (error) {
    say(`${operation}: ${codeOf(error)}`);
  }
}

function answer([, status = 0, body = "", how = ""]: Step, position: number): Response | ReturnType<typeof Flow.Break> {
  const plain = new Response(Number(status)).withHeaders([["x-by", String(position)]]);
  const response = body === "" ? plain : plain.withBody(String(body));
  return how === "break" ? Flow.Break(response) : response;
}

function seen(state: AnyState): string {
  return `x-a=${state.headers.get("x-a")} length=${state.headers.get("content-length")} body=${String(state.containsBody)}`;
}

function bodyOf(state: AnyState): string {
  return `${state.text()} body=${String(state.containsBody)}${trailersOf(state)}`;
}

function trailersOf({ trailers }: AnyState): string {
  return trailers === undefined ? "" : ` trailers ${trailers.get("x-t")}`;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function codeOf(error: unknown): string {
  return error instanceof SluiceError ? error.code : String(error);
}
