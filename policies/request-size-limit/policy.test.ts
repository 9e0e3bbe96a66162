import { everyChunking, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import requestSizeLimit from "./policy.js";

const start = (config: unknown) => testGateway({ policies: [requestSizeLimit], config: config as never });

it.each(["", "1", "12345"])("a body of %j passes where five bytes may", async (body) => {
  await using gateway = await start({ maxRequestBytes: 5 });

  expect((await gateway.fetch("/", { method: "POST", body })).status).toBe(200);
  expect(gateway.upstream.requests[0]?.body).toBe(body);
});

it("a longer one is refused before any of it is read", async () => {
  await using gateway = await start({ maxRequestBytes: 5 });

  const response = await gateway.fetch("/", { method: "POST", body: "123456", headers: { "content-length": "6" } });

  expect(response.status).toBe(413);
  expect(gateway.upstream.requests).toEqual([]);
});

it("one without a length is counted, however it is cut, and never reaches the upstream whole", async () => {
  await everyChunking("123456", async (chunks) => {
    await using gateway = await start({ maxRequestBytes: 5 });

    const response = await gateway.fetch("/", { method: "POST", body: chunks });

    expect(response.status).toBe(413);
    expect(gateway.upstream.requests.map((request) => request.body)).not.toContain("123456");
  });
});

it("one without a length that is not too large passes, however it is cut", async () => {
  await everyChunking("12345", async (chunks) => {
    await using gateway = await start({ maxRequestBytes: 5 });

    expect((await gateway.fetch("/", { method: "POST", body: chunks })).status).toBe(200);
    expect(gateway.upstream.requests[0]?.body).toBe("12345");
  });
});

it.each<[config: unknown, message: string]>([
  [{}, "config.maxRequestBytes"],
  [{ maxRequestBytes: -1 }, "config.maxRequestBytes"],
  [{ maxRequestBytes: "1MB" }, "config.maxRequestBytes"],
])("does not start with %j", async (config, message) => {
  await expect(start(config)).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
