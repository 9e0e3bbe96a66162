/**
 * Envoy's rules for a guest, checked while it runs on the in-process chain: what the chain forgives (a head read after it
 * has left, a body touched at the wrong time, an answer to another exchange than the one whose event runs) is noted as a
 * violation here, because it loses answers, hangs streams or crashes there.
 *
 * It also drains promise jobs as a module does: inside an event, and before the event has ended.
 */
import { compileFunction, createContext, runInContext } from "node:vm";
import {
  BufferType,
  DataStatus,
  HeadersStatus,
  MapType,
  Status,
  StreamType,
  TrailersStatus,
} from "../../src/abi/constants.js";
import type { GuestEvents, Hostcalls, PolicyBundle } from "../../src/abi/port.js";

type Half = "request" | "response";
type Part = "head" | "body" | "trailers";

interface HalfState {
  head: "none" | "here" | "gone";
  /** The last answer to a body event; undefined when nothing is kept back. */
  kept: DataStatus | undefined;
  stopped: boolean;
}

interface Stream {
  request: HalfState;
  response: HalfState;
  answers: number;
  ended: boolean;
}

/** The event that is running. */
interface Running {
  contextId: number;
  half?: Half;
  part?: Part;
  resumed: boolean;
}

const newHalf = (): HalfState => ({ head: "none", kept: undefined, stopped: false });

export interface OwnJobs {
  bundle: PolicyBundle;
  drain: () => void;
  /**
   * Calls a function of the bundle, then the promise jobs. What runs longer than the limit is ended as an engine does it,
   * and nothing can catch that; then false.
   */
  withinLimit: (call: () => void) => boolean;
}

/** Loads a bundle whose promise jobs run when `drain` is called, and at no other time. */
export function evaluateWithOwnJobs(code: string, filename: string): OwnJobs {
  const context = createContext(
    // Bytes and errors cross the border: they have to be the host's own types.
    {
      Uint8Array,
      ArrayBuffer,
      TextEncoder,
      TextDecoder,
      DOMException,
      performance,
      Error,
      __test: globalThis.__test,
    },
    { microtaskMode: "afterEvaluate" },
  );
  const drain = (): void => {
    runInContext("0", context);
  };
  const module: { exports: Partial<PolicyBundle> } = { exports: {} };
  const run = compileFunction(code, ["module", "exports"], { filename, parsingContext: context }) as (
    m: unknown,
    e: unknown,
  ) => void;
  run(module, module.exports);
  drain();
  const withinLimit = (call: () => void): boolean => {
    (context as { __call?: unknown })["__call"] = call;
    try {
      runInContext("__call()", context, { timeout: 400 });
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") {
        return false;
      }
      throw error;
    }
  };
  return { bundle: module.exports as PolicyBundle, drain, withinLimit };
}

/** Wraps a bundle; what its guest does wrong is added to `violations`. */
export function strictly(
  { bundle, drain }: Pick<OwnJobs, "bundle" | "drain">,
  name: string,
  violations: string[],
): PolicyBundle {
  return {
    checkConfig: bundle.checkConfig,
    createGuest: (host, services) => {
      const rules = new Rules(host, drain, (text) => violations.push(`${name}: ${text}`));
      return rules.wrap(bundle.createGuest(rules.hostcalls(), { ...services, runMicrotasks: drain }));
    },
  };
}

class Rules {
  readonly #host: Hostcalls;
  readonly #drain: () => void;
  readonly #note: (text: string) => void;
  readonly #streams = new Map<number, Stream>();
  #running: Running | undefined;
  #effective: number | undefined;

  constructor(host: Hostcalls, drain: () => void, note: (text: string) => void) {
    this.#host = host;
    this.#drain = drain;
    this.#note = note;
  }

  hostcalls(): Hostcalls {
    const host = this.#host;
    const rules: Partial<Hostcalls> = {
      setEffectiveContext: (id) => {
        this.#effective = id;
        return host.setEffectiveContext(id);
      },
      getHeaderMapPairs: (map) => (this.#canRead(map) ? host.getHeaderMapPairs(map) : []),
      getHeaderMapValue: (map, header) => (this.#canRead(map) ? host.getHeaderMapValue(map, header) : undefined),
      setHeaderMapPairs: (map, list) => this.#edit(map, "set pairs", () => host.setHeaderMapPairs(map, list)),
      replaceHeaderMapValue: (map, header, value) =>
        this.#edit(map, `replace ${header}`, () => host.replaceHeaderMapValue(map, header, value)),
      addHeaderMapValue: (map, header, value) =>
        this.#edit(map, `add ${header}`, () => host.addHeaderMapValue(map, header, value)),
      removeHeaderMapValue: (map, header) => {
        if (header.startsWith(":")) {
          this.#note(`removes ${header}`);
        }
        return this.#edit(map, `remove ${header}`, () => host.removeHeaderMapValue(map, header));
      },
      getBufferBytes: (buffer, start, length) => {
        this.#checkBody(buffer, "reads");
        return host.getBufferBytes(buffer, start, length);
      },
      setBufferBytes: (buffer, start, length, bytes) => {
        this.#checkBody(buffer, "sets");
        const status = host.setBufferBytes(buffer, start, length, bytes);
        if (status !== Status.Ok) {
          this.#note(`setBufferBytes(${buffer}, ${start}, ${length}) gave ${status}`);
        }
        return status;
      },
      continueStream: (direction) => {
        const half: Half = direction === StreamType.Request ? "request" : "response";
        const state = this.#acting(`continues the ${half}`)?.[half];
        if (state !== undefined) {
          if (this.#running?.half === half) {
            this.#running.resumed = true;
          } else if (!state.stopped) {
            this.#note(`continues a ${half} that is not stopped`);
          } else {
            Object.assign(state, { head: "gone", kept: undefined, stopped: false });
          }
        }
        return host.continueStream(direction);
      },
      closeStream: (direction) => {
        this.#acting("closes");
        return host.closeStream(direction);
      },
      sendLocalResponse: (status, details, body, headers, grpc) => {
        const stream = this.#acting(`answers ${status}`);
        if (stream !== undefined && ++stream.answers > 1) {
          this.#note("answers twice");
        }
        if (stream?.response.head === "gone") {
          this.#note("answers after the response's head has left");
        }
        const result = host.sendLocalResponse(status, details, body, headers, grpc);
        if (result !== Status.Ok) {
          this.#note(`sendLocalResponse(${status}) gave ${result}`);
        }
        return result;
      },
    };
    return new Proxy(host, {
      // What only engines have is not there.
      get: (target, key) =>
        rules[key as keyof Hostcalls] ?? (target as Partial<Hostcalls>)[key as keyof Hostcalls]?.bind(target),
    });
  }

  wrap(guest: GuestEvents): GuestEvents {
    const plain =
      <Args extends [number, ...unknown[]], Result>(event: (...args: Args) => Result) =>
      (...args: Args): Result =>
        this.#run({ contextId: args[0], resumed: false }, () => event(...args));
    const head =
      (half: Half, event: (id: number, count: number, end: boolean) => HeadersStatus) =>
      (id: number, count: number, end: boolean): HeadersStatus => {
        const state = this.#half(id, half);
        state.head = "here";
        const running: Running = { contextId: id, half, part: "head", resumed: false };
        const status = this.#run(running, () => event(id, count, end));
        if (status !== HeadersStatus.Continue && status !== HeadersStatus.StopIteration) {
          this.#note(`answers a head with ${status}`);
        }
        state.stopped = status !== HeadersStatus.Continue && !running.resumed;
        if (!state.stopped) {
          state.head = "gone";
        }
        return status;
      };
    const body =
      (half: Half, event: (id: number, size: number, end: boolean) => DataStatus) =>
      (id: number, size: number, end: boolean): DataStatus => {
        const state = this.#half(id, half);
        const before = state.kept;
        const running: Running = { contextId: id, half, part: "body", resumed: false };
        const status = this.#run(running, () => event(id, size, end));
        if (status === DataStatus.Continue || running.resumed) {
          Object.assign(state, { head: "gone", kept: undefined, stopped: false });
        } else {
          if (status === DataStatus.StopIterationAndWatermark && before === DataStatus.StopIterationAndBuffer) {
            this.#note(`answers a ${half}'s body 2 after 1, which Envoy takes for an overflow`);
          }
          state.kept = status;
          state.stopped = true;
        }
        return status;
      };
    const trailers =
      (half: Half, event: (id: number, count: number) => TrailersStatus) =>
      (id: number, count: number): TrailersStatus => {
        const state = this.#half(id, half);
        const running: Running = { contextId: id, half, part: "trailers", resumed: false };
        const status = this.#run(running, () => event(id, count));
        if (status === TrailersStatus.Continue || running.resumed) {
          Object.assign(state, { head: "gone", kept: undefined, stopped: false });
        } else {
          state.stopped = true;
        }
        return status;
      };
    return {
      onContextCreate: (id, parent) => {
        if (parent !== 0) {
          this.#streams.set(id, { request: newHalf(), response: newHalf(), answers: 0, ended: false });
        }
        this.#run({ contextId: id, resumed: false }, () => {
          guest.onContextCreate(id, parent);
        });
      },
      onVmStart: plain(guest.onVmStart.bind(guest)),
      onConfigure: plain(guest.onConfigure.bind(guest)),
      onTick: plain(guest.onTick.bind(guest)),
      onHttpCallResponse: plain(guest.onHttpCallResponse.bind(guest)),
      onRequestHeaders: head("request", guest.onRequestHeaders.bind(guest)),
      onRequestBody: body("request", guest.onRequestBody.bind(guest)),
      onRequestTrailers: trailers("request", guest.onRequestTrailers.bind(guest)),
      onResponseHeaders: head("response", guest.onResponseHeaders.bind(guest)),
      ...(guest.onResponseBody && { onResponseBody: body("response", guest.onResponseBody.bind(guest)) }),
      ...(guest.onResponseTrailers && {
        onResponseTrailers: trailers("response", guest.onResponseTrailers.bind(guest)),
      }),
      onLog: (id) => {
        const stream = this.#streams.get(id);
        if (stream !== undefined) {
          stream.ended = true;
        }
        this.#run({ contextId: id, resumed: false }, () => {
          guest.onLog?.(id);
        });
      },
      onDone: plain(guest.onDone.bind(guest)),
      onDelete: (id) => {
        this.#run({ contextId: id, resumed: false }, () => {
          guest.onDelete?.(id);
        });
        this.#streams.delete(id);
      },
    };
  }

  #run<T>(running: Running, event: () => T): T {
    if (this.#running !== undefined) {
      this.#note("an event inside an event");
    }
    this.#running = running;
    this.#effective = running.contextId;
    try {
      const result = event();
      this.#drain();
      return result;
    } finally {
      this.#running = undefined;
      this.#effective = undefined;
    }
  }

  #half(id: number, half: Half): HalfState {
    return this.#streams.get(id)?.[half] ?? newHalf();
  }

  #stream(): Stream | undefined {
    return this.#effective === undefined ? undefined : this.#streams.get(this.#effective);
  }

  /** The stream that an answer, an end or a resumption is for. */
  #acting(what: string): Stream | undefined {
    const stream = this.#stream();
    const running = this.#running;
    if (stream === undefined) {
      this.#note(`${what}: the effective context is no stream`);
    } else if (stream.ended) {
      this.#note(`${what} an exchange that is over`);
    }
    if (running !== undefined && this.#streams.has(running.contextId) && running.contextId !== this.#effective) {
      this.#note(`${what} in the event of another exchange`);
    }
    return stream;
  }

  #canRead(map: MapType): boolean {
    const half = halfOf(map);
    if (half === undefined) {
      return true;
    }
    const stream = this.#stream();
    if (stream === undefined) {
      this.#note("reads headers of no stream");
      return false;
    }
    if (stream.ended) {
      return true;
    }
    if (map === MapType.RequestTrailers || map === MapType.ResponseTrailers) {
      return this.#running?.half === half && this.#running.part === "trailers";
    }
    return stream[half].head === "here";
  }

  #edit(map: MapType, what: string, edit: () => Status): Status {
    const half = halfOf(map);
    if (half !== undefined && this.#stream()?.[half].head !== "here") {
      this.#note(`${what}: the ${half}'s head is not here`);
    }
    const status = edit();
    if (status !== Status.Ok) {
      this.#note(`${what} gave ${status}`);
    }
    return status;
  }

  #checkBody(buffer: BufferType, what: string): void {
    const half =
      buffer === BufferType.HttpRequestBody
        ? "request"
        : buffer === BufferType.HttpResponseBody
          ? "response"
          : undefined;
    if (half === undefined) {
      return;
    }
    const running = this.#running;
    if (running?.contextId === this.#effective && running?.half === half && running.part === "body") {
      return;
    }
    if (this.#stream()?.[half].kept !== DataStatus.StopIterationAndBuffer) {
      this.#note(`${what} a ${half}'s body that the host keeps for itself`);
    }
  }
}

function halfOf(map: MapType): Half | undefined {
  if (map === MapType.RequestHeaders || map === MapType.RequestTrailers) {
    return "request";
  }
  return map === MapType.ResponseHeaders || map === MapType.ResponseTrailers ? "response" : undefined;
}
