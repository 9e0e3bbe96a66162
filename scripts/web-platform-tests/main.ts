/** See ../web-platform-tests.mjs. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bothWorlds } from "../../test/web-apis/worlds.js";
import { type Absence, type Area, areas, type TestFile } from "./areas.js";
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
  "window document Blob File FileList ImageData ImageBitmap Event EventTarget MessageChannel Request FormData WebAssembly setInterval clearInterval createImageBitmap structuredCloneBatteryOfTests testObjMock err alert";

console.log("| tests | count | pass in a module | pass in Node |\n| --- | --- | --- | --- |");
const told: string[] = [];
const reasons = new Map<string, number>();
for (const [name, area] of Object.entries(areas)) {
  if (values.area === undefined || values.area === name) {
    const sums = { count: 0, module: 0, node: 0 };
    for (const file of area.files) {
      const [node, module] = await outcomesOf(file, area.absent ?? [], checkout);
      sums.count += node.filter(({ absent }) => absent === undefined).length;
      sums.node += passed(node);
      sums.module += passed(module);
      compare(file.path, node, module);
      explain(name, area, file.path, module);
    }
    console.log(`| ${name} | ${sums.count} | ${sums.module} | ${sums.node} |`);
  }
}
console.log("\n| left out, or otherwise here | tests |\n| --- | --- |");
for (const [reason, count] of reasons) {
  console.log(`| ${reason} | ${count} |`);
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

/** Counts what is left out or decided otherwise. Any other failure in the module is one of the script. */
function explain(name: string, { absent = [], decided }: Area, path: string, module: readonly Outcome[]): void {
  for (const outcome of module) {
    const isDecided = outcome.error !== undefined && decided?.covers(outcome);
    const reason =
      outcome.absent === undefined ? (isDecided ? decided!.what : undefined) : absent[outcome.absent]!.what;
    if (reason !== undefined) {
      const row = `${name}: ${reason}`;
      reasons.set(row, (reasons.get(row) ?? 0) + 1);
    } else if (outcome.error !== undefined) {
      process.exitCode = 1;
      told.push(`unexplained: ${path}: ${outcome.name}\n    ${outcome.error}`);
    }
  }
}

function passed(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ error, absent }) => error === undefined && absent === undefined).length;
}

async function outcomesOf(
  file: TestFile,
  absent: readonly Absence[],
  root: string,
): Promise<[node: Outcome[], module: Outcome[]]> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-wpt-"));
  try {
    const tests = join(folder, "tests.cjs");
    await writeFile(tests, wrapped(file, root));
    const answers = await Promise.all((await bothWorlds(policyText(tests, absent))).map((world) => world.ask("/")));
    return answers.map((answer) => JSON.parse(answer) as Outcome[]) as [Outcome[], Outcome[]];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The scripts that a test file names, and itself, as one function: what they declare they share, as in a page. */
function wrapped({ path, scripts = [], before = "", after = "", data = [] }: TestFile, root: string): string {
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
${[before, ...files.map(read), text, after].join("\n;\n")}
  })();
};`;
}

function policyText(tests: string, absent: readonly Absence[]): string {
  const harness = fileURLToPath(new URL("./harness.ts", import.meta.url));
  return `import { definePolicy, Response } from "sluice";
import { run } from ${JSON.stringify(harness)};
import { data, file } from ${JSON.stringify(tests)};
const absent = [${absent.map(({ tests: names }) => String(names)).join(", ")}];
export default definePolicy({
  async onRequest() {
    return new Response(200).withBody(JSON.stringify(await run(file, (path: string) => data[path], absent)));
  },
});`;
}
