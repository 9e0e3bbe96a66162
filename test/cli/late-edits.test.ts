/** A change after a message has moved on is refused before anything runs, by every command that takes a policy's source. */
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CliProcess } from "./cli-process.js";
import { answering, TemporaryProject } from "./temporary-project.js";

const policy = `import { definePolicy } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const body = await request.intoBodyState();
    request.headers.set("x-size", String(body.bytes().length));
  },
});
`;

const place =
  "policy.ts:6:5: request.headers.set() after intoBodyState() in line 5 always fails (STATE_CONSUMED): make the change before, or await intoHeadersBodyState() in its place: status, headers and body (setBody) of what it gives can be changed.";
const frame = `  4 |   async onRequest(request) {
  5 |     const body = await request.intoBodyState();
> 6 |     request.headers.set("x-size", String(body.bytes().length));
    |     ^^^^^^^^^^^^^^^^^^^
  7 |   },
  8 | });
`;
const told = `${place}\n${frame}
LATE_EDIT: Make the change before the call that the message names, or await intoHeadersBodyState() in its place.
`;
const ofGatewayFile = `gateway.yaml: 1 problem

gateway.yaml:4:23 routes[0].policies[0].use
${`${place}\n${frame}`.replace(/^(?=.)/gm, "  ")}
CONFIG_INVALID: Correct every place that the message lists.
`;

const files = {
  "policy.ts": policy,
  "gateway.yaml": `upstreams: { up: { url: "http://127.0.0.1:9" } }
routes:
  - upstream: up
    policies: [{ use: ./policy.ts }]
`,
  "policy.cases.yaml": `cases:
  - name: tells the size
    steps:
      - { request: { method: POST, path: /, body: abc }, expect: { status: 200, upstream: reached } }
`,
  "former.wasm": "former",
};

it.each([
  { args: ["build", "policy.ts"], stderr: told },
  { args: ["build", "policy.ts", "--check"], stderr: told },
  { args: ["build", "policy.ts", "-o", "former.wasm"], stderr: told },
  { args: ["dev", "policy.ts", "--port", "0"], stderr: told },
  { args: ["test", "policy.cases.yaml"], stdout: "\npolicy.cases.yaml\n", stderr: told },
  { args: ["test", "policy.cases.yaml", "--engine", "wasm"], stdout: "\npolicy.cases.yaml\n", stderr: told },
  { args: ["run", "gateway.yaml"], stderr: ofGatewayFile },
  { args: ["envoy", "gateway.yaml", "-o", "out"], stderr: ofGatewayFile },
])(
  "sluice $args exits with 2, shows the place and the cure, and writes nothing",
  async ({ args, stdout = "", stderr }) => {
    await using project = await TemporaryProject.create(files);
    await using cli = new CliProcess(args, { cwd: project.folder, environment: { SLUICE_TEST_ENGINE: "" } });

    expect({ exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr }).toEqual({ exit: 2, stdout, stderr });
    expect((await readdir(project.folder)).sort()).toEqual(Object.keys(files).sort());
    expect(await readFile(project.path("former.wasm"), "utf8")).toBe("former");
  },
  120_000,
);

it("sluice test fails the test whose gateway would run it, with the place and the cure", async () => {
  await using project = await TemporaryProject.create({
    "policy.ts": policy,
    "policy.test.mjs": `import test from "node:test";
import { testGateway } from "sluice/testing";
test("starts", async () => {
  const gateway = await testGateway({ policies: ["policy.ts"] });
  await gateway.close();
});
`,
  });
  await mkdir(project.path("node_modules"));
  await symlink(fileURLToPath(new URL("../../", import.meta.url)), project.path("node_modules/sluice"));
  await using cli = new CliProcess(["test"], { cwd: project.folder, environment: { SLUICE_TEST_ENGINE: "" } });

  expect(await cli.exit()).toBe(1);
  expect(cli.stdout).toContain(place);
  expect(cli.stdout).toContain("LATE_EDIT");
}, 120_000);

it("sluice dev goes on with the former code when it was saved, and takes the mended one", async () => {
  await using project = await TemporaryProject.create({ "policy.ts": answering("former") });
  await using cli = new CliProcess(["dev", "policy.ts", "--port", "0"], { cwd: project.folder });
  const url = await cli.url();

  await project.write("policy.ts", policy);
  await cli.output(/policy\.ts was saved with an error, the former code goes on:/);
  await cli.output(/ {2}7 \| {3}\},/);
  expect(cli.stderr).toContain(place);
  expect(await (await fetch(url)).text()).toBe("former");

  await project.write(
    "policy.ts",
    policy.replace("intoBodyState", "intoHeadersBodyState").replace("request.h", "body.h"),
  );
  await cli.output(/policy\.ts was saved: new exchanges run it/);
  expect(await (await fetch(url, { method: "POST", body: "abc" })).text()).toMatch(/x-size"?: "?3/);
}, 120_000);
