/** Caches: values by keys in the memory of a worker, of which those go first that were not used for longest. */
import { SluiceError } from "../../errors.js";
import { engineServices } from "../../policy/engine-services.js";
import { type InstanceContext, instancePort, sharedData } from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import type { Cache, Cacheable, CacheOptions } from "./cache.js";
import { Counts } from "./counts.js";
import { HeapCache } from "./heap-cache.js";
import { Versions } from "./versions.js";

export type { Cache, Cacheable, CacheOptions, KeepOptions, LoadContext, LoadOptions } from "./cache.js";
export { keptResponse, type WholeResponse } from "./kept-response.js";

const defaultBytes = 4_194_304;

/**
 * A cache, to be made in `configure`: what is made in a filter would end with it.
 *
 * @example
 * configure: (context) => ({ users: cache<User | null>(context, "users", { entries: 10_000 }) }),
 * async onRequest(request, { resources: { users } }) {
 *   const name = request.headers.get("x-user") ?? "";
 *   const user = await users.getOrLoad(name, (load) => fetchUser(load, name), { ttl: "5m" });
 * }
 * @param name of the cache, in metrics and messages
 * @throws SluiceError `CACHE_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function cache<Value extends Cacheable>(
  context: InstanceContext,
  name: string,
  options: CacheOptions = {},
): Cache<Value> {
  const port = instancePort(context, "cache()");
  if ("exchange" in port) {
    throw new SluiceError(
      "SERVICE_CONTEXT",
      "cache(): expected the context of configure, got that of a filter: make the cache in configure, and take it from resources.",
    );
  }
  if (typeof name !== "string" || name === "") {
    throw refused("cache()", "a name", name);
  }
  const { entries = 1_000, bytes = defaultBytes, shared = false } = options;
  whole(name, "entries", entries, 1_048_576);
  whole(name, "bytes", bytes, 1_073_741_824);
  if (typeof shared !== "boolean") {
    throw refused(`cache ${name}: shared`, "true or false", shared);
  }
  const versions = shared ? new Versions(sharedData(port), name) : undefined;
  const counts = new Counts(context, port, name);
  const { findFresh } = engineServices(port);
  return new HeapCache(port, `cache ${name}`, entries, bytes, counts, versions, findFresh!) as unknown as Cache<Value>;
}

function whole(name: string, what: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw refused(`cache ${name}: ${what}`, `a whole number from 1 to ${most}`, value);
  }
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("CACHE_OPTIONS", `${what}: expected ${expected}, got ${textOf(got)}.`);
}
