// The measurements: interleaved, so that a machine that changes changes for all.
import { ENVOY_CORE, load } from "./load.mjs";
import { PeerEnvoy } from "./peer-envoy.mjs";
import { pin, residentMebibytes } from "./processes.mjs";

/** @typedef {import("./peers.mjs").Peer} Peer */
/** @typedef {import("./load.mjs").Slice} Slice */
/** @typedef {import("./load.mjs").Case} Case */
/** @typedef {{ milliseconds: number, mebibytes: number }} Start */

const WARM_UP_SECONDS = 1;

/**
 * Start and memory: a fresh Envoy for each peer and round.
 * @param {readonly Peer[]} peers @param {{ rounds: number, log: (line: string) => void }} options
 */
export async function measureStarts(peers, { rounds, log }) {
  /** @type {Map<Peer, Start[]>} */
  const results = new Map(peers.map((peer) => [peer, []]));
  for (let round = 0; round < rounds; round++) {
    for (const peer of rotated(peers, round)) {
      const envoy = await PeerEnvoy.start(peer);
      try {
        for (const kind of cases(round)) {
          await load(envoy, kind, WARM_UP_SECONDS);
        }
        results
          .get(peer)
          ?.push({ milliseconds: envoy.startMilliseconds, mebibytes: await residentMebibytes(envoy.pid) });
      } finally {
        await envoy.stop();
      }
    }
    log(`starts: round ${round + 1} of ${rounds}`);
  }
  return results;
}

/**
 * CPU, rate and latency: short slices over Envoys that live all the while, which resolves small differences best.
 * @param {readonly Peer[]} peers @param {{ rounds: number, seconds: number, log: (line: string) => void }} options
 */
export async function measureLoad(peers, { rounds, seconds, log }) {
  /** @type {Map<Peer, Record<Case, Slice[]>>} */
  const results = new Map(peers.map((peer) => [peer, { allow: [], deny: [] }]));
  /** @type {PeerEnvoy[]} */
  const envoys = [];
  try {
    for (const peer of peers) {
      envoys.push(await PeerEnvoy.start(peer));
    }
    for (const envoy of envoys) {
      await pin(envoy.pid, ENVOY_CORE);
      for (const kind of cases(0)) {
        await load(envoy, kind, WARM_UP_SECONDS);
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const envoy of rotated(envoys, round)) {
        for (const kind of cases(round)) {
          results.get(envoy.peer)?.[kind].push(await load(envoy, kind, seconds));
        }
      }
      log(`load: round ${round + 1} of ${rounds}`);
    }
  } finally {
    for (const envoy of envoys) {
      await envoy.stop();
    }
  }
  return results;
}

/** Each round begins with another one, so that none always runs on a warm or a cold machine. @template T @param {readonly T[]} all @param {number} round */
function rotated(all, round) {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** @param {number} round @returns {Case[]} */
function cases(round) {
  return round % 2 === 0 ? ["allow", "deny"] : ["deny", "allow"];
}
