import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const config = {
  prepend: [{ role: "system" as const, content: "You are a tide-table clerk." }],
  append: [{ content: "Answer in one line." }],
};

const completion = {
  model: "m-1",
  temperature: 0.25,
  messages: [{ role: "user", content: "High water?", name: "ada" }],
};

it("puts messages around those of the request, and leaves everything else as it is", async () => {
  await using gateway = await testGateway({ policies: [policy], config });

  await gateway.fetch("/v1/chat", { method: "POST", body: JSON.stringify(completion) });

  const [request] = gateway.upstream.requests;
  expect(request?.json()).toEqual({
    model: "m-1",
    temperature: 0.25,
    messages: [
      { role: "system", content: "You are a tide-table clerk." },
      { role: "user", content: "High water?", name: "ada" },
      { role: "system", content: "Answer in one line." },
    ],
  });
  expect(request?.headers["content-length"]).toBe(String(request?.bytes.length));
});

it.each([
  "",
  "{",
  "[]",
  '{"model":"m-1"}',
  '{"model":7,"messages":[]}',
  '{"model":"m-1","messages":[{"role":"user"}]}',
])("refuses %j, of which the upstream sees nothing", async (body) => {
  await using gateway = await testGateway({ policies: [policy], config });

  const response = await gateway.fetch("/v1/chat", { method: "POST", body });

  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: "body is not a chat completion" });
  expect(gateway.upstream.requests).toEqual([]);
});

it("does not start with a role that there is not", async () => {
  const prepend = [{ role: "clerk" as "user", content: "x" }];
  await expect(testGateway({ policies: [policy], config: { prepend } })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
  });
});
