/** Policies that come in packages. */
import { readdir, rename } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildEngine } from "../../src/engine/build-engine.js";
import { CliProcess } from "./cli-process.js";
import { TemporaryProject } from "./temporary-project.js";

/** Adds its name to a header. */
const marking = (name: string): string => `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    headers.append("x-passed", ${JSON.stringify(name)});
  },
});
`;

function projectWith(uses: readonly string[], upstream = "http://127.0.0.1:1"): Promise<TemporaryProject> {
  return TemporaryProject.create({
    "gateway.yaml": `listener: { port: 0 }\nupstreams: { up: { url: "${upstream}" } }\nroutes:\n  - upstream: up\n    policies: ${JSON.stringify(
      uses.map((use) => ({ use })),
    )}\n`,
    "node_modules/@acme/x/package.json": JSON.stringify({
      name: "@acme/x",
      type: "module",
      exports: {
        ".": { types: "./policy.d.ts", import: "./policy.ts" },
        "./strict": "./dist/strict.js",
        "./compiled": "./x.wasm",
      },
    }),
    "node_modules/@acme/x/policy.ts": marking("x"),
    "node_modules/@acme/x/dist/strict.js": marking("strict"),
  });
}

async function sluice(
  project: TemporaryProject,
  ...args: string[]
): Promise<{ exit: number | string; stdout: string; stderr: string }> {
  await using cli = new CliProcess(args, { cwd: project.folder });
  return { exit: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

/** Whatever was tested before: linking the engine takes longer than a test may. */
const engineBuilt = () => buildEngine(fileURLToPath(new URL("../../.cache/", import.meta.url)));

describe("a policy from a package", () => {
  it("runs from its source, and as a module that sluice build made of it", async () => {
    await engineBuilt();
    await using upstream = await projectWith([]);
    await upstream.write("policy.ts", 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n');
    await using echo = new CliProcess(["dev", "policy.ts", "--port", "0"], { cwd: upstream.folder });
    await using project = await projectWith(["@acme/x", "@acme/x/strict", "@acme/x/compiled"], await echo.url());
    expect(await sluice(project, "build", "@acme/x")).toMatchObject({ exit: 0, stderr: "" });
    expect((await readdir(project.path("dist"))).sort()).toEqual(["x.wasm", "x.wasm.map"]);
    await rename(project.path("dist/x.wasm"), project.path("node_modules/@acme/x/x.wasm"));

    await using cli = new CliProcess(["run", "gateway.yaml"], { cwd: project.folder });
    const response = await fetch(await cli.url());
    expect(await response.json()).toMatchObject({ headers: { "x-passed": ["x", "strict", "x"] } });
  }, 300_000);

  it("runs under sluice dev, by its name", async () => {
    await using project = await projectWith([]);
    await using cli = new CliProcess(["dev", "@acme/x/strict", "--port", "0"], { cwd: project.folder });
    const response = await fetch(await cli.url());
    expect(await response.json()).toMatchObject({ headers: { "x-passed": "strict" } });
    await cli.output(/ · x-strict continue$/m);
  });

  it("is compiled into Envoy's configuration", async () => {
    await engineBuilt();
    await using project = await projectWith(["@acme/x", "@acme/x/strict"]);
    expect(await sluice(project, "envoy", "gateway.yaml", "-o", "out")).toMatchObject({ exit: 0 });
    expect(await readdir(project.path("out/modules"))).toEqual(["policies.wasm"]);
  }, 300_000);

  it("is a problem of the gateway file where it is not installed", async () => {
    await using project = await projectWith(["@acme/y"]);
    const { exit, stderr } = await sluice(project, "run", "gateway.yaml");
    expect(exit).toBe(2);
    expect(stderr).toContain("gateway.yaml:5:");
    expect(stderr).toContain(
      "@acme/y: there is no such file in this folder, and as a package: no package of that name is installed there.",
    );
  });
});
