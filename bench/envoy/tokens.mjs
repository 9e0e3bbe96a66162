// Tokens that are all different, good ones, forged ones and what is none, on Envoy with a policy that verifies them. See ../README.md.
//
//   node bench/envoy/tokens.mjs [--tokens 200000]
//
// Fails when a token is answered as another kind is, or when memory grows. Needs what run.mjs needs.
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { CaseEnvoy } from "./support/case-envoy.mjs";
import { tokenPeers } from "./support/case-peers.mjs";
import { growth, readMemory } from "./support/envoy-memory.mjs";
import { forged, goodTokens, jwks } from "./support/jwt-tokens.mjs";

const { values } = parseArgs({ options: { tokens: { type: "string", default: "200000" } } });
const total = Number(values.tokens);
/** MiB by which memory may grow from the second quarter of the tokens to the last. */
const LIMITS = { resident: 2, wasm: 0.125 };
const CONNECTIONS = 16;
const BATCH = 2_000;

const peer = (await tokenPeers(jwks)).find(({ name }) => name === "sluice");
if (peer === undefined) {
  throw new Error("There is no peer that is called sluice.");
}
const envoy = await CaseEnvoy.start(peer, `Bearer ${goodTokens("ES256", 1)[0]}`);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
/** @type {import("./support/envoy-memory.mjs").MemorySample[]} */
const samples = [];
const statuses = { 200: 0, 401: 0 };
const started = performance.now();
try {
  for (let sent = 0; sent < total; sent += BATCH) {
    await sendAll(batch());
    samples.push({ seconds: (performance.now() - started) / 1e3, ...(await readMemory(envoy.envoy.pid)) });
  }
} finally {
  agent.destroy();
  await envoy.stop();
}
report();

/** As many of each kind. @returns {(readonly [token: string, status: 200 | 401])[]} */
function batch() {
  const good = goodTokens("ES256", BATCH / 4);
  const random = () => [30, 120, 64].map((length) => randomBytes(length).toString("base64url")).join(".");
  /** @param {string} token @returns {readonly [string, 401]} */
  const refused = (token) => [token, 401];
  return [
    ...good.map((token) => /** @type {const} */ ([token, 200])),
    ...forged(good).map(refused),
    ...good.map(random).map(refused),
    ...good.map((_, index) => randomBytes(index * 10).toString("base64url")).map(refused),
  ];
}

/** @param {readonly (readonly [token: string, status: 200 | 401])[]} tokens */
async function sendAll(tokens) {
  let next = 0;
  const sendInTurn = async () => {
    for (let at = next++; at < tokens.length; at = next++) {
      const [token, expected] = tokens[at] ?? ["", 401];
      const status = await send(token);
      if (status !== expected) {
        throw new Error(`A token was answered ${status}, not ${expected}.`);
      }
      statuses[expected]++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendInTurn));
}

/** @param {string} token @returns {Promise<number | undefined>} */
function send(token) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const asked = request({ host: "127.0.0.1", port: envoy.port, path: "/x", headers, agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    asked.setTimeout(30_000, () => asked.destroy(new Error("Nothing happened for 30 s."))).on("error", reject);
    asked.end();
  });
}

function report() {
  console.log(`${statuses[200]} good tokens passed, ${statuses[401]} others were refused`);
  for (const key of /** @type {const} */ (["resident", "wasm"])) {
    const { grown } = growth(samples, key);
    console.log(
      `${key} memory: ${samples[0]?.[key].toFixed(1)} MiB after ${BATCH}, ${samples.at(-1)?.[key].toFixed(1)} at the end, ` +
        `${grown.toFixed(2)} from the second quarter to the last`,
    );
    if (!(grown <= LIMITS[key])) {
      console.error(`FAILED: ${key} memory has grown by more than ${LIMITS[key]} MiB`);
      process.exitCode = 1;
    }
  }
}
