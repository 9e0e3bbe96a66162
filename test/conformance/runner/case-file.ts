/** The conformance cases as they are written; case.schema.json describes the format. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { PolicyUse } from "../engine.js";
import type { ResponseEnd } from "../surroundings.js";
import type { BodyMatcher } from "./body-matcher.js";
import type { Mark, Payload } from "./payload.js";
import type { HeaderMatchers, Pairs, ValueMatcher } from "./value-matcher.js";

export interface CaseFile {
  /** The policy under test: the example of this name, or `policies/<policy>.ts`. */
  policy: string;
  needs: readonly string[];
  services: readonly Service[];
  /** PEM: where there are all three, the gateway has TLS and asks clients for certificates. */
  fixtures?: { ca?: string; "server-certificate"?: string; "server-key"?: string };
  cases: readonly Case[];
}

export interface Service {
  name: string;
  /** JSON pointer of the property that holds the address. */
  at: string;
  /** What the cases write there. */
  address: string;
}

export interface Case {
  name: string;
  needs?: readonly string[];
  config: Record<string, unknown>;
  /** `error`: this configuration must be refused. */
  start?: "ok" | "error";
  /** The time of day when the policy starts. `exact`: the case holds only then. */
  clock?: { now: string; exact: boolean };
  chain?: readonly ChainMember[];
  /** Default `deny`. */
  onError?: PolicyUse["onError"];
  /** The case holds for this value only. Default: for both. */
  partialRequests?: PolicyUse["partialRequests"];
  /** Bytes of a gathered body; of the route, so for every member of the chain. */
  limits?: { body: number };
  steps: readonly Step[];
}

export type ChainMember =
  | "self"
  | { stub: "reply"; phase: "headers" | "body"; reply: WholeReply }
  | { stub: "mark"; header: [name: string, value: string] }
  /** Another one of `policies/`, or the same once more. */
  | { policy: string; name?: string; config?: Record<string, unknown>; onError?: PolicyUse["onError"] };

export type Step = RequestStep | AdvanceStep | ParallelStep;

export interface RequestStep {
  request: CaseRequest;
  backends?: Backends;
  expect: Expectations;
}

/** Lets time pass, in which the policy may do something by itself. */
export interface AdvanceStep {
  advance: string;
  backends?: Backends;
  expect?: Pick<Expectations, "services" | "log">;
}

/** All at once, each on a connection of its own. */
export interface ParallelStep {
  parallel: {
    requests: readonly { times: number; request: CaseRequest }[];
    backends?: Backends;
    expect: { statuses: Readonly<Record<string, number>>; upstream_calls: CallCount; elapsed?: Elapsed };
  };
}

export interface CaseRequest {
  method: string;
  path: string;
  authority?: string;
  headers?: Pairs;
  body?: Payload;
  chunks?: readonly (Payload | Mark)[];
  /** End a message with `chunks`. */
  trailers?: Pairs;
  /** The client's certificate, for gateways with TLS. */
  tls?: { clientCertificate: string; clientKey: string };
  /** What such a connection's stream properties are, by their dotted paths, for engines without TLS. */
  properties?: Readonly<Record<string, string>>;
}

/** What the upstream (`upstream`) and the services answer, in the order of calls. */
export type Backends = Readonly<Record<string, readonly BackendExchange[]>>;

export interface BackendExchange {
  match?: OutboundMatcher;
  reply: Reply;
  /** The last one: answers any number of further calls. */
  repeat?: true;
}

export interface WholeReply {
  status: number;
  /** `head`: as soon as the head of the request is there. Default: when it is complete. */
  when?: "head";
  headers?: Pairs;
  body?: Payload;
  chunks?: readonly (Payload | Mark)[];
  /** End a message with `chunks`. */
  trailers?: Pairs;
  delay?: string;
}

export type Reply = WholeReply | { fail: "timeout" | "refused" | "reset" };

/** What something outside must have been sent. */
export interface OutboundMatcher {
  method?: ValueMatcher;
  path?: ValueMatcher;
  authority?: ValueMatcher;
  headers?: HeaderMatchers;
  body?: BodyMatcher;
  trailers?: HeaderMatchers;
}

export type CallCount = number | { min?: number; max?: number };

export interface Elapsed {
  min?: string;
  max?: string;
}

export interface Expectations {
  /** Default `complete`. */
  response?: ResponseEnd;
  /** Not for responses that end before their head. */
  status?: number | { one_of: readonly number[] };
  headers?: HeaderMatchers;
  body?: BodyMatcher;
  trailers?: HeaderMatchers;
  upstream: "reached" | "not-reached" | "not-completed" | { beginning: OutboundMatcher } | OutboundMatcher;
  services?: Readonly<Record<string, { calls: CallCount; saw?: OutboundMatcher | readonly OutboundMatcher[] }>>;
  /** The request's headers as the last policy hands them on. */
  forwarded?: { headers: HeaderMatchers };
  elapsed?: Elapsed;
  log?: readonly { level?: string; contains: string }[];
  /** Whether the host was told of a violation. */
  violation?: boolean;
}

/** What the runner can do with a case, a step, a request and an expectation; anything else is an error, not a pass. */
const known = {
  case: ["name", "origin", "needs", "config", "start", "clock", "chain", "onError", "partialRequests", "limits", "steps"],
  step: ["request", "backends", "expect"],
  advance: ["advance", "backends", "expect"],
  parallel: ["requests", "backends", "expect"],
  request: ["method", "path", "authority", "headers", "body", "chunks", "trailers", "tls", "properties"],
  expect: [
    "response", "status", "headers", "body", "trailers", "upstream", "services", "forwarded", "elapsed", "log", "violation",
  ],
};

const folder = new URL("../cases/", import.meta.url);

/** Where a policy of this name is: an example, or one of `policies/`. */
export function policyFile(name: string): string {
  const example = fileURLToPath(new URL(`../../../examples/${name}/policy.ts`, import.meta.url));
  return existsSync(example) ? example : fileURLToPath(new URL(`../policies/${name}.ts`, import.meta.url));
}

/** All there are, in order. */
export function caseFileNames(): string[] {
  return readdirSync(folder).map((file) => basename(file, ".yaml")).sort();
}

export function readCaseFile(policy: string): CaseFile {
  return parse(readFileSync(new URL(`${policy}.yaml`, folder), "utf8"), { maxAliasCount: -1 }) as CaseFile;
}

/** Throws for a case that asks for what the runner does not know. */
export function checkSupported(testCase: Case): void {
  const check = (where: keyof typeof known, part: object) => {
    const foreign = Object.keys(part).filter((key) => !known[where].includes(key));
    if (foreign.length > 0) throw new Error(`${testCase.name}: the runner has no ${where} key ${foreign.join(", ")}`);
  };
  check("case", testCase);
  for (const step of testCase.steps) {
    if ("advance" in step) {
      check("advance", step);
      check("expect", step.expect ?? {});
    } else if ("parallel" in step) {
      check("parallel", step.parallel);
      for (const { request } of step.parallel.requests) check("request", request);
    } else {
      check("step", step);
      check("request", step.request);
      check("expect", step.expect);
    }
  }
}

/** What a step's requests are, and what is answered in it. */
export function messagesOf(step: Step): { requests: readonly CaseRequest[]; backends: Backends } {
  if ("advance" in step) return { requests: [], backends: step.backends ?? {} };
  if ("parallel" in step) return { requests: step.parallel.requests.map(({ request }) => request), backends: step.parallel.backends ?? {} };
  return { requests: [step.request], backends: step.backends ?? {} };
}

/** Milliseconds of `250ms`, `5s`, `2m` or `1h`. */
export function milliseconds(duration: string): number {
  const [, amount = "", unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(duration) ?? [];
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"];
}
