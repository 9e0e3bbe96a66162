import { byHand, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import askAuth from "./policies/ask-auth.js";
import mark from "./policies/mark.js";
import upperCase from "./policies/upper-case.js";

it("sends a request piece by piece", async () => {
  await using gateway = await testGateway({ policies: [{ policy: mark, config: { name: "a" } }], upstream: byHand });
  const exchange = await gateway.open("/", { method: "POST", body: byHand });
  const call = await gateway.upstream.next();
  expect([call.request.body, call.request.complete]).toEqual(["", false]);

  await exchange.send("one ");
  expect(call.request.body).toBe("one ");
  await exchange.send("two");
  await exchange.sendTrailers({ "x-t": "3" });
  expect(call.request).toMatchObject({ body: "one two", trailers: { "x-t": "3" }, complete: true });

  await call.reply({ status: 204 });
  expect((await exchange.response()).status).toBe(204);
});

it("holds a request until its body is complete, where the policy wants it whole", async () => {
  await using gateway = await testGateway({ policies: [upperCase] });
  const exchange = await gateway.open("/", { method: "POST", body: byHand });

  await exchange.send("one ");
  expect(gateway.upstream.requests).toEqual([]);
  await exchange.end("two");

  expect(gateway.upstream.requests).toMatchObject([{ body: "ONE TWO", headers: { "content-length": "7" } }]);
  await exchange.response();
});

it("ends an exchange whose client goes away", async () => {
  await using gateway = await testGateway({ policies: [askAuth], upstreams: { auth: byHand } });
  const exchange = await gateway.open("/");
  const call = await gateway.upstreams.auth.next();

  await exchange.drop();

  expect(exchange.over).toBe(true);
  expect(gateway.upstream.requests).toEqual([]);
  if (!call.over) {
    await call.reply({});
  }
  await expect(exchange.response()).rejects.toMatchObject({
    code: "TEST_DISCONNECTED",
    message: expect.stringContaining("GET /: the client got no response") as string,
  });
});

it("says what the test itself holds up", async () => {
  const gateway = await testGateway({ policies: [askAuth], upstreams: { auth: byHand }, upstream: byHand });
  const first = await gateway.open("/1");
  await expect(first.response()).rejects.toMatchObject({
    code: "TEST_STUCK",
    message:
      "stuck: GET /1: ask-auth awaits upstream auth (POST /check), whose answers the test gives by hand; call next() and reply()",
  });
  await (await gateway.upstreams.auth.next()).reply({});
  await expect(first.response()).rejects.toThrow(
    "GET /1: the client awaits upstream upstream (GET /1), whose answers the test gives by hand",
  );
  const second = await gateway.open("/2", { method: "POST", body: byHand });
  await expect(second.response()).rejects.toThrow("POST /2: its body is sent by hand and has not ended; call end()");

  await expect(gateway.close()).rejects.toMatchObject({
    code: "TEST_LEFTOVER",
    message: expect.stringMatching(
      /an exchange is still open: GET \/1: .*\n- an exchange is still open: POST \/2: /,
    ) as string,
  });
});

it("tells that no request waits", async () => {
  await using gateway = await testGateway({ policies: [askAuth], upstreams: { auth: byHand } });

  await expect(gateway.upstreams.auth.next()).rejects.toMatchObject({ code: "TEST_STUCK" });
  await expect(gateway.upstream.next()).rejects.toMatchObject({ code: "TEST_OPTIONS" });
});

it("tells what a step is not for", async () => {
  await using gateway = await testGateway({ policies: [] });
  const whole = await gateway.open("/");
  await expect(whole.send("x")).rejects.toMatchObject({ code: "TEST_OPTIONS" });
  const pieces = await gateway.open("/", { method: "POST", body: byHand });
  await pieces.end();
  await expect(pieces.send("x")).rejects.toMatchObject({ code: "TEST_OVER" });
  await expect(gateway.fetch("/", { method: "POST", body: byHand })).rejects.toMatchObject({ code: "TEST_OPTIONS" });
});
