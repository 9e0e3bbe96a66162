import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GatewayConfig } from "../../src/config/types.js";
import { startGateway } from "../../src/gateway/index.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream } from "./support/upstream-server.js";

const certificate = (name: string) => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

async function envoyOf(config: GatewayConfig, caFile?: string) {
  const envoy = await startConfig(config, caFile === undefined ? {} : { caFile });
  onTestFinished(() => envoy.close());
  return envoy;
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("what an upstream gets from Envoy", () => {
  it("is what it gets from the embedded gateway", async () => {
    const upstream = await startUpstream((_request, response) => response.setHeader("server", "theirs").end("hello"));
    onTestFinished(() => upstream.close());
    const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
      { policies: [use("policies/mark.ts", { config: { name: "m" } })] },
    ]);
    const gateway = await startGateway(config);
    onTestFinished(() => gateway.close());
    const envoy = await envoyOf(config);
    const request = {
      path: "/a?b=c",
      headers: {
        host: "api.example:81",
        "x-forwarded-for": "10.1.1.1",
        "x-forwarded-proto": "https",
        "x-request-id": "given",
        "x-envoy-upstream-rq-timeout-ms": "1",
        "x-envoy-retry-on": "5xx",
        te: "trailers",
        x_underscore: "1",
        "user-agent": "test",
      },
    };
    const responses = [await send(gateway.port, request), await send(envoy.port, request)];
    const [expected, actual] = upstream.seen.map(({ method, path, headers: { connection: _, ...headers } }) => ({
      method,
      path,
      headers,
    }));
    expect(actual).toEqual(expected);
    const heads = responses.map(({ status, headers: { date: _d, connection: _c, "keep-alive": _k, ...headers } }) => ({
      status,
      headers,
    }));
    expect(heads[1]).toEqual(heads[0]);
  });

  it("has a new request id where the client gave none", async () => {
    const upstream = await startUpstream();
    onTestFinished(() => upstream.close());
    const envoy = await envoyOf(configOf({ api: `http://127.0.0.1:${upstream.port}` }, [{}]));
    await send(envoy.port);
    expect(upstream.seen[0]!.headers["x-request-id"]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-/);
  });
});

describe("an https upstream in Envoy", () => {
  async function secureUpstream(): Promise<number> {
    const files = {
      key: readFileSync(certificate("localhost.key.pem")),
      cert: readFileSync(certificate("localhost.pem")),
    };
    return portOf(
      createSecureServer(files, (request, response) => {
        response
          .setHeader("x-server-name", String((request.socket as { servername?: string }).servername))
          .end("over TLS");
      }),
    );
  }

  it("is asked for by its name and trusted for its certificate", async () => {
    const port = await secureUpstream();
    const envoy = await envoyOf(configOf({ api: `https://localhost:${port}` }, [{}]), certificate("ca.pem"));
    const response = await send(envoy.port);
    expect(response).toMatchObject({ status: 200, body: "over TLS", headers: { "x-server-name": "localhost" } });
  });

  it("is refused, without a word about it, when its certificate is for another host", async () => {
    const port = await secureUpstream();
    const envoy = await envoyOf(configOf({ api: `https://127.0.0.1:${port}` }, [{}]), certificate("ca.pem"));
    expect(await send(envoy.port)).toMatchObject({ status: 502, body: "" });
  });

  it("is refused when nobody trusted has signed its certificate", async () => {
    const port = await secureUpstream();
    const envoy = await envoyOf(configOf({ api: `https://localhost:${port}` }, [{}]));
    expect(await send(envoy.port)).toMatchObject({ status: 502, body: "" });
  });
});

describe("an upstream that fails Envoy", () => {
  it("is 502 without a word about it when it cannot be reached, or breaks off", async () => {
    const closed = createServer();
    const refusing = await portOf(closed);
    closed.close();
    await once(closed, "close");
    const breaking = await portOf(createServer((socket) => socket.once("data", () => socket.destroy())));
    const envoy = await envoyOf(
      configOf(
        {
          refusing: `http://127.0.0.1:${refusing}`,
          breaking: `http://127.0.0.1:${breaking}`,
          nowhere: "http://nowhere.invalid",
        },
        [
          { match: { path: "/refusing" } },
          { match: { path: "/breaking" }, upstream: "breaking" },
          { match: { path: "/nowhere" }, upstream: "nowhere" },
        ],
      ),
    );
    for (const path of ["/refusing", "/breaking", "/nowhere"]) {
      expect({ path, ...(await send(envoy.port, { path })) }).toMatchObject({ path, status: 502, body: "" });
    }
  });
});
