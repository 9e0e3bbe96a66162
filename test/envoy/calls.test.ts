import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig, startPolicies } from "./support/policies-in-envoy.js";

const certificate = (name: string) => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

const file = fileURLToPath(new URL("./policies/ask-unreachable.ts", import.meta.url));

/** What the policy says became of its call to whatever listens on this port. */
async function callTo(port: number, method: string): Promise<string> {
  const envoy = await startPolicies({
    routeUpstream: "service",
    upstreams: [{ name: "service", address: "127.0.0.1", port }],
    policies: [{ name: "ask", file, config: { method } }],
  });
  onTestFinished(() => envoy.close());
  return (await send(envoy.port)).body;
}

function listen(onConnection: (server: Server) => Server): Promise<number> {
  return listening(onConnection(createServer()));
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("a call of a policy in Envoy", () => {
  it.each(["http", "https"])("by a name sends the authority of the upstream's URL, over %s", async (scheme) => {
    const answer = (request: IncomingMessage, response: ServerResponse) => response.end(request.headers.host);
    const server =
      scheme === "http"
        ? createHttpServer(answer)
        : createSecureServer(
            { key: readFileSync(certificate("localhost.key.pem")), cert: readFileSync(certificate("localhost.pem")) },
            answer,
          );
    const port = await listening(server);
    const envoy = await startConfig(
      configOf({ service: `${scheme}://localhost:${port}` }, [{ policies: [use("policies/ask-by-name.ts")] }]),
      { caFile: certificate("ca.pem") },
    );
    onTestFinished(() => envoy.close());
    expect(await send(envoy.port)).toMatchObject({ status: 200, body: `localhost:${port}` });
  });

  it.each(["GET", "HEAD"])("by %s that is refused is UPSTREAM_UNREACHABLE", async (method) => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    expect(await callTo(port, method)).toBe("UPSTREAM_UNREACHABLE");
  });

  it("whose connection is closed without an answer is UPSTREAM_UNREACHABLE", async () => {
    expect(
      await callTo(
        await listen((server) => server.on("connection", (socket) => socket.once("data", () => socket.destroy()))),
        "GET",
      ),
    ).toBe("UPSTREAM_UNREACHABLE");
  });

  it.each(["GET", "HEAD"])("by %s that is never answered is UPSTREAM_TIMEOUT", async (method) => {
    const sockets = new Set<{ destroy(): void }>();
    const port = await listen((server) => server.on("connection", (socket) => sockets.add(socket)));
    onTestFinished(() => {
      for (const socket of sockets) {
        socket.destroy();
      }
    });
    expect(await callTo(port, method)).toBe("UPSTREAM_TIMEOUT");
  });
});
