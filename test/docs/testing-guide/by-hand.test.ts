import { byHand, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import members from "./members.js";

it("lets a visitor go who does not wait for auth", async () => {
  await using gateway = await testGateway({ policies: [members], upstreams: { auth: byHand } });
  const visit = await gateway.open("/", { headers: { authorization: "Bearer a" } });
  const question = await gateway.upstreams.auth.next();

  await visit.drop();
  await question.reply(Response.json({ name: "ada" }));

  expect(gateway.upstream.requests).toEqual([]);
});

it("answers visitors in the order in which auth does", async () => {
  await using gateway = await testGateway({ policies: [members], upstreams: { auth: byHand } });
  const first = await gateway.open("/", { headers: { authorization: "Bearer a" } });
  const second = await gateway.open("/", { headers: { authorization: "Bearer b" } });
  const questions = [await gateway.upstreams.auth.next(), await gateway.upstreams.auth.next()];

  await questions[1]!.reply({ status: 403 });
  expect([first.received.status, second.received.status]).toEqual([0, 403]);

  await questions[0]!.reply(Response.json({ name: "ada" }));
  expect((await first.response()).status).toBe(200);
});

it("sends the head on before the body has come", async () => {
  await using gateway = await testGateway({
    policies: [members],
    upstream: byHand,
    upstreams: { auth: Response.json({ name: "ada" }) },
  });
  const upload = await gateway.open("/", { method: "POST", headers: { authorization: "Bearer a" }, body: byHand });
  const forwarded = await gateway.upstream.next();
  expect(forwarded.request).toMatchObject({ headers: { "x-member": "ada" }, body: "", complete: false });

  await upload.send("half ");
  await upload.end("and half");
  expect(forwarded.request).toMatchObject({ body: "half and half", complete: true });

  await forwarded.reply({ status: 201 });
  expect((await upload.response()).status).toBe(201);
});
