/** Nothing that an upstream does ends the gateway: it is broken off anywhere, and the next request is served. */
import { randomBytes } from "node:crypto";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { SocketUpstreams } from "../../src/gateway/upstreams.js";
import { gatewayAndUpstream, gatewayFor, rawUpstream } from "./support/gateway-fixture.js";
import { okResponse, type RawConnection } from "./support/raw-upstream.js";
import { upstreamResponses } from "./support/upstream-responses.js";

const get = "GET /nasty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const post = "POST /nasty HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
const probe = "GET /good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** A small generator of numbers in [0, 1), the same ones for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const endings: ((connection: RawConnection) => void)[] = [
  ({ socket }) => socket.resetAndDestroy(),
  ({ socket }) => socket.destroy(),
  ({ socket }) => socket.end(),
  ({ socket }) => socket.end("\x00\xff garbage\r\n\r\n"),
  (connection) => {
    connection.send(okResponse);
    setImmediate(() => connection.socket.resetAndDestroy());
  },
];

/** Answers `/nasty` with a part of a response of the table, cut and ended by chance, and other requests with `okResponse`. */
function nasty(random: () => number): (connection: RawConnection) => void {
  return (connection) => {
    connection.socket.on("data", () => {
      if (!connection.received.includes("\r\n\r\n")) {
        return;
      }
      const good = connection.received.startsWith("GET /good ");
      connection.received = "";
      if (good) {
        connection.send(okResponse);
        return;
      }
      const { bytes } = upstreamResponses[Math.floor(random() * upstreamResponses.length)]!;
      const cut = Math.floor(random() * (Math.min(bytes.length, 200) + 1));
      const middle = Math.floor(random() * cut);
      connection.send(bytes.slice(0, middle));
      const end = endings[Math.floor(random() * endings.length)]!;
      setImmediate(() => {
        connection.send(bytes.slice(middle, cut));
        if (random() < 0.5) {
          end(connection);
        } else {
          setImmediate(end, connection);
        }
      });
    });
  };
}

describe("an upstream that breaks off anywhere", () => {
  it.each([
    ["without a body", get, 1],
    ["with a body", post, 2],
  ])("leaves the gateway serving, after requests %s", { timeout: 60_000 }, async (_what, request, seed) => {
    const { client, upstream, entry } = await gatewayAndUpstream(nasty(seeded(seed)));
    for (let round = 0; round < 50; round++) {
      const senders = Array.from({ length: 8 }, () => client().send(request));
      await Promise.all(senders.map((sender) => sender.untilEnd()));
    }
    expect((await entry(399)).status).toBeGreaterThanOrEqual(200);
    expect(await client().send(probe).untilEnd()).toContain("200 OK");
    expect(upstream.connections.length).toBeGreaterThan(100);
  });

  it("within TLS's handshake, is a 502", async () => {
    for (const bytes of ["", "garbage", "\x15\x03\x03\x00\x02\x02\x28", "HTTP/1.1 400 Bad Request\r\n\r\n"]) {
      const upstream = await rawUpstream(({ socket }) => {
        socket.once("data", () => {
          if (bytes === "") {
            socket.resetAndDestroy();
          } else {
            socket.end(Buffer.from(bytes, "latin1"));
          }
        });
      });
      const { client, entry } = await gatewayFor({ upstream: upstream.url.replace("http:", "https:") });
      for (const [index, request] of [get, post].entries()) {
        expect(await client().send(request).untilEnd()).toContain("502 Bad Gateway");
        expect(await entry(index)).toMatchObject({ status: 502, details: "upstream_unreachable" });
      }
    }
  });

  it("in TLS that no certificate was shown for, is a 502", async () => {
    const server = createTlsServer({}, () => undefined).on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const { client } = await gatewayFor({
      upstream: `https://127.0.0.1:${(server.address() as { port: number }).port}`,
    });
    for (const request of [get, post]) {
      expect(await client().send(request).untilEnd()).toContain("502 Bad Gateway");
    }
  });
});

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settings = frame(4, 0, 0);
const goAway = (last: number, code: number): Buffer => {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(last, 0);
  payload.writeUInt32BE(code, 4);
  return frame(7, 0, 0, payload);
};
const misdeeds: [string, Buffer][] = [
  ["resets at once", Buffer.alloc(0)],
  ["speaks HTTP/1.1", Buffer.from(okResponse)],
  ["sends noise", randomBytes(300)],
  ["sends a part of a frame", settings.subarray(0, 5)],
  ["goes away before the stream", Buffer.concat([settings, goAway(0, 0)])],
  ["goes away in anger", Buffer.concat([settings, goAway(0, 11)])],
  [
    "goes away and resets the stream",
    Buffer.concat([settings, goAway(1, 0), frame(3, 0, 1, Buffer.from([0, 0, 0, 8]))]),
  ],
  ["resets the stream without an error", Buffer.concat([settings, frame(3, 0, 1, Buffer.alloc(4))])],
  ["resets a stream that is not there", Buffer.concat([settings, frame(3, 0, 99, Buffer.alloc(4))])],
  ["sends data without a head", Buffer.concat([settings, frame(0, 1, 1, Buffer.from("data"))])],
  [
    "sends a head that cannot be read",
    Buffer.concat([settings, frame(1, 5, 1, Buffer.from([0xff, 0xff, 0xff, 0xff]))]),
  ],
  ["pushes a stream", Buffer.concat([settings, frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x88]))])],
  ["takes the window away", Buffer.concat([settings, frame(8, 0, 1, Buffer.alloc(4))])],
];

describe("a gRPC upstream that", () => {
  it.each(misdeeds)("%s fails the calls, and the next ones get another connection", async (_what, bytes) => {
    const upstream = await rawUpstream(({ socket }) => {
      socket.once("data", () => {
        socket.write(bytes);
        setImmediate(() => socket.resetAndDestroy());
      });
    });
    const upstreams = new SocketUpstreams({ one: { url: upstream.url, connectTimeoutMilliseconds: 1_000 } });
    onTestFinished(() => upstreams.close());
    for (let turn = 1; turn <= 3; turn++) {
      const statuses = await Promise.all([call(upstreams), call(upstreams)]);
      expect(statuses.every((status) => status > 0)).toBe(true);
      expect(upstream.connections.length).toBeGreaterThanOrEqual(turn);
    }
  });
});

/** Ends with the call's status. */
function call(upstreams: SocketUpstreams): Promise<number> {
  return new Promise((resolve) => {
    const limits = { timeoutMilliseconds: 500, messageBytes: 1_000 };
    const sink = { onInitialMetadata() {}, onMessage() {}, onEnd: resolve };
    const stream = upstreams.grpc("one", "/service/method", [], limits, sink);
    stream.send(Buffer.from("message"));
    stream.end();
  });
}
