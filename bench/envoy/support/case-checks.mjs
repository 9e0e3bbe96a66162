// What peers of a case have to do before it is worth measuring them.
import { CaseEnvoy } from "./case-envoy.mjs";
import { limitPeers, oneForAll } from "./case-peers.mjs";
import { get } from "./get.mjs";

/** @typedef {import("./case-peers.mjs").CasePeer} CasePeer */

/** Each limiter with a limit of three: the fourth request of a client is refused, and another client's first is not. @param {string | undefined} before */
export async function verifyLimits(before) {
  const [, ...limiters] = await limitPeers(3, before);
  for (const peer of limiters) {
    // The request that showed that it has started counts for all where there is one quota.
    const shared = peer.name === oneForAll;
    const expected = shared ? "200 200 429 429 429" : "200 200 200 429 200";
    await withEnvoy(peer, async ({ port }) => {
      /** @type {number[]} */
      const statuses = [];
      for (const client of ["a", "a", "a", "a", "b"]) {
        statuses.push((await get(port, { "x-client": client })).status);
      }
      expect(peer.name, expected, statuses.join(" "));
    });
  }
}

/** @param {readonly CasePeer[]} peers */
export async function verifyCacheHit(peers) {
  for (const peer of peers) {
    await withEnvoy(peer, async ({ port }) => {
      const { status, body } = await get(port, { authorization: "Bearer x" });
      expect(peer.name, peer.name === "cache-hit" ? "200 kept" : "200 ok", `${status} ${body}`);
    });
  }
}

/** @param {CasePeer} peer @param {(envoy: CaseEnvoy) => Promise<void>} check */
async function withEnvoy(peer, check) {
  const envoy = await CaseEnvoy.start(peer);
  try {
    await check(envoy);
  } finally {
    await envoy.stop();
  }
}

/** @param {string} name @param {string} expected @param {string} got */
function expect(name, expected, got) {
  if (got !== expected) {
    throw new Error(`${name}: wrong answers: expected ${expected}, got ${got}.`);
  }
}
