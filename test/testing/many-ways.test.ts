import { everyChunking, everyEmptyResponse, everySeed, testGateway } from "sluice/testing";
import { afterEach, expect, it } from "vitest";
import { failureOf } from "./failure-of.js";
import lostUpdate from "./policies/lost-update.js";
import naiveSearch from "./policies/naive-search.js";
import upperCase from "./policies/upper-case.js";

afterEach(() => {
  delete process.env["SLUICE_TEST_SEED"];
});

it("runs a test with a body in every chunking", async () => {
  const seen: string[] = [];
  await everyChunking("abc", (chunks) => {
    seen.push(chunks.map((chunk) => new TextDecoder().decode(chunk)).join("|"));
  });

  expect(seen).toEqual(["abc", "a|bc", "ab|c", "a|b|c"]);
});

it("finds a policy that takes chunks for words, and says how the body was cut", async () => {
  await using gateway = await testGateway({ policies: [naiveSearch] });
  const test = everyChunking("a secret word", async (chunks) => {
    expect((await gateway.fetch("/", { method: "POST", body: chunks })).status).toBe(400);
  });

  await expect(test).rejects.toMatchObject({
    code: "TEST_FAILED_WITH",
    message: expect.stringMatching(/^With the body cut in two after 3 bytes: expected 200 to be 400/) as string,
  });
});

it("does not mind how bodies are cut where the policy does not", async () => {
  await everySeed(
    async (seed) => {
      await using gateway = await testGateway({ policies: [upperCase], upstream: { body: ["some ", "text"] }, seed });
      const response = await gateway.fetch("/", { method: "POST", body: "question" });
      expect([gateway.upstream.requests[0]?.body, await response.text()]).toEqual(["QUESTION", "SOME TEXT"]);
    },
    { count: 30 },
  );
});

it("finds a race, says its seed, and runs that seed again", async () => {
  const race = () =>
    everySeed(async (seed) => {
      await using gateway = await testGateway({ policies: [lostUpdate], upstreams: { ledger: {} }, seed });
      await Promise.all([gateway.fetch("/"), gateway.fetch("/")]);
      expect(gateway.upstream.requests.map(({ headers }) => headers["x-balance"]).sort()).toEqual(["1", "2"]);
    });
  const failure = await failureOf(race());
  const seed = /^With seed (\d+) \(SLUICE_TEST_SEED=\1 runs it alone\): /.exec(failure?.message ?? "")?.[1];
  expect(failure).toMatchObject({ code: "TEST_FAILED_WITH" });

  process.env["SLUICE_TEST_SEED"] = seed;
  await expect(race()).rejects.toMatchObject({ message: failure?.message });
});

it("lets upstreams answer early, if the test says so", async () => {
  const completed = new Set<boolean>();
  await everySeed(
    async (seed) => {
      await using gateway = await testGateway({ policies: [], upstream: { body: "early" }, seed, earlyAnswers: true });
      const response = await gateway.fetch("/", { method: "POST", body: ["a", "b", "c"] });
      expect(await response.text()).toBe("early");
      completed.add(gateway.upstream.requests[0]?.complete === true);
    },
    { count: 50 },
  );

  expect([...completed].sort()).toEqual([false, true]);
});

it("tries every kind of response without content", async () => {
  const tried: string[] = [];
  await everyEmptyResponse(async ({ method, reply }) => {
    await using gateway = await testGateway({ policies: [upperCase], upstream: reply });
    const response = await gateway.fetch("/", { method });
    tried.push(`${method} ${response.status} ${response.headers.get("content-length")} ${await response.text()}`);
  });
  expect(tried).toEqual([
    "HEAD 200 1024 ",
    "GET 204 null ",
    "GET 205 0 ",
    "GET 304 null ",
    "GET 200 0 ",
    "GET 200 null ",
  ]);
});

it("tells with which response without content a test failed", async () => {
  const test = everyEmptyResponse(({ reply }) => {
    expect(reply.status).not.toBe(304);
  });
  await expect(test).rejects.toThrow(/With a 304: /);
});
