import { byHand, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import { failureOf } from "./failure-of.js";
import askAuth from "./policies/ask-auth.js";
import mark from "./policies/mark.js";

const pass = { policy: mark, config: { name: "a" } };

it("answers every request with the same reply", async () => {
  await using gateway = await testGateway({
    policies: [pass],
    upstream: { status: 201, headers: { "x-a": "1" }, body: "made", trailers: { "x-t": "2" } },
  });

  for (const _ of [1, 2]) {
    const response = await gateway.fetch("/");
    expect([response.status, response.headers.get("x-a"), await response.text(), response.trailers]).toEqual([
      201,
      "1",
      "made",
      { "x-t": "2" },
    ]);
  }
});

it("answers with the web's Response, repeated headers apart", async () => {
  const headers = new Headers([
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
  await using gateway = await testGateway({
    policies: [pass],
    upstream: Response.json({ a: 1 }, { status: 202, headers }),
  });

  for (const _ of [1, 2]) {
    const response = await gateway.fetch("/");
    expect([response.status, response.headers.getSetCookie(), await response.json()]).toEqual([
      202,
      ["a=1", "b=2"],
      { a: 1 },
    ]);
  }
});

it("answers one reply after the other", async () => {
  await using gateway = await testGateway({ policies: [pass], upstream: [{ status: 201 }, { status: 202 }] });

  expect([(await gateway.fetch("/")).status, (await gateway.fetch("/")).status]).toEqual([201, 202]);
});

it("answers what a function says of the request", async () => {
  await using gateway = await testGateway({
    policies: [pass],
    upstream: async ({ method, path, body }) => Promise.resolve(new Response(`${method} ${path} ${body}`)),
  });

  const response = await gateway.fetch("/a", { method: "PUT", body: "text" });
  expect(await response.text()).toBe("PUT /a text");
});

it("takes time on the test's clock only", async () => {
  await using gateway = await testGateway({ policies: [pass], upstream: { delay: "12s", body: "late" } });

  const response = await gateway.fetch("/");
  expect(await response.text()).toBe("late");
  expect(response.exchange.durationMilliseconds).toBe(12_000);
});

it("fails as a test says", async () => {
  const statusFor = async (fail: "never" | "reset" | "refused" | "malformed") => {
    await using gateway = await testGateway({ policies: [pass], upstream: { fail } });
    return (await gateway.fetch("/")).status;
  };

  expect([
    await statusFor("never"),
    await statusFor("reset"),
    await statusFor("refused"),
    await statusFor("malformed"),
  ]).toEqual([504, 502, 502, 502]);
});

it("breaks off in the middle of a body", async () => {
  await using gateway = await testGateway({
    policies: [pass],
    upstream: { fail: "reset", after: { body: ["begin", "ning"] } },
  });

  await expect(gateway.fetch("/")).rejects.toMatchObject({
    code: "TEST_DISCONNECTED",
    message: expect.stringContaining("GET /: the client got a response 200 that breaks off after 9 bytes") as string,
  });
});

it("records what policies call", async () => {
  await using gateway = await testGateway({ policies: [askAuth], upstreams: { auth: { status: 401, body: "no" } } });

  const response = await gateway.fetch("/a");
  expect([response.status, await response.text()]).toEqual([403, "refused: no"]);
  expect(gateway.upstreams.auth.requests).toMatchObject([
    { method: "POST", path: "/check", headers: { "x-path": "/a" }, body: "who", complete: true },
  ]);
});

it("gives a policy the failures of what it calls", async () => {
  const codeFor = async (auth: object | null) => {
    await using gateway = await testGateway({ policies: [askAuth], upstreams: { auth } });
    const { exchange, status } = await gateway.fetch("/a");
    expect(status).toBe(500);
    return JSON.stringify(exchange.log);
  };

  expect(await codeFor({ fail: "never" })).toContain("UPSTREAM_TIMEOUT");
  expect(await codeFor({ fail: "reset" })).toContain("UPSTREAM_UNREACHABLE");
  expect(await codeFor({ fail: "refused" })).toContain("UPSTREAM_UNREACHABLE");
  expect(await codeFor(null)).toContain("UPSTREAM_UNKNOWN");
});

it("fails the test when an upstream is called that it does not have", async () => {
  await using gateway = await testGateway({ policies: [askAuth], upstreams: { other: {} } });

  await expect(gateway.fetch("/a")).rejects.toMatchObject({
    code: "TEST_UNEXPECTED_CALL",
    message: expect.stringContaining(
      'policy ask-auth calls upstream "auth", which the test does not have (it has "other", "upstream")',
    ) as string,
  });
});

it("fails the test when more comes than it expects", async () => {
  await using gateway = await testGateway({ policies: [askAuth], upstreams: { auth: [{ status: 200 }] } });

  expect((await gateway.fetch("/a")).status).toBe(200);
  await expect(gateway.fetch("/b")).rejects.toMatchObject({
    code: "TEST_UNEXPECTED_CALL",
    message: expect.stringContaining(
      "upstream auth: expected no more requests, got POST /check from ask-auth",
    ) as string,
  });
});

it("fails the test when something else comes than it expects", async () => {
  const problemOf = async (expect: object) => {
    const gateway = await testGateway({ policies: [askAuth], upstreams: { auth: [{ expect }] } });
    const failure = await failureOf(gateway.fetch("/a"));
    await gateway.close();
    return failure?.message;
  };

  expect(await problemOf({ method: "POST", path: /^\/ch/, headers: { "X-Path": "/a" }, body: "who" })).toBeUndefined();
  expect(await problemOf({ method: "GET", path: "/check" })).toContain(
    "upstream auth: expected GET /check, got POST /check from ask-auth: the method is POST",
  );
  expect(await problemOf({ headers: { "x-token": /./ } })).toContain(
    "expected any method any path, x-token: /./, got POST /check from ask-auth: the header x-token is not there",
  );
  expect(await problemOf({ body: "me" })).toContain('the body is "who"');
});

it("reports what a test expected and did not get", async () => {
  const gateway = await testGateway({
    policies: [askAuth],
    upstreams: { auth: [{}, { expect: { path: "/later" } }, {}] },
  });
  await gateway.fetch("/a");

  await expect(gateway.close()).rejects.toMatchObject({
    code: "TEST_LEFTOVER",
    message: expect.stringMatching(
      /- upstream auth did not get: any method \/later\n- upstream auth did not get: any request/,
    ) as string,
  });
});

it("takes answers by hand", async () => {
  await using gateway = await testGateway({ policies: [askAuth], upstreams: { auth: byHand } });
  const first = await gateway.open("/1");
  const second = await gateway.open("/2");
  const [one, two] = [await gateway.upstreams.auth.next(), await gateway.upstreams.auth.next()];
  expect([one.request.headers["x-path"], two.request.headers["x-path"], one.policy]).toEqual(["/1", "/2", "ask-auth"]);

  await two.reply({ status: 403, body: "second" });
  expect([first.over, second.over]).toEqual([false, true]);
  await one.reply(new Response("fine"));

  expect([(await first.response()).status, (await second.response()).status]).toEqual([200, 403]);
  await expect(one.reply({})).rejects.toMatchObject({ code: "TEST_OVER" });
});

it("takes a response by hand, piece by piece", async () => {
  await using gateway = await testGateway({ policies: [pass], upstream: byHand });
  const exchange = await gateway.open("/");
  const call = await gateway.upstream.next();

  await call.head(200, { "x-a": "1" });
  await call.send("one ");
  expect(exchange.received).toMatchObject({ status: 200, headers: { "x-a": "1" }, body: "one ", ended: false });
  await call.send("two");
  await call.sendTrailers({ "x-t": "3" });

  const response = await exchange.response();
  expect([await response.text(), response.trailers]).toEqual(["one two", { "x-t": "3" }]);
});

it("refuses a reply that is none", async () => {
  await using gateway = await testGateway({ policies: [pass], upstream: () => "hello" as unknown as Response });

  await expect(gateway.fetch("/")).rejects.toMatchObject({
    code: "TEST_UNEXPECTED_CALL",
    message: expect.stringContaining(
      "what the function of upstream upstream returned: expected a Response of the web",
    ) as string,
  });
});
