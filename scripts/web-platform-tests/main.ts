/** See ../web-platform-tests.mjs. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bothWorlds } from "../../test/web-apis/worlds.js";
import { areas, type TestFile } from "./areas.js";
import type { Outcome } from "./harness.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { area: { type: "string" }, failures: { type: "boolean", default: false } },
});
const [checkout] = positionals;
if (checkout === undefined) {
  throw new Error("Which folder are the web-platform tests in? node scripts/web-platform-tests.mjs <folder>");
}

/** What a test finds besides a policy's globals. */
const given =
  "self location fetch setup done subsetTest subsetTestByKey generate_tests format_value garbageCollect test promise_test async_test promise_rejects_dom promise_rejects_js assert_true assert_false assert_equals assert_not_equals assert_array_equals assert_in_array assert_greater_than assert_less_than assert_less_than_equal assert_regexp_match assert_own_property assert_not_own_property assert_unreached assert_throws_js assert_throws_dom assert_throws_exactly";
/** What tests name and a policy has not, or what they never declare: undefined, so that a policy that names them is built. */
const missing =
  "window document Blob File FileList ImageData ImageBitmap Event EventTarget MessageChannel Request FormData WebAssembly setInterval clearInterval createImageBitmap structuredCloneBatteryOfTests testObjMock err";

console.log("| tests | count | pass in a module | pass in Node |\n| --- | --- | --- | --- |");
const told: string[] = [];
for (const [area, files] of Object.entries(areas)) {
  if (values.area === undefined || values.area === area) {
    const sums = { count: 0, module: 0, node: 0 };
    for (const file of files) {
      const [node, module] = await outcomesOf(file, checkout);
      sums.count += node.length;
      sums.node += passed(node);
      sums.module += passed(module);
      compare(file.path, node, module);
    }
    console.log(`| ${area} | ${sums.count} | ${sums.module} | ${sums.node} |`);
  }
}
console.log(`\n${told.join("\n")}`);

function compare(path: string, node: readonly Outcome[], module: readonly Outcome[]): void {
  if (module.length !== node.length) {
    told.push(`${path}: ${node.length} tests in Node, ${module.length} in the module`);
  }
  const passedInNode = new Set(node.filter(({ error }) => error === undefined).map(({ name }) => name));
  for (const { name, error } of module) {
    const differs = passedInNode.has(name);
    if (error !== undefined && (differs || values.failures)) {
      told.push(`${differs ? "only in the module" : "in both"}: ${path}: ${name}\n    ${error}`);
    }
  }
}

function passed(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ error }) => error === undefined).length;
}

async function outcomesOf(file: TestFile, root: string): Promise<[node: Outcome[], module: Outcome[]]> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-wpt-"));
  try {
    const tests = join(folder, "tests.cjs");
    await writeFile(tests, wrapped(file, root));
    const answers = await Promise.all((await bothWorlds(policyText(tests))).map((world) => world.ask("/")));
    return answers.map((answer) => JSON.parse(answer) as Outcome[]) as [Outcome[], Outcome[]];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The scripts that a test file names, and itself, as one function: what they declare they share, as in a page. */
function wrapped({ path, scripts = [], after = "", data = [] }: TestFile, root: string): string {
  const read = (name: string): string => readFileSync(join(root, name), "utf8");
  const text = read(path);
  const named = Array.from(text.matchAll(/^\/\/ META: script=(.*)$/gm), ([, name = ""]) =>
    name.startsWith("/") ? name.slice(1) : posix.join(posix.dirname(path), name),
  );
  // Those choose among the tests.
  const files = [...scripts, ...named].filter((name) => !name.includes("subset-tests"));
  const json = data.map((name) => `${JSON.stringify(name)}: ${read(posix.join(posix.dirname(path), name))}`);
  return `exports.data = {${json.join(",\n")}};
exports.file = (scope) => {
  const { ${given.replaceAll(" ", ", ")} } = scope;
  let ${missing.replaceAll(" ", ", ")};
  (() => {
${[...files.map(read), text, after].join("\n;\n")}
  })();
};`;
}

function policyText(tests: string): string {
  const harness = fileURLToPath(new URL("./harness.ts", import.meta.url));
  return `import { definePolicy, Response } from "sluice";
import { run } from ${JSON.stringify(harness)};
import { data, file } from ${JSON.stringify(tests)};
export default definePolicy({
  async onRequest() {
    return new Response(200).withBody(JSON.stringify(await run(file, (path: string) => data[path])));
  },
});`;
}
