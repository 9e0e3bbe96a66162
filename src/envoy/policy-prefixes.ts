/** How Envoy names a policy in its log, for each that a bootstrap has: a text of the policy's own cannot be taken for it. */
import type { Json } from "./json.js";

/** By the names of a plugin, its root context and its VM, in Envoy's words: the name of the policy's use. Longer ones come first. */
export type PolicyPrefixes = readonly (readonly [prefix: string, policy: string])[];

/**
 * Envoy writes `wasm log <plugin> <root id> <VM id>: <text>`: without the plugin while it starts, and without the root id where that is
 * empty. Root ids of policies from source are `<route>/<use>`. `libsluice` writes `sluice log <root id>: <text>`.
 */
export function policyPrefixes(bootstrap: Json): PolicyPrefixes {
  const prefixes = new Map<string, string>();
  const all = plugins(bootstrap);
  for (const { name, root_id: root, vm_config: vm } of all) {
    const id = vm.vm_id ?? "";
    const add = (parts: readonly (string | undefined)[], policy: string): void => {
      const known = parts.filter((part) => part !== undefined && part !== "").join(" ");
      prefixes.set(`wasm log ${known}: `, prefixes.get(`wasm log ${known}: `) ?? policy);
    };
    add([name, root, id], name);
    // Of several uses of a module without root id nobody can tell whose line it is: it is the module's.
    const shared = !root && all.some((other) => other.vm_config.vm_id === vm.vm_id && other.name !== name);
    add([root, id], shared ? policyOf(id) : name);
  }
  for (const rootId of nativeRootIds(bootstrap)) {
    prefixes.set(`sluice log ${rootId}: `, rootId.slice(rootId.indexOf("/") + 1));
  }
  return [...prefixes].sort(([left], [right]) => right.length - left.length);
}

interface Plugin {
  name: string;
  root_id?: string;
  vm_config: { vm_id?: string };
}

function plugins(value: unknown): Plugin[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const own = "vm_config" in value ? [value as unknown as Plugin] : [];
  return [...own, ...Object.values(value).flatMap(plugins)];
}

/** `<route>/<use>`, of the filters that `libsluice` is. */
function nativeRootIds(value: unknown): string[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const own =
    "dynamic_module_config" in value
      ? [(value as unknown as { filter_name: string }).filter_name.split(" ", 1)[0]!]
      : [];
  return [...own, ...Object.values(value).flatMap(nativeRootIds)];
}

/** The policy's name in a VM id, `<number>.<policy>`. */
function policyOf(id: string): string {
  return id.replace(/^\d+\./, "");
}
