import { afterEach, beforeEach, expect, it } from "vitest";
import { startGateway, type Gateway, type PolicyUseOptions } from "sluice/gateway";
import { startUpstream, type RecordingUpstream } from "../recording-upstream.js";

let upstream: RecordingUpstream;
let gateway: Gateway | undefined;
let partialRequestBy: string | undefined;

beforeEach(async () => {
  upstream = await startUpstream();
  partialRequestBy = undefined;
});
afterEach(async () => {
  await gateway?.close();
  await upstream.close();
});

async function start(partialRequests?: PolicyUseOptions["partialRequests"]): Promise<string> {
  gateway = await startGateway(
    {
      upstream: upstream.url,
      policies: [{ use: `${import.meta.dirname}/policy.ts`, config: { forbidden: "secret" }, ...(partialRequests && { partialRequests }) }],
    },
    { reports: { onPartialRequest: (policy) => { partialRequestBy = policy; } } },
  );
  return gateway.url;
}

/** Sends the first part, waits for `before`, then sends the forbidden word. */
function postInParts(url: string, before: () => Promise<void>): Promise<Response> {
  async function* parts() {
    yield Buffer.from("this is no ");
    await before();
    yield Buffer.from("secret");
  }
  return fetch(url, { method: "POST", body: parts(), duplex: "half" });
}

it("passes a harmless body on", async () => {
  const response = await fetch(await start(), { method: "POST", body: "good morning" });

  expect(response.status).toBe(200);
  expect(upstream.requests).toMatchObject([{ body: "good morning", state: "complete" }]);
});

it("passes a request without a body on", async () => {
  const response = await fetch(await start());

  expect(response.status).toBe(200);
});

it("refuses a body with the forbidden word, and the upstream sees nothing of it", async () => {
  const response = await postInParts(await start(), () => Promise.resolve());

  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({ error: "forbidden content" });
  await gateway?.close();
  expect(upstream.requests).toEqual([]);
});

it("with partialRequests: allow, the upstream sees a refused request begin and break off", async () => {
  const response = await postInParts(await start("allow"), () => upstream.until((requests) => requests.length === 1));

  expect(response.status).toBe(403);
  await upstream.until(([request]) => request?.state === "partial");
  expect(upstream.requests[0]?.body).not.toContain("secret");
  expect(partialRequestBy).toBe("body-guard");
});

it("refuses a body over the limit with 413", async () => {
  const response = await fetch(await start(), { method: "POST", body: "a".repeat(1_048_577) });

  expect(response.status).toBe(413);
});
