import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EchoUpstream, startEchoUpstream } from "./echo-upstream.js";

let echo: EchoUpstream;
beforeAll(async () => {
  echo = await startEchoUpstream();
});
afterAll(() => echo.close());

function send(body: Buffer): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request(`${echo.url}/p?q`, { method: "POST", agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        });
    });
    sent.on("error", reject);
    sent.setHeader("X-Twice", ["a", "b"]);
    sent.end(body);
  });
}

it("answers with what it got, repeated headers as a list", async () => {
  expect(await send(Buffer.from("hé"))).toMatchObject({
    method: "POST",
    path: "/p?q",
    headers: { "x-twice": ["a", "b"], "content-length": "3" },
    body: "hé",
    bodyBytes: 3,
  });
});

it("counts a large body, and echoes its beginning", async () => {
  expect(await send(Buffer.alloc(1_000_000, "x"))).toMatchObject({ body: "x".repeat(65_536), bodyBytes: 1_000_000 });
});
