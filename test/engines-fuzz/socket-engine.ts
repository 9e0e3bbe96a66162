/** Engines behind a socket: one process, a route for each chain in each lane. In a lane there is one exchange at a time. */
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayConfig } from "../../src/config/types.js";
import { singleRouteConfig } from "../../src/gateway/single-route.js";
import { Backend } from "./backend.js";
import { openClient, type SocketClient } from "./clients.js";
import {
  type DrivenEngine,
  type DrivenEvent,
  type DrivenExchange,
  gatesIn,
  Lines,
  replyHeaders,
  requestHeaders,
  type Sight,
} from "./exchange.js";
import { setups } from "./generate.js";
import { copyOf } from "./harness-engine.js";
import { isBodiless, lengthOf, type Plan } from "./plan.js";
import { becomes } from "./wait.js";

/** A line of the log, and the use of the policy that wrote it. */
export type OnLine = (policy: string, message: string) => void;

export interface RunningProxy {
  port: number;
  /** What was not as it must be, so far. */
  defects(): readonly string[];
  close(): Promise<void>;
}

export interface SocketEngineOptions {
  name: string;
  /** Absolute path. */
  policy: string;
  lanes: number;
  http2: boolean;
  start(config: GatewayConfig, onLine: OnLine): Promise<RunningProxy>;
}

export class SocketEngine implements DrivenEngine {
  readonly #free: number[];
  readonly #waiting: ((lane: number) => void)[] = [];
  /** By lane. */
  readonly #lines = new Map<number, Lines>();

  private constructor(
    private readonly options: SocketEngineOptions,
    readonly upstream: Backend,
    readonly svc: Backend,
    private proxy: RunningProxy | undefined,
  ) {
    this.#free = Array.from({ length: options.lanes }, (_, lane) => lane);
  }

  static async start(options: SocketEngineOptions): Promise<SocketEngine> {
    const upstream = await Backend.start((arrival) => arrival.header("x-run") ?? "?");
    const svc = await Backend.start(({ path }) => path);
    const engine = new SocketEngine(options, upstream, svc, undefined);
    const config = configOf(options, upstream.origin, svc.origin);
    engine.proxy = await options.start(config, (policy, message) => {
      engine.#onLine(policy, message);
    });
    return engine;
  }

  get name(): string {
    return this.options.name;
  }

  get port(): number {
    return this.proxy!.port;
  }

  defects(): string[] {
    return [...this.proxy!.defects(), ...this.upstream.problems, ...this.svc.problems];
  }

  async open(plan: Plan, run: string): Promise<DrivenExchange> {
    const lane = await this.#takeLane();
    const lines = new Lines(run);
    this.#lines.set(lane, lines);
    const host = hostOf(lane, setups.indexOf(setups.find((each) => same(each, plan.setup))!));
    const protocol = this.options.http2 ? plan.protocol : "HTTP/1.1";
    const { method, body } = plan.request;
    const client = await openClient(protocol, this.port, host, {
      method,
      headers: requestHeaders(plan, run),
      framing: body.kind === "length" ? { length: lengthOf(body) } : body.kind,
    });
    return new SocketExchange(this, { plan, run, host, lines, client }, () => {
      this.#giveLane(lane);
    });
  }

  async close(): Promise<void> {
    await this.proxy?.close();
    await Promise.all([this.upstream.close(), this.svc.close()]);
  }

  #takeLane(): Promise<number> {
    const lane = this.#free.shift();
    return lane === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(lane);
  }

  #giveLane(lane: number): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free.push(lane);
    } else {
      next(lane);
    }
  }

  #onLine(policy: string, message: string): void {
    const [, lane, position] = /^l(\d+)-s\d+-p(\d+)$/.exec(policy) ?? [];
    const lines = this.#lines.get(Number(lane));
    if (lines?.add(message) === false) {
      lines.addCode(position ?? "?", message);
    }
  }
}

function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function hostOf(lane: number, setup: number): string {
  return `l${lane}-s${setup}.test`;
}

function configOf({ policy, lanes }: SocketEngineOptions, upstream: string, svc: string): GatewayConfig {
  const config = singleRouteConfig({
    upstream,
    upstreams: { svc },
    requestTrailers: "pass",
    limits: { callbackMilliseconds: 5_000 },
    timeouts: { drainMilliseconds: 0 },
  });
  const [route] = config.routes;
  return {
    ...config,
    routes: Array.from({ length: lanes }, (_, lane) => lane).flatMap((lane) =>
      setups.map(({ length, partialRequests, onError }, index) => ({
        ...route!,
        name: `l${lane}-s${index}`,
        match: { host: hostOf(lane, index) },
        policies: Array.from({ length }, (_, place) => ({
          file: policy,
          name: `l${lane}-s${index}-p${place + 1}`,
          config: { use: `l${lane}-s${index}-p${place + 1}`, position: place + 1, last: place + 1 === length },
          partialRequests,
          onError,
        })),
      })),
    ),
  };
}

interface SocketExchangeParts {
  plan: Plan;
  run: string;
  host: string;
  lines: Lines;
  client: SocketClient;
}

class SocketExchange implements DrivenExchange {
  readonly #answered = new Set<string>();
  /** The upstream has answered to the end. */
  #served = false;

  constructor(
    private readonly engine: SocketEngine,
    private readonly parts: SocketExchangeParts,
    private readonly onClose: () => void,
  ) {}

  sight(): Sight {
    const { run, lines, client, plan } = this.parts;
    return {
      client: client.sight,
      upstream: this.engine.upstream.of(run).map(({ sight }) => sight),
      calls: Object.keys(plan.calls).filter((path) => this.engine.svc.of(path).length > 0),
      lines: copyOf(lines.lines),
      codes: copyOf(lines.codes),
    };
  }

  possible(event: DrivenEvent): boolean {
    const [who, what = ""] = event.split(" ");
    switch (who) {
      case "client":
        return this.parts.client.sight.end === "open";
      case "upstream": {
        const [arrival] = this.engine.upstream.of(this.parts.run);
        return arrival !== undefined && !arrival.socket.destroyed;
      }
      case "gate":
        return gatesIn(this.parts.lines.lines).includes(what);
      default:
        return !this.#answered.has(what) && this.engine.svc.of(what).some(({ complete }) => complete);
    }
  }

  async apply(event: DrivenEvent): Promise<void> {
    const [who, what = ""] = event.split(" ");
    switch (who) {
      case "client":
        this.#send(what);
        await this.parts.client.arrived();
        break;
      case "upstream":
        this.#reply(what);
        break;
      case "gate": {
        const opener = await openClient("HTTP/1.1", this.engine.port, this.parts.host, {
          method: "GET",
          headers: [["x-open-gate", what]],
          framing: "none",
        });
        await becomes(() => opener.sight.end !== "open", 5_000);
        opener.close();
        break;
      }
      default: {
        this.#answered.add(what);
        const { socket } = this.engine.svc.of(what).at(-1)!;
        if (this.parts.plan.calls[what] === "reset") {
          socket.resetAndDestroy();
        } else {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsaid");
        }
      }
    }
  }

  async close(): Promise<void> {
    const { client, run, plan } = this.parts;
    client.close();
    for (const { socket, complete } of this.engine.upstream.of(run)) {
      // What was served to its end may serve others by now.
      if (!complete || !this.#served) {
        socket.destroy();
      }
    }
    this.engine.upstream.arrivals.delete(run);
    for (const path of Object.keys(plan.calls)) {
      this.engine.svc.arrivals.delete(path);
    }
    // What ends now is still told of in this lane.
    await delay(client.sight.end === "complete" ? 0 : 50);
    this.onClose();
  }

  #send(what: string): void {
    const { client, plan } = this.parts;
    const { chunks, trailers, kind } = plan.request.body;
    if (what === "end") {
      client.end(trailers);
    } else {
      client.send(chunks[Number(what)]!, kind === "length" && Number(what) === chunks.length - 1);
    }
  }

  #reply(what: string): void {
    const { plan, run } = this.parts;
    const { socket } = this.engine.upstream.of(run)[0]!;
    const { status, body } = plan.reply;
    if (what === "break") {
      socket.resetAndDestroy();
    } else if (what === "head") {
      const bodiless = isBodiless(plan.request.method, status);
      const framing =
        body.kind === "chunked"
          ? ["transfer-encoding: chunked"]
          : body.kind === "length"
            ? [`content-length: ${lengthOf(body)}`]
            : bodiless
              ? []
              : ["content-length: 0"];
      const headers = replyHeaders.map(([name, value]) => `${name}: ${value}`);
      socket.write([`HTTP/1.1 ${status} Scripted`, ...headers, ...framing, "", ""].join("\r\n"));
      this.#served = bodiless || body.kind === "none" || (body.kind === "length" && lengthOf(body) === 0);
    } else if (what === "end") {
      socket.write(`0\r\n${body.trailers ? "x-t: response\r\n" : ""}\r\n`);
      this.#served = true;
    } else {
      const chunk = body.chunks[Number(what)]!;
      socket.write(body.kind === "chunked" ? `${chunk.length.toString(16)}\r\n${chunk}\r\n` : chunk);
      this.#served = body.kind === "length" && Number(what) === body.chunks.length - 1;
    }
  }
}
