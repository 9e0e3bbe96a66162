/** The chain without sockets, on a clock that stands still: what the other engines are compared with. */
import {
  byHand,
  type TestExchange,
  type TestGateway,
  testGateway,
  type UpstreamCall,
} from "../../src/testing/index.js";
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
import { type ChainSetup, isBodiless, lengthOf, type Plan } from "./plan.js";

/** Longer than all that a policy sleeps at once. */
const pauseMilliseconds = 40;

export class HarnessEngine implements DrivenEngine {
  readonly name: string;
  readonly #gateways = new Map<string, Promise<TestGateway<"svc">>>();

  constructor(
    private readonly policy: string,
    private readonly engine: "native" | "wasm",
  ) {
    this.name = engine === "native" ? "harness" : "harness-module";
  }

  async open(plan: Plan, run: string): Promise<DrivenExchange> {
    const key = JSON.stringify(plan.setup);
    let gateway = this.#gateways.get(key);
    if (gateway === undefined) {
      gateway = this.#start(plan.setup);
      this.#gateways.set(key, gateway);
    }
    return HarnessExchange.open(await gateway, plan, run);
  }

  defects(): readonly string[] {
    return [];
  }

  async close(): Promise<void> {
    for (const gateway of this.#gateways.values()) {
      await (await gateway).close();
    }
  }

  #start({ length, partialRequests, onError }: ChainSetup): Promise<TestGateway<"svc">> {
    return testGateway({
      policies: Array.from({ length }, (_, index) => ({
        policy: this.policy,
        name: `p-${index + 1}`,
        config: { use: `use-${index + 1}`, position: index + 1, last: index + 1 === length },
        partialRequests,
        onError,
      })),
      upstream: byHand,
      upstreams: { svc: byHand },
      engine: this.engine,
    });
  }
}

class HarnessExchange implements DrivenExchange {
  readonly #calls: UpstreamCall[] = [];
  readonly #seenCalls: string[] = [];
  readonly #forwarded: UpstreamCall[] = [];
  readonly #lines: Lines;
  #exchange!: TestExchange;
  #logged: number;

  private constructor(
    private readonly gateway: TestGateway<"svc">,
    private readonly plan: Plan,
    run: string,
  ) {
    this.#lines = new Lines(run);
    this.#logged = gateway.log.length;
  }

  static async open(gateway: TestGateway<"svc">, plan: Plan, run: string): Promise<HarnessExchange> {
    const exchange = new HarnessExchange(gateway, plan, run);
    const { method, body } = plan.request;
    const length = body.kind === "length" ? [["content-length", String(lengthOf(body))] as const] : [];
    exchange.#exchange = await gateway.open("/", {
      method,
      headers: [...requestHeaders(plan, run), ...length],
      ...(body.kind === "none" || (body.kind === "length" && lengthOf(body) === 0) ? {} : { body: byHand }),
    });
    await exchange.#settle();
    return exchange;
  }

  sight(): Sight {
    const { received, over } = this.#exchange;
    const { lines, codes } = this.#lines;
    const { status, headerLines, body, trailers, ended } = received;
    return {
      client: {
        end: ended ? "complete" : !over ? "open" : status === 0 ? "none" : "broken",
        status,
        headers: headerLines,
        body,
        trailers: Object.entries(trailers),
      },
      upstream: this.#forwarded.map(({ request }) => ({
        method: request.method,
        path: request.path,
        headers: request.headerLines,
        body: request.body,
        trailers: Object.entries(request.trailers),
        complete: request.complete,
        broken: request.broken,
      })),
      calls: [...this.#seenCalls],
      lines: copyOf(lines),
      codes: copyOf(codes),
    };
  }

  possible(event: DrivenEvent): boolean {
    const [who, what = ""] = event.split(" ");
    switch (who) {
      case "client":
        return !this.#exchange.over && !this.#exchange.received.ended;
      case "upstream":
        return this.#forwarded.length > 0 && !this.#forwarded[0]!.over;
      case "gate":
        return gatesIn(this.#lines.lines).includes(what);
      default:
        return this.#calls.some(({ request, over }) => request.path === what && !over);
    }
  }

  async apply(event: DrivenEvent): Promise<void> {
    const [who, what = ""] = event.split(" ");
    switch (who) {
      case "client":
        await this.#send(what);
        break;
      case "upstream":
        await this.#reply(what);
        break;
      case "gate":
        await this.gateway.open("/", { headers: [["x-open-gate", what]] });
        break;
      default: {
        const call = this.#calls.find(({ request }) => request.path === what)!;
        this.#calls.splice(this.#calls.indexOf(call), 1);
        await call.reply(
          this.plan.calls[what] === "reset" ? { fail: "reset" } : { status: 200, body: "said", headers: [] },
        );
      }
    }
    await this.#settle();
  }

  async close(): Promise<void> {
    if (!this.#exchange.over) {
      await this.#exchange.drop();
    }
  }

  async #send(what: string): Promise<void> {
    const { kind, chunks, trailers } = this.plan.request.body;
    if (what === "end") {
      await (trailers ? this.#exchange.sendTrailers([["x-t", "request"]]) : this.#exchange.end());
    } else if (kind === "length" && Number(what) === chunks.length - 1) {
      await this.#exchange.end(chunks[Number(what)]);
    } else {
      await this.#exchange.send(chunks[Number(what)]!);
    }
  }

  async #reply(what: string): Promise<void> {
    const [call] = this.#forwarded;
    const { status, body } = this.plan.reply;
    if (what === "break") {
      await call!.reset();
    } else if (what === "head") {
      const length = body.kind === "length" ? [["content-length", String(lengthOf(body))] as const] : [];
      const none = body.kind === "none" && !isBodiless(this.plan.request.method, status);
      const headers = [...replyHeaders, ...length, ...(none ? [["content-length", "0"] as const] : [])];
      await (body.kind === "none" || (body.kind === "length" && lengthOf(body) === 0)
        ? call!.reply({ status, headers })
        : call!.head(status, headers));
    } else if (what === "end") {
      await (body.trailers ? call!.sendTrailers([["x-t", "response"]]) : call!.end());
    } else if (body.kind === "length" && Number(what) === body.chunks.length - 1) {
      await call!.end(body.chunks[Number(what)]);
    } else {
      await call!.send(body.chunks[Number(what)]!);
    }
  }

  /** Until nobody does anything any more but standing at gates. */
  async #settle(): Promise<void> {
    for (let before = -1; before !== this.#logged; ) {
      before = this.#logged;
      await this.gateway.clock.advance(pauseMilliseconds);
      for (const line of this.gateway.log.slice(this.#logged)) {
        if (!this.#lines.add(line.message)) {
          this.#lines.addCode(line.policy.slice(2), line.message);
        }
      }
      this.#logged = this.gateway.log.length;
      await this.#arrivals();
    }
  }

  async #arrivals(): Promise<void> {
    while (this.gateway.upstream.waiting > 0) {
      this.#forwarded.push(await this.gateway.upstream.next());
    }
    while (this.gateway.upstreams.svc.waiting > 0) {
      const call = await this.gateway.upstreams.svc.next();
      this.#calls.push(call);
      this.#seenCalls.push(call.request.path);
    }
  }
}

export function copyOf(lists: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, [...list]]));
}
