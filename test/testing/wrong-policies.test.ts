/** What the author of a policy reads in a test when the policy is wrong. */

import { everySeed, testGateway } from "sluice/testing";
import { describe, expect, it } from "vitest";
import countsBody from "./policies/counts-body.js";
import firesAndForgets from "./policies/fires-and-forgets.js";
import wrong, { type Misdeed } from "./policies/wrong.js";

const engines = ["native", "wasm"] as const;

/** One request through a policy that does that. */
async function run(does: Misdeed, engine: (typeof engines)[number]) {
  await using gateway = await testGateway({ policies: [{ policy: wrong, config: { does } }], engine });
  const { status, exchange } = await gateway.fetch("/", { method: "POST", body: "abc" });
  return { status, ...exchange, upstreamRequests: gateway.upstream.requests.filter(({ complete }) => complete).length };
}

describe.each(engines)("in a test on the engine %s, a policy that", (engine) => {
  it.each([
    [
      "uses a state twice",
      "STATE_CONSUMED",
      "intoBodyStreamState() after intoBodyState(): a request moves on once.",
      9,
    ],
    [
      "changes what has gone",
      "STATE_CONSUMED",
      "headers.set() after intoBodyState(): the request's head can no longer be changed. Await intoHeadersBodyState() instead: head and body can then be changed.",
      14,
    ],
    [
      "reads a stream twice",
      "STREAM_READ_TWICE",
      "The request's body stream was opened already: it can be read once, by for await or by transform().",
      21,
    ],
    [
      "sets what is no byte string",
      "HEADER_VALUE",
      'headers.set("x-price"): character 2 of the value is U+20AC; header values are bytes: use utf8ToByteString(text).',
      26,
    ],
  ] as const)("%s fails with %s, and the log says first what and where", async (does, code, message, line) => {
    const { status, log, upstreamRequests } = await run(does, engine);

    expect([status, upstreamRequests]).toEqual([500, 0]);
    expect(log[0]).toMatchObject({
      level: "error",
      policy: "wrong",
      message: "POLICY_FAILED: the request filter failed",
      error: { code, message },
    });
    expect(log[0]?.["stack"]).toMatch(new RegExp(`wrong\\.ts:${line}:\\d+`));
  });

  it("returns text fails, and the log says what it may return, but not what it returned", async () => {
    const { status, log, upstreamRequests } = await run("returns text", engine);

    expect([status, upstreamRequests]).toEqual([500, 0]);
    expect(log).toMatchObject([
      {
        error: {
          code: "FILTER_RESULT",
          message: 'onRequest returned a string; expected nothing, a Flow or a Response of "sluice".',
        },
      },
    ]);
    expect(JSON.stringify(log)).not.toContain("secret");
  });

  it.each(["awaits what never comes", "asks again for ever"] as const)(
    "%s is ended after 30 s of the test's clock, and the log says so",
    async (does) => {
      const { status, durationMilliseconds, log, upstreamRequests } = await run(does, engine);

      expect([status, durationMilliseconds, upstreamRequests]).toEqual([500, 30_000, 0]);
      expect(log).toMatchObject([
        { level: "error", message: "FILTER_TIMEOUT: the request filter awaited something for longer than 30000 ms." },
      ]);
    },
  );
});

it.each(["loops", "loops in promise jobs"] as const)(
  "a policy that %s is cut off in a module, and the log says so",
  async (does) => {
    const { status, log, upstreamRequests } = await run(does, "wasm");

    expect([status, upstreamRequests]).toEqual([500, 0]);
    expect(log).toMatchObject([
      { level: "error", message: "FILTER_LOOP: the request filter ran longer than 100 ms without a pause." },
    ]);
  },
);

const tooLate = "headers.set() after the end of the filter: the request's head can no longer be changed.";

describe.each(engines)("a call that fails, on the engine %s,", (engine) => {
  const logOf = async (how: string, audit: object | null) => {
    await using gateway = await testGateway({
      policies: [{ policy: firesAndForgets, config: { how } as never }],
      upstreams: { audit },
      engine,
    });
    expect((await gateway.fetch("/")).status).toBe(200);
    await gateway.clock.advance("1s");
    return gateway.log.map(({ level, policy, message }) => `${level} ${policy ?? ""}: ${message}`);
  };

  const unknown =
    "warn fires-and-forgets: UPSTREAM_UNKNOWN: There is no upstream audit: every call of it fails, until the gateway has one.";

  it.each([
    [null, "UPSTREAM_UNKNOWN: There is no upstream audit."],
    [{ fail: "refused" }, "UPSTREAM_UNREACHABLE: Upstream audit (GET /) is unreachable or broke off."],
    [{ fail: "never" }, "UPSTREAM_TIMEOUT: Upstream audit (GET /) did not answer within 100 ms."],
  ])("is told in the log where nobody awaits it: %j", async (audit, message) => {
    expect(await logOf("forgets", audit)).toEqual([
      ...(audit === null ? [unknown] : []),
      `warn fires-and-forgets: ${message} Nobody awaits that call: the filter goes on as if it had not been made.`,
    ]);
  });

  it.each(["awaits at once", "awaits in the same turn", "hands it on"])(
    "is the policy's own matter where it %s",
    async (how) => {
      expect(await logOf(how, { fail: "refused" })).toEqual([]);
      expect(await logOf(how, null)).toEqual([unknown]);
    },
  );
});

it.each(engines)("what a policy does not await fails in the gateway's log, on the engine %s", async (engine) => {
  await using gateway = await testGateway({
    policies: [{ policy: wrong, config: { does: "does not await what it begins" } }],
    engine,
  });
  expect((await gateway.fetch("/")).status).toBe(200);
  expect(gateway.log).toEqual([]);

  await gateway.clock.advance(10);

  expect(gateway.log).toMatchObject([
    {
      level: "error",
      policy: "wrong",
      request: "request-1",
      message: "POLICY_FAILED: a promise that nobody awaits was rejected",
      error: { code: "STATE_CONSUMED", message: tooLate },
    },
  ]);
  expect(gateway.log[0]?.["stack"]).toMatch(/ at .*wrong\.ts:\d+:\d+/);
});

it("what a test does not await is the test runner's, also while policies run", async () => {
  await using gateway = await testGateway({ policies: [{ policy: wrong, config: { does: "returns text" } }] });
  const seen = new Promise((resolve) => {
    const listener = (reason: unknown) => {
      process.off("unhandledRejection", listener);
      resolve([reason, process.listenerCount("unhandledRejection")]);
    };
    process.on("unhandledRejection", listener);
  });
  const others = process.listenerCount("unhandledRejection") - 1;
  const error = new Error("of the test");
  void Promise.reject(error);
  // Its listener, which this one has kept from reporting, and no other.
  expect(await seen).toEqual([error, others - 1]);
  expect(gateway.log).toEqual([]);
});

it("a policy that counts on the request's end before the response fails with a seed whose upstream answers early", async () => {
  const withSeeds = (earlyAnswers: boolean) =>
    everySeed(async (seed) => {
      await using gateway = await testGateway({
        policies: [{ policy: countsBody, partialRequests: "allow" }],
        seed,
        earlyAnswers,
      });
      const { headers } = await gateway.fetch("/", { method: "POST", body: ["a", "b", "c"] });
      expect(headers.get("x-size")).toBe("3");
    });

  await withSeeds(false);
  await expect(withSeeds(true)).rejects.toMatchObject({
    code: "TEST_FAILED_WITH",
    message: expect.stringMatching(
      /^With seed (\d+) \(SLUICE_TEST_SEED=\1 runs it alone\): expected 'undefined' to be '3'/,
    ) as string,
  });
});
