/** Modules with the SDKs of others, built from `rust/` and `go/`, on the embedded gateway. */
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildThirdPartyModules } from "../../scripts/build-third-party-modules.mjs";
import { grpcFrame } from "../../src/gateway/grpc-frames.js";
import { type PolicyUseOptions, type SingleRoute, startGateway } from "../../src/gateway/index.js";

let modules: Record<string, string>;
beforeAll(() => {
  modules = buildThirdPartyModules();
}, 600_000);

interface Seen {
  method: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** An upstream that answers with `answer`; what it saw. */
async function upstream(answer: (seen: Seen) => string, status = 200): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request
      .on("data", (chunk: Buffer) => (body += chunk.toString()))
      .on("end", () => {
        const entry = { method: request.method ?? "", headers: request.headers, body };
        seen.push(entry);
        response.writeHead(status).end(answer(entry));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

interface Running {
  url: string;
  lines: string[];
  /** Waits until a line of the module's log has this text. */
  logged(text: string): Promise<void>;
  /** Those of `HOLD_TIMEOUT`. */
  holders: string[];
}

async function gateway(
  module: string,
  route: Pick<SingleRoute, "upstream" | "upstreams" | "limits"> & Partial<PolicyUseOptions>,
): Promise<Running> {
  const { upstream: url, upstreams, limits, ...use } = route;
  const lines: string[] = [];
  const holders: string[] = [];
  const waiting = new Set<() => void>();
  const running = await startGateway(
    {
      upstream: url,
      ...(upstreams && { upstreams }),
      ...(limits && { limits }),
      policies: [{ use: modules[module] ?? "", ...use }],
    },
    {
      onPolicyLog(_level, { msg }) {
        lines.push(msg);
        for (const look of waiting) {
          look();
        }
      },
      reports: { onHoldTimeout: (policy) => holders.push(policy) },
    },
  );
  onTestFinished(() => running.close());
  return {
    url: running.url,
    lines,
    holders,
    logged: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (lines.some((line) => line.includes(text))) {
            waiting.delete(look);
            resolve();
          }
        };
        waiting.add(look);
        look();
      }),
  };
}

describe("a module with the Rust SDK", () => {
  it("reads and edits heads, and answers", async () => {
    const { url: origin, seen } = await upstream(() => "from upstream", 418);
    const { url, lines, logged } = await gateway("http_headers", { upstream: origin });
    const response = await fetch(`${url}/x`, { headers: { "x-token": "1", "x-many": "a" } });
    expect([response.status, response.headers.get("x-status"), await response.text()]).toEqual([
      418,
      "418",
      "from upstream",
    ]);
    expect(seen[0]?.headers).toMatchObject({ "x-added": "one, two", "x-many": "a" });
    expect(seen[0]?.headers["x-token"]).toBeUndefined();
    expect(lines.some((line) => /^#\d+ :path: \/x$/.test(line))).toBe(true);
    await logged("is over");

    const greeting = await fetch(`${url}/hello`);
    expect([greeting.status, greeting.headers.get("x-greeting"), await greeting.text()]).toEqual([
      203,
      "rust",
      "Hello from Rust\n",
    ]);
    expect(seen).toHaveLength(1);
  });

  it("that panics fails its exchange, says so, and serves the next request", async () => {
    const { url: origin } = await upstream(() => "fine");
    const { url, logged } = await gateway("http_headers", { upstream: origin });
    for (let round = 0; round < 3; round++) {
      const failed = await fetch(url, { headers: { "x-panic": "1" } });
      expect([failed.status, await failed.text()]).toEqual([500, ""]);
      expect(await (await fetch(url)).text()).toBe("fine");
    }
    await logged("told to");
    await logged("MODULE_TRAPPED: policy http_headers: the module trapped in proxy_on_request_headers: unreachable");
  });

  it("that pauses and never continues is named when the stream has been idle for its limit, and the client gets 504", async () => {
    const { url: origin, seen } = await upstream(() => "fine");
    const limits = { streamIdleMilliseconds: 50 };
    const { url, holders } = await gateway("http_headers", { upstream: origin, limits });
    expect((await fetch(url, { headers: { "x-hold": "1" } })).status).toBe(504);
    expect(holders).toEqual(["http_headers"]);
    expect(await (await fetch(url)).text()).toBe("fine");
    expect(seen).toHaveLength(1);
  });

  it("gathers a body and replaces it", async () => {
    const { url: origin } = await upstream(({ headers }) =>
      headers["x-secret"] === undefined ? "open" : `a ${"long ".repeat(50_000)}secret`,
    );
    const { url } = await gateway("http_body", { upstream: origin });
    expect(await (await fetch(url)).text()).toBe("open");
    expect(await (await fetch(url, { headers: { "x-secret": "1" } })).text()).toBe(
      "a body of 250008 bytes was not for you\n",
    );
  });

  it("gets a text as its configuration as it is, and anything else as JSON", async () => {
    const { url: origin } = await upstream(() => "");
    const text = await gateway("http_config", { upstream: origin, config: "plain text" });
    expect((await fetch(text.url)).headers.get("x-config")).toBe("plain text");
    const mapping = await gateway("http_config", { upstream: origin, config: { a: [1] } });
    expect((await fetch(mapping.url)).headers.get("x-config")).toBe('{"a":[1]}');
    await expect(gateway("http_config", { upstream: origin, config: "" })).rejects.toMatchObject({
      code: "CONFIG_REFUSED",
      message: "policy http_config: the configuration is refused: expected a text for the header x-config, got nothing",
    });
  });

  it("asks another upstream over HTTP while it holds a request and its body", async () => {
    const { url: origin, seen } = await upstream(() => "let in");
    const { url: auth, seen: asked } = await upstream(({ headers }) => (headers["x-user"] === "ann" ? "yes" : "no"));
    const { url } = await gateway("http_call", { upstream: origin, upstreams: { auth } });
    const post = (user: string) => fetch(url, { method: "POST", headers: { "x-user": user }, body: "data" });
    expect(await (await post("ann")).text()).toBe("let in");
    const refused = await post("bob");
    expect([refused.status, refused.headers.get("x-asked"), await refused.text()]).toEqual([
      403,
      "rust",
      "Access forbidden\n",
    ]);
    expect(seen.map(({ method, body }) => [method, body])).toEqual([["POST", "data"]]);
    expect(asked.map(({ method, body }) => [method, body])).toEqual([
      ["POST", "may they?"],
      ["POST", "may they?"],
    ]);
  });

  it("asks another upstream over gRPC", async () => {
    const { url: origin, seen } = await upstream(() => "let in");
    const { url } = await gateway("grpc_call", { upstream: origin, upstreams: { auth: await grpcAuth() } });
    expect(await (await fetch(url, { headers: { "x-user": "ann" } })).text()).toBe("let in");
    const refused = await fetch(url, { headers: { "x-user": "bob" } });
    expect([refused.status, refused.headers.get("x-grpc-status")]).toEqual([403, "7"]);
    expect(seen).toHaveLength(1);
  });

  it("works without a request: ticks, clocks, and what it prints", async () => {
    const { url: origin } = await upstream(() => "");
    const { lines, logged } = await gateway("ticking", { upstream: origin });
    expect(lines[0]).toBe("Hello, World!");
    await logged("tick 2, clocks agree: true");
    await logged("printed 2");
  });
});

describe("a module with the Go SDK", () => {
  it("reads its configuration, answers, counts, and edits bodies", async () => {
    const { url: origin, seen } = await upstream(({ body }) => body);
    const { url } = await gateway("go", { upstream: origin, config: { header: "x-key" } });
    const refusals = [await fetch(url), await fetch(url)];
    expect(refusals.map(({ status, headers }) => [status, headers.get("x-refused")])).toEqual([
      [401, "1"],
      [401, "2"],
    ]);
    expect(await refusals[0]?.text()).toBe("no x-key");
    const echoed = await fetch(url, { method: "POST", headers: { "x-key": "1" }, body: "data" });
    expect(await echoed.text()).toBe("<data>");
    expect(seen).toHaveLength(1);
  });

  it("that refuses its configuration stops the start with what it said", async () => {
    const { url: origin } = await upstream(() => "");
    await expect(gateway("go", { upstream: origin, config: {} })).rejects.toMatchObject({
      code: "CONFIG_REFUSED",
      message: "policy go: the configuration is refused: header: expected the name of a header",
    });
  });
});

/** A gRPC service that says yes to ann, and PERMISSION_DENIED to anybody else. */
async function grpcAuth(): Promise<string> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const known = Buffer.concat(chunks).subarray(5).toString() === "ann";
      stream.respond(
        { ":status": headers[":path"] === "/test.Auth/Check" ? 200 : 404, "content-type": "application/grpc" },
        { waitForTrailers: true },
      );
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "grpc-status": known ? "0" : "7" });
      });
      stream.end(known ? grpcFrame(Buffer.from("yes")) : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const session of sessions) {
      session.destroy();
    }
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
