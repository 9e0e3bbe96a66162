// Policies that do more than allow or deny, and chains of them, in Envoy: CPU time over an Envoy without them. See ../README.md.
//
//   node bench/envoy/cases.mjs [edit] [json] [limit] [cache-hit] [jwt] [jwt-own] [chain-allow] [chain-edit] [starts] [--rounds 7] [--seconds 1] [--before <checkout>]
//
// `--before` adds the same policies as another checkout of Sluice, built, compiles them, natively with its library, too. Needs what run.mjs needs.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { verifyCacheHit, verifyLimits } from "./support/case-checks.mjs";
import { CaseEnvoy } from "./support/case-envoy.mjs";
import { cachePeers, chainPeers, limitPeers, ownTokenPeers, singlePeers, tokenPeers } from "./support/case-peers.mjs";
import { forged, goodTokens, jwks, malformed, ownJwks } from "./support/jwt-tokens.mjs";
import { residentMebibytes } from "./support/processes.mjs";
import { median } from "./support/statistics.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "1" },
    before: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const folder = await mkdtemp(join(tmpdir(), "sluice-cases-"));

const head = 'wrk.headers["x-internal"]="z"\nwrk.headers["authorization"]="z"\n';
/** Ten thousand clients in turn. */
const clients = `local turn=0
request=function() turn=turn+1 wrk.headers["x-client"]="client-"..turn%10000 return wrk.format() end
`;
/** More than anybody asks for in a run. */
const unlimited = 4_000_000_000;
/** @type {Record<string, () => Promise<void>>} */
const cases = {
  edit: async () => compare("edit", await singlePeers("edit", values.before), head, 32),
  json: async () => {
    const peers = await singlePeers("json", values.before);
    for (const kilobytes of [1, 10, 100]) {
      await compare(`json, ${kilobytes} KB`, peers, posting(chat(kilobytes * 1_000)), 8);
    }
  },
  limit: async () => {
    await verifyLimits(values.before);
    await compare("limit, 10,000 clients", await limitPeers(unlimited, values.before), clients, 32);
  },
  "cache-hit": async () => {
    const peers = await cachePeers();
    await verifyCacheHit(peers);
    await compare("cache hit", peers, head, 32);
  },
  jwt: compareTokens,
  "jwt-own": compareOwnTokens,
  "chain-allow": async () => compare("5 × allow", await chainPeers("allow", 5, values.before), head, 32),
  "chain-edit": async () => compare("5 × edit", await chainPeers("edit", 5, values.before), head, 32),
  starts: async () => compareStarts("20 policies", await chainPeers("edit", 20)),
};

try {
  for (const name of positionals.length === 0 ? Object.keys(cases) : positionals) {
    const run = cases[name];
    if (run === undefined) {
      throw new Error(`There is no case ${name}; there are ${Object.keys(cases).join(", ")}.`);
    }
    await run();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * Rounds are interleaved, each begins with another peer; differences are medians of those round by round.
 * @param {string} title @param {readonly import("./support/case-peers.mjs").CasePeer[]} peers
 * @param {string} script of wrk @param {number} connections
 * @param {{ authorization?: string, refuses?: readonly string[] }} [expected] with what requests pass, and who refuses those of the load
 */
async function compare(title, peers, script, connections, { authorization = "Bearer x", refuses = [] } = {}) {
  const file = join(folder, "load.lua");
  await writeFile(file, script);
  /** @type {CaseEnvoy[]} */
  const envoys = [];
  try {
    for (const peer of peers) {
      envoys.push(await CaseEnvoy.start(peer, authorization));
    }
    /** @param {CaseEnvoy} envoy @param {number} time */
    const load = (envoy, time) =>
      envoy.load(file, { seconds: time, connections, refused: refuses.includes(envoy.name) });
    /** @type {Map<CaseEnvoy, number[]>} */
    const slices = new Map(envoys.map((envoy) => [envoy, []]));
    for (const envoy of envoys) {
      await load(envoy, 1);
    }
    for (let round = 0; round < rounds; round++) {
      const first = round % envoys.length;
      for (const envoy of [...envoys.slice(first), ...envoys.slice(0, first)]) {
        slices.get(envoy)?.push(await load(envoy, seconds));
      }
    }
    const [none = []] = slices.values();
    // The lowest are what a machine tells that is slowed down by others now and then.
    console.log(`\n| ${title} | CPU µs/request | over none | lowest, over none's lowest |\n|---|---|---|---|`);
    for (const [{ name }, own] of slices) {
      const over = median(own.map((cpu, round) => cpu - (none[round] ?? Number.NaN)));
      const overLowest = Math.min(...own) - Math.min(...none);
      console.log(`| ${name} | ${median(own).toFixed(1)} | ${over.toFixed(1)} | ${overLowest.toFixed(1)} |`);
    }
  } finally {
    for (const envoy of envoys) {
      await envoy.stop();
    }
  }
}

/** Tokens in turn, more than verifiers keep; one token; tokens that others have signed; and what is no token. */
async function compareTokens() {
  const peers = await tokenPeers(jwks);
  const refuses = ["sluice", "jwt_authn", "rust-jwt", "rust-jwt-host"];
  for (const algorithm of /** @type {const} */ (["RS256", "ES256"])) {
    const good = goodTokens(algorithm, 4_000);
    const authorization = `Bearer ${good[0]}`;
    await compare(`${algorithm}, 4,000 tokens`, peers, inTurn(good), 32, { authorization });
    await compare(`${algorithm}, one token`, peers, inTurn(good.slice(0, 1)), 32, { authorization });
    await compare(`${algorithm}, 4,000 forged tokens`, peers, inTurn(forged(good)), 32, { authorization, refuses });
  }
  const [token = ""] = goodTokens("ES256", 1);
  for (const [what, text] of Object.entries(malformed())) {
    await compare(what, peers, inTurn([text]), 32, { authorization: `Bearer ${token}`, refuses });
  }
}

/** Tokens of algorithms that a module verifies by itself, since its host has none of them. */
async function compareOwnTokens() {
  const peers = await ownTokenPeers(ownJwks);
  for (const algorithm of /** @type {const} */ (["PS256", "EdDSA"])) {
    const good = goodTokens(algorithm, 2_000);
    await compare(`${algorithm}, 2,000 tokens`, peers, inTurn(good), 32, { authorization: `Bearer ${good[0]}` });
  }
}

/** @param {readonly string[]} tokens */
function inTurn(tokens) {
  const list = tokens.map((token) => `"Bearer ${token}"`).join(",\n");
  return `local turn,tokens=0,{${list}}
request=function() turn=turn+1 wrk.headers["authorization"]=tokens[turn%#tokens+1] return wrk.format() end
`;
}

/** A fresh Envoy for each peer and round. @param {string} title @param {readonly import("./support/case-peers.mjs").CasePeer[]} peers */
async function compareStarts(title, peers) {
  const file = join(folder, "load.lua");
  await writeFile(file, head);
  /** @type {Map<string, { start: number[], memory: number[] }>} */
  const results = new Map(peers.map(({ name }) => [name, { start: [], memory: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const envoy = await CaseEnvoy.start(peer);
      try {
        await envoy.load(file, { seconds: 1, connections: 32 });
        results.get(peer.name)?.start.push(envoy.startMilliseconds);
        results.get(peer.name)?.memory.push(await residentMebibytes(envoy.envoy.pid));
      } finally {
        await envoy.stop();
      }
    }
  }
  console.log(`\n| ${title} | start to first good answer, ms | memory, MiB |\n|---|---|---|`);
  for (const [name, { start, memory }] of results) {
    console.log(`| ${name} | ${median(start).toFixed(0)} | ${median(memory).toFixed(1)} |`);
  }
}

/** A conversation of about that many bytes, as JSON. @param {number} bytes */
function chat(bytes) {
  /** @type {unknown[]} */
  const messages = [];
  let text = "";
  for (let id = 0; text.length < bytes; id++) {
    const content = `message ${id} ${"lorem ipsum dolor ".repeat(5)}`;
    messages.push({ role: "user", content, meta: { id, tags: ["a", "b"], score: id * 0.5 } });
    text = JSON.stringify({ model: "m", messages });
  }
  return text;
}

/** @param {string} body */
function posting(body) {
  return `wrk.method="POST"\nwrk.body=[==[${body}]==]\nwrk.headers["content-type"]="application/json"\n`;
}
