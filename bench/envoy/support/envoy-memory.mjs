// The memory of an Envoy over time.
import { readFile } from "node:fs/promises";
import { median } from "./statistics.mjs";

const MEBIBYTE = 1_048_576;
/** V8 reserves at least so much behind a module's memory. */
const RESERVED = 2 ** 31;

/** @typedef {{ seconds: number, resident: number, wasm: number }} MemorySample */

/**
 * Resident memory, and what the linear memories of all instances of modules take, in MiB.
 * @param {number} pid
 * @param {boolean} [native] there are no modules
 */
export async function readMemory(pid, native = false) {
  const resident = Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  let wasm = 0;
  /** @type {{ from: number, to: number } | undefined} */
  let writable;
  for (const [, start = "", end = "", access = ""] of (await readFile(`/proc/${pid}/maps`, "utf8")).matchAll(
    /^(\w+)-(\w+) (\S+)/gm,
  )) {
    const [from, to] = [Number.parseInt(start, 16), Number.parseInt(end, 16)];
    if (access === "---p" && to - from >= RESERVED && writable?.to === from) {
      wasm += (writable.to - writable.from) / MEBIBYTE;
    }
    writable = access === "rw-p" ? { from, to } : undefined;
  }
  if (wasm === 0 && !native) {
    throw new Error("No memory of a module was found in the process.");
  }
  return { resident, wasm };
}

/**
 * What has grown from the second quarter of the time to the last, and the slope a minute in the second half, in MiB.
 * @template {string} Key
 * @param {readonly ({ seconds: number } & Record<Key, number>)[]} samples @param {Key} key
 */
export function growth(samples, key) {
  const quarter = (/** @type {number} */ index) =>
    median(
      samples
        .slice(Math.floor((samples.length * index) / 4), Math.floor((samples.length * (index + 1)) / 4))
        .map((sample) => sample[key]),
    );
  return {
    grown: quarter(3) - quarter(1),
    slope: slope(samples.slice(samples.length >> 1).map((sample) => [sample.seconds / 60, sample[key]])),
  };
}

/** Least squares. @param {readonly (readonly [x: number, y: number])[]} points */
function slope(points) {
  const mean = (/** @type {0 | 1} */ axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
