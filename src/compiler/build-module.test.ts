import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { type ModuleHost, startModule } from "../../test/support/module-host.js";
import { readSections, SectionId } from "../engine/wasm-binary.js";
import { SluiceError } from "../errors.js";
import { type CompiledModule, compilePolicy } from "./build-module.js";
import type { CompileOptions } from "./tried-module.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const compile = (file: string, options: CompileOptions = {}): Promise<CompiledModule> =>
  compilePolicy(file, { cacheDir, ...options });

let folder: TemporaryProject;
let stopRequest: CompiledModule;
beforeAll(async () => {
  folder = await TemporaryProject.create({});
  stopRequest = await compile(join(examples, "stop-request/policy.ts"), { sourceMapName: "policy.wasm.map" });
}, 300_000);
afterAll(() => folder[Symbol.asyncDispose]());

async function refusal(name: string, text: string): Promise<SluiceError> {
  await folder.write(name, text);
  const error: unknown = await compile(folder.path(name)).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SluiceError)) {
    throw new Error(`not refused: ${String(error)}`);
  }
  return error;
}

const throwing = {
  "policy.ts": `import { definePolicy } from "sluice";
import { fromPackage } from "pkg";
import { helper } from "./lib/helper.ts";

interface Gone { a: string }
export default definePolicy({
  async configure(): Promise<Gone> { throw new Error("in configure"); },
});
export const used = [helper, fromPackage];
`,
  "request.ts": `import { definePolicy } from "sluice";
import { helper } from "./lib/helper.ts";
export default definePolicy({
  async onRequest(request) {
    await request.intoHeadersState();
    helper(undefined);
  },
});
`,
  "response.ts": `import { definePolicy } from "sluice";
import { fromPackage } from "pkg";
export default definePolicy({
  async onResponse(response) {
    await response.intoHeadersState();
    fromPackage(() => { throw new TypeError("in onResponse"); });
  },
});
`,
  "lib/helper.ts": `/** A type only. */
type Deep = { deep: string } | undefined;
export function helper(value: Deep): string {
  return value!.deep;
}
`,
  "node_modules/pkg/index.js": "export const fromPackage = (call) => call();\n",
};

async function writeThrowing(into: TemporaryProject): Promise<void> {
  for (const [name, text] of Object.entries(throwing)) {
    await into.write(name, text);
  }
}

/** The stack of the last error in a module's log, by frames. */
function loggedStack(host: ModuleHost): string[] {
  const { stack } = JSON.parse(host.log.at(-1) ?? "{}") as { stack?: string };
  return (stack ?? "")
    .trim()
    .split("\n")
    .map((line) => line.trim());
}

describe("a compiled policy", () => {
  it("says what it is in a section of its own", () => {
    const custom = readSections(stopRequest.wasm).filter(({ id }) => id === SectionId.Custom);
    const texts = custom.map(({ content }) => new TextDecoder().decode(content));
    expect(texts.map((text) => text.slice(1, 7))).toEqual(["sluice"]);
    expect(JSON.parse(texts[0]!.slice(7))).toEqual({
      name: "stop-request",
      version: "0.1.0",
      sourceMap: "policy.wasm.map",
    });
  });

  it("is the same bytes wherever its sources lie", async () => {
    const builds = [];
    for (let time = 0; time < 2; time += 1) {
      const place = await TemporaryProject.create({});
      try {
        await writeThrowing(place);
        await place.write("node_modules/old/index.js", "exports.answer = 42;");
        await place.write(
          "all.ts",
          `import old from "old"; globalThis.answer = old.answer;\n${throwing["policy.ts"].replace("policy.ts", "all.ts")}`,
        );
        const { wasm, map } = await compile(place.path("all.ts"));
        expect(Buffer.from(wasm).includes(place.folder.slice(1))).toBe(false);
        expect(map.includes(place.folder.slice(1))).toBe(false);
        builds.push({ wasm: Buffer.from(wasm), map });
      } finally {
        await place[Symbol.asyncDispose]();
      }
    }
    expect(builds[0]!.wasm.equals(builds[1]!.wasm)).toBe(true);
    expect(builds[0]!.map === builds[1]!.map).toBe(true);
  });

  it("has a source map with its sources by names that mean the same everywhere", () => {
    const { sources, sourcesContent, file } = JSON.parse(stopRequest.map) as {
      sources: string[];
      sourcesContent: string[];
      file: string;
    };
    expect(file).toBe("policy.js");
    expect(sources).toEqual(expect.arrayContaining(["policy.ts", "sluice/guest/entry.ts"]));
    expect(sources.filter((name) => name.startsWith("node_modules/valibot/"))).not.toEqual([]);
    expect(sourcesContent[sources.indexOf("policy.ts")]).toContain("token was not present");
  });

  it("tells where its bytes are, and leaves none out", async () => {
    const { bytes, gzipBytes, parts } = await stopRequest.measure();
    expect(bytes).toBe(stopRequest.wasm.length);
    expect(gzipBytes).toBeLessThan(bytes);
    expect(parts.map(({ kind }) => kind)).toEqual(["engine", "engine", "mappings", "kit", "policy", "package"]);
    expect(parts.at(-1)).toMatchObject({ name: "npm: valibot", estimated: true });
    const sum = parts.reduce((total, part) => total + part.bytes, 0);
    expect(Math.abs(sum - bytes)).toBeLessThan(parts.length);
  });
});

describe("the stack of an error in a module", () => {
  beforeAll(() => writeThrowing(folder));

  async function start(name: string): Promise<ModuleHost> {
    const host = await startModule((await compile(join(folder.folder, name))).wasm);
    host.headers = [
      [":method", "GET"],
      [":path", "/"],
      [":authority", "a"],
      [":scheme", "http"],
      [":status", "200"],
    ];
    return host;
  }

  it("shows the policy's own line when configure() throws", async () => {
    const host = await start("policy.ts");
    host.exports["proxy_on_configure"]!(1, 0);
    expect(loggedStack(host)[0]).toMatch(/^at .*\(policy\.ts:7:\d+\)$/);
    expect(loggedStack(host).filter((frame) => !frame.includes("policy.ts:"))).toEqual([]);
  });

  it("shows the file that a filter imports, then the filter, and nothing of the kit", async () => {
    const host = await start("request.ts");
    host.exports["proxy_on_configure"]!(1, 0);
    host.exports["proxy_on_context_create"]!(2, 1);
    host.exports["proxy_on_request_headers"]!(2, 4, 1);
    expect(loggedStack(host)).toEqual([
      expect.stringMatching(/^at helper \(lib\/helper\.ts:4:\d+\)$/),
      expect.stringMatching(/^at .* \(request\.ts:6:\d+\)$/),
    ]);
  });

  it("names a package instead of its lines", async () => {
    const host = await start("response.ts");
    host.exports["proxy_on_configure"]!(1, 0);
    host.exports["proxy_on_context_create"]!(2, 1);
    host.exports["proxy_on_request_headers"]!(2, 4, 1);
    host.exports["proxy_on_response_headers"]!(2, 1, 1);
    expect(loggedStack(host)).toEqual([
      expect.stringMatching(/^at <anonymous> \(response\.ts:6:\d+\)$/),
      "at fromPackage (pkg)",
      expect.stringMatching(/^at .* \(response\.ts:6:\d+\)$/),
    ]);
  });
});

describe("a policy is not compiled", () => {
  const policy = 'import { definePolicy } from "sluice";\n';

  it("when it throws while it is loaded; the place is shown", async () => {
    const error = await refusal(
      "throws.ts",
      `${policy}const schema = make();\nfunction make(): never {\n  throw new RangeError("no schema");\n}\nexport default definePolicy({ config: schema });\n`,
    );
    expect(error.code).toBe("POLICY_BUNDLE");
    expect(error.message).toMatch(/throws\.ts:4:\d+: the policy cannot be loaded: RangeError: no schema\n/);
    expect(error.message).toContain('> 4 |   throw new RangeError("no schema");');
  });

  it("when its default export is no policy", async () => {
    const error = await refusal("other.ts", "export default { onRequest() {} };\n");
    expect(error.code).toBe("POLICY_BUNDLE");
    expect(error.message).toContain(
      "other.ts: the policy cannot be loaded: The default export of the policy's file: expected what definePolicy(…) returns.",
    );
  });

  it("when its schema is asynchronous", async () => {
    const error = await refusal(
      "async.ts",
      `${policy}export default definePolicy({ config: { "~standard": { version: 1, vendor: "x", validate: async (value) => ({ value }) } } });\n`,
    );
    expect(error.code).toBe("SCHEMA_ASYNC");
    expect(error.message).toContain("async.ts: ");
  });

  it("when its schema throws; the place is shown", async () => {
    const error = await refusal(
      "schema.ts",
      `${policy}export default definePolicy({ config: { "~standard": { version: 1, vendor: "x",\n  validate: (value) => ({ value: value.a.b }),\n} } });\n`,
    );
    expect(error.code).toBe("POLICY_SCHEMA");
    expect(error.message).toMatch(
      /schema\.ts: the configuration's schema threw: .*\n\s+at validate \(schema\.ts:3:\d+\)$/,
    );
  });

  it("but it is when its schema refuses an empty configuration", async () => {
    await folder.write(
      "refuses.ts",
      `${policy}export default definePolicy({ config: { "~standard": { version: 1, vendor: "x", validate: () => ({ issues: [{ message: "no" }] }) } } });\n`,
    );
    await expect(compile(folder.path("refuses.ts"))).resolves.toMatchObject({ warnings: [] });
  });
});
