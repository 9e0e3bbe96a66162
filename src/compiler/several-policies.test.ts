import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { type ModuleHost, startModule } from "../../test/support/module-host.js";
import { buildEngine } from "../engine/build-engine.js";
import { readSections, SectionId } from "../engine/wasm-binary.js";
import { SluiceError } from "../errors.js";
import { type CompiledModule, compileModule } from "./build-module.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

let project: TemporaryProject;
beforeAll(async () => {
  await buildEngine(cacheDir);
  project = await TemporaryProject.create(files);
}, 300_000);
afterAll(() => project[Symbol.asyncDispose]());

const definePolicy = 'import { definePolicy, Flow } from "sluice";\n';

/** A policy that logs the value of an expression for each request. */
const logging = (expression: string, outside = ""): string =>
  `${definePolicy}${outside}\nexport default definePolicy({\n  onRequest(request) {\n    console.log(String(${expression}));\n  },\n});\n`;

const files = {
  "count.ts": "let count = 0;\nexport const next = (): number => ++count;\n",
  "first/policy.ts": logging(
    "`${next()} ${fromPackage()}`",
    'import { next } from "../count.ts";\nimport { next as fromPackage } from "counter";',
  ),
  "second/policy.ts": logging(
    "`${next()} ${fromPackage()}`",
    'import { next } from "../count.ts";\nimport { next as fromPackage } from "counter";',
  ),
  "throws/policy.ts": `${definePolicy}import { fail } from "./fail.ts";
export default definePolicy({
  async onRequest(request) {
    await (await request.intoHeadersState());
    fail();
  },
});
`,
  "throws/fail.ts": 'export function fail(): never {\n  throw new RangeError("here");\n}\n',
  "answers.ts": `${definePolicy}import { upstream } from "sluice/upstream";
export default definePolicy({
  async onRequest(request, context) {
    if (request.headers.has("never")) {
      await upstream(context, "auth").fetch("/");
    }
    return new Response("mine", { status: 403 });
  },
});
`,
  "web.ts": logging('new Headers({ a: "b" }).get("a")'),
  "strict.ts": logging(
    "sloppy()",
    "const sloppy = (): string => { try { (Object.freeze({ a: 1 }) as { a: number }).a = 2; return 'sloppy'; } catch { return 'strict'; } };",
  ),
  "old.ts": logging("answer", 'import answer from "old";'),
  "node_modules/counter/index.js": "let count = 40;\nexport const next = () => ++count;\n",
  "node_modules/old/index.js": "exports.answer = 42; undeclared = 1; module.exports = undeclared;",
} as const;

type Names = readonly string[];

function compile(...names: Names): Promise<CompiledModule> {
  return compileModule(
    names.map((name) => ({ file: project.path(`${name}.ts`), name: name.replace("/policy", "") })),
    { cacheDir },
  );
}

async function refusal(...names: Names): Promise<SluiceError> {
  const error: unknown = await compile(...names).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SluiceError)) {
    throw new Error(`not refused: ${String(error)}`);
  }
  return error;
}

/** A module with a root context for a use of each policy, from 1 on. */
async function start({ wasm }: CompiledModule, ...policies: Names): Promise<ModuleHost> {
  const host = await startModule(wasm);
  host.headers = [
    [":method", "GET"],
    [":path", "/"],
    [":authority", "a"],
    [":scheme", "http"],
  ];
  for (const [index, policy] of policies.entries()) {
    const root = index + 1;
    if (root > 1) {
      host.exports["proxy_on_context_create"]!(root, 0);
    }
    const configuration = { sluice: { uses: [{ policy, config: {}, sluice: { name: `use-of-${policy}` } }] } };
    host.buffer = new TextEncoder().encode(JSON.stringify(configuration));
    expect(host.exports["proxy_on_configure"]!(root, host.buffer.length)).toBe(1);
  }
  return host;
}

let lastStream = 100;

/** One request to a root context; the messages that were logged meanwhile. */
function request(host: ModuleHost, root: number): string[] {
  const before = host.log.length;
  const stream = (lastStream += 1);
  host.exports["proxy_on_context_create"]!(stream, root);
  host.exports["proxy_on_request_headers"]!(stream, 4, 1);
  return host.log.slice(before).map((line) => (JSON.parse(line) as { msg: string }).msg);
}

describe("a module of several policies", () => {
  it("runs each by its name, with what they import in each its own", async () => {
    const host = await start(await compile("first/policy", "second/policy"), "first", "second", "first");
    expect(request(host, 1)).toEqual(["1 41"]);
    expect(request(host, 2)).toEqual(["1 41"]);
    expect(request(host, 1)).toEqual(["2 42"]);
    // Another use of the same policy shares its state.
    expect(request(host, 3)).toEqual(["3 43"]);
  });

  it("answers, and takes the kit's services, as a module of one does", async () => {
    const host = await start(await compile("first/policy", "answers"), "answers");
    request(host, 1);
    expect(host.calls.find(({ name }) => name === "proxy_send_local_response")?.args[0]).toBe(403);
  });

  it("has the web APIs that one of them uses, whatever the kit calls its own classes", async () => {
    const host = await start(await compile("first/policy", "web"), "web");
    expect(request(host, 1)).toEqual(["b"]);
  });

  it("is strict for one whatever another's packages need", async () => {
    const host = await start(await compile("old", "strict"), "old", "strict");
    expect(request(host, 1)).toEqual(["1"]);
    expect(request(host, 2)).toEqual(["strict"]);
  });

  it("shows in stacks the files of the policy that threw", async () => {
    const host = await start(await compile("first/policy", "throws/policy", "second/policy"), "throws");
    request(host, 1);
    const { policy, stack = "" } = JSON.parse(host.log.at(-1) ?? "{}") as { policy?: string; stack?: string };
    expect(policy).toBe("use-of-throws");
    expect(
      stack
        .trim()
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual([
      expect.stringMatching(/^at fail \(fail\.ts:2:\d+\)$/),
      expect.stringMatching(/^at .* \(policy\.ts:6:\d+\)$/),
    ]);
  });

  it("names them in its section, and their files in its source map", async () => {
    const { wasm, map } = await compile("first/policy", "second/policy");
    const section = readSections(wasm).find(({ id }) => id === SectionId.Custom);
    expect(JSON.parse(new TextDecoder().decode(section?.content).slice(7))).toMatchObject({
      name: ["first", "second"],
    });
    const { sources, sourcesContent } = JSON.parse(map) as { sources: string[]; sourcesContent: string[] };
    expect(sources).toEqual(
      expect.arrayContaining(["first/policy.ts", "first/../count.ts", "second/policy.ts", "sluice/guest/entry.ts"]),
    );
    expect(sources.filter((source) => source === "sluice/guest/entry.ts")).toHaveLength(1);
    expect(sourcesContent[sources.indexOf("second/policy.ts")]).toBe(files["second/policy.ts"]);
  });

  it("is the same bytes wherever the sources lie", async () => {
    const elsewhere = await TemporaryProject.create(files);
    try {
      const names = ["first/policy", "throws/policy", "old"];
      const moved = await compileModule(
        names.map((name) => ({ file: elsewhere.path(`${name}.ts`), name: name.replace("/policy", "") })),
        { cacheDir },
      );
      const { wasm, map } = await compile(...names);
      expect(Buffer.from(wasm).equals(moved.wasm)).toBe(true);
      expect(map === moved.map).toBe(true);
      expect(Buffer.from(wasm).includes(project.folder.slice(1))).toBe(false);
    } finally {
      await elsewhere[Symbol.asyncDispose]();
    }
  });

  it("has the kit once: a second policy takes less than an eighth of a module, and a third less than a fiftieth", async () => {
    const one = await compile("first/policy");
    const two = await compile("first/policy", "second/policy");
    const three = await compile("first/policy", "second/policy", "throws/policy");
    expect(two.wasm.length).toBeLessThan(one.wasm.length * 1.125);
    expect(three.wasm.length).toBeLessThan(two.wasm.length * 1.02);
  });

  it("tells which bytes are whose", async () => {
    const module = await compile("first/policy", "second/policy");
    const { bytes, parts } = await module.measure();
    expect(parts.slice(3).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "kit sluice",
      "policy first",
      "policy second",
      "package first, npm: counter",
      "package second, npm: counter",
    ]);
    const sum = parts.reduce((total, part) => total + part.bytes, 0);
    expect(Math.abs(sum - bytes)).toBeLessThan(parts.length);
  });
});

describe("what a policy does to objects that all have", () => {
  const attempt = (code: string): string =>
    `(() => { try { ${code}; return "done"; } catch (error) { return String(error); } })()`;

  it.each([
    ["a new member of a prototype", "(String.prototype as any).shout = () => 1", '"a".shout', "not extensible"],
    ["another value of a member", "(Array.prototype as any).at = () => 7", "[1].at(0)", "read-only"],
    ["a member taken away", "delete (Array.prototype as any).at", "typeof [].at", "could not delete"],
    ["a member of a constructor", "(Object as any).keys = () => []", "Object.keys({ a: 1 })", "read-only"],
    ["a member of a namespace", "(JSON as any).parse = () => 7", 'JSON.parse("1")', "read-only"],
    ["a member of a method", "(Array.prototype.map as any).mine = 1", "[].map.mine", "not extensible"],
    [
      "a member of a hidden prototype",
      "Object.getPrototypeOf([][Symbol.iterator]()).next = () => 7",
      "[...[1]]",
      "read-only",
    ],
    [
      "a member of a web API",
      "(Headers.prototype as any).get = () => 7",
      'new Headers({ a: "b" }).get("a")',
      "read-only",
    ],
    ["a member of a kit's global", "(Response.prototype as any).mine = 1", 'new Response("").mine', "not extensible"],
  ])("fails, and does not reach its neighbour: %s", async (_, change, read, says) => {
    await project.write("changes.ts", logging(attempt(change)));
    await project.write("reads.ts", logging(read));
    const before = await start(await compile("first/policy", "reads"), "reads");
    const host = await start(await compile("changes", "reads"), "changes", "reads");
    const [said] = request(host, 1);
    expect(said).toContain(says);
    expect(request(host, 2)).toEqual(request(before, 1));
  });

  it("fails at the build where it is done while the policy is loaded", async () => {
    await project.write("patches.ts", logging("1", "(String.prototype as any).shout = () => 1;"));
    const error = await refusal("first/policy", "patches");
    expect(error.code).toBe("POLICY_BUNDLE");
    expect(error.message).toMatch(
      /patches\.ts:2:\d+: the policy cannot be loaded: TypeError: object is not extensible/,
    );
  });

  it("leaves objects their own members of the same names", async () => {
    await project.write(
      "overrides.ts",
      logging(
        "values.join()",
        `class Mine extends Error { constructor() { super("m"); this.name = "Mine"; this.message = "changed"; } }
function Old(this: any) {}
Old.prototype.toString = () => "old";
Old.prototype.constructor = Old;
const plain: any = {};
plain.toString = () => "plain";
plain.hasOwnProperty = 1;
const list: any = [];
list.at = 2;
const values = [String(new Mine()), String(new (Old as any)()), String(plain), plain.hasOwnProperty, list.at, Object.assign({}, { valueOf: 3 }).valueOf];`,
      ),
    );
    const host = await start(await compile("overrides", "first/policy"), "overrides");
    expect(request(host, 1)).toEqual(["Mine: changed,old,plain,1,2,3"]);
  });

  it("is its own where it is put on globalThis", async () => {
    await project.write("sets.ts", logging("(globalThis as any).mine", "(globalThis as any).mine = 1;"));
    await project.write(
      "misses.ts",
      logging(
        '`${"mine" in globalThis} ${globalThis.Array === Array} ${globalThis === (globalThis as any).globalThis}`',
      ),
    );
    const host = await start(await compile("sets", "misses"), "sets", "misses");
    expect(request(host, 1)).toEqual(["1"]);
    expect(request(host, 2)).toEqual(["false true true"]);
  });
});

describe("a module of several policies is refused with the file of that one", () => {
  const write = (name: string, text: string): Promise<unknown> => project.write(`${name}.ts`, text);

  it("which throws while it is loaded", async () => {
    await write("loads", `${definePolicy}\nthrow new RangeError("not me");\nexport default definePolicy({});\n`);
    const error = await refusal("first/policy", "loads", "second/policy");
    expect(error.code).toBe("POLICY_BUNDLE");
    expect(error.message).toMatch(/loads\.ts:3:\d+: the policy cannot be loaded: RangeError: not me\n/);
  });

  it("which throws what has no stack", async () => {
    await write("text", `${definePolicy}\nthrow "just a text";\nexport default definePolicy({});\n`);
    const error = await refusal("first/policy", "text", "second/policy");
    expect(error.code).toBe("POLICY_BUNDLE");
    expect(error.message).toMatch(/text\.ts: the policy cannot be loaded: Error: just a text$/);
  });

  it("which exports no policy", async () => {
    await write("nothing", "export default 1;\n");
    const error = await refusal("first/policy", "nothing", "second/policy");
    expect(error.code).toBe("POLICY_BUNDLE");
    expect(error.message).toContain("nothing.ts: the policy cannot be loaded: The default export");
  });

  it("whose schema is asynchronous", async () => {
    await write(
      "async",
      `${definePolicy}export default definePolicy({ config: { "~standard": { version: 1, vendor: "x", validate: async (value) => ({ value }) } } });\n`,
    );
    const error = await refusal("first/policy", "async", "second/policy");
    expect(error.code).toBe("SCHEMA_ASYNC");
    expect(error.message).toContain("async.ts: ");
  });

  it("which uses what only its neighbour, or the kit, declares", async () => {
    await write("declares", logging("mine", "const mine = 1;"));
    await write("takes", logging("mine", "declare const mine: number;"));
    await write("kits", logging("GuestExchange", "declare const GuestExchange: number;"));
    expect(await refusal("declares", "takes")).toMatchObject({
      code: "POLICY_GLOBAL",
      message: expect.stringMatching(/takes\.ts:\d+:\d+: "mine" is not available/) as string,
    });
    expect(await refusal("declares", "kits")).toMatchObject({
      code: "POLICY_GLOBAL",
      message: expect.stringMatching(/kits\.ts:\d+:\d+: "GuestExchange" is not available/) as string,
    });
  });
});
