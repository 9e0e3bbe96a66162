import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { barrels, cycles, foreignGuestImports, guestParts, longFiles, parts, wrongDirections } from "./import-rules.js";
import { parseSourceFile, readSourceFiles, type SourceFile } from "./source-files.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = readSourceFiles(`${root}src`);

/** Generated or tabular files, which may be longer than the limit. */
const tables: string[] = ["errors.ts"];

/** What the compiler puts into a policy's bundle: entries too, of another kind. */
const bundleEntries = ["guest/entry.ts", "guest/globals.ts"];

/** The sources of the package's entries: `./dist/x/index.js` comes from `x/index.ts`. */
function entryFiles(): string[] {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    exports: Record<string, string | { default: string }>;
  };
  const paths = Object.values(exports)
    .map((target) => (typeof target === "string" ? target : target.default))
    .filter((path) => path.startsWith("./dist/"))
    .map((path) => path.replace("./dist/", "").replace(/\.js$/, ".ts"));
  const services = readdirSync(`${root}src/services`);
  return paths.flatMap((path) => (path.includes("*") ? services.map((name) => path.replace("*", name)) : [path]));
}

describe("the sources", () => {
  it("import in the direction of the parts only", () => {
    expect(files.length).toBeGreaterThan(0);
    expect(wrongDirections(files)).toEqual([]);
  });

  it("have no import cycles", () => {
    expect(cycles(files)).toEqual([]);
  });

  it("re-export in entries only", () => {
    expect(barrels(files, [...entryFiles(), ...bundleEntries])).toEqual([]);
  });

  it("keep Node and packages out of guest code", () => {
    expect(foreignGuestImports(files)).toEqual([]);
  });

  it("are short", () => {
    expect(longFiles(files, 600, tables)).toEqual([]);
  });

  it("check the same guest parts in the guest's type world", () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.guest.json`, (path) => readFileSync(path, "utf8")) as {
      config: { include: string[] };
    };
    expect([...config.include].sort()).toEqual(guestParts.map((part) => `src/${part}`).sort());
  });
});

describe("the rules", () => {
  const sources = (texts: Record<string, string>): SourceFile[] =>
    Object.entries(texts).map(([path, text]) => parseSourceFile(path, text));

  it("read every form of import", () => {
    const { imports } = parseSourceFile(
      "policy/a.ts",
      [
        'import "./effect.js";',
        'import { a } from "./value.js";',
        'import type { B } from "./type.js";',
        'export { c } from "./export.js";',
        'export type * from "./types.js";',
        'const d = await import("./dynamic.js");',
        'type E = import("./import-type.js").E;',
      ].join("\n"),
    );
    expect(imports).toEqual([
      { specifier: "./effect.js", typeOnly: false, reExport: false },
      { specifier: "./value.js", typeOnly: false, reExport: false },
      { specifier: "./type.js", typeOnly: true, reExport: false },
      { specifier: "./export.js", typeOnly: false, reExport: true },
      { specifier: "./types.js", typeOnly: true, reExport: true },
      { specifier: "./dynamic.js", typeOnly: false, reExport: false },
      { specifier: "./import-type.js", typeOnly: true, reExport: false },
    ]);
  });

  it("name only parts above in their table", () => {
    const names = Object.keys(parts);
    const upward = names.flatMap((part, index) =>
      parts[part]!.filter((imported) => !names.slice(0, index).includes(imported)).map(
        (imported) => `${part} -> ${imported}`,
      ),
    );
    expect(upward).toEqual([]);
  });

  it("refuse imports that point up or sideways, and files of no part", () => {
    const wrong = sources({
      "abi/a.ts": 'import type { P } from "../policy/p.js";',
      "host/chain.ts": 'import { run } from "./native/run.js";',
      "host/wasm/run.ts": 'import { drive } from "../../guest/drive.js";',
      "testing/harness.ts": 'import { listen } from "../gateway/listen.js";',
      "index.ts": 'export type { HeaderList } from "./abi/port.js";',
      "helpers/a.ts": "",
    });
    expect(wrongDirections(wrong)).toEqual([
      "abi/a.ts: abi must not import policy/p.ts",
      "host/chain.ts: host must not import host/native/run.ts",
      "host/wasm/run.ts: host/wasm must not import guest/drive.ts",
      "testing/harness.ts: testing must not import gateway/listen.ts",
      "index.ts: index.ts must not import abi/port.ts",
      "helpers/a.ts: belongs to no part",
    ]);
  });

  it("accept imports that point down", () => {
    const right = sources({
      "host/native/run.ts": 'import { chain } from "../chain.js"; import type { Port } from "../../abi/port.js";',
      "guest/drive.ts": 'import { define } from "../policy/define.js"; import { other } from "./other.js";',
    });
    expect(wrongDirections(right)).toEqual([]);
  });

  it("find a cycle, of types too", () => {
    const cyclic = sources({
      "host/a.ts": 'import { b } from "./b.js";',
      "host/b.ts": 'import type { C } from "./c.js";',
      "host/c.ts": 'import { a } from "./a.js";',
      "host/d.ts": 'import { a } from "./a.js";',
    });
    expect(cycles(cyclic)).toEqual(["host/a.ts -> host/b.ts -> host/c.ts -> host/a.ts"]);
  });

  it("find a barrel, but not in an entry", () => {
    const reExporting = sources({
      "gateway/index.ts": 'export { a } from "./a.js";',
      "host/index.ts": 'export { a } from "./a.js";',
      "host/a.ts": "export const a = 1;",
    });
    expect(barrels(reExporting, ["gateway/index.ts"])).toEqual(["host/index.ts: only an entry re-exports"]);
  });

  it("find Node and packages in guest code", () => {
    const foreign = sources({
      "policy/a.ts":
        'import { readFile } from "node:fs"; import type { StandardSchemaV1 } from "@standard-schema/spec";',
      "guest/b.ts":
        'import { StandardSchemaV1 } from "@standard-schema/spec"; import type { Dispatcher } from "undici";',
      "host/c.ts": 'import { request } from "undici";',
    });
    expect(foreignGuestImports(foreign)).toEqual([
      'policy/a.ts: guest code must not import "node:fs"',
      'guest/b.ts: guest code must not import "@standard-schema/spec"',
      'guest/b.ts: guest code must not import "undici"',
    ]);
  });

  it("find a long file", () => {
    const long = sources({
      "host/a.ts": "\n".repeat(600),
      "host/b.ts": "a;\n".repeat(601),
      "errors.ts": "a;\n".repeat(601),
    });
    expect(longFiles(long, 600, tables)).toEqual(["host/b.ts: 601 lines, at most 600"]);
  });
});
