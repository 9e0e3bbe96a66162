import { BufferType, DataStatus, HeadersStatus, type MapType, TrailersStatus } from "../../src/abi/constants.js";
import type { GuestEvents, HeaderList, Hostcalls } from "../../src/abi/port.js";
import { type Chain, createChain } from "../../src/host/chain/chain.js";
import {
  defaultLimits,
  type Exchange,
  type ExchangeEnd,
  type ExchangeFacts,
  type ExchangeLimits,
} from "../../src/host/exchange.js";
import { startNativePolicy } from "../../src/host/native/native-policy.js";
import type { RunningPolicy } from "../../src/host/policy-runtime.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { FakeDownstream } from "./fake-downstream.js";
import { type FakeForward, FakeUpstreams } from "./fake-upstreams.js";

/** What a hand-written guest does; what it leaves out lets everything pass. `id` of the last stream is `guest.id`. */
export type GuestScript = Partial<GuestEvents>;

export interface ScriptTools {
  host: Hostcalls;
  /** Events of all guests in the order they came: `a.onRequestHeaders`. */
  events: string[];
  /** The last stream's context id. */
  id: number;
  requestBody(): string | undefined;
  responseBody(): string | undefined;
  header(map: MapType, name: string): string | undefined;
}

/** A policy by name and script. */
export interface TestPolicy {
  name: string;
  script: (tools: ScriptTools) => GuestScript;
}

/** A policy that the test starts itself, on the harness's clock and upstreams. */
export type StartedPolicy = (world: { clock: VirtualClock; upstreams: FakeUpstreams }) => RunningPolicy;

export function policy(name: string, script: (tools: ScriptTools) => GuestScript = () => ({})): TestPolicy {
  return { name, script };
}

export const testFacts: ExchangeFacts = {
  requestId: "req-1",
  routeName: "route-1",
  protocol: "HTTP/1.1",
  clientAddress: "192.0.2.7:4711",
  localAddress: "192.0.2.1:8080",
};

/** A chain of scripted policies between a fake client and fake upstreams. */
export class ChainHarness {
  /** Whether exchanges that are opened from now on end with their detail. */
  wantsDetail = false;
  readonly clock = new VirtualClock();
  readonly upstreams = new FakeUpstreams(["backend", "auth"]);
  readonly events: string[] = [];
  readonly failures: unknown[] = [];
  readonly partialRequests: string[] = [];
  readonly upstreamFailures: string[] = [];
  readonly holdTimeouts: string[] = [];
  readonly hostFailures: unknown[] = [];
  readonly policies: RunningPolicy[];
  readonly tools: ScriptTools[] = [];
  readonly chain: Chain;

  constructor(...policies: (TestPolicy | StartedPolicy)[]) {
    this.policies = policies.map((entry) => (typeof entry === "function" ? entry(this) : this.#start(entry)));
    this.chain = createChain(this.policies, {
      clock: this.clock,
      upstreams: this.upstreams,
      reports: {
        onPolicyFailure: (_policy, _facts, error) => this.failures.push(error),
        onPartialRequest: (name) => this.partialRequests.push(name),
        onHoldTimeout: (name, _facts, milliseconds) => this.holdTimeouts.push(`${name}:${milliseconds}`),
        onUpstreamFailure: (upstream, _facts, failure) => this.upstreamFailures.push(`${upstream}:${failure}`),
        onHostFailure: (_facts, error) => this.hostFailures.push(error),
      },
    });
  }

  /** The tools of the policy at this position, to make hostcalls outside events. */
  tool(position: number): ScriptTools {
    return this.tools[position] as ScriptTools;
  }

  get(headers: HeaderList = []): TestExchange {
    return this.open(["GET", headers, true]);
  }

  post(headers: HeaderList = []): TestExchange {
    return this.open(["POST", headers, false]);
  }

  open(
    [method, headers, endOfStream]: [string, HeaderList, boolean],
    limits: Partial<ExchangeLimits> = {},
  ): TestExchange {
    const downstream = new FakeDownstream();
    const ends: ExchangeEnd[] = [];
    const exchange = this.chain.open({
      head: {
        headers: [":method", method, ":scheme", "http", ":authority", "example.com", ":path", "/a?b=1", ...headers],
        endOfStream,
      },
      facts: testFacts,
      limits: { ...defaultLimits, ...limits },
      upstream: "backend",
      downstream,
      wantsDetail: this.wantsDetail,
      onEnd: (end) => ends.push(end),
    });
    return new TestExchange(exchange, downstream, ends, this.upstreams);
  }

  #start({ name, script }: TestPolicy): RunningPolicy {
    return startNativePolicy(
      {
        createGuest: (host) => {
          const tools = scriptTools(host, this.events);
          this.tools.push(tools);
          return scriptedGuest(name, tools, script(tools));
        },
        checkConfig: () => [],
      },
      {
        name,
        filename: `${name}.js`,
        pluginConfiguration: {},
        clock: this.clock,
        upstreams: this.upstreams,
        onLog: () => undefined,
      },
    );
  }
}

export class TestExchange {
  constructor(
    private readonly exchange: Exchange,
    readonly downstream: FakeDownstream,
    readonly ends: ExchangeEnd[],
    private readonly upstreams: FakeUpstreams,
  ) {}

  /** The forwarded request; throws where there is none. */
  get forward(): FakeForward {
    const forward = this.upstreams.forwards.at(-1);
    if (forward === undefined) {
      throw new Error("nothing was forwarded");
    }
    return forward;
  }

  get end(): ExchangeEnd | undefined {
    return this.ends[0];
  }

  send(text: string, endOfStream = false): void {
    this.exchange.onRequestData(Buffer.from(text, "latin1"), endOfStream);
  }

  sendTrailers(trailers: HeaderList): void {
    this.exchange.onRequestTrailers(trailers);
  }

  drain(): void {
    this.downstream.full = false;
    this.exchange.onDownstreamDrain();
  }

  vanish(): void {
    this.exchange.onDownstreamReset();
  }

  abort(status: number, details: string): void {
    this.exchange.abort(status, details);
  }
}

/** Waits until what was asked for outside an event has been done. */
export async function settled(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

function scriptTools(host: Hostcalls, events: string[]): ScriptTools {
  const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("latin1");
  return {
    host,
    events,
    id: 0,
    requestBody: () => text(host.getBufferBytes(BufferType.HttpRequestBody, 0, 1e9)),
    responseBody: () => text(host.getBufferBytes(BufferType.HttpResponseBody, 0, 1e9)),
    header: (map, name) => host.getHeaderMapValue(map, name),
  };
}

function scriptedGuest(name: string, tools: ScriptTools, script: GuestScript): GuestEvents {
  const note = (event: string): void => {
    tools.events.push(`${name}.${event}`);
  };
  return {
    onContextCreate: (id, parent) => {
      if (parent !== 0) {
        tools.id = id;
        note("create");
      }
      script.onContextCreate?.(id, parent);
    },
    onVmStart: (...args) => script.onVmStart?.(...args) ?? true,
    onConfigure: (...args) => script.onConfigure?.(...args) ?? true,
    onTick: (root) => script.onTick?.(root),
    onRequestHeaders: (id, count, end) => {
      note(`requestHeaders${end ? " end" : ""}`);
      return script.onRequestHeaders?.(id, count, end) ?? HeadersStatus.Continue;
    },
    onRequestBody: (id, size, end) => {
      note(`requestBody ${size}${end ? " end" : ""}`);
      return script.onRequestBody?.(id, size, end) ?? DataStatus.Continue;
    },
    onRequestTrailers: (id, count) => {
      note("requestTrailers");
      return script.onRequestTrailers?.(id, count) ?? TrailersStatus.Continue;
    },
    onResponseHeaders: (id, count, end) => {
      note(`responseHeaders${end ? " end" : ""}`);
      return script.onResponseHeaders?.(id, count, end) ?? HeadersStatus.Continue;
    },
    onResponseBody: (id, size, end) => {
      note(`responseBody ${size}${end ? " end" : ""}`);
      return script.onResponseBody?.(id, size, end) ?? DataStatus.Continue;
    },
    onResponseTrailers: (id, count) => {
      note("responseTrailers");
      return script.onResponseTrailers?.(id, count) ?? TrailersStatus.Continue;
    },
    onHttpCallResponse: (...args) => script.onHttpCallResponse?.(...args),
    onLog: (id) => {
      note("log");
      script.onLog?.(id);
    },
    onDone: (id) => {
      note("done");
      return script.onDone?.(id) ?? true;
    },
    onDelete: (id) => {
      note("delete");
      script.onDelete?.(id);
    },
  };
}
