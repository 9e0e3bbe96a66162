/** What a test asks of its gateway, checked and completed. */
import type { Replacements } from "../compiler/resolve-imports.js";
import { policyName } from "../config/located-policy.js";
import { freeName } from "../config/resolve.js";
import type { PolicyUse } from "../config/types.js";
import { SluiceError } from "../errors.js";
import { defaultLimits, type ExchangeLimits, type TlsFacts } from "../host/exchange.js";
import { type PolicySource, policyFile } from "./policy-file.js";
import { type ReplacedImports, replacementFiles } from "./replacements.js";
import type { UpstreamScript } from "./test-upstream.js";
import { routeUpstream, type UpstreamScripts } from "./test-upstreams.js";

/** One use of a policy in a chain. */
export interface TestPolicyUse<Config = unknown> {
  policy: PolicySource<Config>;
  /** The policy's configuration. Default `{}`. */
  config?: NoInfer<Config>;
  /** Default: the file's name without extension, or its folder's where the file is called `policy`. */
  name?: string;
  /** What a failing policy does to an exchange. Default `deny`. */
  onError?: "deny" | "allow";
  /** Whether the upstream may see the beginning of a request that a policy then breaks. Default `prevent`. */
  partialRequests?: "prevent" | "allow";
  /** Of a module with several root contexts: which one. Default the one without a name. */
  rootId?: string;
}

/** A policy of a chain: by itself, or with its configuration. */
export type TestPolicy<Config = unknown> = PolicySource<Config> | TestPolicyUse<Config>;

/** Who connects. */
export interface TestClient {
  /** `ip:port`. Default `192.0.2.7:4711`. */
  address?: string;
  /** The client's TLS connection. Default: none. */
  tls?: TlsFacts;
}

export interface TestGatewayOptions<
  Configs extends readonly unknown[] = readonly unknown[],
  Names extends string = string,
> {
  /** Requests pass them first to last, responses last to first. */
  policies: readonly [...{ [Index in keyof Configs]: TestPolicy<Configs[Index]> }];
  /** The configuration, where there is one policy. */
  config?: NoInfer<Configs[0]>;
  /** How the upstream answers that requests are forwarded to. Default: 200 without a body. */
  upstream?: UpstreamScript;
  /** The upstreams that policies may call, by name or URL; `null` for one that the gateway is not to know. */
  upstreams?: UpstreamScripts<Names>;
  /**
   * `native` runs policies as JavaScript, `wasm` compiles them to the modules that Envoy runs. Default: the environment
   * variable `SLUICE_TEST_ENGINE`, else `native`. A module (`.wasm`) runs as such on either.
   */
  engine?: "native" | "wasm";
  /**
   * Files that stand in for services and packages, wherever policies and packages import these: by their specifier
   * (`sluice/upstream`, `jose`) the file's path, from the working directory, or URL. Such a file can itself import what it stands in
   * for. Default: none.
   */
  replace?: ReplacedImports;
  /**
   * How many instances of every policy there are, as in a gateway with that many workers. With a seed they act in the middle of each
   * other, whenever one touches what all share. Default 1.
   */
  workers?: number;
  /** The route's limits. */
  limits?: Partial<ExchangeLimits>;
  /** Who connects, where a request does not say it. */
  client?: TestClient;
  /** When the test begins: a date or milliseconds since the epoch. Default 2026-01-01T00:00:00Z. */
  now?: Date | string | number;
  /**
   * Makes whatever is not laid down happen in another way for every seed: whose turn it is, which request arrives first, what other
   * workers do meanwhile, how bodies are cut and end. Default:
   * the same order always. See `everySeed`.
   */
  seed?: number;
  /** With a seed: upstreams may begin to answer before they have the whole request. Default false. */
  earlyAnswers?: boolean;
}

/** The same, complete. */
export interface TestSetup {
  uses: readonly PolicyUse[];
  scripts: UpstreamScripts;
  engine: "native" | "wasm";
  replacements: Replacements;
  workers: number;
  limits: ExchangeLimits;
  client: TestClient;
  now: number;
  seed: number | undefined;
  earlyAnswers: boolean;
}

const keys: readonly string[] = [
  "policies",
  "config",
  "upstream",
  "upstreams",
  "engine",
  "replace",
  "workers",
  "limits",
  "client",
  "now",
  "seed",
  "earlyAnswers",
] satisfies (keyof TestGatewayOptions)[];

/** @throws SluiceError TEST_OPTIONS */
export function testSetup(options: TestGatewayOptions): TestSetup {
  const unknown = Object.keys(options).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw refused(`there is no option "${unknown}"; expected ${keys.join(", ")}`);
  }
  const { policies, upstream = {}, upstreams = {}, workers = 1, seed, earlyAnswers = false, client = {} } = options;
  if (!Array.isArray(policies)) {
    throw refused("policies: expected a list");
  }
  if ("config" in options && policies.length !== 1) {
    throw refused("config: is for one policy; where there are several, each has its own: { policy, config }");
  }
  if (!Number.isInteger(workers) || workers < 1) {
    throw refused(`workers: expected 1 or more, got ${String(workers)}`);
  }
  if (Object.hasOwn(upstreams, routeUpstream)) {
    throw refused(`upstreams.${routeUpstream}: the route's own upstream is the option "upstream"`);
  }
  if (earlyAnswers && seed === undefined) {
    throw refused("earlyAnswers: needs a seed, which chooses the moment; see everySeed");
  }
  const unknownLimit = Object.keys(options.limits ?? {}).find((key) => !Object.hasOwn(defaultLimits, key));
  if (unknownLimit !== undefined) {
    throw refused(`limits: there is no "${unknownLimit}"; expected ${Object.keys(defaultLimits).join(", ")}`);
  }
  for (const [key, value] of Object.entries(options.limits ?? {})) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw refused(`limits.${key}: expected a number, got ${JSON.stringify(value)}`);
    }
  }
  const now = new Date(options.now ?? "2026-01-01T00:00:00Z").getTime();
  if (Number.isNaN(now)) {
    throw refused(`now: expected a date or milliseconds since the epoch, got ${JSON.stringify(options.now)}`);
  }
  return {
    uses: namedUses(policies as readonly TestPolicy<never>[], options),
    scripts: { ...upstreams, [routeUpstream]: upstream },
    engine: engineOf(options.engine),
    replacements: replacementFiles(options.replace ?? {}),
    workers,
    limits: { ...defaultLimits, ...options.limits },
    client,
    now,
    seed,
    earlyAnswers,
  };
}

function namedUses(policies: readonly TestPolicy<never>[], options: TestGatewayOptions): PolicyUse[] {
  const taken = new Set<string>();
  return policies.map((policy, index) => {
    const what = `policies[${index}]`;
    const use: TestPolicyUse<never> = isUse(policy) ? policy : { policy };
    const file = policyFile(use.policy, what);
    const config: unknown = "config" in options ? options.config : use.config;
    return {
      file,
      name: freeName(use.name ?? policyName(file), taken),
      rootId: use.rootId,
      config: config ?? {},
      onError: use.onError ?? "deny",
      partialRequests: use.partialRequests ?? "prevent",
    };
  });
}

function isUse(policy: TestPolicy<never>): policy is TestPolicyUse<never> {
  return typeof policy === "object" && policy !== null && "policy" in policy;
}

function engineOf(engine: string | undefined): "native" | "wasm" {
  const name = engine ?? (process.env["SLUICE_TEST_ENGINE"] || "native");
  if (name !== "native" && name !== "wasm") {
    const envoy = name === "envoy" || name === "envoy-native";
    throw refused(
      `engine: expected "native" or "wasm", got ${JSON.stringify(name)}${envoy ? `; there is no Envoy in the test's process: write cases (docs/cases.md) for sluice test --engine ${name}, or send requests to sluice run --engine ${name}` : ""}`,
    );
  }
  return name;
}

function refused(problem: string): SluiceError {
  return new SluiceError("TEST_OPTIONS", `testGateway: ${problem}.`);
}
