/**
 * Either side goes away while policies of three kinds are at work, in every phase. Nothing may be left: the gateway is closed
 * with a drain time longer than the test's, so an exchange that is left over fails the test.
 */
import { describe, expect, it, onTestFinished } from "vitest";
import { type AccessEntry, startGateway } from "../../src/gateway/index.js";
import { parseResponse, RawClient } from "../gateway/support/raw-client.js";
import { okResponse, RawUpstream } from "../gateway/support/raw-upstream.js";
import { policyFile } from "./case-files.js";

type Mode = "headers" | "gather" | "stream";
const modes: readonly Mode[] = ["headers", "gather", "stream"];

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabcdefghij";
const hesitantPost = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n";
const responseBegin = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin";

async function start(mode: Mode, ask = false) {
  const upstream = await RawUpstream.start();
  const auth = await RawUpstream.start();
  const entries: AccessEntry[] = [];
  const log: string[] = [];
  const defects: unknown[] = [];
  const gateway = await startGateway(
    {
      upstream: upstream.url,
      upstreams: { auth: auth.url },
      policies: [{ use: policyFile("vanishing"), config: { mode, ask } }],
      timeouts: { drainMilliseconds: 120_000 },
    },
    {
      accessLog: (entry) => entries.push(entry),
      onPolicyLog: (_level, { msg }) => log.push(msg),
      onDefect: (error) => defects.push(error),
      reports: { onHostFailure: (_facts, error) => defects.push(error) },
    },
  );
  const clients: RawClient[] = [];
  const client = () => {
    clients.push(new RawClient(gateway.port));
    return clients.at(-1)!;
  };
  onTestFinished(async () => {
    clients.forEach((each) => {
      each.close();
    });
    await gateway.close();
    await upstream.close();
    await auth.close();
  });

  /** A whole exchange, which must go as if nothing had happened; the upstream's connections so far are all closed. */
  async function serveAnother(): Promise<void> {
    const [upstreamsBefore, authsBefore] = [upstream.connections.length, auth.connections.length];
    const sender = client().send(get);
    if (ask) {
      (await auth.connection(authsBefore)).send(okResponse);
    }
    const connection = await upstream.connection(upstreamsBefore);
    await connection.until("\r\n\r\n");
    connection.send(okResponse);
    await sender.until("\r\n\r\nok");
    sender.close();
  }

  /** The filters are over, the exchange is, and so is, soon, the gateway: after another exchange. */
  async function expectNothingLeft(expected: Partial<AccessEntry>): Promise<void> {
    await Promise.all([...upstream.connections, ...auth.connections].map((connection) => connection.untilClosed()));
    const seen = entries.length;
    const logged = [...log];
    await serveAnother();
    await gateway.close();
    expect(defects).toEqual([]);
    expect(entries[0]).toMatchObject(expected);
    expect([seen, entries.length]).toEqual([1, 2]);
    expect(logged.filter((line) => line === "request filter over")).toHaveLength(1);
    expect(logged.filter((line) => line.startsWith("done"))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith("done"))).toHaveLength(2);
  }

  return { upstream, auth, client, log, entries, serveAnother, expectNothingLeft, gateway };
}

const clientGone = { details: "client_gone" };

describe.each(modes)("a client that vanishes, with a policy on %s", (mode) => {
  it("within the request's head", async () => {
    const { client, upstream, entries, serveAnother, gateway } = await start(mode);
    const sender = client().send("GET / HTTP/1.1\r\nHost:");
    await new Promise((resolve) => sender.socket.once("connect", resolve));
    sender.close();
    await serveAnother();
    await gateway.close();
    expect(upstream.connections).toHaveLength(1);
    expect(entries).toHaveLength(1);
  });

  it("within the request's body", async () => {
    const { client, upstream, entries, expectNothingLeft, log } = await start(mode);
    const sender = client().send(hesitantPost);
    await sender.until("100 Continue");
    sender.send("abc");
    if (mode !== "gather") {
      await (await upstream.connection()).until("abc");
    }
    sender.close();
    await until(() => entries.length > 0);
    expect(log).not.toContain("response filter over");
    await expectNothingLeft({ ...clientGone, status: 0 });
    expect(upstream.connections).toHaveLength(mode === "gather" ? 1 : 2);
  });

  it.each([
    ["without", get],
    ["with", post],
  ])("while the filter awaits a call, %s a body", async (_what, request) => {
    const { client, upstream, auth, entries, expectNothingLeft } = await start(mode, true);
    const sender = client().send(request);
    const call = await auth.connection();
    await call.until("\r\n\r\n");
    sender.close();
    await until(() => entries.length > 0);
    // An answer that comes too late is nobody's.
    call.send(okResponse).socket.end();
    expect(upstream.connections).toHaveLength(0);
    await expectNothingLeft({ ...clientGone, status: 0 });
  });

  it.each([
    ["without", get],
    ["with", post],
  ])("before the response, to a request %s a body", async (_what, request) => {
    const { client, upstream, entries, expectNothingLeft, log } = await start(mode);
    const sender = client().send(request);
    await (await upstream.connection()).until(request === get ? "\r\n\r\n" : "hij");
    sender.close();
    await until(() => entries.length > 0);
    expect(log).not.toContain("response filter over");
    await expectNothingLeft({ ...clientGone, status: 0 });
  });

  it("within the response's head", async () => {
    const { client, upstream, entries, expectNothingLeft } = await start(mode);
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-le");
    sender.close();
    await until(() => entries.length > 0);
    await expectNothingLeft({ ...clientGone, status: 0 });
  });

  it("within the response's body", async () => {
    const { client, upstream, log, entries, expectNothingLeft } = await start(mode);
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send(responseBegin);
    await until(() => log.includes("response filter begins"));
    if (mode === "gather") {
      expect(sender.received).toBe("");
    } else {
      await sender.until("begin");
    }
    sender.close();
    await until(() => entries.length > 0);
    expect(log.filter((line) => line === "response filter over")).toHaveLength(1);
    await expectNothingLeft({ ...clientGone, status: mode === "gather" ? 0 : 200 });
  });
});

/** Where a body is gathered nothing of the request is at the upstream before the body is complete. */
it.each(["headers", "stream"] as const)(
  "an upstream that vanishes within the request's body, with a policy on %s",
  async (mode) => {
    const { client, upstream, expectNothingLeft } = await start(mode);
    const sender = client().send(post.slice(0, -5));
    const connection = await upstream.connection();
    await connection.until("abc");
    connection.socket.destroy();
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(502);
    sender.close();
    await expectNothingLeft({ status: 502, details: "upstream_reset" });
  },
);

describe.each(modes)("an upstream that vanishes, with a policy on %s", (mode) => {
  it.each([
    ["without", get],
    ["with", post],
  ])("before the response, to a request %s a body", async (_what, request) => {
    const { client, upstream, log, expectNothingLeft } = await start(mode);
    const sender = client().send(request);
    const connection = await upstream.connection();
    await connection.until(request === get ? "\r\n\r\n" : "hij");
    connection.socket.destroy();
    if (request === get) {
      // It is sent once more.
      const again = await upstream.connection(1);
      await again.until("\r\n\r\n");
      again.socket.destroy();
    }
    const response = parseResponse(await sender.until("\r\n\r\n"));
    expect(response.status).toBe(502);
    expect(response.headers).toContainEqual(["x-seen", mode]);
    await until(() => log.includes("response filter over"));
    sender.close();
    await expectNothingLeft({ status: 502, details: "upstream_reset" });
  });

  it("within the response's head", async () => {
    const { client, upstream, expectNothingLeft } = await start(mode);
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.socket.end("HTTP/1.1 200 OK\r\ncontent-le");
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(502);
    await expectNothingLeft({ status: 502, details: "upstream_reset" });
  });

  it("within the response's body", async () => {
    const { client, upstream, expectNothingLeft } = await start(mode);
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send(responseBegin);
    if (mode !== "gather") {
      await sender.until("begin");
    }
    connection.socket.end();
    if (mode === "gather") {
      // The head was held: there still is an honest answer.
      expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(502);
    } else {
      expect(await sender.untilEnd()).not.toContain("502");
    }
    await expectNothingLeft({ status: mode === "gather" ? 502 : 200, details: "upstream_reset" });
  });

  it("while the filter awaits a call to it", async () => {
    const { client, auth, upstream, expectNothingLeft } = await start(mode, true);
    const sender = client().send(post);
    const call = await auth.connection();
    await call.until("\r\n\r\n");
    call.socket.destroy();
    const response = parseResponse(await sender.until("\r\n\r\n"));
    // The filter does not catch the error.
    expect(response.status).toBe(500);
    expect(upstream.connections).toHaveLength(0);
    await expectNothingLeft({ status: 500 });
  });
});

/** Waits for something that no event tells; the test's time limit is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
