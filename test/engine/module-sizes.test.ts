/** What modules take as they are sent, packed by gzip: of any, and of what signed tokens add to one that lets everything pass. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";

const compiled = new Map<string, Promise<number>>();

/** In bytes. */
function packed(policy: string): Promise<number> {
  const file = fileURLToPath(new URL(`policies/sizes/${policy}.ts`, import.meta.url));
  const size = compiled.get(policy) ?? compilePolicy(file).then(({ wasm }) => gzipSync(wasm).length);
  compiled.set(policy, size);
  return size;
}

it("a module that lets everything pass is no larger than it was", async () => {
  expect(await packed("allow")).toBeLessThanOrEqual(341_000);
}, 120_000);

it.each([
  { policy: "jwt-rs256", most: 20_200 },
  { policy: "jwt-es256", most: 21_800 },
  { policy: "jwt-upstream", most: 29_200 },
  { policy: "jose", most: 48_200 },
])(
  "$policy adds at most $most bytes to it",
  async ({ policy, most }) => {
    const [allow, whole] = await Promise.all([packed("allow"), packed(policy)]);
    expect(whole - allow).toBeLessThanOrEqual(most);
  },
  120_000,
);
