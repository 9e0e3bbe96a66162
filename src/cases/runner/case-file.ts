/** Files of cases as they are written; docs/cases.md describes the format, `case-schema.ts` checks it. */
import type { ExchangeLimits } from "../../host/exchange.js";
import type { BodyMatcher } from "./body-matcher.js";
import type { Mark, Payload } from "./payload.js";
import type { HeaderMatchers, Pairs, ValueMatcher } from "./value-matcher.js";

/** What a failing policy does to an exchange. */
export type OnError = "deny" | "allow";

/** Whether the upstream may see the beginning of a request that a policy then breaks. */
export type PartialRequests = "allow" | "prevent";

/**
 * How a response ended: `broken` off after its head, `none` when the connection ended before a head, `aborted` when the
 * client went away as it was told to.
 */
export type ResponseEnd = "complete" | "broken" | "none" | "aborted";

/** How a policy is used; what a case does not say its file says, or else the engine's default holds. */
export interface Conditions {
  partialRequests?: PartialRequests;
  /** Of the route, so for every member of the chain. */
  limits?: Partial<ExchangeLimits>;
  /** How many instances of every policy there are. */
  workers?: number;
}

/** As it is written, with empty lists where it says nothing. */
export interface CaseFileContent extends Conditions {
  /** The policy under test: its path from this file, or a package. */
  use?: string;
  needs: readonly string[];
  services: readonly Service[];
  /** PEM: where there are all three, the gateway has TLS and asks clients for certificates. */
  fixtures?: { ca?: string; "server-certificate"?: string; "server-key"?: string };
  cases: readonly Case[];
  /** Where each of them begins in the file, from 1. */
  lines: readonly number[];
}

/** With the policies that it is about. */
export interface CaseFile extends CaseFileContent {
  /** What the policy under test is called. */
  policy: string;
  /** Where it is: an absolute path. */
  policyFile: string;
  /** Where another policy is that a chain names: an absolute path. */
  locate(policy: string): string;
}

export interface Service {
  name: string;
  /** JSON pointer of the property that holds the address. Without it policies call the service by its name. */
  at?: string;
  /** What the cases write there. */
  address?: string;
  /** The gateway has no upstream of this name. */
  unknown?: true;
}

export interface Case extends Conditions {
  name: string;
  needs?: readonly string[];
  /** Default: none. */
  config?: Record<string, unknown>;
  /** This configuration must be refused, by a message that contains the text. There are no steps then. */
  start?: { error: string };
  /** The time of day when the policy starts. `exact`: the case holds only then. */
  clock?: { now: string; exact: boolean };
  chain?: readonly ChainMember[];
  /** Default `deny`. */
  onError?: OnError;
  steps: readonly Step[];
}

export type ChainMember =
  | "self"
  | { stub: "reply"; phase: "headers" | "body"; reply: Pick<WholeReply, "status" | "headers" | "body"> }
  | { stub: "mark"; header: [name: string, value: string] }
  /** Another policy, or the same once more. */
  | { policy: string; name?: string; config?: Record<string, unknown>; onError?: OnError };

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

/** What a step's requests are, and what is answered in it. */
export function messagesOf(step: Step): { requests: readonly CaseRequest[]; backends: Backends } {
  if ("advance" in step) {
    return { requests: [], backends: step.backends ?? {} };
  }
  if ("parallel" in step) {
    return { requests: step.parallel.requests.map(({ request }) => request), backends: step.parallel.backends ?? {} };
  }
  return { requests: [step.request], backends: step.backends ?? {} };
}

/** Milliseconds of `250ms`, `5s`, `2m` or `1h`. */
export function milliseconds(duration: string): number {
  const [, amount = "", unit = ""] = /^(\d+)(ms|s|m|h)$/.exec(duration) ?? [];
  return Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "m" | "h"];
}
