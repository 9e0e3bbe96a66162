/** Raw responses of upstreams, by both ways to an upstream: undici for requests without a body, node:http for the others. */
import { describe, expect, it } from "vitest";
import { gatewayAndUpstream } from "./support/gateway-fixture.js";
import { answeringByPath, outcomeOf, upstreamResponses } from "./support/upstream-responses.js";

const rows = upstreamResponses.flatMap(({ title, client, afterBody = client, kept, method }, index) => {
  const row = { title, index, method: method ?? "GET", expected: client, kept: kept === true };
  return method === undefined
    ? [row, { ...row, method: "POST", expected: afterBody, kept: kept !== undefined }]
    : [row];
});

describe("an upstream's response", () => {
  it.each(rows)("$title, to $method", async ({ index, method, expected, kept }) => {
    const { client, upstream, entry } = await gatewayAndUpstream(answeringByPath);
    const ask = async (path: string): Promise<string> => {
      const end = method === "POST" ? "Content-Length: 1\r\n\r\nx" : "\r\n";
      const sender = client().send(`${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${end}`);
      return outcomeOf(await sender.untilEnd(), method);
    };
    expect(await ask(`/${index}`)).toBe(expected);
    expect((await entry()).status).toBe(Number(expected.slice(0, 3)));
    // Whatever came is not taken for the response to the next request.
    expect(await ask("/next")).toBe(method === "HEAD" ? "200 " : "200 ok");
    expect(upstream.connections).toHaveLength(kept ? 1 : 2);
  });
});
