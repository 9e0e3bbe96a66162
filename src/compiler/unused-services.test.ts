import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundlePolicy } from "./bundle.js";
import { unusedServices } from "./unused-services.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-services-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function unusedOf(files: Record<string, string>): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
  }
  return [...unusedServices((await bundlePolicy(join(folder, "policy.ts"))).map)].sort();
}

it("names every service that a policy does not mention", async () => {
  const policy = 'import { definePolicy } from "sluice"; export default definePolicy({ onRequest() {} });';
  expect(await unusedOf({ "policy.ts": policy })).toEqual(["authentication", "http-client", "metrics", "violations"]);
});

it("keeps what is mentioned anywhere in the policy's files", async () => {
  expect(
    await unusedOf({
      "policy.ts":
        'import { definePolicy } from "sluice"; import { ask } from "./ask.js"; export default definePolicy({ onRequest(_, all) { ask(all); } });',
      "ask.ts": 'export function ask(all: any) { all["client"].upstream("a").fetch(); all.metrics.counter("b"); }',
    }),
  ).toEqual(["authentication", "violations"]);
});

it("leaves them out of the bundle", async () => {
  const policy =
    'import { definePolicy } from "sluice"; export default definePolicy({ onRequest(_, { violations }) { violations.report(); } });';
  await writeFile(join(folder, "policy.ts"), policy);
  const path = join(folder, "policy.ts");
  const lean = await bundlePolicy(path, unusedServices((await bundlePolicy(path)).map));

  expect(lean.code).toContain("policy_violation");
  expect(lean.code).not.toContain("METRIC_CARDINALITY");
  expect(lean.code).not.toContain("AUTHENTICATION_UNREADABLE");
});
