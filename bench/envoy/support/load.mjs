// Load on an Envoy, and what it cost.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuTimes } from "./processes.mjs";

/** @typedef {"allow" | "deny"} Case */
/**
 * @typedef {object} Slice
 * @property {number} cpu microseconds of Envoy's CPU time a request
 * @property {number} serviceCpu the same of the service that it asks; 0 where there is none
 * @property {number} rate requests a second
 * @property {number} p50 microseconds
 * @property {number} p99 microseconds
 * @property {number} disturbed for how much of the time, from 0 to 1, Envoy had to wait for its core: other load
 */

export const ENVOY_CORE = 0;
export const CLIENT_CORE = 1;
const CONNECTIONS = 32;
const UNITS = { us: 1, ms: 1e3, s: 1e6 };

/**
 * Runs wrk against it.
 * @param {import("./peer-envoy.mjs").PeerEnvoy} envoy @param {Case} kind @param {number} seconds
 * @returns {Promise<Slice>}
 */
export async function load(envoy, kind, seconds) {
  const before = await times(envoy);
  const started = performance.now();
  const { stdout } = await promisify(execFile)("taskset", [
    "--cpu-list",
    String(CLIENT_CORE),
    "wrk",
    "-t1",
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    "--latency",
    ...(kind === "allow" ? ["-H", "authorization: Bearer x"] : []),
    `http://127.0.0.1:${envoy.port}/`,
  ]);
  const elapsed = (performance.now() - started) * 1e3;
  const after = await times(envoy);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const expected = kind === "deny" && envoy.peer.denies ? requests : 0;
  if (!(requests > 0) || refused !== expected || stdout.includes("Socket errors")) {
    throw new Error(`${envoy.peer.name}: wrong answers under load:\n${stdout}\n${envoy.envoy?.errors ?? ""}`);
  }
  return {
    cpu: (after.envoy.running - before.envoy.running) / requests,
    serviceCpu: (after.service.running - before.service.running) / requests,
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50: latency(stdout, "50%"),
    p99: latency(stdout, "99%"),
    disturbed: (after.envoy.waiting - before.envoy.waiting) / elapsed,
  };
}

/** @param {import("./peer-envoy.mjs").PeerEnvoy} envoy */
async function times({ envoy, service }) {
  return {
    envoy: await cpuTimes(envoy?.pid ?? 0),
    service: service === undefined ? { running: 0, waiting: 0 } : await cpuTimes(service.pid),
  };
}

/** @param {string} output @param {string} percentile */
function latency(output, percentile) {
  const [, value, unit] = new RegExp(`\\s${percentile}\\s+([\\d.]+)(us|ms|s)`).exec(output) ?? [];
  return Number(value) * UNITS[/** @type {keyof typeof UNITS} */ (unit)];
}
