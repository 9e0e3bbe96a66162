/** The conformance cases as they are written; case.schema.json describes the format. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import type { PolicyUse } from "../engine.js";
import type { ResponseEnd } from "../surroundings.js";
import type { BodyMatcher } from "./body-matcher.js";
import type { Mark, Payload } from "./payload.js";
import type { HeaderMatchers, Pairs, ValueMatcher } from "./value-matcher.js";

export interface CaseFile {
  /** The policy under test: `policies/<policy>.ts`. */
  policy: string;
  needs: readonly string[];
  services: readonly Service[];
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
  clock?: { exact?: boolean };
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

export interface Step {
  request: CaseRequest;
  backends?: Backends;
  expect: Expectations;
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
  elapsed?: { min?: string; max?: string };
  log?: readonly { level?: string; contains: string }[];
}

/** What the runner can do with a step, a request and an expectation; anything else in a case is an error, not a pass. */
const known = {
  step: ["request", "backends", "expect"],
  request: ["method", "path", "authority", "headers", "body", "chunks", "trailers"],
  expect: ["response", "status", "headers", "body", "trailers", "upstream", "services", "elapsed", "log"],
};

const folder = new URL("../cases/", import.meta.url);

/** All there are, in order. */
export function caseFileNames(): string[] {
  return readdirSync(folder).map((file) => basename(file, ".yaml")).sort();
}

export function readCaseFile(policy: string): CaseFile {
  return parse(readFileSync(new URL(`${policy}.yaml`, folder), "utf8"), { maxAliasCount: -1 }) as CaseFile;
}

/** Throws for a case that asks for what the runner does not know. */
export function checkSupported(testCase: Case): void {
  for (const step of testCase.steps) {
    for (const [where, keys] of Object.entries(known)) {
      const part = where === "step" ? step : where === "request" ? step.request : step.expect;
      const foreign = Object.keys(part).filter((key) => !keys.includes(key));
      if (foreign.length > 0) {
        throw new Error(`${testCase.name}: the runner has no ${where} key ${foreign.join(", ")}`);
      }
    }
  }
}

/** Milliseconds of `250ms`, `5s`, `2m` or `1h`. */
export function milliseconds(duration: string): number {
  const [, amount = "", unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(duration) ?? [];
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"];
}
