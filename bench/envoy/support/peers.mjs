// What is compared: the same filter (401 without an authorization header) in several technologies.
import { execFile } from "node:child_process";
import { copyFile, cp, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compileNativeTo, compileTo } from "./policy-module.mjs";

const run = promisify(execFile);
export const sources = fileURLToPath(new URL("../peers/", import.meta.url));
export const built = fileURLToPath(new URL("../../../.cache/bench/", import.meta.url));
const policy = new URL("../../../examples/stop-request/policy.ts", import.meta.url);
const BUILD_LIMIT = 600_000;

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {"none" | "wasm" | "native" | "lua" | "ext_authz"} kind
 * @property {string} [file] the module, the Lua script or the service's script
 * @property {boolean} denies whether it answers 401 to a request without the header
 * @property {boolean} [emptyIsAbsent] an empty header counts as none
 */

/** @type {Record<string, () => Promise<Peer>>} */
const builders = {
  none: async () => ({ name: "none", kind: "none", denies: false }),
  sluice: async () => {
    const file = join(built, "sluice.wasm");
    await mkdir(built, { recursive: true });
    await compileTo(policy, file);
    return { name: "sluice", kind: "wasm", file, denies: true };
  },
  native: async () => {
    const file = join(built, "sluice.native");
    await mkdir(built, { recursive: true });
    await compileNativeTo(policy, file);
    return { name: "native", kind: "native", file, denies: true };
  },
  "rust-sdk": async () => ({ name: "rust-sdk", kind: "wasm", file: await buildRust("rust-sdk"), denies: true }),
  "go-sdk": async () => {
    const file = join(built, "go-sdk.wasm");
    const options = ["-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "."];
    await build("go", ["build", ...options], "go-sdk", { GOOS: "wasip1", GOARCH: "wasm" });
    return { name: "go-sdk", kind: "wasm", file, denies: true };
  },
  "assemblyscript-sdk": async () => {
    const file = join(built, "assemblyscript-sdk.wasm");
    // npm installs beside the manifest, which must not happen among the sources.
    const folder = join(built, "assemblyscript-sdk");
    await cp(join(sources, "assemblyscript-sdk"), folder, { recursive: true });
    await run("npm", ["ci", "--silent"], { cwd: folder, timeout: BUILD_LIMIT });
    await run(
      "npx",
      [
        "--no-install",
        "asc",
        "require-token.ts",
        "-o",
        file,
        "-O3",
        "--noAssert",
        "--use",
        "abort=abort_proc_exit",
        "--config",
        "node_modules/@assemblyscript/wasi-shim/asconfig.json",
      ],
      { cwd: folder, timeout: BUILD_LIMIT },
    );
    return { name: "assemblyscript-sdk", kind: "wasm", file, denies: true, emptyIsAbsent: true };
  },
  lua: async () => ({ name: "lua", kind: "lua", file: join(sources, "lua", "require-token.lua"), denies: true }),
  "ext-authz": async () => ({
    name: "ext-authz",
    kind: "ext_authz",
    file: join(sources, "ext-authz", "server.mjs"),
    denies: true,
  }),
};

export const peerNames = Object.keys(builders);

/** Builds the peers of these names. @param {readonly string[]} names */
export async function buildPeers(names) {
  /** @type {Peer[]} */
  const peers = [];
  await mkdir(built, { recursive: true });
  for (const name of names) {
    const builder = builders[name];
    if (builder === undefined) {
      throw new Error(`No peer is called ${name}; there are ${peerNames.join(", ")}.`);
    }
    peers.push(await builder());
  }
  return peers;
}

/** A module from elsewhere that shall behave as the peers do. @param {string} option name=path or path @returns {Peer} */
export function modulePeer(option) {
  const [, name, file = ""] = /^(?:([^=]+)=)?(.+)$/.exec(option) ?? [];
  return { name: name ?? basename(file, ".wasm"), kind: "wasm", file, denies: true };
}

/** The module of a crate among the peers. @param {string} name */
export async function buildRust(name) {
  const target = join(built, "rust-target");
  await mkdir(built, { recursive: true });
  await build(
    "cargo",
    ["build", "--quiet", "--locked", "--release", "--target", "wasm32-wasip1", "--target-dir", target],
    name,
  );
  const file = join(built, `${name}.wasm`);
  await copyFile(join(target, "wasm32-wasip1", "release", `${name.replaceAll("-", "_")}.wasm`), file);
  return file;
}

/** @param {string} tool @param {string[]} args @param {string} folder @param {Record<string, string>} [environment] */
async function build(tool, args, folder, environment = {}) {
  await run(tool, args, { cwd: join(sources, folder), env: { ...process.env, ...environment }, timeout: BUILD_LIMIT });
}
