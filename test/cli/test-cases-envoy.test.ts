/** The cases of a project, in Envoy. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { envoy } from "../../src/cases/engines/envoy.js";
import { templates } from "../../src/cli/templates.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { CliProcess } from "./cli-process.js";
import { templateFailures } from "./template-cases.js";
import { TemporaryProject } from "./temporary-project.js";

let binary: string;
beforeAll(async () => {
  binary = await installEnvoy(fileURLToPath(new URL("../../.cache/", import.meta.url)));
});

it("sluice test --engine envoy runs cases alone, each with policies of its own, and says what became of each", async () => {
  await using project = await TemporaryProject.create({
    "policy.ts": `import { definePolicy, Response } from "sluice";
let requests = 0;
export default definePolicy({ onRequest: () => new Response(200).withHeaders({ "x-count": String(requests += 1) }) });
`,
    "policy.cases.yaml": `cases:
  - name: one
    steps:
      - &step { request: { method: GET, path: / }, expect: { status: 200, headers: { x-count: "1" }, upstream: not-reached } }
  - { name: another, steps: [*step] }
  - { name: two, steps: [*step, *step] }
  - { name: at noon, clock: { now: "2026-01-01T12:00:00Z", exact: true }, steps: [*step] }
`,
    "a.test.mjs": "throw 1;",
  });
  await using cli = new CliProcess(["test", "--engine", "envoy", "--envoy", binary], { cwd: project.folder });
  expect({ exit: await cli.exit(), stderr: cli.stderr }).toEqual({ exit: 1, stderr: "" });
  expect(cli.stdout).toBe(`In Envoy cases are run, and no other tests: those have a gateway in their own process.

policy.cases.yaml
  ✓ one
  ✓ another
  ✗ two (policy.cases.yaml:6)
      step 2: header x-count: expected "1", got ["2"]
  - at noon (skipped: it holds at one time of day only)

4 cases on Envoy 1.40.0: 2 passed, 1 failed, 1 skipped
`);
});

it("sluice test --engine envoy has the limits, the workers and the defaults of a gateway", async () => {
  const post = (path: string, status: number) =>
    `{ request: { method: POST, path: ${path}, body: abc }, expect: { status: ${status}, upstream: not-reached } }`;
  await using project = await TemporaryProject.create({
    "policy.ts": `import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";
let passed = 0;
export default definePolicy({
  async onRequest(request, context) {
    const { path } = request;
    while (path === "/loop");
    if (path === "/call") await upstream(context, "ghost").fetch("/");
    if (path === "/body") {
      await request.intoBodyState();
      return new Response(null, { status: 403 });
    }
    const pass = ++passed <= 2;
    // So that all connections are open at once.
    await context.clock.sleep(1_000);
    return pass ? undefined : new Response(null, { status: 429 });
  },
});
`,
    "policy.cases.yaml": `services: [{ name: ghost, unknown: true }]
cases:
  - name: two workers
    steps:
      - parallel:
          requests: [{ times: 6, request: { method: GET, path: / } }]
          expect: { statuses: { "200": 4, "429": 2 }, upstream_calls: 4 }
  - { name: no partial requests, steps: [${post("/body", 403)}] }
  - { name: a module has 100 ms, steps: [${post("/loop", 500)}] }
  - name: an unknown service
    steps:
      - request: { method: GET, path: /call }
        expect: { status: 500, upstream: not-reached, log: [{ contains: UPSTREAM_UNKNOWN }] }
`,
  });
  await using cli = new CliProcess(["test", "--engine", "envoy", "--envoy", binary], { cwd: project.folder });
  expect({ exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr }).toMatchObject({ exit: 0, stderr: "" });
});

describe.each(Object.keys(templates))("the cases of the template %s", (template) => {
  it("pass in Envoy", async () => {
    expect(
      await templateFailures(
        template,
        envoy({ limits: {}, ownInstances: true, binary: () => Promise.resolve(binary) }),
      ),
    ).toEqual([]);
  });
});
