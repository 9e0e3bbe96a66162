/** What docs/fidelity.md names must not hide what it does not speak of. */
import { describe, expect, it } from "vitest";
import { differencesOf } from "./compare.js";
import type { Scheduled } from "./drive.js";
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

/** The rows, in the order of the differences. `events`: unless the upstream has answered half a request. */
function rowsOf(
  plan: Plan,
  expected: Sight,
  got: Sight,
  engine = "envoy",
  events?: readonly Scheduled[],
): (string | undefined)[] {
  const differences = differencesOf(expected, got);
  const start = { ...expected, upstream: [upstream("aaa", false)] };
  const reference = {
    events: events ?? [{ event: "upstream head", before: start, after: start }],
    start,
    outcome: expected,
  };
  const found = { differences, plan, reference, outcome: got };
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

  describe("where a policy answers the request at its end", () => {
    const denied = sight({
      client: { end: "complete", status: 403, headers: [], body: "", trailers: [] },
      lines: { "1q": ["begins POST /", "streams true", "read aaab", "over"], "1d": ["403 break "] },
      codes: { 1: ["PARTIAL_REQUEST"] },
    });

    it("leaves the client the response, since the policy hears of no end", () => {
      expect(rowsOf(planOf(reading), denied, brokenOff)).not.toContain(undefined);
    });

    it("does not explain that the answer is lost where the policy heard of the end", () => {
      const heard = { ...brokenOff, lines: { ...denied.lines, "1d": ["200 continue "] } };
      expect(rowsOf(planOf(reading), denied, heard)).toContain(undefined);
    });
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

const nothing = { end: "open", status: 0, headers: [], body: "", trailers: [] } as const;

describe("the head of a request that waits behind a policy at work", () => {
  const asking: Program = {
    request: [
      ["call", "/asked"],
      ["answer", 403, "no"],
    ],
    response: [],
  };
  const chain = planOf(reading, asking);
  const begun = { "1q": ["begins POST /", "streams true", "reads gate"], "2q": ["begins POST /"] };
  const before = sight({ client: nothing, upstream: [], calls: ["/asked"], lines: begun });
  /** Where each policy has its own buffer: the second one lets the head go, and the upstream answers half a request. */
  const after = { ...before, upstream: [upstream("", false)], lines: { ...begun, "2q": ["begins POST /", "over"] } };
  const replied = sight({
    calls: ["/asked"],
    lines: {
      ...after.lines,
      "1q": [...begun["1q"], "aborted upstream-replied", "over"],
      "1s": ["begins pending  200 x-a=0"],
      "1d": ["200 cancel upstream-replied"],
    },
  });
  const rows = (got: Sight, engine = "envoy", start = before, expected = replied): (string | undefined)[] =>
    rowsOf(chain, expected, got, engine, [
      { event: "call /asked", before: start, after },
      { event: "upstream head", before: after, after: replied },
    ]);
  const waits = { ...before, lines: after.lines };
  const row = "Head that a policy lets go behind policies that keep bytes";

  it.each(["envoy", "envoy-chains", "envoy-native"])("leaves the client without an answer: %s", (engine) => {
    expect(new Set(rows(waits, engine))).toEqual(new Set([row]));
    const more = { ...waits.lines, "1q": [...begun["1q"], "through gate a", "read aaab", "over"] };
    expect(new Set(rows({ ...waits, lines: more, upstream: [upstream("aaab", true)] }, engine))).toEqual(
      new Set([row]),
    );
  });

  it("leaves it without the answer of a policy that has not got the head", () => {
    const denied = sight({
      client: { end: "complete", status: 403, headers: [], body: "no", trailers: [] },
      upstream: [],
      lines: { ...replied.lines, "2d": ["403 break "] },
    });
    expect(new Set(rows({ ...waits, calls: [] }, "envoy", before, denied))).toEqual(new Set([row]));
  });

  it.each([
    ["a filter that heard something else", { ...waits, lines: { ...waits.lines, "1q": ["begins GET /"] } }],
    ["more of a filter that was not ended", { ...waits, lines: { ...waits.lines, "2q": ["begins POST /", "slept"] } }],
    ["a response that a filter has seen", { ...waits, lines: { ...waits.lines, "1s": ["begins continue  200"] } }],
    ["other bytes at the upstream", { ...waits, upstream: [upstream("aaX", true)] }],
    ["a part of the request at the upstream", { ...waits, upstream: [upstream("aaa", false)] }],
    ["a call of its own", { ...waits, calls: ["/asked", "/other"] }],
    ["a code in the log", { ...waits, codes: { 1: ["INTERNAL"] } }],
    ["an answer", { ...waits, client: { ...nothing, status: 500 } }],
  ] as [string, Sight][])("does not explain %s", (_what, got) => {
    expect(rows(got)).toContain(undefined);
  });

  it("does not explain one that waits for nobody, nor on the gateway", () => {
    const done = { ...after.lines, "1q": [...begun["1q"], "over"] };
    const idle = sight({ ...after, lines: done });
    const got = { ...waits, lines: { ...done, "2q": ["begins POST /"] } };
    const events = [
      { event: "call /asked", before: { ...before, lines: { ...begun, "1q": done["1q"] } }, after: idle },
      { event: "upstream head", before: idle, after: replied },
    ];
    expect(rowsOf(chain, sight({ calls: ["/asked"], lines: done }), got, "envoy", events)).toContain(undefined);
    expect(rows(waits, "gateway")).toContain(undefined);
  });

  const answered = sight({
    client: { end: "complete", status: 403, headers: [], body: "no", trailers: [] },
    upstream: [],
    calls: ["/asked"],
    lines: {
      "1q": [...begun["1q"], "aborted peer-replied", "over"],
      "1s": ["begins cancel peer-replied 403 x-a=null"],
      "1d": ["403 cancel peer-replied"],
      "2q": after.lines["2q"],
      "2d": ["403 break "],
    },
    codes: { 2: ["PARTIAL_REQUEST"] },
  });

  it("lets a policy answer to which the upstream was faster", () => {
    expect(new Set(rows(answered))).toEqual(new Set([row]));
  });

  it.each([
    ["a status that nobody answers", { ...answered, client: { ...answered.client, status: 200 } }],
    ["one that a filter has seen", { ...answered, lines: { ...answered.lines, "1s": ["begins continue  200 x-a=0"] } }],
    ["a request that reaches the upstream", { ...answered, upstream: [upstream("aaab", true)] }],
    ["a call of its own", { ...answered, calls: ["/asked", "/other"] }],
    ["a code in the log", { ...answered, codes: { 2: ["INTERNAL"] } }],
    ["a failure without a cause", { ...answered, codes: { 2: ["POLICY_FAILED"] } }],
  ] as [string, Sight][])("does not explain, where a policy answers, %s", (_what, got) => {
    expect(rows(got)).toContain(undefined);
  });
});

describe("the head of a response that waits behind a policy at work", () => {
  const plan = planOf({ request: [], response: [["send", 200, ""]] }, { request: [], response: [["stream"]] });
  const works = ["begins continue  200 x-a=0", "streams true", "reads call"];
  const before = sight({ client: nothing, lines: { "2s": works } });
  const expected = sight({
    lines: { "1s": ["begins continue  200 x-a=0"], "2s": [...works, "aborted client-gone", "over"] },
  });
  const later = sight({
    lines: { ...expected.lines, "2s": [...works, "called 200 said", "aborted client-gone", "over"] },
  });
  const events = [{ event: "call /a", before, after: { ...expected, lines: { ...expected.lines, "2s": works } } }];

  it("has the policy at work ended later", () => {
    expect(new Set(rowsOf(plan, expected, later, "envoy", events))).toEqual(
      new Set(["Head that a policy lets go behind policies that keep bytes"]),
    );
  });

  it.each([
    ["another response", { ...later, client: { ...later.client, status: 500 } }],
    ["more that it heard", { ...later, lines: { ...later.lines, "2s": [...works, "read ab", "over"] } }],
  ] as [string, Sight][])("does not explain %s", (_what, got) => {
    expect(rowsOf(plan, expected, got, "envoy", events)).toContain(undefined);
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

describe("a transform that says something at the end of what a policy before it has gathered, with trailers behind", () => {
  const wrapping: Program = { request: [["stream"], ["transform", "wrap none", 0, ""]], response: [] };
  const gathering: Program = { request: [["body"]], response: [] };
  const chain = planOf(gathering, wrapping);
  const plan: Plan = { ...chain, request: { ...chain.request, body: { ...chain.request.body, trailers: true } } };
  const lines = {
    "1q": ["begins POST /", "has aaab", "over"],
    "2q": ["begins POST /", "streams true", "transformed", "over"],
  };
  const trailers = [["x-t", "request"]] as const;
  const passed = sight({ upstream: [{ ...upstream("<AAAB>", true), trailers }], lines });
  const refused = sight({
    client: { end: "complete", status: 500, headers: [], body: "", trailers: [] },
    upstream: [upstream("<AAAB", false)],
    lines: { ...lines, "2s": ["begins cancel failed 500"], "2d": ["500 failed failed"] },
    codes: { 2: ["POLICY_FAILED", "PARTIAL_REQUEST"] },
  });
  const rows = (expected: Sight, got: Sight, engine: string, of = plan): (string | undefined)[] =>
    rowsOf(of, expected, got, engine, []);

  it("may be refused where jobs run inside of events", () => {
    expect(new Set(rows(passed, refused, "module"))).toEqual(new Set(["Promise jobs run"]));
    expect(rows(passed, refused, "gateway")).toContain(undefined);
    expect(rows(passed, refused, "module", planOf(...plan.programs))).toContain(undefined);
    expect(rows(passed, { ...refused, upstream: [upstream("<AAAB>", true)] }, "module")).toContain(undefined);
  });

  it("may go on where Envoy has both in one go", () => {
    const waits = { ...passed, client: nothing };
    const row = "Output of a `transform` after the last chunk of a message with trailers";
    expect(new Set(rows(refused, waits, "envoy"))).toEqual(new Set([row]));
    expect(rows(refused, waits, "module")).toContain(undefined);
    expect(rows(refused, { ...waits, client: { ...nothing, status: 200 } }, "envoy")).toContain(undefined);
    expect(rows(refused, { ...waits, upstream: [upstream("<AAAB>", true)] }, "envoy")).toContain(undefined);
  });

  it("is seen by its filter then, and keeps response filters from what they would do with the refusal", () => {
    const sees = (body: boolean, length = "null") => [
      ...lines["2q"].slice(0, -1),
      `sees length=${length} body=${body}`,
      "over",
    ];
    const failed = {
      ...refused,
      calls: ["/asked"],
      lines: { ...refused.lines, "1s": ["caught Error: on purpose"], "2q": sees(false) },
      codes: { ...refused.codes, 1: ["POLICY_FAILED"] },
    };
    const waits = { ...passed, client: nothing, lines: { ...lines, "2q": sees(true) } };
    expect(rows(failed, waits, "envoy")).not.toContain(undefined);
    expect(rows(failed, { ...waits, lines: { ...lines, "2q": sees(true, "5") } }, "envoy")).toContain(undefined);
    expect(rows(failed, { ...waits, calls: ["/other"] }, "envoy")).toContain(undefined);
  });
});

describe("a policy that answers after its transform when the response has begun", () => {
  const answering: Program = {
    request: [["stream"], ["transform", "upper none", 0, ""], ["answer", 403, ""]],
    response: [],
  };
  const calling: Program = { request: [["stream"], ["transform", "upper call", 0, "/a"]], response: [] };
  const plan = planOf(answering, calling);
  const broken = sight({
    client: { end: "broken", status: 200, headers: [], body: "", trailers: [] },
    lines: {
      "1q": ["begins POST /", "streams true", "transformed", "over"],
      "2q": ["begins POST /", "streams true", "aborted upstream-replied", "over"],
    },
  });
  const more = {
    ...broken,
    calls: ["/a"],
    lines: {
      ...broken.lines,
      "2q": ["begins POST /", "streams true", "transforms call", "aborted upstream-replied", "over"],
    },
  };

  it("may have those behind it hear of what it has made, in a module", () => {
    expect(new Set(rowsOf(plan, broken, more, "module", []))).toEqual(new Set(["Promise jobs run"]));
  });

  it.each([
    ["a complete response", plan, { ...more, client: { ...more.client, end: "complete" } }],
    ["another call", plan, { ...more, calls: ["/b"] }],
    ["more of one that was not ended", planOf(calling, answering), more],
  ] as [string, Plan, Sight][])("does not explain %s", (_what, chain, got) => {
    expect(rowsOf(chain, broken, got, "module", [])).toContain(undefined);
  });
});

describe("the head of a request that a policy lets go when the one before it has gathered the body", () => {
  const chain = planOf({ request: [["body"]], response: [] }, reading);
  const gathered = { "1q": ["begins POST /", "has aaab body=true", "over"] };
  const atWork = { ...gathered, "2q": ["begins POST /", "streams true", "reads gate"] };
  const before = sight({ client: nothing, upstream: [], lines: gathered });
  const after = sight({ client: nothing, upstream: [upstream("", false)], lines: atWork });
  const expected = sight({
    upstream: [upstream("", false)],
    lines: { ...atWork, "2q": [...atWork["2q"], "aborted upstream-replied", "over"], "2d": ["200 continue "] },
  });
  const waiting = sight({ client: nothing, upstream: [], lines: atWork });
  const events: Scheduled[] = [{ event: "call /asked", before, after }];

  it("waits where both are one filter", () => {
    expect(rowsOf(chain, expected, waiting, "envoy-chains", events)).not.toContain(undefined);
  });

  it("goes on where each is one", () => {
    expect(rowsOf(chain, expected, waiting, "envoy", events)).toContain(undefined);
  });
});
