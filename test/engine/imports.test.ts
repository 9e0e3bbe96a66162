/** What compiled policies import: older hosts, and others than Envoy, refuse a module that asks for a hostcall which they have not. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hostcalls } from "../../src/abi/hostcalls.js";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { bridgeHostcalls } from "../../src/engine/bridge-tables.js";
import { webAssembly } from "../../src/web-assembly.js";
import { withPolicyFile } from "../web-apis/worlds.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const bridge = fileURLToPath(new URL("../../src/engine/bridge/", import.meta.url));

async function imports(file: string): Promise<string[]> {
  const module = await webAssembly.compile((await compilePolicy(file, { cacheDir })).wasm);
  return webAssembly.Module.imports(module).map(({ name }) => name);
}

/** Of every policy: logs, headers, bodies, the clock, ending an exchange. docs/build.md lists them. */
const always = [
  "clock_time_get",
  "random_get",
  "proxy_add_header_map_value",
  "proxy_close_stream",
  "proxy_continue_stream",
  "proxy_define_metric",
  "proxy_get_buffer_bytes",
  "proxy_get_current_time_nanoseconds",
  "proxy_get_header_map_pairs",
  "proxy_get_header_map_value",
  "proxy_get_log_level",
  "proxy_get_property",
  "proxy_increment_metric",
  "proxy_log",
  "proxy_record_metric",
  "proxy_remove_header_map_value",
  "proxy_replace_header_map_value",
  "proxy_send_local_response",
  "proxy_set_buffer_bytes",
  "proxy_set_effective_context",
  "proxy_set_property",
  "proxy_set_tick_period_milliseconds",
];
const calls = ["proxy_get_status", "proxy_http_call"];
const shares = ["proxy_get_shared_data", "proxy_set_shared_data"];

/** What examples import besides. */
const besides: Readonly<Record<string, readonly string[]>> = {
  "ai-basic-token-rate-limiting": shares,
  "data-caching": shares,
  "external-auth": calls,
  metrics: calls,
  "oauth-2-token-introspection": [...calls, ...shares],
  "simple-oauth-2-validation": calls,
  "spike-attempts": shares,
};

describe("a compiled policy imports what it may use", () => {
  it("and no more, where it uses nothing", async () => {
    const source = 'import { definePolicy } from "sluice"; export default definePolicy({ onRequest() {} });';
    expect(new Set(await withPolicyFile(source, imports))).toEqual(new Set(always));
    const documented = readFileSync(new URL("../../docs/build.md", import.meta.url), "utf8");
    expect(always.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  }, 300_000);

  it.each([
    ["upstream", 'upstream(context, "a")', calls],
    ["metrics", 'counter(context, "a")', []],
    ["authentication", "getAuthentication(context)", []],
    ["violations", "reportViolation(context)", []],
    ["storage", 'storage(context, "a")', shares],
    ["rate-limit", 'rateLimit(context, "a", { tiers: [] })', shares],
    ["service", 'instancePort(context, "a()").logger.info("a")', []],
    ["service", 'httpCall(context, "a", [], undefined, 1, () => undefined)', calls],
  ])("%s", async (service, use, names) => {
    const [name = ""] = use.split("(");
    const source = `import { definePolicy } from "sluice"; import { ${name} } from "sluice/${service}"; export default definePolicy({ onRequest(_, context) { ${use}; } });`;
    expect(new Set(await withPolicyFile(source, imports))).toEqual(new Set([...always, ...names]));
  });

  it.each(readdirSync(examples, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])))(
    "the example %s",
    async (name) => {
      const expected = [...always, ...(besides[name] ?? [])];
      expect(new Set(await imports(join(examples, name, "policy.ts")))).toEqual(new Set(expected));
    },
  );
});

it("the bridge calls no hostcall by itself that a module could be without", () => {
  const byImport = new Map(Object.entries(hostcalls).map(([name, call]) => [call.import as string, name]));
  const called = readdirSync(bridge)
    // What is in those files are functions for the guest, stubs in modules that do not import what they call.
    .filter((file) => file.endsWith(".c") && !["limit-table.c", "tokens.c"].includes(file))
    .flatMap((file) => readFileSync(join(bridge, file), "utf8").match(/\bproxy_\w+/g) ?? [])
    .flatMap((name) => byImport.get(name) ?? []);
  expect(new Set(called)).toEqual(bridgeHostcalls);
});
