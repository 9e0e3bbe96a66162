/** The cases of a project, by `sluice test`. */
import { describe, expect, it } from "vitest";
import { inProcess } from "../../src/cases/engines/in-process.js";
import { templates } from "../../src/cli/templates.js";
import { CliProcess } from "./cli-process.js";
import { templateFailures } from "./template-cases.js";
import { TemporaryProject } from "./temporary-project.js";

async function run(project: TemporaryProject, ...args: string[]) {
  await using cli = new CliProcess(["test", ...args], { cwd: project.folder, environment: { SLUICE_TEST_ENGINE: "" } });
  return { exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

const policy = `import { definePolicy, Response } from "sluice";
export default definePolicy({
  async onRequest(request, { config, logger }) {
    const { headers } = await request.intoHeadersState();
    if (headers.get("x-key") !== null) return;
    logger.warn("no key");
    return new Response(config.status ?? 401);
  },
});
`;

const refused = `  - name: refused
    steps:
      - { request: { method: GET, path: / }, expect: { status: 401, upstream: not-reached } }
`;

const wrong = `  - name: let pass
    steps:
      - { request: { method: GET, path: / }, expect: { status: 200, upstream: reached } }
`;

describe("sluice test, of a project with cases", () => {
  it.each(["native", "wasm"])(
    "runs those that it finds, and says what became of each: %s",
    async (engine) => {
      await using project = await TemporaryProject.create({
        "policy.ts": policy,
        "policy.cases.yaml": `cases:\n${refused}`,
        "lib/other.ts": policy,
        "lib/other.cases.yaml": `cases:\n${refused}  - { name: locked, needs: [mtls], steps: [{ advance: 1s }] }\n`,
        "node_modules/a/a.cases.yaml": "no",
        "dist/b.cases.yaml": "no",
        ".c/c.cases.yaml": "no",
      });
      expect(await run(project, "--engine", engine)).toEqual({
        exit: 0,
        stderr: "",
        stdout: `
lib/other.cases.yaml
  ✓ refused
  - locked (skipped: it needs mtls)

policy.cases.yaml
  ✓ refused

3 cases on ${engine}: 2 passed, 0 failed, 1 skipped
`,
      });
    },
    120_000,
  );

  it("says what was wrong, with what the policy logged, and exits with 1", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": `cases:\n${wrong}${refused}`,
    });
    expect(await run(project)).toEqual({
      exit: 1,
      stderr: "",
      stdout: `
policy.cases.yaml
  ✗ let pass (policy.cases.yaml:2)
      status: expected 200, got 401
      upstream: expected one complete request, got nothing
      log, warn: no key
  ✓ refused

2 cases on native: 1 passed, 1 failed
`,
    });
  }, 60_000);

  it("tells the step of a case, what a policy threw, and where", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy, Response } from "sluice";
export default definePolicy({
  async onRequest(request, { logger }) {
    const { headers } = await request.intoHeadersState();
    logger.info("got", { key: headers.get("x-key") });
    if (headers.has("x-key")) (undefined as unknown as () => void)();
    return new Response(401);
  },
});
`,
      "policy.cases.yaml": `cases:
  - name: two
    steps:
      - { request: { method: GET, path: / }, expect: { status: 401, upstream: not-reached, log: [{ contains: got }] } }
      - request: { method: GET, path: /, headers: [[x-key, a]] }
        expect: { status: 500, upstream: not-reached, log: [{ contains: gone }] }
`,
    });
    const { exit, stdout } = await run(project);
    expect(exit).toBe(1);
    expect(stdout).toContain(`  ✗ two (policy.cases.yaml:2)
      step 2: log: expected a line {"contains":"gone"}, got
        info: got {"key":"a"}
        error: POLICY_FAILED: the request filter failed: TypeError: (void 0) is not a function at Object.onRequest (policy.ts:6:`);
  }, 60_000);

  it("has workers act in the middle of each other", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy, Response } from "sluice";
import { storage } from "sluice/storage";
export default definePolicy({
  configure: (context) => storage<number>(context, "counts", { entries: 10 }),
  async onRequest(request, { resources: counts }) {
    const careful = request.headers.has("x-careful");
    const before = careful ? (await counts.increment("n")) - 1 : ((await counts.get("n")) ?? 0);
    if (!careful) await counts.set("n", before + 1);
    return before < 2 ? undefined : new Response(429);
  },
});
`,
      "policy.cases.yaml": `cases:
${["[[x-careful, a]]", "[]"]
  .map(
    (headers) => `  - name: two of twelve with ${headers}
    workers: 3
    steps:
      - parallel:
          requests: [{ times: 12, request: { method: GET, path: /, headers: ${headers} } }]
          expect: { statuses: { "200": 2, "429": 10 }, upstream_calls: 2 }
`,
  )
  .join("")}`,
    });
    const { exit, stdout } = await run(project);
    expect(exit).toBe(1);
    expect(stdout).toContain("  ✓ two of twelve with [[x-careful, a]]");
    expect(stdout).toMatch(/✗ two of twelve with \[\] .*\n +status 200: expected 2 times, got \d+/);
  }, 60_000);

  it.each(["native", "wasm"])(
    "sends requests at once of which not all reach the upstream, to two workers if not told otherwise: %s",
    async (engine) => {
      const all = (name: string, more: string, statuses: string, calls: number) => `  - name: ${name}
    ${more}
    steps:
      - parallel:
          requests: [{ times: 6, request: { method: GET, path: / } }]
          expect: { statuses: ${statuses}, upstream_calls: ${calls} }
`;
      await using project = await TemporaryProject.create({
        "policy.ts": `import { definePolicy, Response } from "sluice";
let passed = 0;
export default definePolicy({ onRequest: () => (++passed > 2 ? new Response(429) : undefined) });
`,
        "policy.cases.yaml": `cases:
${all("one worker", "workers: 1", '{ "200": 2, "429": 4 }', 2)}${all("two", "needs: []", '{ "200": 4, "429": 2 }', 4)}`,
      });
      const { stdout } = await run(project, "--engine", engine);
      expect(stdout).toContain(`2 cases on ${engine}: 2 passed, 0 failed`);
    },
    60_000,
  );

  it("has a gateway's limits and keeps partial requests from upstreams, if not told otherwise", async () => {
    const post = (path: string, status: number, upstream: string) =>
      `{ request: { method: POST, path: ${path}, body: abcdef }, expect: { status: ${status}, upstream: ${upstream} } }`;
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy, Flow, Response } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { path } = await request.intoHeadersState();
    while (path === "/loop");
    await request.intoBodyState();
    return Flow.Break(new Response(403));
  },
});
`,
      "policy.cases.yaml": `cases:
  - { name: as a gateway, steps: [${post("/", 403, "not-reached")}, ${post("/loop", 500, "not-reached")}] }
  - { name: other limits, limits: { body: 5B }, steps: [${post("/", 413, "not-reached")}] }
  - { name: partial, partialRequests: allow, steps: [${post("/", 403, "not-completed")}] }
`,
    });
    expect(await run(project, "--engine", "wasm")).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining("3 passed") as string,
    });
  }, 60_000);

  it("tells of a configure() that fails, and of a start that fails for another reason or not at all", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `import { definePolicy } from "sluice";
const issues = (value) => (typeof value.limit === "number" ? undefined : [{ message: "no number", path: ["limit"] }]);
export default definePolicy({
  config: { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value, issues: issues(value) }) } },
  configure({ config }) {
    if (config.limit < 1) throw new Error("no limit");
    return {};
  },
  onRequest: () => undefined,
});
`,
      "policy.cases.yaml": `cases:
  - name: unconfigured
    config: { limit: 0 }
    steps: [{ request: { method: GET, path: / }, expect: { status: 503, upstream: not-reached } }]
  - name: expected
    config: { limit: 0 }
    steps:
      - request: { method: GET, path: / }
        expect: { status: 503, upstream: not-reached, log: [{ contains: CONFIGURE_FAILED }] }
  - { name: refused, config: { limit: a }, start: { error: config.limit } }
  - { name: another, config: { limit: a }, start: { error: config.other } }
  - { name: taken, config: { limit: 1 }, start: { error: config.limit } }
`,
    });
    const { exit, stdout } = await run(project);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/✗ unconfigured .*\n {6}no step expects this line: error: CONFIGURE_FAILED: .*no limit/);
    expect(stdout).toContain("✓ expected\n  ✓ refused\n");
    expect(stdout).toMatch(/✗ another .*\n {6}start: expected an error with "config\.other", got /);
    expect(stdout).toContain('start: expected an error with "config.limit", but the policy takes this configuration');
  }, 60_000);

  it("says where the code of a policy throws that runs when it is loaded", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": `\nthrow new Error("too early");\n${policy}`,
      "policy.cases.yaml": `cases:\n${refused}`,
    });
    const { exit, stderr } = await run(project);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^policy\.ts:2:7: the policy cannot be loaded: too early\n[^]*\nPOLICY_BUNDLE: /);
  }, 60_000);

  it("runs the cases of folders, too, and takes either ending of YAML", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": "no",
      "lib/guard.ts": policy,
      "lib/guard.cases.yml": `cases:\n${refused}`,
      "lib/guard.test.mjs": 'import test from "node:test";\ntest("fine", () => {});\n',
      "other.test.mjs": "throw 1;",
    });
    const { exit, stdout } = await run(project, "lib");
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /tests 1\n[^]*\nlib\/guard\.cases\.yml\n {2}✓ refused\n\n1 case on native: 1 passed, 0 failed\n$/,
    );
  }, 60_000);

  it("runs cases again when a file is saved, with --watch, and goes on after a mistake", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": `cases:\n${refused}`,
    });
    await using cli = new CliProcess(["test", "--watch", "policy.cases.yaml"], {
      cwd: project.folder,
      environment: { SLUICE_TEST_ENGINE: "" },
    });
    await cli.output(/1 passed, 0 failed\n\nwaiting/);
    await project.write("policy.ts", policy.replace("401", "402"));
    await cli.output(/status: expected 401, got 402\n[^]*0 passed, 1 failed\n\nwaiting/);
    await project.write("policy.cases.yaml", "cases: no");
    await cli.output(/CASE_FILE: /);
    await project.write("policy.cases.yaml", `cases:\n${refused.replace("401", "402")}`);
    await cli.output(/1 failed[^]*1 passed, 0 failed\n\nwaiting/);
    cli.signal("SIGINT");
    expect(await cli.exit()).toBe("SIGINT");
  }, 60_000);

  it("says how cases are watched where tests are", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": `cases:\n${refused}`,
      "node_modules/vitest/package.json": '{ "name": "vitest", "bin": { "vitest": "./vitest.mjs" } }',
      "node_modules/vitest/vitest.mjs": "console.log(process.argv[2]);\n",
    });
    const { exit, stdout } = await run(project, "--watch");
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: "Only tests are watched; cases alone are, too: sluice test --watch policy.cases.yaml\nwatch\n",
    });
  });

  it("runs no cases once tests were interrupted", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": `cases:\n${refused}`,
      "node_modules/vitest/package.json": '{ "name": "vitest", "bin": { "vitest": "./vitest.mjs" } }',
      "node_modules/vitest/vitest.mjs": "process.exit(130);\n",
    });
    expect(await run(project)).toEqual({ exit: 130, stdout: "", stderr: "" });
  });

  it("refuses an engine of the environment that there is not, before any test", async () => {
    await using project = await TemporaryProject.create({
      "a.test.mjs": "console.log('ran');",
      "policy.cases.yaml": `cases:\n${refused}`,
    });
    await using cli = new CliProcess(["test"], { cwd: project.folder, environment: { SLUICE_TEST_ENGINE: "envoy" } });
    expect(await cli.exit()).toBe(2);
    expect(cli.stdout).toBe("");
    expect(cli.stderr).toContain(
      'SLUICE_TEST_ENGINE: expected native or wasm, got "envoy". For Envoy there are --engine envoy and envoy-native.',
    );
  });

  it("runs the policy that a file names, and the files that are named", async () => {
    await using project = await TemporaryProject.create({
      "lib/guard.ts": policy,
      "a.cases.yaml": `use: ./lib/guard.ts\ncases:\n${refused}`,
      "b.cases.yaml": "no",
      "c.test.mjs": "throw 1;",
    });
    const { exit, stdout } = await run(project, "a.cases.yaml");
    expect({ exit, end: stdout.split("\n").at(-2) }).toEqual({ exit: 0, end: "1 case on native: 1 passed, 0 failed" });
  }, 60_000);

  it("runs the project's own tests before, and exits with their code", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": `cases:\n${refused}`,
      "a.test.mjs": 'import test from "node:test";\ntest("no", () => { throw 1; });\n',
    });
    const { exit, stdout } = await run(project);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/fail 1\n[^]*\n1 case on native: 1 passed, 0 failed\n$/);
  }, 60_000);

  it("does not mind that there are no other tests, with vitest", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "policy.cases.yaml": `cases:\n${refused}`,
      "node_modules/vitest/package.json": '{ "name": "vitest", "bin": { "vitest": "./vitest.mjs" } }',
      "node_modules/vitest/vitest.mjs": "console.log(process.argv.slice(2).join());\n",
    });
    const { exit, stdout } = await run(project);
    expect({ exit, first: stdout.split("\n")[0] }).toEqual({ exit: 0, first: "run,--passWithNoTests" });
  }, 60_000);

  it("refuses a wrong file as a whole, with the place of everything that is wrong", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts": policy,
      "a.cases.yaml": `cases:\n${refused}`,
      "b.cases.yaml":
        "cases:\n  - name: a\n    stepps: []\n    steps:\n      - { request: { method: get, path: / }, expect: { status: 200 } }\n",
    });
    const { exit, stdout, stderr } = await run(project);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain('b.cases.yaml:3:5 cases[0].stepps\n  unknown key "stepps": did you mean "steps"?\n');
    expect(stderr).toContain(
      'b.cases.yaml:5:30 cases[0].steps[0].request.method\n  expected a method in upper case, such as GET, got string "get"\n',
    );
    expect(stderr).toMatch(
      /b\.cases\.yaml:5:\d+ cases\[0\]\.steps\[0\]\.expect\.upstream\n {2}missing: this key is required\n/,
    );
    expect(stderr).toContain("\n\nCASE_FILE: ");
  });

  it("passes what is to be refused, and fails what is refused by surprise", async () => {
    await using project = await TemporaryProject.create({
      "policy.ts":
        'import { definePolicy } from "sluice";\nimport * as v from "valibot";\nexport default definePolicy({ config: v.object({ size: v.number() }) });\n',
      "node_modules/valibot/package.json": '{ "name": "valibot", "main": "index.js" }',
      "policy.cases.yaml": `cases:
  - { name: refused, config: { size: big }, start: { error: "config.size: no number" } }
  - { name: surprise, config: { size: big }, steps: [{ request: { method: GET, path: / }, expect: { status: 200, upstream: reached } }] }
`,
      "node_modules/valibot/index.js": `export const number = () => ({});
export const object = () => ({ "~standard": { version: 1, vendor: "x", validate: () => ({ issues: [{ message: "no number", path: ["size"] }] }) } });\n`,
    });
    const { exit, stdout } = await run(project);
    expect(exit).toBe(1);
    expect(stdout).toContain(
      "  ✓ refused\n  ✗ surprise (policy.cases.yaml:3)\n      the policy refuses this configuration: ",
    );
    expect(stdout).toContain("no number");
  }, 60_000);

  it.each([
    [["--envoy", "/bin/envoy"], "--envoy is an option of --engine envoy"],
    [["--engine", "envoy", "a.test.ts"], "a.test.ts: --engine envoy runs files *.cases.yaml only."],
    [["--watch", "--engine", "envoy"], "--watch is for engines in this process"],
    [["--engine", "envoy"], "--engine envoy runs cases, and there are none"],
    [["a.cases.yaml"], "a.cases.yaml: there is no such file."],
  ])("refuses %j", async (args, message) => {
    await using project = await TemporaryProject.create({});
    const { exit, stderr } = await run(project, ...args);
    expect(exit).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe.each(Object.keys(templates))("the cases of the template %s", (template) => {
  it.each(["native", "wasm"] as const)(
    "pass on the engine %s",
    async (engine) => {
      expect(await templateFailures(template, inProcess(engine))).toEqual([]);
    },
    120_000,
  );
});
