import { extname } from "node:path";
import type { RouteConfig } from "../config/types.js";
import type { PolicyRun } from "./policy-runs.js";

/**
 * The root id of a filter. Modules by other SDKs may register their root contexts under names: they get the gateway file's `rootId`, as on
 * the embedded gateway. In policies from source nothing depends on it, and the lines that Envoy logs for them tell whose they are by it.
 */
export function rootIdOf({ name, uses: [{ file, rootId }] }: PolicyRun, route: Pick<RouteConfig, "name">): string {
  // Names have no slash.
  return extname(file) === ".wasm" ? (rootId ?? "") : `${route.name}/${name}`;
}
