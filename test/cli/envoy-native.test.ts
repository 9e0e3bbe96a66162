/** `--target envoy-native` and `--engine envoy-native`. Needs `npm run build`. */
import { execFile } from "node:child_process";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { CliProcess } from "./cli-process.js";
import { answering, TemporaryProject } from "./temporary-project.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const example = `${root}examples/stop-request/`;
let binary: string;

beforeAll(async () => {
  binary = await installEnvoy(`${root}.cache/`);
});

async function sluice(cwd: string, ...args: string[]) {
  await using cli = new CliProcess(args, { cwd });
  return { code: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

describe("sluice run --engine envoy-native", () => {
  it("runs the example of the README in Envoy's own process", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `listener: { port: 0 }
${(await readFile(`${example}gateway.yaml`, "utf8")).replace("./policy.ts", `${example}policy.ts`)}`,
    });
    await using cli = new CliProcess(["run", "--engine", "envoy-native", "--envoy", binary, "gateway.yaml"], {
      cwd: project.folder,
    });
    const url = await cli.url();
    const response = await fetch(`${url}/`);
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="orders"']);
    await cli.output(/"msg":"exchange"/);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
    expect(cli.stderr).toContain('"details":"local_reply:stop-request"');
  });

  it("logs what a policy says with the name of its use", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `listener: { port: 0 }
upstreams: { up: { url: "http://127.0.0.1:1" } }
routes: [{ name: all, upstream: up, policies: [{ use: ./a.ts, name: first }, { use: ./b.ts, name: second }] }]
`,
      "a.ts":
        'import { definePolicy } from "sluice"; export default definePolicy({ onRequest(_, { logger }) { logger.warn("of a"); } });\n',
      "b.ts":
        'import { definePolicy, Response } from "sluice"; export default definePolicy({ onRequest(_, { logger }) { logger.warn("of b"); return new Response("b"); } });\n',
    });
    await using cli = new CliProcess(["run", "--engine", "envoy-native", "--envoy", binary, "gateway.yaml"], {
      cwd: project.folder,
    });
    expect(await (await fetch(`${await cli.url()}/`)).text()).toBe("b");
    await cli.output(/"policy":"first"[^\n]*"msg":"of a"/);
    await cli.output(/"policy":"second"[^\n]*"msg":"of b"/);
    cli.signal("SIGTERM");
    expect(await cli.exit()).toBe(0);
  });

  it("refuses an Envoy of another version before it is started", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": 'upstreams: { up: { url: "http://127.0.0.1:1" } }\nroutes: [{ upstream: up }]\n',
      envoy: "#!/bin/sh\necho envoy version: abc/1.37.2/Clean/RELEASE/BoringSSL\n",
    });
    await chmod(project.path("envoy"), 0o755);
    const { code, stderr } = await sluice(
      project.folder,
      ...["run", "--engine", "envoy-native", "--envoy", "./envoy", "gateway.yaml"],
    );
    expect(code).toBe(1);
    expect(stderr).toContain("./envoy: expected Envoy 1.38 to 1.40, which libsluice is made for, got 1.37.2");
    expect(stderr).toContain("ENVOY_VERSION: ");
  });
});

describe("sluice build --target envoy-native", () => {
  it("writes the policies' file, called by its content, its source map, the library, and tells what Envoy's configuration says", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": answering("one") });
    const first = await sluice(project.folder, "build", "policy.ts", "--target", "envoy-native", "-o", "out/");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const [library, code, map] = (await readdir(project.path("out"))).sort();
    expect(library).toMatch(/^libsluice-\d+\.\d+\.\d+-[0-9a-f]{8}\.so$/);
    expect(code).toMatch(/^\w[\w.-]*-[0-9a-f]{8}\.native$/);
    expect(map).toBe(`${code}.map`);
    expect(first.stdout).toContain(`filename: ${project.path(`out/${library}`)}`);
    expect(first.stdout).toContain(` - ${project.path(`out/${code}`)}`);
    expect(first.stdout).not.toContain("sluice.answers");
    expect((await readFile(project.path(`out/${code}`), "latin1")).split("\n", 1)[0]).toMatch(
      /^sluice-native 2 [0-9a-f]{16} \d+ \d+ \d+\.\d+\.\d+ \w[\w.-]*$/,
    );

    await project.write("policy.ts", answering("another"));
    expect(await sluice(project.folder, "build", "policy.ts", "--target", "envoy-native", "-o", "out")).toMatchObject({
      code: 0,
    });
    const files = await readdir(project.path("out"));
    expect(files).toContain(library);
    expect(files).not.toContain(code);
    expect(files.filter((name) => name.endsWith(".native"))).toHaveLength(1);
  });

  it("tells what a policy throws while it is loaded, and of a broken schema, as for modules; nothing is written", async () => {
    await using project = await TemporaryProject.create({
      "throws.ts":
        'import { definePolicy } from "sluice"; throw new RangeError("at load"); export default definePolicy({});\n',
      "schema.ts": `import { definePolicy } from "sluice";
export default definePolicy({ config: { "~standard": { version: 1, vendor: "x", validate() { throw new Error("no schema"); } } } });
`,
    });
    const build = (file: string) => sluice(project.folder, "build", file, "--target", "envoy-native");
    const thrown = await build("throws.ts");
    expect([thrown.code, thrown.stderr]).toEqual([2, expect.stringMatching(/at load[^]*POLICY_BUNDLE: /)]);
    const schema = await build("schema.ts");
    expect([schema.code, schema.stderr]).toEqual([2, expect.stringMatching(/no schema[^]*POLICY_SCHEMA: /)]);
    expect(await readdir(project.folder)).not.toContain("dist");
  });

  it("asks for a folder, and for the target where a processor is named", async () => {
    await using project = await TemporaryProject.create({ "policy.ts": answering("one") });
    const file = await sluice(project.folder, "build", "policy.ts", "--target", "envoy-native", "-o", "x.native");
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining("--output: expected a folder")]);
    const cpu = await sluice(project.folder, "build", "policy.ts", "--cpu", "arm64");
    expect([cpu.code, cpu.stderr]).toEqual([2, expect.stringContaining("--cpu is an option of --target envoy-native")]);
  });
});

describe("sluice envoy --target envoy-native", () => {
  const gateway = `upstreams: { up: { url: "http://127.0.0.1:1" } }
routes: [{ upstream: up, policies: [{ use: ./a/policy.ts }, { use: ./b/policy.ts }, { use: ./a/policy.ts }] }]
`;
  const files = { "gateway.yaml": gateway, "a/policy.ts": answering("a"), "b/policy.ts": answering("b") };

  it("writes a configuration that Envoy accepts, and replaces it by the next one", async () => {
    await using project = await TemporaryProject.create(files);
    for (const text of ["a", "another"]) {
      await project.write("a/policy.ts", answering(text));
      const written = await sluice(project.folder, "envoy", "gateway.yaml", "-o", "out", "--target", "envoy-native");
      expect(written).toEqual({ code: 0, stderr: "", stdout: "sluice wrote out/envoy.yaml\n" });
      expect((await readdir(project.path("out/modules"))).sort()).toEqual([
        expect.stringMatching(/^libsluice-.*\.so$/),
        expect.stringMatching(/^policies-[0-9a-f]{8}\.native$/),
      ]);
    }
    const { stdout, stderr } = await promisify(execFile)(
      binary,
      ["--mode", "validate", "-c", project.path("out/envoy.yaml")],
      { cwd: "/" },
    );
    expect(stdout + stderr).toContain("configuration 'out/envoy.yaml' OK".replace("out", project.path("out")));
  });

  it("names the files where they are when Envoy runs", async () => {
    await using project = await TemporaryProject.create(files);
    await sluice(
      project.folder,
      ...["envoy", "gateway.yaml", "-o", "out", "--target", "envoy-native", "--module-path", "/etc/sluice"],
    );
    const text = await readFile(project.path("out/envoy.yaml"), "utf8");
    expect(text).toMatch(/filename: \/etc\/sluice\/libsluice-[^/]*\.so/);
    expect(text).toMatch(/ - \/etc\/sluice\/policies-[^/]*\.native/);
    expect(() => parse(text) as unknown).not.toThrow();
  });
});

it("sluice test --engine envoy-native runs cases, each with policies of its own", async () => {
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
`,
  });
  const { code, stdout, stderr } = await sluice(project.folder, "test", "--engine", "envoy-native", "--envoy", binary);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toContain(`  ✓ one
  ✓ another
  ✗ two (policy.cases.yaml:6)
      step 2: header x-count: expected "1", got ["2"]
`);
  expect(stdout).toContain("3 cases on Envoy 1.40.0, native: 2 passed, 1 failed\n");
});

describe("an Envoy that is given files that do not belong together", () => {
  let project: TemporaryProject;
  let path: string;
  let code: Buffer;
  beforeAll(async () => {
    project = await TemporaryProject.create({
      "gateway.yaml":
        'upstreams: { up: { url: "http://127.0.0.1:1" } }\nroutes: [{ upstream: up, policies: [{ use: ./policy.ts }] }]\n',
      "policy.ts": answering("a"),
    });
    await sluice(project.folder, "envoy", "gateway.yaml", "-o", "out", "--target", "envoy-native");
    const name = (await readdir(project.path("out/modules"))).find((file) => file.endsWith(".native"))!;
    path = project.path(`out/modules/${name}`);
    code = await readFile(path);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it.each<[string, (code: Buffer) => Buffer, RegExp]>([
    [
      "code of another engine",
      (code) =>
        Buffer.from(code.toString("latin1").replace(/^(sluice-native 2 )\w{16}/, "$10123456789abcdef"), "latin1"),
      /NATIVE_ENGINE: compiled by another version of Sluice/,
    ],
    [
      "code of another format",
      (code) => Buffer.from(code.toString("latin1").replace("native 2", "native 9"), "latin1"),
      /NATIVE_ENGINE: /,
    ],
    ["code that is cut off", (code) => code.subarray(0, -1), /NATIVE_CODE: its length is not/],
    ["something else", () => Buffer.from("\0asm"), /NATIVE_CODE: expected a policies' file/],
    ["an empty file", () => Buffer.alloc(0), /NATIVE_CODE: expected a policies' file/],
  ])("%s: refuses the configuration, and says what to do", async (_name, change, said) => {
    await writeFile(path, change(code));
    const refused = promisify(execFile)(binary, ["--mode", "validate", "-c", project.path("out/envoy.yaml")]);
    await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(said) as string });
  });
});
