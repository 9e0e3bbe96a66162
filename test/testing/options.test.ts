import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import stopRequest from "../../examples/stop-request/policy.js";
import { failureOf } from "./failure-of.js";

const file = `${import.meta.dirname}/../../examples/stop-request/policy.ts`;
const messageOf = async (options: object): Promise<string | undefined> => {
  const failure = await failureOf(testGateway(options as never));
  return failure && `${failure.code ?? ""}: ${failure.message}`;
};

it.each([
  ["the policy", stopRequest],
  ["its path", file],
  ["its URL", new URL(`file://${file}`)],
  ["its URL as text", `file://${file}`],
])("takes a policy by %s", async (_by, policy) => {
  await using gateway = await testGateway({ policies: [policy], config: { realm: "here" } });

  expect((await gateway.fetch("/")).headers.get("www-authenticate")).toBe('Bearer realm="here"');
});

it("says what it cannot take", async () => {
  expect(await messageOf({ policies: [], polices: [] })).toBe(
    'TEST_OPTIONS: testGateway: there is no option "polices"; expected policies, config, upstream, upstreams, engine, replace, workers, limits, client, now, seed, earlyAnswers.',
  );
  expect(await messageOf({ policies: [stopRequest, stopRequest], config: {} })).toContain("config: is for one policy");
  expect(await messageOf({ policies: [{}] })).toContain(
    "policies[0]: expected a policy, or the path or URL of its file",
  );
  expect(await messageOf({ policies: [], workers: 0 })).toContain("workers: expected 1 or more, got 0");
  expect(await messageOf({ policies: [], now: "yesterday" })).toContain(
    'now: expected a date or milliseconds since the epoch, got "yesterday"',
  );
  expect(await messageOf({ policies: [], engine: "envoy-native" })).toContain(
    'engine: expected "native" or "wasm", got "envoy-native"; there is no Envoy in the test\'s process: write cases (docs/cases.md) for sluice test --engine envoy-native, or send requests to sluice run --engine envoy-native',
  );
  expect(await messageOf({ policies: [], upstreams: { upstream: {} } })).toContain(
    "upstreams.upstream: the route's own upstream is the option",
  );
  expect(await messageOf({ policies: [], upstreams: { "not a name": {} } })).toContain(
    'expected names, or URLs such as "http://auth.internal:8080", got "not a name"',
  );
  expect(await messageOf({ policies: [], limits: { body: "1KiB" } })).toContain(
    'limits: there is no "body"; expected bodyBytes, upstreamResponseMilliseconds, streamIdleMilliseconds, callbackMilliseconds, memoryBytes',
  );
  expect(await messageOf({ policies: [], limits: { bodyBytes: "1KiB" } })).toContain(
    'limits.bodyBytes: expected a number, got "1KiB"',
  );
  expect(await messageOf({ policies: [], earlyAnswers: true })).toContain("earlyAnswers: needs a seed");
});

it("refuses to start with what the policy refuses", async () => {
  expect(await messageOf({ policies: [file], config: { realm: 5 } })).toMatch(
    /^CONFIG_REFUSED: policy stop-request: the configuration is refused: .*realm/,
  );
  expect(await messageOf({ policies: ["./no/such/policy.ts"] })).toMatch(/^POLICY_NOT_FOUND: /);
});

it("says what a request cannot have", async () => {
  await using gateway = await testGateway({ policies: [] });
  const problemOf = async (input: string, init: object) => (await failureOf(gateway.fetch(input, init)))?.message;

  expect(await problemOf("/", { methd: "GET" })).toContain('there is no option "methd"');
  expect(await problemOf("no path", {})).toContain('expected a path, such as "/rooms?n=4", or a URL, got "no path"');
  expect(await problemOf("/", { method: "G T" })).toContain("method: expected a token");
  expect(await problemOf("/", { body: 5 })).toBeUndefined();
});

it("takes requests of the web, and what its fetch takes", async () => {
  await using gateway = await testGateway({ policies: [] });

  await gateway.fetch(new Request("http://rooms.test/a?b=1", { method: "PUT", headers: { "x-a": "1" }, body: "text" }));
  await gateway.fetch("https://rooms.test/form", { method: "POST", body: new URLSearchParams({ a: "1 2" }) });
  await gateway.fetch("/pairs", {
    headers: [
      ["x-a", "1"],
      ["x-a", "2"],
    ],
  });

  expect(gateway.upstream.requests).toMatchObject([
    {
      method: "PUT",
      authority: "rooms.test",
      path: "/a?b=1",
      headers: { "x-a": "1", "content-type": "text/plain;charset=UTF-8" },
      body: "text",
    },
    {
      method: "POST",
      path: "/form",
      headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8", "content-length": "5" },
      body: "a=1+2",
    },
    { path: "/pairs", headers: { "x-a": "1, 2" } },
  ]);
});
