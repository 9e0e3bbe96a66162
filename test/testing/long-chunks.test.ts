/** Chunks that come from hosts at once and are too long for the time that a module's code has. */

import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import slowStreams from "./policies/slow-streams.js";

const kibibyte = 1_024;

async function upload(how: "reads" | "transforms" | "hangs", engine: "native" | "wasm", body: string) {
  // Less than what all of the body takes, and far more than what a piece of it does.
  await using gateway = await testGateway({
    policies: [slowStreams],
    config: { how },
    engine,
    limits: { callbackMilliseconds: 750 },
  });
  const { status, exchange } = await gateway.fetch("/", { method: "POST", body });
  return { status, log: exchange.log, got: gateway.upstream.requests[0]?.body };
}

it.each(["native", "wasm"] as const)(
  "on the engine %s a filter gets long chunks in pieces of 64 KiB",
  async (engine) => {
    const body = "ab".repeat(80 * kibibyte) + "c";
    const { status, log, got } = await upload("reads", engine, body);

    expect([status, got === body]).toEqual([200, true]);
    expect(log).toMatchObject([{ message: "read", longest: 64 * kibibyte, chunks: 3 }]);
  },
);

it.each(["reads", "transforms"] as const)(
  "a module's filter that %s has its time for each of them anew",
  async (how) => {
    const body = "x".repeat(64 * 64 * kibibyte);
    const { status, log, got } = await upload(how, "wasm", body);

    expect([status, got === body]).toEqual([200, true]);
    expect(log).toMatchObject([{ message: "read", chunks: 64 }]);
  },
);

it("a module's filter that does not come to the end of one is cut off", async () => {
  const { status, log } = await upload("hangs", "wasm", "x".repeat(200 * kibibyte));

  expect(status).toBe(500);
  expect(log[0]).toMatchObject({ message: "FILTER_LOOP: the request filter ran longer than 750 ms without a pause." });
});
