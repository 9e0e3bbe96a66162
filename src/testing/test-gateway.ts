/** A gateway in a test: policies between a client and upstreams that the test writes, on a clock that the test moves. */
import { SluiceError } from "../errors.js";
import type { Chain } from "../host/chain/chain.js";
import type { RunningPolicy } from "../host/policy-runtime.js";
import { SharedServices } from "../host/shared/shared-services.js";
import { loadPolicies } from "./load-policies.js";
import { type LogLine, logLine } from "./log-line.js";
import { type TestGatewayOptions, type TestSetup, testSetup } from "./options.js";
import { Random } from "./random.js";
import { OneStep, Scheduler } from "./scheduler.js";
import { RunningExchange, type TestExchange } from "./test-exchange.js";
import { type ReadyRequest, readyRequest, type TestRequestInit } from "./test-request.js";
import type { TestResponse } from "./test-response.js";
import type { ScriptedUpstream, TestUpstream } from "./test-upstream.js";
import { routeUpstream, TestUpstreams } from "./test-upstreams.js";
import { startWorker, type WorkerHost } from "./test-worker.js";
import { type Duration, durationOf } from "./upstream-reply.js";
import { VirtualClock } from "./virtual-clock.js";

/** The clock of a test. It stands still, but while `advance`, `fetch` and `response` are at work. */
export interface TestClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** When something falls due next, in milliseconds since the epoch: a timer, a time-out, a delayed reply; undefined for nothing. */
  readonly due: number | undefined;
  /** Lets time pass: timers, time-outs, delays of upstreams and what follows from them. */
  advance(duration: Duration): Promise<void>;
}

/** A gateway in a test. */
export interface TestGateway<Names extends string = string> {
  /**
   * Sends a request and gives the whole response. Time passes while it waits: the clock goes to whatever is due next.
   *
   * @param input path and query, or a URL
   * @throws SluiceError TEST_STUCK when nothing can happen any more; TEST_UNEXPECTED_CALL when an upstream got what the test did
   *   not expect; TEST_DISCONNECTED when the client gets no complete response; TEST_OPTIONS
   */
  fetch(input: string | URL | Request, init?: TestRequestInit): Promise<TestResponse>;
  /** Begins an exchange that goes on step by step, and lets happen what can happen without time passing. */
  open(input: string | URL | Request, init?: TestRequestInit): Promise<TestExchange>;
  /** The upstream that requests are forwarded to. */
  readonly upstream: TestUpstream;
  /** The upstreams that policies call, by name or URL as the test gave them. */
  readonly upstreams: Readonly<Record<Names, TestUpstream>>;
  readonly clock: TestClock;
  /** What all policies wrote to the log. */
  readonly log: readonly LogLine[];
  /** Counters and gauges of all policies by name, labels in it as operators see them; proxy-wasm cannot read histograms. */
  readonly metrics: Readonly<Record<string, number>>;
  /**
   * Ends the policies. With `await using` it is called at the end of the test.
   *
   * @throws SluiceError TEST_LEFTOVER when an exchange is open, or an upstream did not get what the test expected;
   *   TEST_UNEXPECTED_CALL when one got something else. Then, too, everything is closed.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a gateway in this process, without sockets: the chain of the embedded gateway between a client and upstreams of the
 * test. Needs no test runner.
 *
 * @throws SluiceError TEST_OPTIONS; the errors of compiling and starting policies, such as CONFIG_REFUSED
 */
export async function testGateway<const Configs extends readonly unknown[], Names extends string = never>(
  options: TestGatewayOptions<Configs, Names>,
): Promise<TestGateway<Names>> {
  const setup = testSetup(options);
  const gateway = new InProcessGateway(setup);
  await gateway.start();
  return gateway;
}

class InProcessGateway implements TestGateway {
  readonly log: LogLine[] = [];
  readonly clock: TestClock;
  readonly #setup: TestSetup;
  readonly #scheduler: Scheduler;
  readonly #shared = new SharedServices();
  readonly #upstreams: TestUpstreams;
  /** By worker. */
  readonly #chains: Chain[] = [];
  /** Of all workers. */
  readonly #policies: RunningPolicy[] = [];
  readonly #exchanges: RunningExchange[] = [];
  readonly #exchangesById = new Map<string, RunningExchange>();
  readonly #problems: string[] = [];
  readonly #defects: unknown[] = [];
  #closed = false;

  constructor(setup: TestSetup) {
    const { now, seed, scripts, earlyAnswers } = setup;
    const scheduler = new Scheduler(new VirtualClock(now), seed === undefined ? undefined : new Random(seed));
    this.#setup = setup;
    this.#scheduler = scheduler;
    this.clock = {
      now: () => scheduler.clock.now(),
      get due() {
        return scheduler.clock.due;
      },
      advance: async (duration) => {
        await scheduler.advance(durationOf(duration, "clock.advance"));
        this.#throwProblems();
      },
    };
    this.#upstreams = new TestUpstreams(scripts, {
      scheduler,
      earlyAnswers,
      problem: (text) => {
        this.#problems.push(text);
      },
      onForward: (call, id) => {
        const exchange = this.#exchangesById.get(id);
        if (exchange === undefined) {
          return;
        }
        exchange.forwarded = call;
        exchange.event(`upstream ${routeUpstream}`, `gets request headers ${call.request.method} ${call.request.path}`);
      },
    });
  }

  get upstream(): TestUpstream {
    return this.#upstreams.byName[routeUpstream] as ScriptedUpstream;
  }

  get upstreams(): Readonly<Record<string, TestUpstream>> {
    return this.#upstreams.byName;
  }

  get metrics(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#shared.metrics.values());
  }

  async start(): Promise<void> {
    const loaders = await loadPolicies(this.#setup);
    const host = this.#workerHost();
    const failures: unknown[] = [];
    const starts = Array.from(
      { length: this.#setup.workers },
      (_, worker) =>
        new OneStep(worker, () => {
          try {
            this.#chains[worker] = startWorker(host, worker, loaders);
          } catch (error) {
            failures.push(error);
          }
        }),
    );
    for (const start of starts) {
      this.#scheduler.add(start);
    }
    for (const start of starts) {
      // Another worker's start may have begun, and ended, in the middle of one before.
      if (!start.over && failures.length === 0) {
        start.step();
      }
      start.over = true;
    }
    if (failures.length > 0) {
      await this.#closePolicies();
      throw failures[0];
    }
  }

  async fetch(input: string | URL | Request, init?: TestRequestInit): Promise<TestResponse> {
    const request = await readyRequest(input, init);
    if (request.byHand) {
      throw new SluiceError("TEST_OPTIONS", "fetch: a body that is sent by hand needs open() instead.");
    }
    return this.#open(request).response();
  }

  async open(input: string | URL | Request, init?: TestRequestInit): Promise<TestExchange> {
    const exchange = this.#open(await readyRequest(input, init));
    await this.#scheduler.settle();
    return exchange;
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    await this.#scheduler.settle();
    const open = this.#exchanges.filter(({ over }) => !over).map(({ shown }) => shown);
    for (const exchange of this.#exchanges) {
      if (!exchange.over) {
        await exchange.drop();
      }
    }
    await this.#closeInTime();
    this.#throwProblems();
    const unmet = this.#upstreams.all.flatMap(({ name, unmet: left }) =>
      left.map((request) => `upstream ${name} did not get: ${request}`),
    );
    const leftovers = [...open.map((exchange) => `an exchange is still open: ${exchange}`), ...unmet];
    if (leftovers.length > 0) {
      throw new SluiceError("TEST_LEFTOVER", listed("The test has left something over", leftovers));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #workerHost(): WorkerHost {
    return {
      setup: this.#setup,
      scheduler: this.#scheduler,
      upstreams: this.#upstreams,
      shared: this.#shared,
      onStarted: (policy) => {
        this.#policies.push(policy);
      },
      onLog: (level, record) => {
        const line = logLine(level, record);
        this.log.push(line);
        if (record.request !== undefined) {
          this.#exchangesById.get(record.request)?.log.push(line);
        }
      },
      onDefect: (error) => {
        this.#defects.push(error);
      },
      traceOf: (requestId) => this.#exchangesById.get(requestId),
    };
  }

  #open(request: ReadyRequest): RunningExchange {
    if (this.#closed) {
      throw new SluiceError("TEST_OVER", "The gateway of this test is closed.");
    }
    const number = this.#exchanges.length;
    const { worker = number % this.#chains.length } = request.init;
    const chain = this.#chains[worker];
    if (chain === undefined) {
      throw new SluiceError(
        "TEST_OPTIONS",
        `request: worker: expected 0 to ${this.#chains.length - 1}, got ${worker}.`,
      );
    }
    const id = `request-${number + 1}`;
    return new RunningExchange(
      {
        scheduler: this.#scheduler,
        chain,
        worker,
        limits: this.#setup.limits,
        client: this.#setup.client,
        id,
        upstream: this.#upstreams.routeName(id),
        heldCalls: (policies) => this.#calls(id, policies, "held"),
        openCalls: (policies) => this.#calls(id, policies, "open"),
        throwProblems: () => {
          this.#throwProblems();
        },
      },
      request,
      (exchange) => {
        this.#exchanges.push(exchange);
        this.#exchangesById.set(id, exchange);
      },
    );
  }

  /** Calls that wait: of these policies, and of the exchange's own forwarded request. */
  #calls(id: string, policies: ReadonlySet<string>, which: "held" | "open"): string[] {
    const { forwarded } = this.#exchangesById.get(id) as RunningExchange;
    return this.#upstreams.all.flatMap((upstream) =>
      upstream[which]
        .filter((call) => (call.policy === undefined ? call === forwarded : policies.has(call.policy)))
        .map(({ request }) => `upstream ${upstream.name} (${request.method} ${request.path})`),
    );
  }

  async #closePolicies(): Promise<void> {
    await Promise.all(this.#policies.map((policy) => policy.close()));
  }

  async #closeInTime(): Promise<void> {
    let closed = false;
    const closing = this.#closePolicies().then(() => {
      closed = true;
    });
    await this.#scheduler.runUntil({
      done: () => closed,
      heldBy: () => undefined,
      stuck: () => "a policy does not end",
    });
    await closing;
  }

  #throwProblems(): void {
    const defects = this.#defects.splice(0);
    if (defects.length > 0) {
      throw new AggregateError(defects, "Sluice itself is wrong; please report it.");
    }
    const problems = this.#problems.splice(0);
    if (problems.length > 0) {
      throw new SluiceError(
        "TEST_UNEXPECTED_CALL",
        listed("An upstream got something that the test did not expect", problems),
      );
    }
  }
}

function listed(title: string, lines: readonly string[]): string {
  return `${title}:\n${lines.map((line) => `- ${line}`).join("\n")}`;
}
