/** Gateway files for tests, from a few words. */
import { fileURLToPath } from "node:url";
import type { GatewayConfig, PolicyUse, RouteConfig } from "../../../src/config/types.js";
import { singleRouteConfig } from "../../../src/gateway/single-route.js";

/** A use of a policy with a gateway file's defaults; `file` is relative to this folder's parent. */
export function use(file: string, settings: Partial<PolicyUse> = {}): PolicyUse {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  return { file: path, name: "policy", config: {}, onError: "deny", partialRequests: "prevent", ...settings };
}

/** Routes with a gateway file's defaults; `upstreams` are origins by name, the first is the routes' own. */
export function configOf(
  upstreams: Readonly<Record<string, string>>,
  routes: readonly Partial<RouteConfig>[],
): GatewayConfig {
  const single = singleRouteConfig({ upstream: "http://127.0.0.1:1" });
  const [upstream = ""] = Object.keys(upstreams);
  return {
    ...single,
    upstreams: Object.fromEntries(
      Object.entries(upstreams).map(([name, url]) => [name, { url, connectTimeoutMilliseconds: 5_000 }]),
    ),
    routes: routes.map((route, index) => ({ ...single.routes[0]!, name: `route-${index}`, upstream, ...route })),
  };
}
