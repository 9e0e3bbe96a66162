import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { CliProcess } from "./cli-process.js";
import { answering, TemporaryProject } from "./temporary-project.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
let binary: string;

beforeAll(async () => {
  binary = await installEnvoy(cacheDir);
});

const upstreams = 'upstreams: { up: { url: "http://127.0.0.1:1" } }\n';
const plain = `${upstreams}routes: [{ upstream: up }]\n`;
const withPolicies = `${upstreams}routes:\n  - upstream: up\n    policies: [{ use: ./a/policy.ts }, { use: ./b/policy.ts }, { use: ./a/policy.ts }]\n`;

async function write(folder: string, ...args: string[]) {
  await using cli = new CliProcess(["envoy", "gateway.yaml", ...args], { cwd: folder });
  return { code: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

async function validate(file: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(binary, ["--mode", "validate", "-c", file], { cwd: "/" });
  return stdout + stderr;
}

function modulePaths(yaml: string): string[] {
  return [...yaml.matchAll(/filename: (.*\.wasm)/g)].map(([, path]) => path!);
}

describe("sluice envoy", () => {
  it("writes a configuration that Envoy accepts wherever it is started, and replaces it by the next one", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": withPolicies,
      "a/policy.ts": answering("a"),
      "b/policy.ts": answering("b"),
    });
    expect(await write(project.folder, "-o", "out")).toEqual({
      code: 0,
      stdout: "sluice wrote out/envoy.yaml\n",
      stderr: "",
    });
    const file = project.path("out/envoy.yaml");
    const first = await readFile(file, "utf8");
    expect(modulePaths(first)).toEqual([project.path("out/modules/policies.wasm")]);
    expect(await validate(file)).toContain(`configuration '${file}' OK`);

    const module = await readFile(project.path("out/modules/policies.wasm"));
    await write(project.folder, "-o", "out");
    expect(module.equals(await readFile(project.path("out/modules/policies.wasm")))).toBe(true);

    await project.write("gateway.yaml", `${upstreams}routes: [{ upstream: up, policies: [{ use: ./a/policy.ts }] }]\n`);
    await write(project.folder, "-o", "out");
    expect(await readdir(project.path("out/modules"))).toEqual(["a.wasm"]);
    expect((await readdir(project.path("out"))).sort()).toEqual(["envoy.yaml", "modules"]);
    // Configurations of policies may hold secrets.
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it("names the modules where they are when Envoy runs", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `${upstreams}routes: [{ upstream: up, policies: [{ use: ./one.ts }] }]\n`,
      "one.ts": answering("a"),
    });
    expect((await write(project.folder, "-o", "out", "--module-path", "/etc/envoy/modules")).code).toBe(0);
    expect(modulePaths(await readFile(project.path("out/envoy.yaml"), "utf8"))).toEqual([
      "/etc/envoy/modules/one.wasm",
    ]);
    expect(await readdir(project.path("out/modules"))).toEqual(["one.wasm"]);
  });

  it("tells what Envoy does differently, with the key and its line, and writes it down", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `listener:
  timeouts:
    requestBodyIdle: 5s
    drain: 1s
${upstreams}routes:
  - upstream: up
    limits: { upstreamResponse: 1m, streamIdle: 30s }
log: { level: warn }
`,
    });
    const { code, stderr } = await write(project.folder, "-o", "out");
    expect(code).toBe(0);
    const keys = [
      [3, 5, "listener.timeouts.requestBodyIdle"],
      [4, 5, "listener.timeouts.drain"],
      [8, 37, "routes[0].limits.streamIdle"],
      [9, 8, "log.level"],
    ] as const;
    const told = stderr.split("\n").filter((line) => line.startsWith("gateway.yaml:"));
    expect(told).toEqual(keys.map(([line, column, key]) => `gateway.yaml:${line}:${column} ${key}`));
    const file = await readFile(project.path("out/envoy.yaml"), "utf8");
    for (const [line, , key] of keys) {
      expect(file).toContain(`# - line ${line}, ${key}: `);
    }
    expect(parse(file)).toHaveProperty("static_resources");
  });

  it("warns of requests that go past a route with methods, on every engine the same", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": `${upstreams}routes:
  - { name: admin, match: { pathPrefix: /admin, methods: [GET] }, upstream: up }
  - { name: open, upstream: up }
`,
    });
    const { code, stderr } = await write(project.folder, "-o", "out");
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^gateway\.yaml:\d+:49 routes\[0\]\.match\.methods\n {2}warning: .*"admin".* go to the route "open".*otherMethods: refuse/,
    );
  });

  it.each([
    ["listener: { host: gateway.internal }", "gateway.yaml:1:13 listener.host\n  expected an IP address"],
    ["listener: { prot: 1 }", "gateway.yaml:1:13 listener.prot\n  unknown key"],
  ])("refuses what Envoy would not start with: %s", async (listener, message) => {
    await using project = await TemporaryProject.create({ "gateway.yaml": `${listener}\n${plain}` });
    const { code, stderr } = await write(project.folder, "-o", "out");
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    await expect(stat(project.path("out"))).rejects.toThrow("ENOENT");
  });

  it.each(["envoy.yaml", "modules/other.wasm"])("does not replace %s of somebody else", async (name) => {
    await using project = await TemporaryProject.create({ "gateway.yaml": plain, [join("out", name)]: "theirs" });
    const { code, stderr } = await write(project.folder, "-o", "out");
    expect(code).toBe(2);
    expect(stderr).toContain(`--output: sluice did not write out/${name.split("/")[0]!}`);
    expect(await readFile(project.path(`out/${name}`), "utf8")).toBe("theirs");
  });

  it("says so when it cannot write", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": plain, out: "a file" });
    const { code, stderr } = await write(project.folder, "-o", "out");
    expect(code).toBe(2);
    expect(stderr).toContain("--output: out cannot be written: ENOTDIR.");
  });

  it("says so when the folder cannot be made", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": plain });
    const { code, stderr } = await write(project.folder, "-o", "/proc/missing/out");
    expect(code).toBe(2);
    expect(stderr).toMatch(/--output: .*\/missing\/out cannot be written: ENOENT\./);
  });

  it("asks for the folder", async () => {
    await using project = await TemporaryProject.create({ "gateway.yaml": plain });
    const { code, stderr } = await write(project.folder);
    expect(code).toBe(2);
    expect(stderr).toContain("required option '-o, --output <folder>' not specified");
  });
});
