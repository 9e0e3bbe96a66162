// Builds the modules of test/third-party with the Rust and the Go SDK into .cache/third-party/, for tests:
// node scripts/build-third-party-modules.mjs
import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "test/third-party");
const output = join(root, ".cache/third-party");
const target = "wasm32-wasip1";

const rustModules = ["http_headers", "http_body", "http_config", "http_call", "grpc_call", "ticking"];

/**
 * Builds what is not built yet. Needs network the first time.
 * @returns {Record<string, string>} The modules' files by name: those of the Rust SDK, and `go`.
 * @throws {Error} when a toolchain is missing or fails; the message says what to do
 */
export function buildThirdPartyModules() {
  mkdirSync(output, { recursive: true });
  buildRust();
  const go = buildGo();
  const examples = join(output, "rust", target, "release/examples");
  return { ...Object.fromEntries(rustModules.map((name) => [name, join(examples, `${name}.wasm`)])), go };
}

function buildRust() {
  const cwd = join(sources, "rust");
  run("rustup", ["target", "add", target], { cwd, missing: "Install Rust through rustup (https://rustup.rs)." });
  const args = [
    "build",
    "--release",
    "--locked",
    "--examples",
    "--target",
    target,
    "--target-dir",
    join(output, "rust"),
  ];
  run("cargo", args, { cwd, missing: "Install Rust through rustup (https://rustup.rs)." });
}

function buildGo() {
  const file = join(output, "go.wasm");
  run("go", ["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "."], {
    cwd: join(sources, "go"),
    env: { GOOS: "wasip1", GOARCH: "wasm" },
    missing: "Install Go 1.24 or newer (https://go.dev/dl/).",
  });
  return file;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: Record<string, string>, missing: string }} options
 */
function run(command, args, { cwd, env, missing }) {
  const { error, status, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 300_000,
  });
  const line = `${command} ${args.join(" ")}`;
  if (error !== undefined && "code" in error && error.code === "ENOENT") {
    throw new Error(`The modules of other SDKs cannot be built: there is no \`${command}\`. ${missing}`);
  }
  if (error !== undefined || status !== 0) {
    throw new Error(`The modules of other SDKs cannot be built: \`${line}\` failed.\n${error?.message ?? stderr}`);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  console.log(Object.values(buildThirdPartyModules()).join("\n"));
}
