/** Policies from source text, on the real chain, between a fake client and fake upstreams, on a clock that stands still. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { LogLevel } from "../../src/abi/constants.js";
import type { HeaderList, PolicyBundle } from "../../src/abi/port.js";
import { bundlePolicy } from "../../src/compiler/bundle.js";
import { type Chain, createChain } from "../../src/host/chain/chain.js";
import { defaultLimits, type ExchangeEnd, type ExchangeFacts, type ExchangeLimits } from "../../src/host/exchange.js";
import type { LogRecord } from "../../src/host/log-record.js";
import { evaluateBundle } from "../../src/host/native/evaluate-bundle.js";
import { startNativePolicy } from "../../src/host/native/native-policy.js";
import type { RunningPolicy } from "../../src/host/policy-runtime.js";
import { SharedServices } from "../../src/host/shared/shared-services.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";
import { TestExchange, testFacts } from "./chain-harness.js";
import { FakeDownstream } from "./fake-downstream.js";
import { FakeUpstreams } from "./fake-upstreams.js";
import { cuttingOff, type Observations, observed } from "./observed-guest.js";
import { severalPolicies } from "./several-policies.js";
import { evaluateWithOwnJobs, strictly } from "./strict-host.js";

declare global {
  /** Where policies under test leave what they saw. */
  var __test: { notes: unknown[] };
}

/** Promise jobs run between events, as in Node; or inside them and under Envoy's rules, as in a module. */
export const engines = ["native", "strict"] as const;
/** `limited`: as `strict`, and code that runs too long is cut off. */
export type Engine = (typeof engines)[number] | "limited";

export interface InProcessOptions {
  engine?: Engine;
  name?: string;
  /** The policy's configuration. */
  config?: unknown;
  partialRequests?: "prevent" | "allow";
  onError?: "deny" | "allow";
  bodyBytes?: number;
  logLevel?: LogLevel;
  /** Replaces the whole plugin configuration. */
  pluginConfiguration?: object;
}

/**
 * The parts of a policy in TypeScript: what stands between the braces of `definePolicy({ … })`, with everything of
 * "sluice" and of the services imported. `note(value)` adds to `notes`, `codeOf(() => …)` gives the code of the error that a call throws.
 */
export type PolicyParts = string;

const preamble =
  'import { definePolicy, Flow, Response, SluiceError, byteStringToUtf8, utf8ToByteString } from "sluice"; ' +
  'import { UpstreamError, upstream } from "sluice/upstream"; ' +
  'import { counter, gauge, histogram } from "sluice/metrics"; ' +
  'import { clearAuthentication, getAuthentication, setAuthentication } from "sluice/authentication"; ' +
  'import { reportedViolation, reportViolation } from "sluice/violations"; ' +
  'import { exchangePort, instancePort, sharedData } from "sluice/service"; ' +
  "const note = (value: unknown) => { (globalThis as any).__test.notes.push(value); }; " +
  'const codeOf = async (call: () => unknown) => { try { await call(); return "none"; } catch (error: any) { return error.code ?? String(error); } }; ' +
  'const messageOf = async (call: () => unknown) => { try { await call(); return "none"; } catch (error: any) { return `${error.code}: ${error.message}`; } };';

/** What has been bundled in this process, by its source. */
const bundles = new Map<string, string>();

/** Starts a chain of one policy. */
export function inProcess(parts: PolicyParts, options: InProcessOptions = {}): Promise<InProcess> {
  return inProcessChain([{ parts, ...options }], options.engine);
}

/** Starts a chain of policies. `top` is code before `definePolicy`. */
export async function inProcessChain(
  policies: readonly (InProcessOptions & { parts: PolicyParts; top?: string })[],
  engine: Engine = "native",
): Promise<InProcess> {
  globalThis.__test = { notes: [] };
  const folder = await mkdtemp(join(tmpdir(), "sluice-in-process-"));
  const kit = new InProcess(engine);
  try {
    for (const [index, { parts, top = "", ...options }] of policies.entries()) {
      const source = `${preamble} ${top}\nexport default definePolicy({ ${parts} });\n`;
      let code = bundles.get(source);
      if (code === undefined) {
        const file = join(folder, `policy${index}.ts`);
        await writeFile(file, source);
        code = (await bundlePolicy(file)).code;
        bundles.set(source, code);
      }
      kit.add(code, { name: `p${index}`, ...options });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  kit.start();
  onTestFinished(() => {
    kit.finish();
  });
  return kit;
}

/** The same where all policies are in one guest, and the chain is one filter. */
export async function inOneGuest(
  policies: readonly (InProcessOptions & { parts: PolicyParts })[],
  engine: Engine = "native",
): Promise<InProcess> {
  globalThis.__test = { notes: [] };
  const folder = await mkdtemp(join(tmpdir(), "sluice-in-process-"));
  const kit = new InProcess(engine);
  try {
    const members = policies.map(({ parts }, index) => ({
      file: join(folder, `policy${index}.ts`),
      name: `policy${index}`,
      source: `${preamble}\nexport default definePolicy({ ${parts} });\n`,
    }));
    for (const { file, source } of members) {
      await writeFile(file, source);
    }
    const uses = policies.map(
      ({ config = {}, name, partialRequests, onError, bodyBytes, pluginConfiguration }, index) => ({
        policy: `policy${index}`,
        config,
        sluice: {
          name: name ?? `p${index}`,
          partialRequests,
          onError,
          limits: bodyBytes === undefined ? {} : { bodyBytes },
          ...pluginConfiguration,
        },
      }),
    );
    kit.add((await severalPolicies(members)).code, {
      name: "chain",
      pluginConfiguration: { sluice: { uses, buffers: "own" } },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
  kit.start();
  onTestFinished(() => {
    kit.finish();
  });
  return kit;
}

function bundleName(policy: string): string {
  return `${policy}.js`;
}

export class InProcess {
  readonly clock = new VirtualClock();
  readonly upstreams = new FakeUpstreams(["backend", "auth", "http|auth.internal|8080"]);
  /** What the policies share, as those of a gateway do. */
  readonly shared = new SharedServices();
  readonly logs: (LogRecord & { level: LogLevel })[] = [];
  readonly lines: string[] = [];
  readonly partialRequests: string[] = [];
  readonly upstreamFailures: string[] = [];
  /** What the guest did that Envoy does not take. */
  readonly violations: string[] = [];
  /** What the guests asked of the engine. */
  readonly asked: Observations = { kept: [], forgotten: [], limits: [], answers: [], codeOf: 0 };
  /** The facts of the exchanges that are opened from now on. */
  facts: ExchangeFacts = testFacts;
  readonly #hostFailures: unknown[] = [];
  readonly #policies: RunningPolicy[] = [];
  readonly #engine: Engine;
  #chain: Chain | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What the policies noted. */
  get notes(): unknown[] {
    return globalThis.__test.notes;
  }

  get chain(): Chain {
    return this.#chain as Chain;
  }

  get policies(): readonly RunningPolicy[] {
    return this.#policies;
  }

  add(code: string, options: InProcessOptions & { name: string }): void {
    const { name, config = {}, partialRequests = "prevent", onError = "deny", bodyBytes } = options;
    const bundle = this.#load(code, name);
    const limits = bodyBytes === undefined ? {} : { bodyBytes };
    this.#policies.push(
      startNativePolicy(bundle, {
        name,
        filename: bundleName(name),
        pluginConfiguration: options.pluginConfiguration ?? {
          config,
          // The chain gives each filter its own buffer.
          sluice: { name, partialRequests, onError, limits, buffers: "own" },
        },
        clock: this.clock,
        upstreams: this.upstreams,
        shared: this.shared,
        logLevel: options.logLevel ?? LogLevel.Trace,
        ...(bodyBytes === undefined ? {} : { callBodyBytes: bodyBytes }),
        onLog: (level, record) => {
          this.logs.push({ level, ...record });
          this.lines.push(JSON.stringify(record));
        },
      }),
    );
  }

  #load(code: string, name: string): PolicyBundle {
    const filename = bundleName(name);
    if (this.#engine === "native") {
      return observed(evaluateBundle(code, filename, { globals: { __test: globalThis.__test } }), this.asked);
    }
    const own = evaluateWithOwnJobs(code, filename);
    const bundle = observed(own.bundle, this.asked);
    return strictly(
      { bundle: this.#engine === "limited" ? cuttingOff(bundle, own, this.asked) : bundle, drain: own.drain },
      name,
      this.violations,
    );
  }

  start(): void {
    this.#chain = createChain(this.#policies, {
      clock: this.clock,
      upstreams: this.upstreams,
      reports: {
        onPolicyFailure: (_policy, _facts, error) => this.#hostFailures.push(error),
        onPartialRequest: (name) => this.partialRequests.push(name),
        onUpstreamFailure: (upstream, _facts, failure) => this.upstreamFailures.push(`${upstream}:${failure}`),
        onHostFailure: (_facts, error) => this.#hostFailures.push(error),
      },
    });
  }

  finish(): void {
    for (const policy of this.#policies) {
      void policy.close();
    }
    expect(this.violations).toEqual([]);
    expect(this.#hostFailures).toEqual([]);
  }

  /** A request without a body. */
  get(headers: HeaderList = [], method = "GET"): InProcessExchange {
    return this.#open(method, headers, true);
  }

  /** A request whose body is still to come. */
  post(headers: HeaderList = [], limits: Partial<ExchangeLimits> = {}): InProcessExchange {
    return this.#open("POST", headers, false, limits);
  }

  /** Lets everything that can happen at this time happen. */
  async settle(): Promise<void> {
    // A macrotask: all promise jobs have run before it.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  /** Moves the clock on. */
  async advance(milliseconds: number): Promise<void> {
    await this.settle();
    this.clock.advance(milliseconds);
    await this.settle();
  }

  #open(
    method: string,
    headers: HeaderList,
    endOfStream: boolean,
    limits: Partial<ExchangeLimits> = {},
  ): InProcessExchange {
    const downstream = new FakeDownstream();
    const ends: ExchangeEnd[] = [];
    const before = this.upstreams.forwards.length;
    const exchange = this.chain.open({
      head: {
        headers: [":method", method, ":scheme", "http", ":authority", "example.com", ":path", "/a?b=1", ...headers],
        endOfStream,
      },
      facts: this.facts,
      limits: { ...defaultLimits, ...limits },
      upstream: "backend",
      downstream,
      onEnd: (end) => ends.push(end),
    });
    return new InProcessExchange(this, before, new TestExchange(exchange, downstream, ends, this.upstreams));
  }
}

/** One exchange. Every step waits until all it can cause has happened. */
export class InProcessExchange {
  readonly #kit: InProcess;
  readonly #forwardsBefore: number;
  readonly #exchange: TestExchange;

  constructor(kit: InProcess, forwardsBefore: number, exchange: TestExchange) {
    this.#kit = kit;
    this.#forwardsBefore = forwardsBefore;
    this.#exchange = exchange;
  }

  get client(): FakeDownstream {
    return this.#exchange.downstream;
  }

  get end(): ExchangeEnd | undefined {
    return this.#exchange.end;
  }

  /** The upstream has seen something of this exchange. (For exchanges that are forwarded in the order they came.) */
  get forwarded(): boolean {
    return this.#kit.upstreams.forwards.length > this.#forwardsBefore;
  }

  /** The forwarded request of an exchange that is the only one being forwarded. */
  get upstream(): TestExchange["forward"] {
    return this.#exchange.forward;
  }

  /** Without waiting: several events in one go. */
  get now(): TestExchange {
    return this.#exchange;
  }

  settle(): Promise<void> {
    return this.#kit.settle();
  }

  async send(text: string, endOfStream = false): Promise<void> {
    await this.settle();
    this.#exchange.send(text, endOfStream);
    await this.settle();
  }

  async sendTrailers(...trailers: string[]): Promise<void> {
    await this.settle();
    this.#exchange.sendTrailers(trailers);
    await this.settle();
  }

  async vanish(): Promise<void> {
    await this.settle();
    this.#exchange.vanish();
    await this.settle();
  }

  /** The upstream's response: with a body, whole; without one, ended by its head. */
  async respond(status = 200, headers: HeaderList = [], body?: string): Promise<void> {
    await this.settle();
    this.upstream.respond(status, headers, body);
    await this.settle();
  }

  /** The upstream's response head, with a body to come. */
  async respondHead(status = 200, headers: HeaderList = []): Promise<void> {
    await this.settle();
    this.upstream.sink.onHeaders(status, headers, false);
    await this.settle();
  }

  async respondData(text: string, endOfStream = false): Promise<void> {
    await this.settle();
    this.upstream.data(text, endOfStream);
    await this.settle();
  }

  async respondTrailers(...trailers: string[]): Promise<void> {
    await this.settle();
    this.upstream.sink.onTrailers(trailers);
    await this.settle();
  }

  /** The values of a header that the upstream got. */
  sent(name: string): string[] {
    return valuesOf(this.upstream.headers, name);
  }

  /** The values of a header that the client got. */
  got(name: string): string[] {
    return valuesOf(this.client.headers, name);
  }
}

export function valuesOf(list: HeaderList, name: string): string[] {
  return list.filter((_value, index) => index % 2 === 1 && list[index - 1] === name);
}
