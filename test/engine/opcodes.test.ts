/**
 * What the interpreter runs of a usual exchange, in opcodes: no load of the machine changes them. `bench/envoy/profile.mjs --opcodes`
 * shows the functions.
 */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ModuleHost } from "../../bench/envoy/support/module-host.mjs";
import { OpcodeCounter, withOpcodeCounter } from "../../bench/envoy/support/opcode-counter.mjs";
import { countOpcodes } from "../../bench/envoy/support/opcodes.mjs";
import { compileModule, compilePolicy } from "../../src/compiler/build-module.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
type Counts = Awaited<ReturnType<typeof countOpcodes>>;
const known = new Map<string, Promise<Counts>>();

/** Counts once what several tests look at. */
function countsOf(name: string, count: () => Promise<Counts>): Promise<Counts> {
  const counts = known.get(name) ?? count();
  known.set(name, counts);
  return counts;
}

it.each([
  {
    policy: "examples/stop-request/policy.ts",
    does: "looks at a header and lets the request go",
    kind: "allow",
    most: 13,
  },
  { policy: "examples/stop-request/policy.ts", does: "refuses a request", kind: "deny", most: 25 },
  {
    policy: "bench/envoy/policies/edit.ts",
    does: "edits the heads of request and response and passes data on",
    kind: "allow",
    most: 87,
  },
  {
    policy: "bench/envoy/policies/user.ts",
    does: "refuses it on the line of the condition and sees responses",
    kind: "deny",
    most: 53,
  },
  {
    policy: "bench/envoy/policies/user.ts",
    does: "edits heads, assigns a path and passes data on",
    kind: "allow",
    most: 89,
  },
  { policy: "bench/envoy/policies/count.ts", does: "counts exchanges at their end", kind: "allow", most: 1_101 },
  {
    policy: "bench/envoy/policies/cached.ts",
    does: "finds in a cache that the request may go",
    kind: "allow",
    most: 72,
  },
  {
    policy: "bench/envoy/policies/cache-hit.ts",
    does: "answers with what it has in a cache",
    kind: "allow",
    most: 61,
  },
  { policy: "bench/envoy/policies/limited.ts", does: "awaits what a limit decides", kind: "allow", most: 34 },
  { policy: "bench/envoy/policies/charged.ts", does: "awaits in its response filter", kind: "allow", most: 84 },
  { policy: "bench/envoy/policies/limited.ts", does: "refuses before it awaits anything", kind: "deny", most: 28 },
])(
  "an exchange of a policy that $does takes at most $most opcodes",
  async ({ policy, kind, most }) => {
    const counts = await countsOf(policy, async () => {
      const { wasm, map } = await compilePolicy(`${root}${policy}`, { cacheDir: `${root}.cache/` });
      return countOpcodes(wasm, { map });
    });
    const { opcodes, functions } = counts.get(kind)!;
    expect(opcodes, JSON.stringify(functions.slice(0, 20), undefined, 1)).toBeLessThanOrEqual(most);
  },
  300_000,
);

it.each([
  {
    policy: "examples/stop-request/policy.ts",
    does: "look at a header and let the request go",
    kind: "allow",
    most: 65,
  },
  {
    policy: "examples/stop-request/policy.ts",
    does: "would do so, of which the first refuses the request",
    kind: "deny",
    most: 25,
  },
  {
    policy: "bench/envoy/policies/edit.ts",
    does: "edit the heads of request and response and pass data on",
    kind: "allow",
    most: 435,
  },
])(
  "an exchange of five policies that $does takes at most $most opcodes",
  async ({ policy, kind, most }) => {
    const policies = ["a", "b"].map((name) => ({ name, file: `${root}${policy}` }));
    const uses = Array.from({ length: 5 }, (_use, index) => ({ policy: index < 3 ? "a" : "b", config: {} }));
    const counts = await countsOf(`5 × ${policy}`, async () => {
      const { wasm, map } = await compileModule(policies, { cacheDir: `${root}.cache/` });
      return countOpcodes(wasm, { map, configuration: JSON.stringify({ sluice: { uses } }) });
    });
    const { opcodes, functions } = counts.get(kind)!;
    expect(opcodes, JSON.stringify(functions.slice(0, 20), undefined, 1)).toBeLessThanOrEqual(most);
  },
  300_000,
);

it("an answer that another policy sees on its way takes at most 112 opcodes in a list of two", async () => {
  const uses = ["edit", "stop-request"];
  const policies = [`${root}bench/envoy/policies/edit.ts`, `${root}examples/stop-request/policy.ts`];
  const { wasm, map } = await compileModule(
    policies.map((file, index) => ({ name: uses[index]!, file })),
    { cacheDir: `${root}.cache/` },
  );
  const configuration = JSON.stringify({ sluice: { uses: uses.map((policy) => ({ policy, config: {} })) } });
  const { opcodes, functions } = (await countOpcodes(wasm, { map, configuration })).get("deny")!;
  expect(opcodes, JSON.stringify(functions.slice(0, 20), undefined, 1)).toBeLessThanOrEqual(112);
}, 300_000);

it("exchanges that wait until a policy is configured are no reason to begin later ones by the guest", async () => {
  const file = `${root}test/engine/policies/slow-start.ts`;
  const { wasm, map } = await compilePolicy(file, { cacheDir: `${root}.cache/` });
  const host = ModuleHost.run(withOpcodeCounter(wasm), file);
  const counter = new OpcodeCounter(() => host.memory, map);
  const exchange = (id: number): void => {
    host.callback("proxy_on_context_create")!(id, 1);
    host.callback("proxy_on_request_headers")!(id, 1, 1);
    host.callback("proxy_on_done")!(id);
  };
  for (let id = 2; id < 42; id++) {
    exchange(id);
  }
  host.now = Date.now() + 1_000;
  host.callback("proxy_on_tick")!(1);
  // Prepares.
  exchange(50);
  exchange(51);
  host.onOpcode = (address) => {
    counter.take(address);
  };
  exchange(52);
  expect(counter.opcodes, JSON.stringify(counter.functions().slice(0, 20))).toBeLessThanOrEqual(40);
}, 300_000);
