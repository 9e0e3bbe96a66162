/** `sluice build` as its users run it. Needs `npm run build`. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { buildEngine } from "../../src/engine/build-engine.js";
import { startModule } from "../support/module-host.js";
import { CliProcess } from "./cli-process.js";
import { answering, TemporaryProject } from "./temporary-project.js";

const repository = fileURLToPath(new URL("../../", import.meta.url));

async function build(
  project: TemporaryProject,
  ...args: string[]
): Promise<{ exit: number | string; stdout: string; stderr: string }> {
  // Whatever was tested before: linking the engine takes longer than a test may.
  await buildEngine(`${repository}.cache/`);
  await using cli = new CliProcess(["build", ...args], { cwd: project.folder });
  return { exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

it("writes a module that answers, its source map, and tells its size by part", async () => {
  await using project = await TemporaryProject.create({ "hello/policy.ts": answering("hello") });
  const { exit, stdout, stderr } = await build(project, "hello/policy.ts");

  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(await readdir(project.path("dist"))).toEqual(["hello.wasm", "hello.wasm.map"]);
  const wasm = await readFile(project.path("dist/hello.wasm"));
  expect(stdout).toContain(`dist/hello.wasm: ${wasm.length.toLocaleString("en-US")} bytes, `);
  expect(stdout).toMatch(/^ {2}engine: code +[\d,]+$/m);
  expect(stdout).toMatch(/^ {2}your files +~ [\d,]+$/m);
  expect(JSON.parse(await readFile(project.path("dist/hello.wasm.map"), "utf8"))).toMatchObject({ version: 3 });

  const host = await startModule(wasm);
  host.headers = [
    [":method", "GET"],
    [":path", "/"],
    [":authority", "a"],
    [":scheme", "http"],
  ];
  host.exports["proxy_on_configure"]!(1, 0);
  host.exports["proxy_on_context_create"]!(2, 1);
  host.exports["proxy_on_request_headers"]!(2, 4, 1);
  expect(host.calls).toContainEqual({
    name: "proxy_send_local_response",
    args: [200, expect.any(String), "hello", "content-type=text/plain;charset=UTF-8"],
  });
}, 300_000);

it("leaves what was there when the policy is wrong, and exits with 2", async () => {
  await using project = await TemporaryProject.create({
    "policy.ts": "export default process.env;\n",
    "out/a.wasm": "former",
  });
  const { exit, stdout, stderr } = await build(project, "policy.ts", "-o", "out/a.wasm");

  expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
  expect(stderr).toMatch(/^policy\.ts:1:16: "process" is not available in a policy: /);
  expect(stderr).toContain("POLICY_GLOBAL: ");
  expect(await readdir(project.path("out"))).toEqual(["a.wasm"]);
  expect(await readFile(project.path("out/a.wasm"), "utf8")).toBe("former");
}, 300_000);

it("writes nothing when types are to be checked and cannot be", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": answering("hello") });
  const { exit, stderr } = await build(project, "policy.ts", "--check");

  expect(exit).toBe(2);
  expect(stderr).toContain("npm install --save-dev typescript");
  expect(existsSync(project.path("dist"))).toBe(false);
}, 300_000);

it("refuses type errors where types are to be checked, and writes nothing", async () => {
  await using project = await TemporaryProject.create({
    "policy.ts": `${answering("hello")}\nexport const wrong: number = "";\n`,
  });
  await mkdir(project.path("node_modules"));
  await symlink(repository, project.path("node_modules/sluice"));
  await symlink(`${repository}node_modules/typescript`, project.path("node_modules/typescript"));
  const refused = await build(project, "policy.ts", "--check");

  expect(refused.exit).toBe(2);
  expect(refused.stderr).toMatch(/^policy\.ts:13:14: .*'string' is not assignable to type 'number'/);
  expect(refused.stderr).toContain("POLICY_TYPES: ");
  expect(existsSync(project.path("dist"))).toBe(false);

  await project.write("policy.ts", answering("hello"));
  expect(await build(project, "policy.ts", "--check", "-o", "policy.wasm")).toMatchObject({ exit: 0, stderr: "" });
  expect(existsSync(project.path("policy.wasm"))).toBe(true);
}, 300_000);

it("warns of what a package may not find, and writes the module all the same", async () => {
  await using project = await TemporaryProject.create({
    "policy.ts": `import { mode } from "mode";\n${answering("hello")}console.log(mode);\n`,
    "node_modules/mode/package.json": '{ "type": "module", "exports": "./index.js" }',
    "node_modules/mode/index.js": 'export const mode = globalThis.process === undefined ? "policy" : process.title;\n',
  });
  const { exit, stdout, stderr } = await build(project, "policy.ts", "-o", "policy.wasm");

  expect(exit).toBe(0);
  expect(stderr).toMatch(/^warning: The package "mode" uses "process"/);
  expect(stdout).toContain("policy.wasm: ");
}, 300_000);

it("says why a module cannot be written, and leaves nothing behind", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": answering("hello"), "taken.wasm/file": "" });
  const { exit, stderr } = await build(project, "policy.ts", "-o", "taken.wasm");

  expect(exit).toBe(2);
  expect(stderr).toMatch(/^taken\.wasm: the file could not be written: /);
  expect((await readdir(project.folder)).sort()).toEqual(["policy.ts", "taken.wasm"]);
}, 300_000);

it("ends where no folder can be made for a module", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": answering("hello") });
  const { exit, stderr } = await build(project, "policy.ts", "-o", "/proc/missing/folder/a.wasm");

  expect(exit).toBe(2);
  expect(stderr).toMatch(/folder\/a\.wasm: the file could not be written: ENOENT.*\/proc\/missing/);
  expect(stderr).toContain("OUTPUT_FAILED: ");
}, 300_000);

it("writes modules to files that are called so only", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": answering("hello") });
  const { exit, stderr } = await build(project, "policy.ts", "-o", "policy.js");

  expect([exit, stderr]).toEqual([
    2,
    expect.stringContaining(
      "--output: expected the path of a module, which ends in .wasm, or of a folder, which ends in /, got policy.js.",
    ),
  ]);
  expect(await readdir(project.folder)).toEqual(["policy.ts"]);
});

const three = {
  "a/policy.ts": answering("a"),
  "b/policy.ts": answering("b"),
  "x/a.ts": answering("another a"),
  "gateway.yaml": `listener:
  port: \${PORT}
upstreams: { up: { url: "\${UP}" } }
routes:
  - upstream: up
    policies: [{ use: ./a/policy.ts, config: { secret: "\${SECRET}" } }, { use: ./b/policy.ts }]
  - { upstream: up, match: { pathPrefix: /x }, policies: [{ use: ./x/a.ts }, { use: ./a/policy.ts }] }
`,
};

it("compiles several policies to one module, each with a name of its own", async () => {
  await using project = await TemporaryProject.create(three);
  const { exit, stdout, stderr } = await build(project, "a/policy.ts", "b/policy.ts", "x/a.ts");

  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(await readdir(project.path("dist"))).toEqual(["policies.wasm", "policies.wasm.map"]);
  expect(stdout).toContain("dist/policies.wasm: ");
  for (const name of ["a", "b", "a-2"]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +~ [\\d,]+$`, "m"));
  }
  const host = await startModule(await readFile(project.path("dist/policies.wasm")));
  host.buffer = Buffer.from('{ "sluice": { "uses": [{ "policy": "a-2" }] } }');
  expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
  host.headers = [
    [":method", "GET"],
    [":path", "/"],
  ];
  host.exports["proxy_on_context_create"]!(2, 1);
  host.exports["proxy_on_request_headers"]!(2, 2, 1);
  expect(host.calls.find(({ name }) => name === "proxy_send_local_response")?.args[2]).toBe("another a");
}, 300_000);

it("compiles all policies of a gateway file, whose variables nobody has to know", async () => {
  await using project = await TemporaryProject.create({ ...three, "out/mine.txt": "mine" });
  const { exit, stdout, stderr } = await build(project, "gateway.yaml", "-o", "out/");

  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(await readdir(project.path("out"))).toEqual(["gateway.wasm", "gateway.wasm.map", "mine.txt"]);
  expect(stdout).toMatch(/^ {2}a-2 +~ [\d,]+$/m);
}, 300_000);

it.each([
  { args: ["a/policy.ts", "./b/../a/policy.ts"], says: "./b/../a/policy.ts: this policy was named before" },
  { args: ["a/policy.ts", "gateway.yaml"], says: "gateway.yaml: a gateway file is compiled by itself" },
  { args: ["a/policy.ts", "missing.ts"], says: "missing.ts: there is no such file." },
  { args: ["missing.yaml"], says: "missing.yaml: there is no such file." },
  { args: ["empty.yaml"], says: "empty.yaml: 1 problem" },
  { args: ["modules.yaml"], says: "modules.yaml: all its policies are modules already" },
  { args: ["wrong.yaml"], says: "routes[0].policies[0].use\n  nowhere.ts: there is no such file" },
  { args: ["a/policy.ts", "b/policy.ts", "-o", "out"], says: "--output: expected the path of a module" },
])(
  "refuses $args",
  async ({ args, says }) => {
    await using project = await TemporaryProject.create({
      ...three,
      "empty.yaml": "routes: [{ upstream: up }]\n",
      "modules.yaml": "routes: [{ policies: [{ use: ./sdk.wasm }] }]\n",
      "sdk.wasm": "",
      "wrong.yaml": "routes: [{ policies: [{ use: ./nowhere.ts }] }]\n",
    });
    const { exit, stdout, stderr } = await build(project, ...args);

    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(existsSync(project.path("dist"))).toBe(false);
  },
  300_000,
);
