// The smallest modules that export a callback or make a hostcall: what Envoy itself costs.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";

const folder = fileURLToPath(new URL("../../../.cache/bench/floors/", import.meta.url));
/** A hostcall is made so often in a callback, since one alone is hardly to be seen. */
export const REPEATS = 20;

/** Callbacks by number of parameters and result. @type {Record<string, [parameters: number, result?: number]>} */
const CALLBACKS = {
  proxy_on_context_create: [2],
  proxy_on_request_headers: [3, 0],
  proxy_on_response_headers: [3, 0],
  proxy_on_response_body: [3, 0],
  proxy_on_log: [1],
  proxy_on_done: [1, 1],
  proxy_on_delete: [1],
};
const all = Object.keys(CALLBACKS);

/** Address of a name, and of out-parameters. Given memory lies above the first page, and is reused. */
const NAME = 16;
const OUT = 64;
const name = `(i32.const ${NAME}) (i32.const 13)`;
const out = `(i32.const ${OUT}) (i32.const ${OUT + 8})`;

/** Hostcalls with their arguments; the number of parameters is that of the arguments. @type {Record<string, [module: string, name: string, ...args: string[]]>} */
const HOSTCALLS = {
  get_header_map_value: ["env", "proxy_get_header_map_value", "(i32.const 0)", name, out],
  get_header_map_pairs: ["env", "proxy_get_header_map_pairs", "(i32.const 0)", out],
  "get_property response.code_details": ["env", "proxy_get_property", `(i32.const 32) (i32.const 21)`, out],
  set_effective_context: ["env", "proxy_set_effective_context", "(local.get 0)"],
  get_current_time_nanoseconds: ["env", "proxy_get_current_time_nanoseconds", `(i32.const ${OUT})`],
  clock_time_get: ["wasi_snapshot_preview1", "clock_time_get", "(i32.const 0) (i64.const 0)", `(i32.const ${OUT})`],
};

/**
 * The modules, as peers that let everything pass.
 * @returns {Promise<{ callbacks: import("./peers.mjs").Peer[], hostcalls: import("./peers.mjs").Peer[] }>}
 */
export async function buildFloors() {
  await mkdir(folder, { recursive: true });
  return {
    callbacks: [
      await floor("no callback", []),
      ...(await Promise.all(all.map((callback) => floor(callback, [callback])))),
      await floor("all callbacks", all),
    ],
    hostcalls: [
      await floor("proxy_on_request_headers, empty", ["proxy_on_request_headers"]),
      ...(await Promise.all(
        Object.keys(HOSTCALLS).map((hostcall) => floor(hostcall, ["proxy_on_request_headers"], hostcall)),
      )),
    ],
  };
}

/** @param {string} title @param {readonly string[]} callbacks @param {string} [hostcall] @returns {Promise<import("./peers.mjs").Peer>} */
async function floor(title, callbacks, hostcall) {
  const file = join(folder, `${title.replace(/\W+/g, "-")}.wasm`);
  await writeFile(file, assemble(callbacks, hostcall));
  return { name: title, kind: "wasm", file, denies: false };
}

/** @param {readonly string[]} callbacks @param {string} [hostcall] made by every callback */
function assemble(callbacks, hostcall) {
  const [from, imported, ...args] = (hostcall === undefined ? undefined : HOSTCALLS[hostcall]) ?? [];
  const types =
    args
      .join(" ")
      .match(/i64(?=\.const)|i32(?=\.const)|local/g)
      ?.map((type) => (type === "i64" ? "i64" : "i32")) ?? [];
  const call = imported === undefined ? "" : `(drop (call $hostcall ${args.join(" ")}))`.repeat(REPEATS);
  const functions = callbacks.map((callback) => {
    const [parameters, result] = CALLBACKS[callback] ?? [0];
    const signature = `(param${" i32".repeat(parameters)})${result === undefined ? "" : " (result i32)"}`;
    return `(func (export "${callback}") ${signature} ${call} ${result === undefined ? "" : `(i32.const ${result})`})`;
  });
  const module = binaryen.parseText(`(module
    ${imported === undefined ? "" : `(import "${from}" "${imported}" (func $hostcall (param ${types.join(" ")}) (result i32)))`}
    (memory (export "memory") 2)
    (data (i32.const ${NAME}) "authorization")
    (data (i32.const 32) "response\\00code_details")
    (global $next (mut i32) (i32.const 0))
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "proxy_on_memory_allocate") (param i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (local.get 0)) (i32.const 0x3fff)))
      (i32.add (i32.const 0x10000) (global.get $next)))
    ${functions.join("\n")})`);
  const binary = module.emitBinary();
  module.dispose();
  return binary;
}
