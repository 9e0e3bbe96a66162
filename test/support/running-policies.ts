/** Policies in a module of their own, and what its host sees of each exchange that passes them. */
import { expect } from "vitest";
import { type ModuleHost, startModule } from "./module-host.js";

const CONTINUE = 0;

export interface Use {
  readonly policy: string;
  readonly onError?: "allow";
}
export type Headers = Readonly<Record<string, string>>;
export interface Seen {
  readonly statuses: number[];
  readonly calls: unknown[];
  readonly log: unknown[];
}

export class RunningPolicies {
  readonly #host: ModuleHost;
  #lastId = 100;

  private constructor(host: ModuleHost) {
    this.#host = host;
  }

  static async start(wasm: Uint8Array, policies: readonly Use[]): Promise<RunningPolicies> {
    const host = await startModule(wasm);
    // Whoever asks often enough is out of time, on whatever machine; nobody who only looks for the lines of a stack.
    let now = 0n;
    host.clock = () => (now += 1_000_000n);
    const uses = policies.map(({ policy, onError }, index) => ({
      policy,
      config: policy === "trail" ? { name: `p${index}` } : {},
      sluice: { name: `p${index}`, limits: { callbackMilliseconds: 50 }, ...(onError && { onError }) },
    }));
    // What is counted reaches the host at other times.
    return RunningPolicies.configured(host, { sluice: { uses, metrics: false } });
  }

  /** With `configuration` for a module of one policy, and the clock that the host has. */
  static configured(host: ModuleHost, configuration: object): RunningPolicies {
    host.buffer = Buffer.from(JSON.stringify(configuration));
    host.exports["proxy_on_vm_start"]!(1, 0);
    expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
    // What is asked for while policies are configured is no exchange's.
    host.calls.length = 0;
    return new RunningPolicies(host);
  }

  request(headers: Headers = {}): { id: number; status: number } {
    const id = ++this.#lastId;
    this.#host.headers = [[":method", "GET"], [":path", "/"], ["x-request-id", `r${id}`], ...Object.entries(headers)];
    this.#host.exports["proxy_on_context_create"]!(id, 1);
    return { id, status: this.#host.exports["proxy_on_request_headers"]!(id, this.#host.headers.length, 0) };
  }

  response(id: number, headers: Headers = {}): number {
    this.#host.headers = [[":status", "200"], ...Object.entries(headers)];
    return this.#host.exports["proxy_on_response_headers"]!(id, this.#host.headers.length, 0);
  }

  /** Timers that are due. What is counted meanwhile reaches the host in the tick that the clock says. */
  tick(): void {
    const { calls, exports } = this.#host;
    const before = calls.length;
    exports["proxy_on_tick"]!(1);
    calls.push(...calls.splice(before).filter(({ name }) => name !== "proxy_increment_metric"));
  }

  end(id: number): void {
    this.#host.exports["proxy_on_log"]?.(id);
    this.#host.headers = [];
    this.#host.exports["proxy_on_done"]!(id);
  }

  /** What the host has been told since the last time. */
  seen(statuses: number[]): Seen {
    const { calls, log } = this.#host;
    const seen = {
      statuses,
      calls: calls
        // A metric is defined once.
        .filter(({ name }) => name !== "proxy_set_effective_context" && name !== "proxy_define_metric")
        // When the next timer is due depends on the clock, and where bytes lie on what else there is.
        .map(({ name, args }) =>
          /^proxy_(?:set_tick_period_milliseconds|set_property)$/.test(name) ? [name] : [name, ...args],
        ),
      log: log
        .map((line) => JSON.parse(line) as { msg: string; policy?: string; request?: string })
        .map(({ msg, policy, request }) => [policy, msg, request]),
    };
    calls.length = 0;
    log.length = 0;
    return seen;
  }

  /** The next exchange has this id. */
  goOnWith(id: number): void {
    this.#lastId = id - 1;
  }

  /** A whole exchange; the filters of both directions see these headers. */
  exchange(headers: Headers): Seen {
    const { id, status } = this.request(headers);
    // Of a request that was answered hosts tell nothing more.
    const answered = this.#host.calls.some(({ name }) => name === "proxy_send_local_response");
    const body = answered ? CONTINUE : this.#host.exports["proxy_on_request_body"]!(id, 3, 1);
    this.tick();
    const statuses = [status, body, this.response(id, headers)];
    statuses.push(this.#host.exports["proxy_on_response_body"]?.(id, 3, 1) ?? CONTINUE);
    this.tick();
    this.end(id);
    return this.seen(statuses);
  }
}
