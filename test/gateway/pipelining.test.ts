/** Clients that send requests without waiting for responses: one exchange at a time is in progress, the rest waits. */
import { describe, expect, it } from "vitest";
import { gatewayAndUpstream, gatewayFor } from "./support/gateway-fixture.js";
import { messageUpstream } from "./support/message-upstream.js";
import { sendByteByByte, sendInTwo } from "./support/raw-client.js";
import { okResponse } from "./support/raw-upstream.js";

const last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function fixture() {
  const upstream = await messageUpstream();
  return { ...(await gatewayFor({ upstream: upstream.url })), upstream };
}

describe("a client that pipelines", () => {
  it("gets the responses in order, and the second request begins when the first response is out", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send(get("/one") + last);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\non");
    await sender.until("on");
    expect(upstream.connections.map(({ received }) => received).join("")).not.toContain("/last");
    connection.send("e");
    await sender.until("one");
    const second = await upstream.connection(1);
    await second.until("GET /last");
    second.send(okResponse);
    expect(await sender.untilEnd()).toMatch(/one.*ok$/s);
  });

  it("with 1,000 requests has one at a time at the upstream, and gets all responses in order", async () => {
    const { client, upstream } = await fixture();
    const paths = Array.from({ length: 1_000 }, (_, i) => `/${String(i)}`);
    const text = await client()
      .send(paths.map(get).join("") + last)
      .untilEnd();
    expect(statuses(text)).toEqual([...paths.map(() => 200), 200]);
    expect(upstream.requests).toEqual([...paths, "/last"].map((path) => `GET ${path}`));
    expect(upstream.mostAtOnce).toBe(1);
  });

  it("with more than is taken in at once gets all responses", async () => {
    const { client, upstream } = await fixture();
    const paths = Array.from({ length: 500 }, (_, i) => `/${String(i)}?${"a".repeat(1_000)}`);
    const text = await client()
      .send(paths.map(get).join("") + last)
      .untilEnd();
    expect(statuses(text)).toHaveLength(501);
    expect(upstream.requests).toEqual([...paths, "/last"].map((path) => `GET ${path}`));
    expect(upstream.mostAtOnce).toBe(1);
  });

  it("and does not read has few responses, and others are served", async () => {
    const { client, upstream } = await fixture();
    const flooder = client();
    flooder.socket.pause();
    const flood = get("/bytes/8000000").repeat(10_000);
    let taken = 0;
    flooder.socket.on("drain", () => {
      taken += flood.length;
      flooder.send(flood);
    });
    flooder.send(flood);
    for (let i = 0; i < 20; i++) {
      expect(await client().send(last).untilEnd()).toMatch(/GET \/last$/);
    }
    const floods = upstream.requests.filter((line) => line.includes("bytes")).length;
    // What the operating system's buffers take counts as read.
    expect([floods < 4, taken < 100 * flood.length]).toEqual([true, true]);
  });

  it.each([
    ["without bodies", get("/a") + get("/b") + last, ["GET /a", "GET /b", "GET /last"]],
    [
      "with bodies of a known length, which look like requests",
      `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${get("/x").length}\r\n\r\n${get("/x")}` +
        `POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n\r\n\r\n!${last}`,
      [`POST /a ${get("/x")}`.trimEnd(), "POST /b \r\n\r\n!", "GET /last"],
    ],
    [
      "with chunked bodies, which look like their own ends",
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
        "a\r\n0\r\n\r\n0\r\n\n!\r\n00a;x=y\r\n\r\n0\r\n\r\n\r\n!\r\n000\r\nX-T: 1\r\n\r\n" +
        `POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${last}`,
      ["POST /a 0\r\n\r\n0\r\n\n!\r\n0\r\n\r\n\r\n!", "POST /b", "GET /last"],
    ],
    ["with empty lines between", `\r\n\r\n${get("/a")}\r\n\r\n\r\n${last}`, ["GET /a", "GET /last"]],
  ])("%s may split its bytes anywhere", async (_what, bytes, requests) => {
    const { client, upstream } = await fixture();
    const served = async (send: Promise<string>) => {
      const text = await send;
      return [statuses(text), upstream.requests.splice(0)];
    };
    const expected = [requests.map(() => 200), requests];
    expect(await served(client().send(bytes).untilEnd())).toEqual(expected);
    for (let at = 1; at < bytes.length; at++) {
      expect(await served(sendInTwo(client(), bytes, at))).toEqual(expected);
    }
    expect(await served(sendByteByByte(client(), bytes))).toEqual(expected);
  });

  it("gets the responses before a broken request, whose own is the last", async () => {
    const { client } = await fixture();
    const text = await client()
      .send(`${get("/a")}${get("/b")}BROKEN\r\n\r\n${get("/c")}`)
      .untilEnd();
    expect(statuses(text)).toEqual([200, 200, 400]);
  });

  it("gets nothing for what follows a request that closes the connection", async () => {
    const { client, upstream } = await fixture();
    const text = await client()
      .send(last + get("/a").repeat(2_000))
      .untilEnd();
    expect(statuses(text)).toEqual([200]);
    expect(upstream.requests).toEqual(["GET /last"]);
  });
});
