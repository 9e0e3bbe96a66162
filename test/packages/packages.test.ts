/** Those of the packages in programs.yaml that Sluice's own tests have anyway; `npm run try-packages` tries all of them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { testGateway } from "../../src/testing/index.js";

interface Program {
  package: string;
  import: string;
  code: string;
  gives?: unknown;
  fails?: string;
  refused?: string;
  of?: string;
}

const programs = parse(readFileSync(new URL("programs.yaml", import.meta.url), "utf8")) as Program[];
const sample = ["ipaddr.js", "punycode", "valibot", "yaml"];
const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));

let folder: string;
beforeAll(() => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "sampled-packages-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(["native", "wasm"] as const)("in the engine %s", (engine) => {
  it.each(programs.filter((program) => sample.includes(program.package)))(
    "$package does in a policy what it does elsewhere",
    async (program) => {
      const file = join(folder, `${program.package.replaceAll("/", "+")}.ts`);
      writeFileSync(
        file,
        `import { definePolicy, Response } from "sluice";
import ${program.import};
export default definePolicy({ onRequest: async () => new Response(200).withBody(JSON.stringify(${program.code})) });
`,
      );
      await using gateway = await testGateway({ policies: [file], engine, upstreams: {} });
      expect(await (await gateway.fetch("/")).json()).toEqual(program.gives);
    },
    60_000,
  );
});

it("docs/packages.md has every package", () => {
  const documented = readFileSync(new URL("../../docs/packages.md", import.meta.url), "utf8");
  const missing = programs.filter((program) => !documented.includes(`\n| \`${program.package}\` | `));
  expect(missing.map((program) => program.package)).toEqual([]);
});
