/** The packages with libsluice as users get them: installed by npm beside the main one, and run by Envoy. Needs `npm run build`. */
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { CliProcess } from "../cli/cli-process.js";
import { answering } from "../cli/temporary-project.js";
import { installPackedPackage, type PackedProject } from "./packed-package.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const platform = `@sluice/envoy-linux-${arch()}`;

let project: PackedProject;
let binary: string;

beforeAll(async () => {
  binary = await installEnvoy(`${root}.cache/`);
  project = await installPackedPackage(root);
  const gateway =
    'listener: { port: 0 }\nupstreams: { up: { url: "http://127.0.0.1:1" } }\nroutes: [{ upstream: up, policies: [{ use: ./policy.ts }] }]\n';
  await writeFile(join(project.directory, "gateway.yaml"), gateway);
  await writeFile(join(project.directory, "policy.ts"), answering("natively"));
}, 120_000);
afterAll(() => project.remove());

const sluice = (...args: string[]): CliProcess =>
  new CliProcess(args, { cwd: project.directory, program: join(project.packageDirectory, "dist/cli/main.js") });

it("npm installs the library of this platform with the main package, which does not carry it", async () => {
  expect(await readdir(join(project.directory, "node_modules/@sluice"))).toEqual([`envoy-linux-${arch()}`]);
  expect((await readdir(join(project.directory, "node_modules", platform))).sort()).toEqual([
    "LICENSE-libtorsion",
    "LICENSE-quickjs",
    "libsluice.so",
    "package.json",
  ]);
  expect(project.files.filter((path) => /\.so$|^packages\/|engine\/native\//.test(path))).toEqual([]);
});

it("both have one version", async () => {
  const version = async (folder: string): Promise<string> =>
    (JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string }).version;
  expect(await version(join(project.directory, "node_modules", platform))).toBe(
    await version(project.packageDirectory),
  );
});

it("Envoy runs a policy by them, without a compiler", async () => {
  await using cli = sluice("run", "--engine", "envoy-native", "--envoy", binary, "gateway.yaml");
  expect(await (await fetch(await cli.url())).text()).toBe("natively");
  cli.signal("SIGTERM");
  expect(await cli.exit()).toBe(0);
});

it("where the library was left out the command says how it is installed", async () => {
  const installed = join(project.directory, "node_modules", platform);
  await rename(installed, `${installed}-away`);
  await using cli = sluice("build", "policy.ts", "--target", "envoy-native");
  const code = await cli.exit();
  await rename(`${installed}-away`, installed);
  expect(code).toBe(1);
  expect(cli.stderr).toMatch(new RegExp(`${platform}: .* npm install .* ${platform}@[^]*NATIVE_LIBRARY: `));
});
