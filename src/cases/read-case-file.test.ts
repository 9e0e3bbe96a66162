import { describe, expect, it } from "vitest";
import { parseCaseFile } from "./read-case-file.js";

/** A file with one step. */
function withStep(step: string): string {
  return `services: [{ name: auth }]\ncases:\n  - name: a\n    steps:\n      - ${step}\n`;
}

const expectation = "expect: { status: 200, upstream: reached }";

function problemOf(text: string): string {
  try {
    parseCaseFile(text, "a.cases.yaml");
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a file of cases", () => {
  it("is what it says, with empty lists where it says nothing", () => {
    const { cases, ...rest } = parseCaseFile(`cases: [{ name: a, steps: [{ advance: 1s }] }]`, "a");
    expect(cases).toEqual([{ name: "a", steps: [{ advance: "1s" }] }]);
    expect(rest).toEqual({ needs: [], services: [], lines: [1] });
  });

  it("keeps what looks like a variable, and takes as many aliases as there are", () => {
    const aliases = Array.from({ length: 200 }, () => "*a").join(", ");
    const text = `fixtures: { a: &a "\${HOME}", many: &many [${aliases}] }\ncases: [{ name: a, config: { many: *many }, steps: [{ advance: 1s }] }]`;
    expect(parseCaseFile(text, "a").cases[0]?.config).toEqual({ many: Array.from({ length: 200 }, () => "${HOME}") });
  });

  it("gives limits in bytes and milliseconds, and no steps where the start fails", () => {
    const { cases, limits } = parseCaseFile(
      "limits: { body: 1KiB, callbackTime: 2s }\ncases: [{ name: a, start: { error: no }, config: { b: 1 } }]",
      "a",
    );
    expect(limits).toEqual({ bodyBytes: 1_024, callbackMilliseconds: 2_000 });
    expect(cases).toEqual([{ name: "a", start: { error: "no" }, config: { b: 1 }, steps: [] }]);
  });

  it("takes any key of a case that needs what no engine has, and of that case only", () => {
    const future = "{ name: a, needs: [websocket], steps: [{ websocket: {} }], instances: 2 }";
    expect(parseCaseFile(`cases: [${future}, { name: b, steps: [{ advance: 1s }] }]`, "a").cases).toEqual([
      { name: "a", needs: ["websocket"], instances: 2, steps: [] },
      { name: "b", steps: [{ advance: "1s" }] },
    ]);
    expect(problemOf(`cases: [${future}, { name: b, instances: 2, steps: [{ advance: 1s }] }]`)).toContain(
      'cases[1].instances\n  unknown key "instances"',
    );
    expect(
      parseCaseFile(`needs: [grpc-client]\nservices: [{ name: a, protocol: grpc }]\ncases: [${future}]`, "a").services,
    ).toEqual([{ name: "a", protocol: "grpc" }]);
  });

  it.each([
    ["no YAML", "cases: [", "a.cases.yaml: 1 problem\n\na.cases.yaml:1:9\n  "],
    ["no mapping", "- a", "expected a mapping, got a list"],
    ["no cases", "use: ./policy.ts", "cases\n  missing: this key is required"],
    ["an empty list of cases", "cases: []", "expected a list with at least one item, got an empty one"],
    [
      "an unknown need",
      "needs: [heders]\ncases: []",
      'needs[0]\n  expected a capability that docs/cases.md lists, got string "heders"',
    ],
    [
      "half an address",
      "services: [{ name: a, at: /url }]\ncases: []",
      "expected at and address together, got one of them",
    ],
    [
      "an unknown step",
      withStep("{ requst: { method: GET, path: / } }"),
      'cases[0].steps[0].requst\n  unknown key "requst": did you mean "request"?',
    ],
    [
      "steps where the start fails",
      "cases: [{ name: a, start: { error: no }, steps: [{ advance: 1s }] }]",
      'cases[0].steps\n  unknown key "steps"',
    ],
    ["a start that fails for any reason", "cases: [{ name: a, start: error }]", "cases[0].start\n  expected a mapping"],
    ["no worker", "workers: 0\ncases: []", "workers\n  expected a whole number above 0, got number 0"],
    [
      "an unknown service with an address",
      "services: [{ name: a, unknown: true, at: /url, address: http://a }]\ncases: []",
      "expected unknown for a service that is called by its name",
    ],
    ["an empty step", withStep("{}"), "expected a step: request, advance, or parallel, got a mapping"],
    [
      "a wrong duration",
      withStep("advance: 5"),
      "cases[0].steps[0].advance\n  expected a duration such as 250ms, 5s, 2m or 1h, got number 5",
    ],
    [
      "two bodies",
      withStep(`{ request: { method: GET, path: /, body: a, chunks: [b] }, ${expectation} }`),
      "expected either body or chunks, got both",
    ],
    [
      "trailers of a body",
      withStep(`{ request: { method: GET, path: /, body: a, trailers: [[a, b]] }, ${expectation} }`),
      "expected chunks where there are trailers, got none",
    ],
    [
      "a header that is no pair",
      withStep(`{ request: { method: GET, path: /, headers: [[a]] }, ${expectation} }`),
      "expected a pair [name, value] of texts (numbers in quotes), got a list",
    ],
    [
      "a header that is a number",
      withStep(
        "{ request: { method: GET, path: / }, expect: { status: 200, headers: { age: 5 }, upstream: reached } }",
      ),
      "expect.headers.age\n  expected a text (numbers in quotes), or one of absent, present, matches, contains, one_of, got number 5",
    ],
    [
      "a payload of no kind",
      withStep(`{ request: { method: GET, path: /, body: { jsn: 1 } }, ${expectation} }`),
      'unknown key "jsn": did you mean "json"?',
    ],
    [
      "no status",
      withStep("{ request: { method: GET, path: / }, expect: { upstream: reached } }"),
      "expected a status, got none",
    ],
    [
      "a word that upstream does not have",
      withStep("{ request: { method: GET, path: / }, expect: { status: 200, upstream: untouched } }"),
      'expected ("reached" | "not-reached" | "not-completed"), got string "untouched"',
    ],
    [
      "a pattern that is none",
      withStep(
        "{ request: { method: GET, path: / }, expect: { status: 200, upstream: reached, body: { matches: '(' } } }",
      ),
      'expected a regular expression, got string "("',
    ],
    [
      "a pointer that is none",
      withStep(
        "{ request: { method: GET, path: / }, expect: { status: 200, upstream: reached, body: { at: { a: 1 } } } }",
      ),
      'expected a JSON pointer such as /items/0/name, got string "a"',
    ],
    [
      "a policy that answers in pieces",
      "cases:\n  - { name: a, steps: [{ advance: 1s }], chain: [self, { stub: reply, phase: body, reply: { status: 200, chunks: [a] } }] }",
      'chain[1].reply.chunks\n  unknown key "chunks"',
    ],
    [
      "a backend that is no service",
      withStep(`{ request: { method: GET, path: / }, backends: { auht: [] }, ${expectation} }`),
      'cases[0].steps[0].backends.auht\n  there is no service "auht": did you mean "auth"?',
    ],
    [
      "an expectation of no service",
      withStep(
        "{ request: { method: GET, path: / }, expect: { status: 200, upstream: reached, services: { upstream: { calls: 1 } } } }",
      ),
      'there is no service "upstream"; services lists what policies call',
    ],
  ])("is refused with %s", (_what, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});
