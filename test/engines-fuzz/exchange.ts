/** An exchange that is driven step by step, in whatever engine. */
import type { Plan } from "./plan.js";

/**
 * What happens outside of the policies. `client 0` and `upstream 0` are chunks; `client end` and `upstream end` the ends of chunked
 * bodies; `upstream break` resets the connection; `gate <name>` and `call <path>` end what a policy waits for.
 */
export type DrivenEvent = string;

export type Pairs = readonly (readonly [name: string, value: string])[];

export interface UpstreamSight {
  method: string;
  path: string;
  headers: Pairs;
  body: string;
  trailers: Pairs;
  complete: boolean;
  /** It will never be complete. */
  broken: boolean;
}

export type ResponseEnd = "open" | "complete" | "broken" | "none";

export interface ClientSight {
  end: ResponseEnd;
  status: number;
  headers: Pairs;
  body: string;
  trailers: Pairs;
}

/** What can be seen of an exchange from outside, at a moment. */
export interface Sight {
  client: ClientSight;
  upstream: readonly UpstreamSight[];
  /** Paths of the calls that came. */
  calls: readonly string[];
  /** What each filter told, by `<position><q for requests, s for responses, d for done>`. */
  lines: Readonly<Record<string, readonly string[]>>;
  /** Codes that the kit logged, by position. */
  codes: Readonly<Record<string, readonly string[]>>;
}

export interface DrivenExchange {
  /** What can be seen now. */
  sight(): Sight;
  /** Whether an event can happen now. */
  possible(event: DrivenEvent): boolean;
  /** Brings it about, and lets happen what follows from it: how, is the engine's. */
  apply(event: DrivenEvent): Promise<void>;
  close(): Promise<void>;
}

export interface DrivenEngine {
  readonly name: string;
  open(plan: Plan, run: string): Promise<DrivenExchange>;
  /** What went wrong beside the exchanges, so far. */
  defects(): readonly string[];
  close(): Promise<void>;
}

/** Collects what policies write about one run. */
export class Lines {
  readonly lines: Record<string, string[]> = {};
  readonly codes: Record<string, string[]> = {};

  constructor(readonly run: string) {}

  /** false: it is about another run. */
  add(message: string): boolean {
    const [run, who = "", ...rest] = message.split(" ");
    if (run !== this.run) {
      return false;
    }
    (this.lines[who] ??= []).push(rest.join(" "));
    return true;
  }

  /** A line that the kit wrote about a use of the policy. */
  addCode(position: string, message: string): void {
    const code = /^[A-Z][A-Z_]+(?=:)/.exec(message)?.[0];
    if (code !== undefined) {
      (this.codes[position] ??= []).push(code);
    }
  }
}

/** Gates that policies stand at. */
export function gatesIn(lines: Sight["lines"]): string[] {
  const all = Object.values(lines).flat();
  const names = (prefix: string): string[] =>
    all.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
  const left = [...names("through gate "), ...names("away from gate ")];
  return names("at gate ").filter((name) => !left.includes(name));
}

/** Headers of the driver's own, and what the request tells the policies. */
export function requestHeaders({ programs }: Plan, run: string): [string, string][] {
  return [
    ["x-run", run],
    ["x-a", "0"],
    ...programs.map((program, index): [string, string] => [`x-program-${index + 1}`, JSON.stringify(program)]),
  ];
}

export const replyHeaders: Pairs = [
  ["x-a", "0"],
  ["content-type", "text/plain"],
];
