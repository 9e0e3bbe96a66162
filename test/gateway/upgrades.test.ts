/** Requests for another protocol, which the gateway does not take up: what follows them is read as if they had not asked. */
import { describe, expect, it } from "vitest";
import { gatewayFor } from "./support/gateway-fixture.js";
import { messageUpstream } from "./support/message-upstream.js";
import { sendByteByByte, sendInTwo } from "./support/raw-client.js";

const h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
const last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

async function fixture() {
  const upstream = await messageUpstream();
  return { ...(await gatewayFor({ upstream: upstream.url })), upstream };
}

function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

describe("a request that offers h2c", () => {
  it.each([
    ["without a body", `GET /a HTTP/1.1\r\nHost: a\r\n${h2c}\r\n`, "GET /a"],
    [
      "with a body of a known length",
      `POST /a HTTP/1.1\r\nHost: a\r\n${h2c}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
      `POST /a ${smuggled}`.trimEnd(),
    ],
    [
      "with a chunked body",
      `POST /a HTTP/1.1\r\nHost: a\r\n${h2c}Transfer-Encoding: chunked\r\n\r\n7\r\n0\r\n\r\nab\r\n0\r\n\r\n`,
      "POST /a 0\r\n\r\nab",
    ],
    [
      "with a chunked body and trailers",
      `POST /a HTTP/1.1\r\nHost: a\r\n${h2c}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n00\r\nX-A: 1\r\n\r\n`,
      "POST /a a",
    ],
  ])("%s is served as usual, and so is what follows it, wherever the bytes are split", async (_what, request, line) => {
    const { client, upstream } = await fixture();
    const bytes = request + request + last;
    const expected = [
      [200, 200, 200],
      [line, line, "GET /last"],
    ];
    const served = async (send: Promise<string>) => [statuses(await send), upstream.requests.splice(0)];
    expect(await served(client().send(bytes).untilEnd())).toEqual(expected);
    for (let at = 1; at < bytes.length; at++) {
      expect(await served(sendInTwo(client(), bytes, at))).toEqual(expected);
    }
    expect(await served(sendByteByByte(client(), bytes))).toEqual(expected);
  });
});

describe("a request that wants another protocol", () => {
  it.each([
    ["without a body", ""],
    ["with a body of a known length", `Content-Length: ${smuggled.length}\r\n`],
    ["with a chunked body", "Transfer-Encoding: chunked\r\n"],
  ])("%s is refused, and nothing behind it is served, wherever the bytes are split", async (_what, framing) => {
    const { client, upstream, entries } = await fixture();
    const head = `GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${framing}\r\n`;
    const bytes = `${head}${smuggled}${last}`;
    for (let at = 1; at < bytes.length; at++) {
      const text = await sendInTwo(client(), bytes, at);
      expect(statuses(text)).toEqual([501]);
      expect(text).toMatch(/\r\nconnection: close\r\n/i);
    }
    expect(upstream.requests).toEqual([]);
    expect(new Set(entries.map(({ details }) => details))).toEqual(new Set(["upgrade_refused"]));
  });
});

describe("CONNECT", () => {
  const connect = "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n";

  it("is refused, and nothing behind it is served, wherever the bytes are split", async () => {
    const { client, upstream } = await fixture();
    const bytes = connect + smuggled + last;
    for (let at = 1; at < bytes.length; at++) {
      expect(statuses(await sendInTwo(client(), bytes, at))).toEqual([501]);
    }
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ["resets", true, connect],
    ["closes", false, connect],
    ["resets behind another request", true, `GET /a HTTP/1.1\r\nHost: a\r\n\r\n${connect}`],
    ["resets, having sent more", true, connect + smuggled.repeat(100)],
  ])("of a client that %s leaves the gateway to the next one", async (_what, resets, bytes) => {
    const { client } = await fixture();
    for (let i = 0; i < 20; i++) {
      const sender = client().send(bytes);
      await sender.until("501 ");
      if (resets) {
        sender.socket.resetAndDestroy();
      } else {
        sender.close();
      }
      expect(statuses(await client().send(last).untilEnd())).toEqual([200]);
    }
  });

  it("of a client that resets without reading leaves the gateway to the next one", async () => {
    const { client } = await fixture();
    for (let i = 0; i < 50; i++) {
      const sender = client();
      await new Promise((resolve) => sender.socket.once("connect", resolve));
      sender.send(connect);
      sender.socket.resetAndDestroy();
    }
    expect(statuses(await client().send(last).untilEnd())).toEqual([200]);
  });
});
