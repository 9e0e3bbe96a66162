import { afterEach, beforeAll, afterAll, expect, it } from "vitest";
import { startGateway, type Gateway } from "sluice/gateway";
import { startUpstream, type RecordingUpstream } from "../recording-upstream.js";

let upstream: RecordingUpstream;
let gateway: Gateway | undefined;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});
afterAll(() => upstream.close());

async function start(allow: unknown): Promise<string> {
  gateway = await startGateway({ upstream: upstream.url, policies: [{ use: `${import.meta.dirname}/policy.ts`, config: { allow } }] });
  return gateway.url;
}

it.each([[["127.0.0.0/8"]], [["2001:db8::/32", "127.0.0.1/32"]]])("lets a client of %j pass", async (allow) => {
  const response = await fetch(await start(allow));

  expect(response.status).toBe(200);
});

it.each([[["10.0.0.0/8"]], [["::/0"]]])("refuses a client that is in none of %j", async (allow) => {
  upstream.requests.length = 0;
  const response = await fetch(await start(allow));

  expect(response.status).toBe(403);
  expect(upstream.requests).toEqual([]);
});

it.each([[["10.0.0.0/33"]], [["localhost"]], [[]]])("does not start with %j", async (allow) => {
  await expect(start(allow)).rejects.toMatchObject({ code: "CONFIG_REFUSED" });
});
