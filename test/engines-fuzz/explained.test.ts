/** What docs/fidelity.md names must not hide what it does not speak of. */
import { describe, expect, it } from "vitest";
import { differencesOf } from "./compare.js";
import type { Sight } from "./exchange.js";
import { explanationOf } from "./explained.js";
import type { Plan, Program } from "./plan.js";

const reading: Program = {
  request: [["stream"], ["read", 9, "none", ""]],
  response: [],
};

function planOf(...programs: Program[]): Plan {
  return {
    seed: 1,
    setup: { length: programs.length, partialRequests: "prevent", onError: "deny" },
    protocol: "HTTP/1.1",
    request: { method: "POST", body: { kind: "chunked", chunks: ["aaa", "b"], trailers: false } },
    reply: { status: 200, body: { kind: "none", chunks: [], trailers: false }, early: true, fails: "never" },
    programs,
    calls: {},
  };
}

function sight(parts: Partial<Sight>): Sight {
  return {
    client: { end: "complete", status: 200, headers: [], body: "reply", trailers: [] },
    upstream: [upstream("aaab", true)],
    calls: [],
    lines: { "1q": ["begins POST /", "streams true", "read aaab", "over"], "1d": ["200 continue "] },
    codes: {},
    ...parts,
  };
}

function upstream(body: string, complete: boolean): Sight["upstream"][number] {
  return { method: "POST", path: "/", headers: [], trailers: [], body, complete, broken: !complete };
}

/** The rows, in the order of the differences. */
function rowsOf(plan: Plan, expected: Sight, got: Sight, engine = "envoy"): (string | undefined)[] {
  const differences = differencesOf(expected, got);
  const before = { ...expected, upstream: [upstream("aaa", false)] };
  const events = [{ event: "upstream head", before, after: before }];
  const found = { differences, plan, reference: { events, start: before, outcome: expected }, outcome: got };
  return differences.map((each) => explanationOf(engine, each, found));
}

const ended = ["begins POST /", "streams true", "aborted upstream-replied", "over"];
const brokenOff = sight({ upstream: [upstream("aaa", false)], lines: { "1q": ended, "1d": ["200 continue "] } });

describe("an upstream that has answered to its end", () => {
  it("breaks the request off, and nothing else", () => {
    const rows = rowsOf(planOf(reading), sight({}), brokenOff);
    expect(new Set(rows)).toEqual(new Set(["Upstream that has answered to its end while the request still comes"]));
  });

  it("keeps a filter from what it would throw at", () => {
    const threw = ["begins POST /", "streams true", "reads throw", "caught Error: on purpose", "aborted failed"];
    const expected = sight({ lines: { "1q": threw, "1d": ["200 failed failed"] }, codes: { 1: ["POLICY_FAILED"] } });
    expect(rowsOf(planOf(reading), expected, brokenOff)).not.toContain(undefined);
    const silent = { ...expected, upstream: brokenOff.upstream, codes: {} };
    expect(rowsOf(planOf(reading), expected, silent)).toContain(undefined);
  });

  it.each([
    ["other bytes at the upstream", { ...brokenOff, upstream: [upstream("aaX", false)] }],
    ["a filter that heard something else", { ...brokenOff, lines: { ...brokenOff.lines, "1q": [...ended, "read X"] } }],
    ["another status", { ...brokenOff, client: { ...brokenOff.client, status: 500 } }],
    ["a part of the response", { ...brokenOff, client: { ...brokenOff.client, body: "re" } }],
    [
      "a response that nobody holds, and that does not end",
      { ...brokenOff, client: { ...brokenOff.client, end: "open" } },
    ],
    ["a code in the log", { ...brokenOff, codes: { 1: ["INTERNAL"] } }],
  ] as [string, Sight][])("does not explain %s", (_what, got) => {
    expect(rowsOf(planOf(reading), sight({}), got)).toContain(undefined);
  });
});

describe("whatever the filters were told", () => {
  const denied = sight({
    client: { end: "complete", status: 403, headers: [], body: "", trailers: [] },
    upstream: [],
    lines: { "1d": ["403 cancel peer-replied"], "2d": ["403 break "], "3q": ["begins POST /", "aborted peer-replied"] },
    codes: { 2: ["PARTIAL_REQUEST"] },
  });
  const chain = planOf(reading, reading, { request: [], response: [] });

  it("an answer given before the head has gone on leaves no partial request", () => {
    const { "3q": _, ...lines } = denied.lines;
    const rows = rowsOf(chain, denied, { ...denied, lines, codes: {} });
    expect(new Set(rows)).toEqual(new Set(["Head that a policy lets go behind policies that keep bytes"]));
  });

  it.each([
    ["a 200 in place of a denial", { ...denied, client: { ...denied.client, status: 200 }, codes: {} }],
    ["a body behind a denial", { ...denied, client: { ...denied.client, body: "reply" }, codes: {} }],
    ["a request that reaches the upstream", { ...denied, upstream: [upstream("aaab", true)], codes: {} }],
    ["an empty request that reaches the upstream", { ...denied, upstream: [upstream("", true)], codes: {} }],
  ] as [string, Sight][])("%s is a fault", (_what, got) => {
    expect(rowsOf(chain, denied, got)).toContain(undefined);
  });
});

describe("a head that waits in one filter", () => {
  const waits = sight({
    client: { end: "open", status: 0, headers: [], body: "", trailers: [] },
    upstream: [],
    lines: { "1q": ["begins POST /", "streams true"] },
  });
  const rows = (got: Sight): (string | undefined)[] => rowsOf(planOf(reading), sight({}), got, "envoy-chains");

  it("leaves the client without an answer", () => {
    expect(new Set(rows(waits))).toEqual(new Set(["Head that a policy lets go behind policies that keep bytes"]));
  });

  it.each([
    ["a filter that heard something else", { ...waits, lines: { "1q": ["begins GET /"] } }],
    ["a response that a filter has seen", { ...waits, lines: { ...waits.lines, "1s": ["begins continue  200"] } }],
    ["a call of its own", { ...waits, calls: ["/asked"] }],
    ["a code in the log", { ...waits, codes: { 1: ["INTERNAL"] } }],
    ["an answer", { ...waits, client: { ...waits.client, status: 500 } }],
  ] as [string, Sight][])("does not explain %s", (_what, got) => {
    expect(rows(got)).toContain(undefined);
  });
});

describe("a filter that fails on a response behind one that keeps its end", () => {
  const plan = planOf({ request: [], response: [["throw"]] }, { request: [], response: [["body"]] });
  const codes = { 1: ["POLICY_FAILED"] };
  const broken = sight({
    client: { end: "broken", status: 200, headers: [], body: "", trailers: [] },
    lines: { "1d": ["200 failed failed"] },
    codes,
  });
  const failed = sight({
    client: { end: "complete", status: 500, headers: [], body: "", trailers: [] },
    lines: { "1d": ["500 failed failed"] },
    codes,
  });

  it("has the client get a 500 in the place of half a response", () => {
    expect(new Set(rowsOf(plan, broken, failed))).toEqual(
      new Set(["Head that a policy lets go behind policies that keep bytes"]),
    );
  });

  it.each([
    ["a 200", plan, { ...failed, client: { ...failed.client, status: 200 } }],
    ["a failure of another policy", plan, { ...failed, codes: { 2: ["POLICY_FAILED"] } }],
    ["a 500 where nobody keeps anything", planOf(plan.programs[0]!, { request: [], response: [] }), failed],
  ] as [string, Plan, Sight][])("does not explain %s", (_what, chain, got) => {
    expect(rowsOf(chain, broken, got)).toContain(undefined);
  });
});

describe("a body with trailers that is replaced in one filter", () => {
  const replacing: Program = { request: [["body"], ["set-body", "x"]], response: [] };
  const plan = planOf(reading, replacing);
  const chain: Plan = { ...plan, request: { ...plan.request, body: { ...plan.request.body, trailers: true } } };
  const passed = sight({ lines: { "1q": ["begins POST /", "over"], "2q": ["begins POST /", "body aaab", "over"] } });
  const refused = sight({
    client: { end: "complete", status: 500, headers: [], body: "", trailers: [] },
    upstream: [],
    lines: { ...passed.lines, "2s": ["begins cancel failed 500"] },
    codes: { 2: ["POLICY_FAILED"] },
  });
  const rows = (got: Sight): (string | undefined)[] => rowsOf(chain, passed, got, "envoy-chains");

  it("is refused", () => {
    expect(new Set(rows(refused))).toEqual(
      new Set(["Body that came while a policy awaited something else, with trailers behind it"]),
    );
  });

  it.each([
    ["a 200", { ...refused, client: { ...refused.client, status: 200 } }],
    ["a request that reaches the upstream", { ...refused, upstream: [upstream("aaaX", true)] }],
    ["a filter that heard something else", { ...refused, lines: { ...refused.lines, "1q": ["begins GET /"] } }],
    ["a code of another policy", { ...refused, codes: { 1: ["INTERNAL"], 2: ["POLICY_FAILED"] } }],
    ["a call of its own", { ...refused, calls: ["/asked"] }],
  ] as [string, Sight][])("does not explain %s", (_what, got) => {
    expect(rows(got)).toContain(undefined);
  });
});
