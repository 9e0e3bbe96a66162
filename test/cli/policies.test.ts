/** Ready policies on the command line: `sluice policies`, and `sluice/policies/<name>` wherever a policy is called. Needs `npm run build`. */
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readyNames, readySchema } from "../../src/catalogue/catalogue.js";
import { buildEngine } from "../../src/engine/build-engine.js";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

const config = { headers: [{ name: "x-tenant" }] };

async function sluice(project: TemporaryProject, ...args: string[]) {
  await using cli = new CliProcess(args, { cwd: project.folder, environment: { SLUICE_TEST_ENGINE: "" } });
  return { exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

const project = (files: Record<string, string> = {}) => TemporaryProject.create(files);

function gatewayFile(upstream: string, use: object): string {
  return JSON.stringify({
    listener: { port: 0 },
    upstreams: { up: { url: upstream } },
    routes: [{ upstream: "up", policies: [use] }],
  });
}

describe("sluice policies", () => {
  it("lists the ready policies, a line each", async () => {
    await using folder = await project();
    const { exit, stdout, stderr } = await sluice(folder, "policies");
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    const lines = stdout.split("\n\n")[0]!.split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(readyNames());
    expect(lines.find((line) => line.startsWith("require-header "))).toMatch(/ {2}Refuses requests that lack a header/);
  });

  it.each(["require-header", "sluice/policies/require-header"])("shows what %s takes", async (name) => {
    await using folder = await project();
    const { exit, stdout, stderr } = await sluice(folder, "policies", "show", name);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toContain("\n  headers: list of mappings, at least 1; required\n      The headers, all of which");
    expect(stdout).toContain("\n  status: whole number, 400 to 599; default 400\n");
    const example = /In a route of a gateway file:\n\n([^]*?)\n\nMore: /.exec(stdout)?.[1] ?? "";
    expect(parse(example)).toEqual({
      policies: [{ use: "sluice/policies/require-header", config: readySchema("require-header").examples?.[0] }],
    });
  });

  it("prints the JSON Schema of a configuration", async () => {
    await using folder = await project();
    const { stdout } = await sluice(folder, "policies", "show", "require-header", "--json");
    expect(JSON.parse(stdout)).toEqual(readySchema("require-header"));
  });

  it.each([
    [
      ["show", "require-heder"],
      'sluice/policies/require-heder: there is no ready policy of that name: did you mean "require-header"?',
    ],
    [["show", "../policies"], "sluice/policies/../policies: there is no ready policy of that name."],
    [["show"], "missing required argument 'name'"],
    [["require-header"], "sluice policies show <name> tells about one."],
    [["show", "require-header", "--yaml"], "unknown option '--yaml'"],
  ])("refuses %j with exit code 2", async (args, message) => {
    await using folder = await project();
    const { exit, stdout, stderr } = await sluice(folder, "policies", ...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe("a ready policy", () => {
  it("runs under sluice dev, and in a gateway file of sluice run, by its name", async () => {
    await using folder = await project();
    await using dev = new CliProcess(
      ["dev", "sluice/policies/require-header", "--port", "0", "--config", JSON.stringify(config)],
      { cwd: folder.folder },
    );
    const behind = await dev.url();
    expect((await fetch(behind)).status).toBe(400);
    await dev.output(/ · require-header break/);

    await folder.write(
      "gateway.yaml",
      gatewayFile(behind, { use: "sluice/policies/require-header", config: { ...config, status: 403 } }),
    );
    await using run = new CliProcess(["run", "gateway.yaml"], { cwd: folder.folder });
    const url = await run.url();
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { headers: { "x-tenant": "a" } })).status).toBe(200);
    await run.output(/require-header/);
  });

  it("is a problem of the gateway file where its name is wrong, which lists those that there are", async () => {
    await using folder = await project({
      "gateway.yaml": gatewayFile("http://127.0.0.1:1", { use: "sluice/policies/require" }),
    });
    const { exit, stderr } = await sluice(folder, "run", "gateway.yaml");
    expect(exit).toBe(2);
    expect(stderr).toContain(
      "routes[0].policies[0].use\n  sluice/policies/require: there is no ready policy of that name",
    );
    expect(stderr).toContain("  sluice/policies/require-header\n");
  });

  it("has its configuration checked at its place", async () => {
    await using folder = await project({
      "gateway.yaml": gatewayFile("http://127.0.0.1:1", {
        use: "sluice/policies/require-header",
        config: { headers: [] },
      }),
    });
    const { exit, stderr } = await sluice(folder, "run", "gateway.yaml");
    expect(exit).toBe(2);
    expect(stderr).toContain("routes[0].policies[0].config.headers\n");
  });

  it("is compiled by sluice build and into Envoy's configuration", async () => {
    await buildEngine(fileURLToPath(new URL("../../.cache/", import.meta.url)));
    await using folder = await project({
      "gateway.yaml": gatewayFile("http://127.0.0.1:1", { use: "sluice/policies/require-header", config }),
    });
    expect(await sluice(folder, "build", "sluice/policies/require-header")).toMatchObject({ exit: 0, stderr: "" });
    expect((await readdir(folder.path("dist"))).sort()).toEqual(["require-header.wasm", "require-header.wasm.map"]);
    expect(await sluice(folder, "envoy", "gateway.yaml", "-o", "out")).toMatchObject({ exit: 0 });
    expect(await readdir(folder.path("out/modules"))).toEqual(["require-header.wasm"]);
  }, 300_000);

  it("is what a file of cases may be about, and may have in a chain", async () => {
    const step = (expect: string) => `    steps: [{ request: { method: GET, path: / }, expect: ${expect} }]\n`;
    await using folder = await project({
      "ready.cases.yaml": `use: sluice/policies/require-header
cases:
  - name: refuses
    config: { headers: [{ name: x-tenant }] }
${step("{ status: 400, upstream: not-reached }")}  - name: stands behind another
    config: { headers: [{ name: x-tenant }] }
    chain: [{ policy: sluice/policies/require-header, config: { headers: [{ name: x-key }], status: 499 } }, self]
${step("{ status: 499, upstream: not-reached }")}`,
    });
    const { exit, stdout } = await sluice(folder, "test");
    expect(stdout).toContain("2 cases on native: 2 passed, 0 failed");
    expect(exit).toBe(0);
  });
});
