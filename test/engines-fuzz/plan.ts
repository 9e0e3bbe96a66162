/** What one seed stands for: a chain, the programs of its policies, and what the client and the upstream send. */

/** `[operation, …arguments]`, as `policies/program.ts` does them. */
export type Step = readonly [operation: string, ...parameters: (string | number)[]];

/** What one use of the policy does. */
export interface Program {
  request: readonly Step[];
  response: readonly Step[];
}

/** Where its end lies: `length` announces it, `chunked` says it apart from the last chunk, by trailers where there are some. */
export type BodyKind = "none" | "length" | "chunked";

export interface Body {
  kind: BodyKind;
  /** In the order of sending; of `length` the last one ends the body. */
  chunks: readonly string[];
  /** After `chunked`. */
  trailers: boolean;
}

/** What the chain is like; engines have one of each. */
export interface ChainSetup {
  length: number;
  partialRequests: "prevent" | "allow";
  onError: "deny" | "allow";
}

export interface Plan {
  seed: number;
  setup: ChainSetup;
  protocol: "HTTP/1.1" | "HTTP/2";
  request: { method: string; body: Body };
  reply: {
    status: number;
    body: Body;
    /** It may begin before the request is complete. */
    early: boolean;
    /** The connection breaks `before` its head, or `within` its body. */
    fails: "never" | "before" | "within";
  };
  /** One for each use, in the order of the chain. */
  programs: readonly Program[];
  /** What calls of policies get, by their paths. */
  calls: Readonly<Record<string, "reply" | "reset">>;
}

/** What is not body at all for HTTP: an answer to HEAD, and these. */
export function isBodiless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

export function lengthOf({ chunks }: Body): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

/** The plan with names of gates and calls that no other run has. */
export function namedFor(run: string, plan: Plan): Plan {
  return JSON.parse(JSON.stringify(plan).replaceAll("@", `${run}-`)) as Plan;
}
