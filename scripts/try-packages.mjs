// `npm run try-packages [name …]`: tries the packages of test/packages/programs.yaml in policies, as plain JavaScript and in modules, and
// writes the table in docs/packages.md where all of them were tried. `npm run try-packages -- --together [name …]` tries them in Envoy, in modules
// of fifteen policies each. Installs them, pinned, below .cache/; `npm run build` comes first.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import {
  compileModules,
  envoyBootstrap,
  installEnvoy,
  sharedPolicies,
  singleRouteConfig,
  startEnvoy,
} from "./envoy/built.mjs";

/**
 * @typedef {object} Program
 * @property {string} package
 * @property {string} import
 * @property {string} code
 * @property {string} [before]
 * @property {unknown} [gives]
 * @property {string} [fails] The code or name of the error that the program ends with.
 * @property {string} [refused] The code of the error with which it is not compiled.
 * @property {string} [of]
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, ".cache", "packages");
const source = join(root, "test", "packages");
const table = join(root, "docs", "packages.md");
const { compilePolicy } = /** @type {typeof import("../src/compiler/build-module.js")} */ (
  await import(new URL("../dist/compiler/build-module.js", import.meta.url).href)
);
const { testGateway } = /** @type {typeof import("../src/testing/index.js")} */ (
  await import(new URL("../dist/testing/index.js", import.meta.url).href)
);

install();

const programs = /** @type {Program[]} */ (parse(readFileSync(join(source, "programs.yaml"), "utf8")));
const named = process.argv.slice(2).filter((each) => each !== "--together");
const asked = programs.filter(({ package: name }) => named.length === 0 || named.includes(name));
/** Policies in a module that share it. */
const groupSize = 15;
let failed = 0;
if (process.argv.includes("--together")) {
  const tried = asked.filter(({ refused }) => refused === undefined);
  for (let first = 0; first < tried.length; first += groupSize) {
    failed += await tryTogether(tried.slice(first, first + groupSize));
  }
  console.log(`${tried.length - failed} as expected, ${failed} not`);
} else {
  await tryAlone();
}
process.exitCode = failed === 0 ? 0 : 1;

async function tryAlone() {
  /** @type {string[]} */
  const rows = [];
  for (const program of asked) {
    const { line, row } = await tryProgram(program);
    console.log(line);
    rows.push(row);
    failed += line.startsWith("ok") ? 0 : 1;
  }
  if (named.length === 0 && failed === 0) {
    const text = readFileSync(table, "utf8");
    const head = "| package | version | works | module |\n| --- | --- | --- | --- |\n";
    writeFileSync(table, `${text.slice(0, text.indexOf(head) + head.length)}${rows.join("\n")}\n`);
  }
  console.log(`${rows.length - failed} as expected, ${failed} not`);
}

/** As one module, each on a route of its own: how many do not what is expected. @param {readonly Program[]} group */
async function tryTogether(group) {
  const limits = { callbackMilliseconds: 5_000 };
  const single = singleRouteConfig({ upstream: "http://127.0.0.1:1", limits });
  const routes = group.flatMap((program, index) =>
    single.routes.map((route) => ({
      ...route,
      name: `route-${index}`,
      match: { pathPrefix: `/${index}/` },
      policies: [
        {
          file: writePolicy(program),
          name: `policy-${index}`,
          config: {},
          onError: /** @type {const} */ ("deny"),
          partialRequests: /** @type {const} */ ("prevent"),
        },
      ],
    })),
  );
  const config = { ...single, routes };
  const modules = await compileModules(config, folder, { shared: sharedPolicies(config) });
  const envoy = await startEnvoy(envoyBootstrap(config, { modules, caFile: "" }), {
    binary: await installEnvoy(join(root, ".cache/")),
    concurrency: 1,
    logLevel: "error",
  });
  let wrong = 0;
  for (const [index, { package: name, gives, fails }] of group.entries()) {
    const response = await fetch(`http://127.0.0.1:${envoy.port}/${index}/`);
    const text = await response.text();
    const met = response.status === 200 && matches(JSON.parse(text), fails === undefined ? { gives } : { fails });
    console.log(met ? `ok ${name}` : `NOT ${name} ${response.status} ${text}`);
    wrong += met ? 0 : 1;
  }
  await envoy.close();
  return wrong;
}

/** The packages by their lock file; what is installed by the same one stays. */
function install() {
  mkdirSync(folder, { recursive: true });
  const lock = readFileSync(join(source, "package-lock.json"), "utf8");
  const done = join(folder, "installed");
  if (existsSync(done) && readFileSync(done, "utf8") === lock) {
    return;
  }
  for (const file of ["package.json", "package-lock.json"]) {
    cpSync(join(source, file), join(folder, file));
  }
  const npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (spawnSync("npm", npm, { cwd: folder, stdio: "inherit" }).status !== 0) {
    throw new Error("npm could not install the packages.");
  }
  writeFileSync(done, lock);
}

/**
 * @param {Program} program
 * @returns {Promise<{ line: string, row: string }>}
 */
async function tryProgram(program) {
  const { package: name, gives, fails, refused, of = "all of it that was tried" } = program;
  const file = writePolicy(program);
  const manifest = readFileSync(join(folder, "node_modules", name, "package.json"), "utf8");
  const { version } = /** @type {{ version: string }} */ (JSON.parse(manifest));
  /** @type {Uint8Array | undefined} */
  let wasm;
  /** @type {unknown[]} */
  const outcomes = [];
  try {
    ({ wasm } = await compilePolicy(file));
    for (const engine of /** @type {const} */ (["native", "wasm"])) {
      const gateway = await testGateway({ policies: [file], engine, upstreams: {} });
      const response = await gateway.fetch("/");
      outcomes.push(response.status === 200 ? await response.json() : { status: response.status, log: gateway.log });
      await gateway.close();
    }
  } catch (error) {
    outcomes.push({ refused: /** @type {{ code?: string }} */ (error).code, message: String(error) });
  }
  const expected = refused === undefined ? (fails === undefined ? { gives } : { fails }) : { refused };
  const met =
    outcomes.length === (refused === undefined ? 2 : 1) && outcomes.every((outcome) => matches(outcome, expected));
  const size = wasm === undefined ? "" : `${Math.round(wasm.length / 1000)} kB`;
  return {
    line: `${met ? "ok" : "NOT"} ${name} ${version} ${size}${met ? "" : `\n  ${outcomes.map((each) => JSON.stringify(each)).join("\n  ")}`}`,
    row: `| \`${name}\` | ${version} | ${of} | ${size} |`,
  };
}

/**
 * @param {unknown} outcome
 * @param {Record<string, unknown>} expected
 */
function matches(outcome, expected) {
  return Object.entries(expected).every(
    ([key, value]) => JSON.stringify(/** @type {Record<string, unknown>} */ (outcome)[key]) === JSON.stringify(value),
  );
}

/** @param {Program} program @returns {string} its path */
function writePolicy(program) {
  const file = join(folder, `${program.package.replaceAll("/", "+")}.ts`);
  writeFileSync(file, policyOf(program));
  return file;
}

/** @param {Program} program */
function policyOf({ import: imports, before = "", code }) {
  return `import { definePolicy as sluicePolicy, Response as SluiceResponse } from "sluice";
import ${imports};
${before}
export default sluicePolicy({
  async onRequest() {
    let outcome;
    try {
      outcome = { gives: ${code} };
    } catch (error) {
      outcome = { fails: error.code ?? error.name, message: String(error) };
    }
    return new SluiceResponse(200).withBody(JSON.stringify(outcome));
  },
});
`;
}
