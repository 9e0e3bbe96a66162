import { byHand, everyChunking, testGateway } from "sluice/testing";
import { describe, expect, it } from "vitest";
import policy from "./policy.js";

const forbiddenStrings = ["<%evil%>", "café"];

describe.each(["streamed", "buffered"] as const)("in %s mode", (searchMode) => {
  const config = { searchMode, forbiddenStrings };

  it("refuses a forbidden string wherever the body is cut, and reports it", async () => {
    await using gateway = await testGateway({ policies: [policy], config });

    await everyChunking("hello <%evil%> café", async (chunks) => {
      const response = await gateway.fetch("/inbox", { method: "POST", body: chunks });

      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: "forbidden string in the payload" });
      expect(response.exchange.violation).toEqual({ policy: "stream-payload", kind: "violation" });
      expect(response.exchange.upstream?.complete ?? false).toBe(false);
    });
  });

  it("passes other bodies on, also such as are larger than what a policy may gather", async () => {
    await using gateway = await testGateway({ policies: [policy], config, limits: { bodyBytes: 10 } });

    const response = await gateway.fetch("/inbox", { method: "POST", body: ["<%EVIL%>, ", "<%evil", " and cafe"] });

    expect(response.status).toBe(200);
    expect(response.exchange.violation).toBeUndefined();
    expect(gateway.upstream.requests).toMatchObject([{ body: "<%EVIL%>, <%evil and cafe", complete: true }]);
  });
});

it("answers before the body is complete in streamed mode only", async () => {
  for (const [searchMode, status] of [
    ["streamed", 400],
    ["buffered", 0],
  ] as const) {
    await using gateway = await testGateway({ policies: [policy], config: { searchMode, forbiddenStrings } });
    const exchange = await gateway.open("/inbox", { method: "POST", body: byHand });

    await exchange.send("<%evil%>");
    expect(exchange.received.status).toBe(status);

    await exchange.end();
    expect((await exchange.response()).status).toBe(400);
  }
});

it("finds texts among bytes that are no text", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { forbiddenStrings } });
  const bytes = Uint8Array.from([0xff, 0xfe, ...new TextEncoder().encode("café"), 0x80]);

  expect((await gateway.fetch("/inbox", { method: "POST", body: bytes })).status).toBe(400);
  expect((await gateway.fetch("/inbox", { method: "POST", body: bytes.subarray(0, 5) })).status).toBe(200);
});
