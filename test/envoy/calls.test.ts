import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { send } from "./support/client.js";
import { startPolicies } from "./support/policies-in-envoy.js";

const file = fileURLToPath(new URL("./policies/ask-unreachable.ts", import.meta.url));

/** What the policy says became of its call to whatever listens on this port. */
async function callTo(port: number): Promise<string> {
  const envoy = await startPolicies({
    routeUpstream: "service",
    upstreams: [{ name: "service", address: "127.0.0.1", port }],
    policies: [{ name: "ask", file, config: {} }],
  });
  onTestFinished(() => envoy.close());
  return (await send(envoy.port)).body;
}

async function listen(onConnection: (server: Server) => Server): Promise<number> {
  const server = onConnection(createServer());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("a call of a policy in Envoy", () => {
  it("that is refused is UPSTREAM_UNREACHABLE", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    expect(await callTo(port)).toBe("UPSTREAM_UNREACHABLE");
  });

  it("whose connection is closed without an answer is UPSTREAM_UNREACHABLE", async () => {
    expect(
      await callTo(
        await listen((server) => server.on("connection", (socket) => socket.once("data", () => socket.destroy()))),
      ),
    ).toBe("UPSTREAM_UNREACHABLE");
  });

  it("that is never answered is UPSTREAM_TIMEOUT", async () => {
    const sockets = new Set<{ destroy(): void }>();
    const port = await listen((server) => server.on("connection", (socket) => sockets.add(socket)));
    onTestFinished(() => {
      for (const socket of sockets) {
        socket.destroy();
      }
    });
    expect(await callTo(port)).toBe("UPSTREAM_TIMEOUT");
  });
});
