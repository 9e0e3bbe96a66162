import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileFunction } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SluiceError } from "../errors.js";
import { bundlePolicy, createPolicyBundler, type PolicyBundleCode } from "./bundle.js";
import { moduleCode } from "./module-code.js";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-bundle-")));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const policy = 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n';

/** What the bundle's code exports. */
function evaluate({ code }: PolicyBundleCode): Record<string, unknown> {
  const module = { exports: {} };
  (compileFunction(code, ["module", "exports"]) as (...values: unknown[]) => void)(module, module.exports);
  return module.exports;
}

async function refusal(name: string, text: string): Promise<SluiceError> {
  const file = await write(name, text);
  const error: unknown = await bundlePolicy(file).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SluiceError)) {
    throw new Error(`not refused: ${String(error)}`);
  }
  return error;
}

describe("a policy's bundle", () => {
  it("exports what a host needs", async () => {
    const exported = evaluate(await bundlePolicy(await write("plain.ts", policy)));
    expect(exported).toMatchObject({ createGuest: expect.any(Function), checkConfig: expect.any(Function) });
  });

  it("names the policy's own files as inputs, not the kit's, not those of packages", async () => {
    await write("node_modules/pkg/index.js", "export const fromPackage = 1;");
    const helper = await write("lib/helper.ts", "export const helped: number = 1;");
    const file = await write("inputs.ts", `import "./lib/helper.ts"; import "pkg";\n${policy}`);
    expect((await bundlePolicy(file)).inputs.sort()).toEqual([file, helper].sort());
  });

  it("is made without parsing the kit, which takes longer than all the rest", async () => {
    const { parts } = (await bundlePolicy(await write("policy.ts", policy))).output.syntax;
    const defining = parts.filter(({ text }) => text.includes("definePolicy({"));
    expect(defining.map(({ origin }) => origin)).toEqual(["own"]);
  });

  it("takes packages written as CommonJS", async () => {
    await write("node_modules/old/package.json", '{ "name": "old", "main": "main.js" }');
    await write("node_modules/old/main.js", "module.exports = { answer: 42 };");
    const file = await write("old.ts", `import old from "old"; globalThis.sluiceTestAnswer = old.answer;\n${policy}`);
    evaluate(await bundlePolicy(file));
    expect((globalThis as { sluiceTestAnswer?: unknown }).sluiceTestAnswer).toBe(42);
  });

  it("has the kit's Response where the policy forgot the import, and the same one that it exports", async () => {
    const file = await write(
      "response.ts",
      `import { Response as Imported } from "sluice";
      const Free = Response; globalThis.sluiceTestSame = [Free === Imported, new Free(401).status];\n${policy}`,
    );
    evaluate(await bundlePolicy(file));
    expect((globalThis as { sluiceTestSame?: unknown }).sluiceTestSame).toEqual([true, 401]);
  });

  describe("takes from a package its build for where there is no Node", () => {
    /** What the policy's import of a package is, and what a package of CommonJS gets. */
    async function imported(name: string, manifest: object, files: Record<string, string>): Promise<unknown> {
      await write(`node_modules/${name}/package.json`, JSON.stringify({ name, ...manifest }));
      for (const [file, text] of Object.entries(files)) {
        await write(`node_modules/${name}/${file}`, text);
      }
      const file = await write(
        `${name}.ts`,
        `import * as pkg from ${JSON.stringify(name)}; globalThis.sluiceTestBuild = pkg.default;\n${policy}`,
      );
      evaluate(await bundlePolicy(file));
      return (globalThis as { sluiceTestBuild?: unknown }).sluiceTestBuild;
    }
    const esm = (value: string): string => `export default ${JSON.stringify(value)};`;
    const files = {
      "a.mjs": esm("a"),
      "b.mjs": esm("b"),
      "node.mjs": 'import "node:crypto"; export default 1;',
      "page.mjs": "export default document.title;",
    };

    it.each([
      ["workerd", { node: "./node.mjs", workerd: "./a.mjs", default: "./node.mjs" }],
      ["worker, where the browser's needs a page", { worker: "./a.mjs", browser: "./page.mjs", default: "./b.mjs" }],
      ["browser", { node: { import: "./node.mjs" }, browser: { import: "./a.mjs" }, default: "./node.mjs" }],
      ["default, where there is none", { node: "./node.mjs", default: "./a.mjs" }],
      ["the first of several, as the package orders them", { browser: "./a.mjs", workerd: "./b.mjs" }],
    ])("by the condition %s", async (condition, conditions) => {
      const name = `condition-${condition.replaceAll(/[^a-z]/g, "")}`;
      expect(await imported(name, { exports: { ".": conditions } }, files)).toBe("a");
    });

    it("by the conditions import and require, as it is asked for", async () => {
      await write(
        "node_modules/both/package.json",
        JSON.stringify({ name: "both", exports: { import: "./index.mjs", require: "./index.cjs" } }),
      );
      await write("node_modules/both/index.mjs", esm("imported"));
      await write("node_modules/both/index.cjs", 'module.exports = "required";');
      const asked = {
        "index.cjs": 'module.exports = require("both");',
        "index.mjs": 'export { default } from "both";',
      };
      expect(await imported("requires", { main: "index.cjs" }, asked)).toBe("required");
      expect(await imported("imports", { main: "index.mjs" }, asked)).toBe("imported");
    });

    it("by the field browser, before module and main", async () => {
      const manifest = { browser: "a.mjs", module: "node.mjs", main: "node.mjs" };
      expect(await imported("browser-field", manifest, files)).toBe("a");
    });

    it("by the map of that field, also where it turns a file or a module of Node off", async () => {
      const manifest = {
        main: "main.js",
        browser: { "./node.js": "./web.js", "./inspect.js": false, crypto: false, fs: "./web.js" },
      };
      const modules = {
        "main.js":
          'module.exports = [require("./node"), Object.keys(require("./inspect.js")), Object.keys(require("crypto")), require("fs")];',
        "node.js": 'module.exports = require("node:os");',
        "inspect.js": 'module.exports = require("util").inspect;',
        "web.js": 'module.exports = "web";',
      };
      expect(await imported("browser-map", manifest, modules)).toEqual(["web", [], [], "web"]);
    });

    it("with what it asks such worlds for: global, self and process.env.NODE_ENV", async () => {
      const text =
        'var root = typeof global == "object" && global && global.Object === Object && global;\n' +
        "module.exports = [root === globalThis, self === globalThis, process.env.NODE_ENV, (function (self) { return self; })(1)];";
      expect(await imported("asks", { main: "main.js" }, { "main.js": text })).toEqual([true, true, "production", 1]);
    });

    it("and names neither the files that are turned off as inputs nor their folder in the module's code", async () => {
      await write("off.js", 'module.exports = [require("crypto"), require("./off-too.js")];');
      await write("off-too.js", "module.exports = 1;");
      await write("package.json", '{ "browser": { "crypto": false, "./off-too.js": false } }');
      const file = await write("turns-off.ts", `import "./off.js";\n${policy}`);
      const bundle = await bundlePolicy(file);
      await rm(join(folder, "package.json"));
      expect(bundle.inputs.sort()).toEqual([join(folder, "off.js"), file].sort());
      expect(bundle.sources.filter(({ path }) => path.includes("disabled"))).toEqual([]);
      expect(moduleCode(file, bundle).code).not.toContain(folder.slice(1));
    });
  });

  it("maps positions to the policy's file, below the replaced helpers too", async () => {
    const file = await write(
      "mapped.ts",
      `${policy}export async function used() { await 1; }\nused();\nthrow new Error("here");\n`,
    );
    const bundle = await bundlePolicy(file);
    const map = new SourceMap(JSON.parse(bundle.map) as ConstructorParameters<typeof SourceMap>[0]);
    const lines = bundle.code.split("\n");
    const line = lines.findIndex((text) => text.includes('throw new Error("here")'));
    expect(bundle.code).toContain("var __async = ");
    expect(map.findEntry(line, lines[line]?.indexOf("throw") ?? 0)).toMatchObject({
      originalSource: pathToFileURL(file).href,
      originalLine: 4,
      originalColumn: 0,
    });
    expect(lines.at(-2)).toMatch(/^\/\/# sourceMappingURL=data:application\/json;base64,/);
    expect((JSON.parse(bundle.map) as { sourcesContent: string[] }).sourcesContent.join()).toContain(
      'throw new Error("here")',
    );
  });

  it("can be made again after a change, and after an error", async () => {
    const file = await write("again.ts", policy);
    const bundler = await createPolicyBundler(file);
    try {
      const first = await bundler.rebuild();
      expect((await bundler.rebuild()).code).toBe(first.code);
      await writeFile(file, `${policy}}`);
      await expect(bundler.rebuild()).rejects.toMatchObject({ code: "POLICY_SYNTAX" });
      await writeFile(file, `${policy}globalThis.changed = 1;\n`);
      expect((await bundler.rebuild()).code).toContain("globalThis.changed = 1");
    } finally {
      await bundler.dispose();
    }
  });
});

describe("a policy is refused with its code, place and source", () => {
  it("for a syntax error", async () => {
    const error = await refusal("syntax.ts", "export default {\n  a: 1,\n\tb 2\n};\n");
    expect(error.code).toBe("POLICY_SYNTAX");
    expect(error.message).toBe(
      `${join(folder, "syntax.ts")}:3:4: Expected "}" but found "2".\n` +
        "  1 | export default {\n  2 |   a: 1,\n> 3 | \tb 2\n    | \t  ^\n  4 | };",
    );
  });

  it("counting columns in characters", async () => {
    expect((await refusal("utf8.ts", "export default 'ééé' 2;\n")).message).toContain("utf8.ts:1:22: ");
  });

  it("for an import that cannot be found", async () => {
    const error = await refusal("unresolved.ts", `import "./nothing.js";\nimport "no-such-package";\n${policy}`);
    expect(error.code).toBe("POLICY_IMPORT");
    expect(error.message).toContain('unresolved.ts:1:8: The import "./nothing.js" could not be found.');
    expect(error.message).toContain(
      'unresolved.ts:2:8: The import "no-such-package" could not be found. Is the package installed',
    );
  });

  it("showing ten of them and the number of the rest", async () => {
    const { message } = await refusal(
      "many.ts",
      Array.from({ length: 13 }, (_, index) => `import "./missing-${index}.js";\n`).join("") + policy,
    );
    expect(message.match(/could not be found/g)).toHaveLength(10);
    expect(message).toMatch(/\n\n… and 3 more\.$/);
  });

  it("for a name that a module does not export", async () => {
    const error = await refusal("name.ts", 'import { Nope } from "sluice";\nexport default Nope;\n');
    expect(error.code).toBe("POLICY_IMPORT");
    expect(error.message).toContain("name.ts:1:10: ");
    expect(error.message).toContain('for import "Nope"');
  });

  it.each(["node:fs", "fs/promises"])("for a module of Node: %s", async (name) => {
    const error = await refusal("builtin.ts", `import "${name}";\n${policy}`);
    expect(error.code).toBe("POLICY_BUILTIN_IMPORT");
    expect(error.message).toContain(`builtin.ts:1:8: "${name}" is not available in a policy: a policy reads no files`);
  });

  it("for a module of Node or a missing one in a package, which is named with its line", async () => {
    await write(
      "node_modules/@a/node-only/index.js",
      'import "b";\nimport { createHash } from "node:crypto";\nexport default createHash;',
    );
    await write("node_modules/b/index.js", '\n\nexport * from "not-there";');
    const error = await refusal("through.ts", `import "@a/node-only";\n${policy}`);
    const texts = error.message.split("\n").filter((line) => !/^ +\d* \|/.test(line) && !line.startsWith(">"));
    expect(texts.filter((line) => line !== "").sort()).toEqual([
      expect.stringMatching(
        /node_modules\/@a\/node-only\/index\.js:2:28: The package "@a\/node-only" imports "node:crypto" of Node, which is not available in a policy\. Use another package/,
      ),
      expect.stringMatching(
        /node_modules\/b\/index\.js:3:15: The package "b" imports "not-there", which could not be found\. Is it installed/,
      ),
    ]);
  });

  it("for a top-level await", async () => {
    const error = await refusal("tla.ts", `${policy}await 1;\n`);
    expect(error.code).toBe("POLICY_TOP_LEVEL_AWAIT");
    expect(error.message).toContain("tla.ts:3:1: ");
  });

  it("for a missing default export", async () => {
    const error = await refusal("nothing.ts", "export const a = 1;\n");
    expect(error.code).toBe("POLICY_NO_DEFAULT_EXPORT");
    expect(error.message).toContain("nothing.ts: the file exports no policy");
  });

  it("for a file that does not exist", async () => {
    await expect(bundlePolicy(join(folder, "none.ts"))).rejects.toMatchObject({ code: "POLICY_NOT_FOUND" });
  });
});
