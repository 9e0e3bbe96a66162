import { mkdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

async function run(project: TemporaryProject, args: string[] = [], environment: Record<string, string> = {}) {
  await using cli = new CliProcess(["test", ...args], {
    cwd: project.folder,
    environment: { SLUICE_TEST_ENGINE: "", ...environment },
  });
  return { exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

/** A vitest that says how it was called, and exits with 3. */
const vitest = {
  "node_modules/vitest/package.json": '{ "name": "vitest", "bin": { "vitest": "./bin/vitest.mjs" } }',
  "node_modules/vitest/bin/vitest.mjs":
    "console.log(JSON.stringify([process.argv.slice(2), process.env.SLUICE_TEST_ENGINE]));\nprocess.exit(3);\n",
};

/** Exits well on that engine only. */
const onEngine = (engine: string): string =>
  `import test from "node:test";\ntest("engine", () => { if (process.env.SLUICE_TEST_ENGINE !== ${JSON.stringify(engine)}) throw new Error("no"); });\n`;

describe("sluice test", () => {
  it.each([
    { args: [], called: [["run"], ""] },
    { args: ["--engine", "wasm"], called: [["run"], "wasm"] },
    { args: ["--engine", "native", "--watch", "a.test.ts", "lib"], called: [["watch", "a.test.ts", "lib"], "native"] },
  ])("calls vitest where it is installed, and exits with its code: $args", async ({ args, called }) => {
    await using project = await TemporaryProject.create(vitest);
    const { exit, stdout } = await run(project, args);
    expect({ exit, called: JSON.parse(stdout) as unknown }).toEqual({ exit: 3, called });
  });

  it("leaves an engine that the environment names as it is", async () => {
    await using project = await TemporaryProject.create(vitest);
    expect(JSON.parse((await run(project, [], { SLUICE_TEST_ENGINE: "wasm" })).stdout)).toEqual([["run"], "wasm"]);
  });

  it("runs all tests of the folder with Node's runner where there is no vitest", async () => {
    await using project = await TemporaryProject.create({
      "a.test.mjs": onEngine("wasm"),
      "lib/b.test.mjs": onEngine("native"),
      "node_modules/c/c.test.mjs": "throw 1;",
      "dist/d.test.mjs": "throw 1;",
    });
    expect((await run(project, ["--engine", "wasm", "a.test.mjs"])).exit).toBe(0);
    const { exit, stdout } = await run(project, ["--engine", "wasm"]);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/tests 2\n/);
    expect(stdout).toMatch(/fail 1\n/);
  });

  it("runs a policy's test on either engine", async () => {
    const sluice = dirname(createRequire(import.meta.url).resolve("../../package.json"));
    await using project = await TemporaryProject.create({
      "policy.js":
        'import { definePolicy } from "sluice";\nexport default definePolicy({ onRequest: () => new Response(418) });\n',
      "policy.test.mjs": `import assert from "node:assert";
import test from "node:test";
import { testGateway } from "sluice/testing";
test("answers", async () => {
  const gateway = await testGateway({ policies: ["policy.js"] });
  assert.equal((await gateway.fetch("/")).status, 418);
  await gateway.close();
});\n`,
    });
    await mkdir(project.path("node_modules"));
    await symlink(sluice, project.path("node_modules/sluice"));
    expect(await run(project, ["--engine", "native"])).toMatchObject({ exit: 0 });
    expect(await run(project, ["--engine", "wasm"])).toMatchObject({ exit: 0 });
  }, 300_000);

  it("hands SIGTERM on to the tests, and exits as they do", async () => {
    await using project = await TemporaryProject.create({
      ...vitest,
      "node_modules/vitest/bin/vitest.mjs": 'setInterval(() => undefined, 1_000);\nconsole.log("waiting");\n',
    });
    await using cli = new CliProcess(["test"], { cwd: project.folder });
    await cli.output(/waiting/);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(143);
  });

  it("says what is missing where nothing can run", async () => {
    await using empty = await TemporaryProject.create({});
    const nothing = await run(empty);
    expect(nothing.exit).toBe(2);
    expect(nothing.stderr).toContain(
      "this folder: there are no tests: no file *.test.ts or *.test.js.\n\nTEST_RUNNER: ",
    );
  });

  it("refuses an engine that there is not", async () => {
    await using project = await TemporaryProject.create(vitest);
    const { exit, stderr } = await run(project, ["--engine", "nginx"]);
    expect(exit).toBe(2);
    expect(stderr).toContain("Allowed choices are native, wasm, envoy, envoy-native.");
  });
});
