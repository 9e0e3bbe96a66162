/** What Envoy makes of the same raw responses of upstreams as the gateway's tests have. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { RawClient } from "../gateway/support/raw-client.js";
import { okResponse, type RawConnection, RawUpstream } from "../gateway/support/raw-upstream.js";
import { answeringByPath, outcomeOf, upstreamResponses } from "../gateway/support/upstream-responses.js";
import { configOf } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";

/** Answers the first request of each connection, and resets the connection at the next. */
function losingTheSecond({ socket }: RawConnection): void {
  socket.once("data", (head: string) => {
    socket.write(head.startsWith("HEAD ") ? okResponse.replace(/ok$/, "") : okResponse);
    socket.once("data", () => socket.resetAndDestroy());
  });
}

const rows = upstreamResponses.map(({ title, client, envoy = client, method = "GET" }, index) => ({
  title,
  index,
  method,
  expected: envoy,
}));

describe("in Envoy an upstream's response", () => {
  let envoy: RunningEnvoy;
  let upstream: RawUpstream;
  let forgetful: RawUpstream;

  beforeAll(async () => {
    upstream = await RawUpstream.start(answeringByPath);
    forgetful = await RawUpstream.start(losingTheSecond);
    envoy = await startConfig(
      configOf({ api: upstream.url, forgetful: forgetful.url }, [
        {},
        { match: { path: "/forgetful" }, upstream: "forgetful" },
      ]),
    );
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
    await forgetful?.close();
  });

  it.each(rows)("$title, to $method", async ({ index, method, expected }) => {
    const client = new RawClient(envoy.port);
    onTestFinished(() => {
      client.close();
    });
    client.send(`${method} /${index} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(outcomeOf(await client.untilEnd(), method)).toBe(expected);
  });

  it.each([
    ["GET", "200 ok"],
    ["HEAD", "200 "],
    ["OPTIONS", "200 ok"],
    ["DELETE", "200 ok"],
    ["PUT", "502"],
    ["POST", "502"],
    ["PATCH", "502"],
  ])("to %s on a kept connection that is lost then is %s", async (method, expected) => {
    const ask = async (used: string): Promise<string> => {
      const client = new RawClient(envoy.port);
      onTestFinished(() => {
        client.close();
      });
      client.send(`${used} /forgetful HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return outcomeOf(await client.untilEnd(), used);
    };
    // Leaves a connection that has served a request, whatever was there before.
    expect(await ask("GET")).toBe("200 ok");
    expect(await ask(method)).toBe(expected);
  });
});
