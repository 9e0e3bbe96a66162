/** What it costs to say where an error was thrown does not grow with the policy's length: it is in the time that the policy has. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { startModule } from "../support/module-host.js";
import { RunningPolicies } from "../support/running-policies.js";
import { withPolicyFile } from "../web-apis/worlds.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const lines = 4_000;

it("a long policy that throws in its first exchange is told where, and not that it ran too long", async () => {
  const source = [
    'import { definePolicy } from "sluice";',
    "const table: ((text: string) => string)[] = [];",
    ...Array.from({ length: lines }, (_, index) => `table.push((text) => text + ${index} + text.length);`),
    "export default definePolicy({",
    "  onRequest(request) {",
    '    throw new Error(table[3]?.(request.method) ?? "");',
    "  },",
    "});",
  ].join("\n");
  const { wasm } = await withPolicyFile(source, (file) => compilePolicy(file, { cacheDir }));
  const host = await startModule(wasm);
  // Whoever asks often enough is out of time, on whatever machine.
  let now = 0n;
  host.clock = () => (now += 1_000_000n);
  const policy = RunningPolicies.configured(host, {
    config: {},
    sluice: { name: "long", limits: { callbackMilliseconds: 10 } },
  });
  host.log.length = 0;
  policy.request();
  expect(JSON.parse(host.log[0] ?? "")).toMatchObject({
    msg: "POLICY_FAILED: the request filter failed",
    stack: expect.stringContaining(`policy.ts:${lines + 5}:`) as unknown,
  });
});
