/** Exchanges that end in every way that is counted for operators, and what the counters say then: the same on every engine. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { becomes } from "../../src/cases/http1/wait.js";
import type { GatewayConfig, PolicyUse } from "../../src/config/types.js";
import { configOf } from "../envoy/support/config.js";
import { RawClient } from "../gateway/support/raw-client.js";

export const useStatsPolicies = ["plain", "acting", "unready"] as const;
type PolicyName = (typeof useStatsPolicies)[number];

export function useStatsSource(name: PolicyName): string {
  return fileURLToPath(new URL(`policies/use-stats/${name}.ts`, import.meta.url));
}

/** Its own routes for policies that wait, for those that never do, and for one that is not there. */
export function useStatsConfig(
  upstream: string,
  fileOf: (name: PolicyName) => string = useStatsSource,
  settings: Partial<GatewayConfig> = {},
): GatewayConfig {
  const use = (policy: PolicyName, name: string): PolicyUse => ({
    file: fileOf(policy),
    name,
    config: policy === "plain" ? { name } : {},
    onError: "deny",
    partialRequests: "prevent",
  });
  return {
    ...configOf({ api: upstream }, [
      {
        name: "every-way",
        match: { pathPrefix: "/every-way" },
        policies: [use("plain", "first"), use("acting", "second"), use("plain", "third")],
      },
      {
        name: "at-once",
        match: { pathPrefix: "/at-once" },
        policies: [use("plain", "first"), use("plain", "second")],
      },
      { name: "unready", match: { pathPrefix: "/unready" }, policies: [use("unready", "unready")] },
    ]),
    ...settings,
  };
}

/** An upstream that answers when it has the whole request. */
export class CompleteUpstream {
  readonly #server: Server;
  /** Requests that have begun. */
  begun = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.begun += 1;
      request.on("error", () => undefined);
      request.resume().on("end", () => response.end("served"));
    });
  }

  static async start(): Promise<CompleteUpstream> {
    const upstream = new CompleteUpstream();
    await new Promise<void>((resolve) => {
      upstream.#server.listen(0, "127.0.0.1", resolve);
    });
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Values by name. */
type Counters = Readonly<Record<string, number>>;

/** What the counters say after `endInEveryWay`; those of code that is cut off, where engines can do that. */
export function everyWay(cutsOff: boolean): Readonly<Record<string, number>> {
  const loops = cutsOff ? 1 : 0;
  const of = (policy: string, route: string, [exchanges, breaks, cancels, failures, cutOffs, partial]: number[]) => ({
    [`sluice_exchanges;policy=${policy};route=${route}`]: exchanges!,
    [`sluice_breaks;policy=${policy};route=${route}`]: breaks!,
    [`sluice_cancels;policy=${policy};route=${route}`]: cancels!,
    [`sluice_failures;policy=${policy};route=${route}`]: failures!,
    [`sluice_cut_offs;policy=${policy};route=${route}`]: cutOffs!,
    [`sluice_partial_requests;policy=${policy};route=${route}`]: partial!,
  });
  return {
    ...of("first", "every-way", [8 + loops, 1, 0, 0, 0, 0]),
    ...of("second", "every-way", [7 + loops, 3, 2, 1, loops, 1]),
    ...of("third", "every-way", [3, 0, 0, 0, 0, 0]),
    ...of("first", "at-once", [6, 0, 0, 0, 0, 0]),
    ...of("second", "at-once", [6, 3, 0, 0, 0, 0]),
    ...of("unready", "unready", [1, 0, 0, 1, 0, 0]),
  };
}

/** Sends a request for each way in which an exchange ends; returns the statuses of the answers, in order. */
export async function endInEveryWay(
  port: number,
  upstream: CompleteUpstream,
  cutsOff: boolean,
  counters: () => Counters | Promise<Counters>,
): Promise<number[]> {
  const statuses: number[] = [];
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<void> => {
    const init = body === undefined ? { headers } : { method: "POST", headers, body };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    await response.arrayBuffer();
    statuses.push(response.status);
  };
  await ask("/every-way");
  await ask("/every-way", { "x-deny": "first" });
  await ask("/every-way", { "x-do": "break" });
  await ask("/every-way", { "x-do": "answer" });
  await ask("/every-way", { "x-do": "throw" });
  await ask("/every-way", { "x-do": "json" }, "no JSON");
  await breakLate(port, upstream);
  await goAway(port, counters);
  if (cutsOff) {
    await ask("/every-way", { "x-do": "loop" });
  }
  for (let times = 0; times < 3; times++) {
    await ask("/at-once");
    await ask("/at-once", { "x-deny": "second" });
  }
  await ask("/unready");
  return statuses;
}

/** The upstream has the beginning of a request when the policy breaks it off. */
async function breakLate(port: number, upstream: CompleteUpstream): Promise<void> {
  const { begun } = upstream;
  const client = new RawClient(port);
  client.send("POST /every-way HTTP/1.1\r\nHost: a\r\nX-Do: read\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  await becomes(() => upstream.begun > begun);
  await client.send("1\r\nb\r\n").until("403");
  client.close();
}

/** The client goes while the policy waits. */
async function goAway(port: number, counters: () => Counters | Promise<Counters>): Promise<void> {
  const exchanges = async () => (await counters())["sluice_exchanges;policy=second;route=every-way"] ?? 0;
  const before = await exchanges();
  const client = new RawClient(port);
  client.send("GET /every-way HTTP/1.1\r\nHost: a\r\nX-Do: wait\r\n\r\n");
  for (let times = 0; times < 1_000 && (await exchanges()) === before; times++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  client.close();
}
