import { extname } from "node:path";
import type { PolicyUse, RouteConfig } from "../config/types.js";

/**
 * The root id of a use. Modules by other SDKs may register their root contexts under names: they get the gateway file's `rootId`, as on
 * the embedded gateway. In policies from source nothing depends on it, and the lines that Envoy logs for them tell whose they are by it.
 */
export function rootIdOf({ file, name, rootId }: PolicyUse, route: Pick<RouteConfig, "name">): string {
  // Names have no slash.
  return extname(file) === ".wasm" ? (rootId ?? "") : `${route.name}/${name}`;
}
