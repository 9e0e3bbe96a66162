/** Every example's gateway file runs on a real Envoy, and its policies do there what the example says. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { loadGatewayFile } from "../../src/config/gateway-file.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { compilePolicy } from "../../src/loading/compiled-policy.js";
import { send } from "./support/client.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

interface Running {
  port: number;
  upstream: UpstreamServer;
}

/** What to see of each example. `auth` upstreams accept the token `good`, also when they are asked as RFC 7662 says. */
const expectations: Readonly<Record<string, (running: Running) => Promise<void>>> = {
  async "ai-prompt-decorator"({ port, upstream }) {
    const body = JSON.stringify({ model: "m", messages: [] });
    expect((await send(port, { method: "POST", path: "/v1/chat", body })).status).toBe(200);
    expect(JSON.parse(String(upstream.seen[0]!.body))).toMatchObject({
      messages: [{ role: "system" }, { role: "system" }],
    });
    expect((await send(port, { method: "POST", path: "/v1/chat", body: "{}" })).status).toBe(400);
  },
  async "ai-basic-token-rate-limiting"({ port, upstream }) {
    const ask = (content: string): ReturnType<typeof send> => {
      const body = JSON.stringify({ model: "m", messages: [{ role: "user", content }] });
      return send(port, { method: "POST", path: "/v1/chat", body });
    };
    expect((await ask("plan a trip to Rome")).status).toBe(200);
    expect((await ask("one two three four ".repeat(3_000))).status).toBe(403);
    expect((await ask("hello")).status).toBe(403);
    expect(upstream.seen).toHaveLength(1);
  },
  async "body-guard"({ port, upstream }) {
    expect((await send(port, { method: "POST", body: "harmless" })).status).toBe(200);
    expect((await send(port, { method: "POST", body: "a secret" })).status).toBe(403);
    expect((await send(port, { method: "POST", path: "/allow", body: "a secret" })).status).toBe(403);
    expect(upstream.seen.filter(({ path, complete }) => path === "/" && complete)).toHaveLength(1);
  },
  async certs({ port }) {
    expect(await send(port)).toMatchObject({ status: 401, body: "client certificate has no common name" });
  },
  async "client-networks"({ port, upstream }) {
    // Whom it does not know it refuses.
    expect((await send(port)).status).toBe(200);
    expect(upstream.seen).toHaveLength(1);
  },
  async "data-caching"({ port, upstream }) {
    for (let time = 0; time < 2; time++) {
      expect((await send(port, { path: "/stock/17" })).status).toBe(200);
    }
    // The hours of the file are all but one of the day.
    expect(upstream.seen).toHaveLength(new Date().getUTCHours() === 23 ? 2 : 1);
  },
  async "early-response-shared-data"({ port }) {
    expect((await send(port, { path: "/seat/12" })).headers["x-request-filter"]).toBe("continue /seat/12");
    const denied = await send(port, { headers: { "x-deny": "1" } });
    expect(denied).toMatchObject({ status: 403, headers: { "x-request-filter": "break" } });
    const awaiting = await send(port, { method: "POST", headers: { "x-await": "1" }, body: "a secret" });
    expect(awaiting).toMatchObject({ status: 403, headers: { "x-request-filter": "cancelled" } });
  },
  async "external-auth"({ port, upstream }) {
    expect((await send(port, { headers: { authorization: "Bearer good" } })).status).toBe(200);
    expect(upstream.seen.at(-1)!.headers).toMatchObject({ "x-user": "ada" });
    expect((await send(port, { headers: { authorization: "Bearer bad" } })).status).toBe(401);
  },
  async "mcp-support-policy"({ port, upstream }) {
    expect((await send(port, { path: "/mcp" })).status).toBe(200);
    expect(upstream.seen[0]!.headers).not.toHaveProperty("x-envoy-upstream-rq-timeout-ms");
  },
  async metrics({ port }) {
    expect((await send(port)).status).toBe(200);
  },
  async "oauth-2-token-introspection"({ port, upstream }) {
    expect((await send(port, { headers: { authorization: "Bearer good", "x-agw-active": "no" } })).status).toBe(200);
    expect((await send(port, { headers: { authorization: "Bearer bad" } })).status).toBe(401);
    expect(upstream.seen).toMatchObject([{ headers: { "x-agw-active": "true" } }]);
  },
  async "simple-oauth-2-validation"({ port, upstream }) {
    expect((await send(port, { headers: { authorization: "Bearer good" } })).status).toBe(200);
    expect((await send(port, { headers: { authorization: "Bearer bad" } })).status).toBe(401);
    expect(upstream.seen).toHaveLength(1);
  },
  async spike({ port }) {
    expect((await send(port)).status).toBe(200);
  },
  async "spike-attempts"({ port }) {
    expect((await send(port)).status).toBe(200);
  },
  async "stop-iteration"({ port, upstream }) {
    const { headers } = await send(port, { method: "POST", body: "ask" });
    expect(headers["x-stop-iteration"]).toBe("response-modified");
    expect(upstream.seen[0]).toMatchObject({
      headers: { "x-original-method": "POST" },
      body: Buffer.from("orders-ask"),
    });
  },
  async "stop-request"({ port, upstream }) {
    expect(await send(port)).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer realm="orders"' } });
    expect(upstream.seen).toEqual([]);
    expect((await send(port, { headers: { authorization: "Bearer x" } })).status).toBe(200);
  },
  async "stop-response"({ port }) {
    expect(await send(port)).toMatchObject({ status: 200, headers: { some: "200" }, body: "Some" });
  },
  async "stream-payload"({ port }) {
    expect((await send(port, { method: "POST", body: "harmless" })).status).toBe(200);
    expect((await send(port, { method: "POST", body: "please DROP TABLE letters" })).status).toBe(400);
  },
};

const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe("on Envoy", () => {
  let envoy: RunningEnvoy | undefined;
  const servers: UpstreamServer[] = [];

  afterEach(async () => {
    await envoy?.close();
    envoy = undefined;
    for (const server of servers.splice(0)) {
      await server.close();
    }
  });

  it.each(names)("the example %s does what it says", async (name) => {
    const file = `${examples}${name}/gateway.yaml`;
    expect(existsSync(file), `${file} is there`).toBe(true);
    const { config } = await loadGatewayFile(file, { compile: compilePolicy });
    const upstream = await startUpstream();
    const auth = await startUpstream(({ headers, method, body }, response) => {
      if (method === "POST") {
        response.end(JSON.stringify({ active: new URLSearchParams(String(body)).get("token") === "good" }));
        return;
      }
      const good = headers.authorization === "Bearer good";
      response.writeHead(good ? 200 : 401, { "x-user": "ada" }).end();
    });
    servers.push(upstream, auth);
    const upstreams = Object.entries(config.upstreams).map(([key, settings]) => [
      key,
      { ...settings, url: `http://127.0.0.1:${(key === "auth" ? auth : upstream).port}` },
    ]);
    envoy = await startConfig({
      ...config,
      listener: { ...config.listener, port: 0 },
      upstreams: Object.fromEntries(upstreams),
    });
    const check = expectations[name];
    expect(check, `there is an expectation for ${name}`).toBeTypeOf("function");
    await check!({ port: envoy.port, upstream });
  });
});
