import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { buildEngine } from "../../src/engine/build-engine.js";
import { bothWorlds, type World, withPolicyFile } from "./worlds.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

beforeAll(async () => {
  await buildEngine(cacheDir);
}, 300_000);

/** A policy that answers each request with the JSON of `answer`; `top` is run while it is loaded. */
function policy(top: string, answer: string): string {
  return `import { definePolicy, Response } from "sluice";
${top}
export default definePolicy({ onRequest() { return new Response(200).withBody(JSON.stringify(${answer})); } });\n`;
}

async function moduleOf(source: string): Promise<World> {
  return (await bothWorlds(source)).find(({ name }) => name === "module")!;
}

const build = (source: string): Promise<Uint8Array> =>
  withPolicyFile(source, async (file) => (await compilePolicy(file, { cacheDir })).wasm);

describe("a module whose policy is loaded at the build", () => {
  it.each([
    ["Math.random()", "Math.random()"],
    ["crypto.getRandomValues()", "crypto.getRandomValues(new Uint8Array(4))"],
    ["crypto.randomUUID()", "crypto.randomUUID()"],
  ])("cannot be built where that asks for %s, and the error has the place and what to do", async (name, expression) => {
    await expect(build(policy(`export const drawn = ${expression};`, "drawn"))).rejects.toThrow(
      expect.objectContaining({
        code: "POLICY_BUNDLE",
        message: expect.stringMatching(
          new RegExp(
            `policy\\.ts:2:\\d+: .*calls ${name.replace(/[.()]/g, "\\$&")} while it is loaded.*move it into configure or a filter.*import\\(\\) there`,
          ),
        ) as string,
      }),
    );
  });

  it("has a clock that stands at zero there, and runs later", async () => {
    const world = await moduleOf(
      policy(
        "const then = [Date.now(), performance.now(), performance.timeOrigin];",
        "{ then, now: [Date.now(), performance.now(), performance.timeOrigin] }",
      ),
    );
    const before = Date.now();
    const { then, now } = JSON.parse(await world.ask("/")) as Record<"then" | "now", [number, number, number]>;
    expect(then).toEqual([0, 0, 0]);
    expect(now[0]).toBeGreaterThanOrEqual(before);
    expect(now[1]).toBeGreaterThanOrEqual(0);
    expect(now[1]).toBeLessThan(before);
    expect(now[2]).toBeGreaterThanOrEqual(before);
  });

  it("is the same bytes each time, web APIs included", async () => {
    const source = policy(
      "const url = new URL('https://a.example'); const key = [crypto, performance, Headers];",
      "[url, key.length, Date.now(), Math.random()]",
    );
    await withPolicyFile(source, async (file) => {
      expect(
        Buffer.compare((await compilePolicy(file, { cacheDir })).wasm, (await compilePolicy(file, { cacheDir })).wasm),
      ).toBe(0);
    });
  });
});

describe("instances of one module", () => {
  it("draw different random values, from generators that were got hold of while the policy was loaded", async () => {
    const source = policy(
      "const { random } = Math; const uuid = crypto.randomUUID.bind(crypto);",
      "[random(), Math.random(), uuid(), ...crypto.getRandomValues(new Uint8Array(8))].map(String)",
    );
    const drawn = await Promise.all(
      [moduleOf(source), moduleOf(source)].map(async (world) => JSON.parse(await (await world).ask("/")) as string[]),
    );
    for (const [index, value] of drawn[0]!.slice(0, 3).entries()) {
      expect(drawn[1]![index]).not.toBe(value);
    }
    expect(drawn[1]!.slice(3)).not.toEqual(drawn[0]!.slice(3));
  });

  it("draw different random values while they load packages that configure imports", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-package-"));
    try {
      await writeFile(join(folder, "drawing.mjs"), "export const drawn = [Math.random(), crypto.randomUUID()];");
      await writeFile(join(folder, "drawing.cjs"), "exports.drawn = [Math.random(), crypto.randomUUID()];");
      const source = `import { definePolicy, Response } from "sluice";
export default definePolicy({
  async configure() {
    const modules = [await import("${folder}/drawing.mjs"), await import("${folder}/drawing.cjs")];
    return modules.flatMap(({ drawn }: any) => drawn).map(String);
  },
  onRequest(_request, { resources }) { return new Response(200).withBody(JSON.stringify(resources)); },
});`;
      const drawn = await Promise.all(
        [moduleOf(source), moduleOf(source)].map(async (world) => JSON.parse(await (await world).ask("/")) as string[]),
      );
      expect(new Set(drawn.flat()).size).toBe(8);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("see time go on between requests", async () => {
    const world = await moduleOf(policy("", "[Date.now(), performance.now()]"));
    const ask = async (): Promise<number[]> => JSON.parse(await world.ask("/")) as number[];
    const first = await ask();
    for (;;) {
      const next = await ask();
      if (next[0]! > first[0]! && next[1]! > first[1]!) {
        break;
      }
    }
  });
});
