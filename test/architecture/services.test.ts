/**
 * A service is added in four places: its folder in `src/services/`, with tests; its page in `docs/services/`; a line in the list of
 * them; and uses in `test/types/`. Nothing else of Sluice knows which services there are.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePolicy } from "../../src/compiler/bundle.js";
import { importedPath, readSourceFiles } from "./source-files.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const services = readdirSync(`${root}src/services`);
const files = readSourceFiles(`${root}src`);

/** What a file imports, and what that imports … */
function closureOf(path: string, known = new Set<string>()): Set<string> {
  known.add(path);
  const file = files.find((other) => other.path === path);
  for (const { specifier } of file?.imports ?? []) {
    const imported = importedPath(file!, specifier);
    if (imported !== undefined && !known.has(imported)) {
      closureOf(imported, known);
    }
  }
  return known;
}

describe.each(services)("the service %s", (service) => {
  it("has an entry that says what it is", () => {
    expect(readFileSync(`${root}src/services/${service}/index.ts`, "utf8")).toMatch(/^\/\*\*/);
  });

  it("has tests beside it", () => {
    expect(readdirSync(`${root}src/services/${service}`).filter((name) => name.endsWith(".test.ts"))).not.toEqual([]);
  });

  it("has a page in docs/services/, which is in the list there", () => {
    expect(existsSync(`${root}docs/services/${service}.md`)).toBe(true);
    expect(readFileSync(`${root}docs/services/README.md`, "utf8")).toContain(`(${service}.md)`);
    expect(readFileSync(`${root}docs/services/${service}.md`, "utf8")).toContain(`"sluice/${service}"`);
  });

  it("has right uses in test/types/", () => {
    const folder = `${root}test/types/right`;
    const using = readdirSync(folder).filter((name) =>
      readFileSync(join(folder, name), "utf8").includes(`"sluice/${service}"`),
    );
    expect(using).not.toEqual([]);
  });
});

describe("in a policy's bundle", () => {
  let folder: string;
  let plain: Map<string, number>;

  /** Bytes by the paths of Sluice's files. */
  async function sizes(text: string): Promise<Map<string, number>> {
    const file = join(folder, "policy.ts");
    await writeFile(
      file,
      `import { definePolicy } from "sluice";\n${text}\nexport default definePolicy({ onRequest(request) { request.headers.delete("a"); } });\n`,
    );
    const { sources } = await bundlePolicy(file);
    return new Map(
      sources
        .filter(({ path }) => path.startsWith(`${root}src/`))
        .map(({ path, bytes }) => [path.slice(`${root}src/`.length), bytes]),
    );
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-sizes-"));
    plain = await sizes("");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("there is no service that the policy does not import", () => {
    expect([...plain.keys()].filter((path) => path.startsWith("services/"))).toEqual([]);
  });

  it.each(services)("the import of %s adds what that imports, and nothing else", async (service) => {
    const used = await sizes(`import * as service from "sluice/${service}";\n(globalThis as any).service = service;`);
    const added = [...used.keys()].filter((path) => !plain.has(path));
    const closure = closureOf(`services/${service}/index.ts`);
    expect(added).toContain(`services/${service}/index.ts`);
    expect(added.filter((path) => !closure.has(path))).toEqual([]);
    // A name that is now there twice is written with a number.
    const grown = [...used].filter(([path, bytes]) => !closure.has(path) && bytes - (plain.get(path) ?? 0) > 64);
    expect(grown).toEqual([]);
  });

  it.each(services)(
    "an import of %s that is not used costs nothing, nor does one that is handed on",
    async (service) => {
      const specifier = JSON.stringify(`sluice/${service}`);
      for (const text of [
        `import ${specifier};`,
        `import * as service from ${specifier}; const unused = [service]; void unused;`,
        `export * from ${specifier};`,
      ]) {
        expect(await sizes(text)).toEqual(plain);
      }
    },
  );
});
