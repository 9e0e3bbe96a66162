/** What Envoy makes of the same raw responses of upstreams as the gateway's tests have. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { RawClient } from "../gateway/support/raw-client.js";
import { RawUpstream } from "../gateway/support/raw-upstream.js";
import { answeringByPath, outcomeOf, upstreamResponses } from "../gateway/support/upstream-responses.js";
import { configOf } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";

const rows = upstreamResponses.map(({ title, client, envoy = client, method = "GET" }, index) => ({
  title,
  index,
  method,
  expected: envoy,
}));

describe("in Envoy an upstream's response", () => {
  let envoy: RunningEnvoy;
  let upstream: RawUpstream;

  beforeAll(async () => {
    upstream = await RawUpstream.start(answeringByPath);
    envoy = await startConfig(configOf({ api: upstream.url }, [{}]));
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it.each(rows)("$title, to $method", async ({ index, method, expected }) => {
    const client = new RawClient(envoy.port);
    onTestFinished(() => {
      client.close();
    });
    client.send(`${method} /${index} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    // Envoy does not end a connection whose protocol changes.
    const received = await (expected === "101 " ? client.until("\r\n\r\n") : client.untilEnd());
    expect(outcomeOf(received, method)).toBe(expected);
  });
});
