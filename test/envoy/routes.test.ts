/** The same gateway file on the embedded gateway and in Envoy: the same request must come to the same. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GatewayConfig, RouteMatch } from "../../src/config/types.js";
import { refusals } from "../../src/envoy/routes.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { type Gateway, startGateway } from "../../src/gateway/index.js";
import { singleRouteConfig } from "../../src/gateway/single-route.js";
import { send } from "./support/client.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const matches: Record<string, RouteMatch> = {
  "everything-post": { methods: ["POST"] },
  api: { pathPrefix: "/api" },
  "api-slash": { pathPrefix: "/api/" },
  "api-get": { pathPrefix: "/api/items", methods: ["GET", "HEAD"] },
  "api-put": { pathPrefix: "/api/items", methods: ["PUT"] },
  exact: { path: "/exact" },
  "exact-delete": { path: "/exact/only", methods: ["DELETE"] },
  "root-exact": { path: "/" },
  "first-of-equals": { pathPrefix: "/equal" },
  "second-of-equals": { pathPrefix: "/equal" },
  host: { host: "shop.example.com", pathPrefix: "/api" },
  "host-exact-patch": { host: "shop.example.com", path: "/exact/only", methods: ["PATCH"] },
  "host-deep": { host: "shop.example.com", pathPrefix: "/deep", methods: ["PATCH"] },
  wild: { host: "*.example.com", pathPrefix: "/wild" },
  "wild-long": { host: "*.eu.example.com", pathPrefix: "/wild" },
  "wild-get": { host: "*.example.com", pathPrefix: "/api/items", methods: ["GET"] },
  address: { host: "[::1]", path: "/address" },
  nested: { pathPrefix: "/deep/nested", methods: ["GET"] },
  "refusing-get": { pathPrefix: "/refusing", methods: ["GET"], otherMethods: "refuse" },
  "refusing-put": { pathPrefix: "/refusing", methods: ["PUT"] },
  "refusing-below": { pathPrefix: "/refusing/below", methods: ["DELETE"] },
  "refusing-exact": { path: "/refusing/exact", methods: ["PATCH"], otherMethods: "refuse" },
  "refusing-host": { host: "shop.example.com", path: "/refusing/host", methods: ["GET"], otherMethods: "refuse" },
  "open-post": { pathPrefix: "/", methods: ["POST", "GET"] },
  escaped: { pathPrefix: "/caf%C3%A9.x" },
  "escaped-slash": { pathPrefix: "/caf%C3%A8/" },
  "escaped-exact": { path: "/%3A", methods: ["GET"] },
  "nested-more": { pathPrefix: "/deep/nested/more", methods: ["PUT"] },
};

const hosts = [
  "other.test",
  "shop.example.com",
  "SHOP.example.com:8080",
  "shop.example.com.",
  "a.example.com",
  "a.eu.example.com",
  "example.com",
  "[::1]:80",
  "x.shop.example.com",
];
const paths = [
  "/",
  "/api",
  "/api/",
  "/apis",
  "/api/items",
  "/api/items/1?q=/exact",
  "/api/itemsx",
  "/exact",
  "/exact?x",
  "/exact/",
  "/exact/only",
  "/equal/1",
  "/wild",
  "/wild/x",
  "/wilder",
  "/address",
  "/deep/nested",
  "/deep/nested/more/x",
  "/deep",
  "/none",
  "//api//items",
  "/x/../exact",
  "/api%2Fitems",
  "/ex%61ct",
  "/exact/./only",
  "/EXACT",
  "/refusing",
  "/refusing/x?y",
  "/refusing/below",
  "/refusing/exact",
  "/refusing/host",
  "/caf%C3%A9.x",
  "/caf%c3%a9.x/y?z",
  "/caf%c3%A9xx",
  "/caf%C3%A9.xy",
  "/caf%c3%a8",
  "/caf%c3%a8/y",
  "/%3A",
  "/%3a?x",
  "/%3a/x",
  "/x/%2e%2e;/exact",
  "//",
];
const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

let upstream: UpstreamServer;
let gateway: Gateway;
let envoy: RunningEnvoy;
const gatewayRoutes: unknown[] = [];
const envoyRoutes: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    response.setHeader("x-path", request.path);
    response.end("from the upstream");
  });
  const single = singleRouteConfig({ upstream: `http://127.0.0.1:${upstream.port}` });
  const config: GatewayConfig = {
    ...single,
    routes: Object.entries(matches).map(([name, match]) => ({ ...single.routes[0]!, name, match })),
  };
  gateway = await startGateway(config, { accessLog: ({ route, details }) => gatewayRoutes.push(route ?? details) });
  envoy = await startConfig(config, {
    onAccess: (line) => envoyRoutes.push((JSON.parse(line) as { route: string }).route),
  });
});

afterAll(async () => {
  await envoy?.close();
  await gateway?.close();
  await upstream?.close();
});

async function outcome(port: number, method: string, host: string, path: string) {
  const { status, headers, body } = await send(port, { method, path, headers: { host } });
  return { status, allow: headers.allow, type: headers["content-type"], seenPath: headers["x-path"], body };
}

describe("routes in Envoy", () => {
  it.each(hosts)("of the host %s are those of the embedded gateway, with its 404 and 405", async (host) => {
    for (const path of paths) {
      for (const method of methods) {
        const [expected, actual] = await Promise.all([
          outcome(gateway.port, method, host, path),
          outcome(envoy.port, method, host, path),
        ]);
        expect({ method, path, ...actual }).toEqual({ method, path, ...expected });
      }
    }
  });

  it("have the same names in the access log", async () => {
    // Envoy writes what is left of its access log when it ends.
    await envoy.close();
    await gateway.close();
    const names: Record<string, string> = {
      route_not_found: refusals.notFound,
      method_not_allowed: refusals.wrongMethod,
      bad_path: refusals.badPath,
    };
    const counted = (routes: readonly unknown[]) =>
      Object.fromEntries(
        [...new Set(routes)].sort().map((route) => [String(route), routes.filter((other) => other === route).length]),
      );
    expect(counted(envoyRoutes)).toEqual(counted(gatewayRoutes.map((route) => names[String(route)] ?? route)));
    expect(new Set(envoyRoutes).size).toBeGreaterThan(Object.keys(matches).length - 2);
  });
});
