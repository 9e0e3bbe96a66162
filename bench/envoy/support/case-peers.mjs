// The peers of each case: filters that do the same in several technologies, and as one module or as several.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { jwtAuthentication, localRateLimit, luaFilter, nativeFilter, wasmFilter } from "./bootstrap.mjs";
import { buildRust, built, sources } from "./peers.mjs";
import { compileAllNativeTo, compileNativeTo } from "./policy-module.mjs";

/** @typedef {{ name: string, filters: readonly import("./bootstrap.mjs").Json[] }} CasePeer */
/** @typedef {"allow" | "edit" | "json" | "limit" | "cache-hit" | "jwt" | "jwt-own"} Behaviour */

const root = fileURLToPath(new URL("../../../", import.meta.url));
const policies = {
  allow: "examples/stop-request/policy.ts",
  edit: "bench/envoy/policies/edit.ts",
  json: "bench/envoy/policies/json.ts",
  limit: "bench/envoy/policies/limit.ts",
  "cache-hit": "bench/envoy/policies/cache-hit.ts",
  jwt: "bench/envoy/policies/jwt.ts",
  "jwt-own": "bench/envoy/policies/jwt-own.ts",
};
const sluice = { partialRequests: "prevent" };
/** The limiter that has one quota for all clients. */
export const oneForAll = "local_ratelimit";

/**
 * One policy, beside peers; `--before` adds the same policy as that checkout compiles it.
 * @param {Behaviour} behaviour @param {string | undefined} before @returns {Promise<CasePeer[]>}
 */
export async function singlePeers(behaviour, before) {
  const file = join(built, `case-${behaviour}.wasm`);
  await compileEach(root, [join(root, policies[behaviour])], [file]);
  const native = join(built, `case-${behaviour}.native`);
  await compileNativeTo(new URL(policies[behaviour], new URL("../../../", import.meta.url)), native);
  const peers = [
    { name: "none", filters: [] },
    { name: "sluice", filters: [filterOf(0, file)] },
    { name: "native", filters: [nativeFilter("native", native, { config: {}, sluice })] },
  ];
  if (before !== undefined) {
    const former = join(built, `case-${behaviour}-before.wasm`);
    await compileEach(resolve(before), [join(root, policies[behaviour])], [former]);
    peers.push({ name: "sluice, before", filters: [filterOf(0, former)] });
    const formerNative = join(built, `case-${behaviour}-before.native`);
    await compileNativeTo(pathToFileURL(join(root, policies[behaviour])), formerNative, before);
    const filter = nativeFilter("native", formerNative, { config: {}, sluice }, before);
    peers.push({ name: "native, before", filters: [filter] });
  }
  const rust = behaviour === "allow" ? "rust-sdk" : `rust-${behaviour}`;
  peers.push({ name: rust, filters: [wasmFilter(rust, await buildRust(rust), {})] });
  if (behaviour === "edit") {
    peers.push({ name: "lua", filters: [await luaFilter(join(sources, "lua", "edit.lua"))] });
  }
  return peers;
}

/**
 * `count` policies, each of a file of its own: in one module, natively, and each in a module and a filter of its own; `--before` adds the first two as
 * that checkout compiles them.
 * @param {Behaviour} behaviour @param {number} count @param {string} [before] @returns {Promise<CasePeer[]>}
 */
export async function chainPeers(behaviour, count, before) {
  const folder = join(built, `chain-${behaviour}`);
  await mkdir(folder, { recursive: true });
  const indices = [...Array(count).keys()];
  const files = indices.map((index) => join(folder, `${behaviour}-${index}.ts`));
  for (const file of files) {
    await copyFile(join(root, policies[behaviour]), file);
  }
  const modules = indices.map((index) => join(folder, `${index}.wasm`));
  await compileEach(root, files, modules);
  const located = files.map((file, index) => ({ file, name: `policy-${index}` }));
  const whole = join(folder, "whole.wasm");
  await compileWhole(root, located, whole);
  const native = join(folder, "whole.native");
  await compileAllNativeTo(located, native);
  const nativeOne = join(folder, "0.native");
  await compileNativeTo(pathToFileURL(files[0] ?? ""), nativeOne);
  const uses = located.map(({ name }, index) => ({
    policy: name,
    config: {},
    sluice: { ...sluice, name: `use-${index}` },
  }));
  const configuration = { sluice: { uses, buffers: "ours" } };
  const peers = [
    { name: "none", filters: [] },
    { name: "one module", filters: [wasmFilter("chain", whole, configuration)] },
    { name: "one policy", filters: [filterOf(0, modules[0] ?? "")] },
    { name: "native", filters: [nativeFilter("chain", native, configuration)] },
    { name: "native, one policy", filters: [nativeFilter("native", nativeOne, { config: {}, sluice })] },
    { name: `${count} modules`, filters: modules.map((file, index) => filterOf(index, file)) },
  ];
  if (before !== undefined) {
    const former = join(folder, "whole-before.wasm");
    await compileWhole(resolve(before), located, former);
    peers.push({ name: "one module, before", filters: [wasmFilter("chain", former, configuration)] });
    const formerNative = join(folder, "whole-before.native");
    await compileAllNativeTo(located, formerNative, before);
    peers.push({ name: "native, before", filters: [nativeFilter("chain", formerNative, configuration, before)] });
  }
  return peers;
}

/**
 * Limiters that allow each client so many requests an hour.
 * @param {number} limit @param {string | undefined} before @returns {Promise<CasePeer[]>}
 */
export async function limitPeers(limit, before) {
  const peers = [
    { name: "none", filters: [] },
    { name: "sluice", filters: [filterOf(0, await compileAt(root, "limit", "case-limit"), { limit })] },
  ];
  if (before !== undefined) {
    const former = await compileAt(resolve(before), "limit", "case-limit-before");
    peers.push({ name: "sluice, before", filters: [filterOf(0, former, { limit })] });
  }
  peers.push(
    { name: "rust-limit", filters: [wasmFilter("rust-limit", await buildRust("rust-limit"), limit)] },
    { name: oneForAll, filters: [localRateLimit(limit)] },
  );
  return peers;
}

/** A policy that answers with what it keeps, beside the one that lets pass. @returns {Promise<CasePeer[]>} */
export async function cachePeers() {
  return [
    { name: "none", filters: [] },
    { name: "allow", filters: [filterOf(0, await compileAt(root, "allow", "case-allow"))] },
    { name: "cache-hit", filters: [filterOf(0, await compileAt(root, "cache-hit", "case-cache-hit"))] },
  ];
}

/** Who lets those pass that have a token of the issuer with these keys, beside the policy that looks at no token. @param {string} jwks @returns {Promise<CasePeer[]>} */
export async function tokenPeers(jwks) {
  return [
    { name: "none", filters: [] },
    { name: "allow", filters: [filterOf(0, await compileAt(root, "allow", "case-allow"))] },
    { name: "sluice", filters: [filterOf(0, await compileAt(root, "jwt", "case-jwt"), { jwks })] },
    { name: "jwt_authn", filters: [jwtAuthentication(jwks)] },
    await rustTokenPeer("rust-jwt", jwks),
    await rustTokenPeer("rust-jwt-host", jwks),
  ];
}

/** The same with keys of algorithms that modules verify by themselves. @param {string} jwks @returns {Promise<CasePeer[]>} */
export async function ownTokenPeers(jwks) {
  return [
    { name: "none", filters: [] },
    { name: "sluice", filters: [filterOf(0, await compileAt(root, "jwt-own", "case-jwt-own"), { jwks })] },
    { name: "jwt_authn", filters: [jwtAuthentication(jwks)] },
  ];
}

/** @param {string} name @param {string} jwks @returns {Promise<CasePeer>} */
async function rustTokenPeer(name, jwks) {
  return { name, filters: [wasmFilter(name, await buildRust(name), JSON.parse(jwks))] };
}

/** @param {string} checkout @param {Behaviour} behaviour @param {string} name of the module's file */
async function compileAt(checkout, behaviour, name) {
  const file = join(built, `${name}.wasm`);
  await mkdir(built, { recursive: true });
  await compileEach(checkout, [join(root, policies[behaviour])], [file]);
  return file;
}

/** @param {number} index @param {string} file @param {import("./bootstrap.mjs").Json} [config] */
function filterOf(index, file, config = {}) {
  return wasmFilter(`use-${index}`, file, { config, sluice: { ...sluice, name: `use-${index}` } });
}

/** By the compiler of that checkout. @param {string} checkout @param {readonly string[]} files @param {readonly string[]} modules */
async function compileEach(checkout, files, modules) {
  const { compilePolicy } = await compilerOf(checkout);
  for (const [index, file] of files.entries()) {
    await writeFile(modules[index] ?? "", (await compilePolicy(file)).wasm);
  }
}

/** @param {string} checkout @param {readonly import("../../../src/config/located-policy.js").LocatedPolicy[]} policies @param {string} module */
async function compileWhole(checkout, policies, module) {
  const { compileModule } = await compilerOf(checkout);
  await writeFile(module, (await compileModule(policies)).wasm);
}

/** @param {string} checkout with a build @returns {Promise<typeof import("../../../src/compiler/build-module.js")>} */
function compilerOf(checkout) {
  return import(join(checkout, "dist/compiler/build-module.js"));
}
