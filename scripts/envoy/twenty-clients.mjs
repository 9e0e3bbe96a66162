// Clients of twenty policies: each sends one request after the other, some go away, and looks at every answer.
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { bad, calm } from "./deeds.mjs";

const answerLimitMilliseconds = 20_000;
const longestBody = 20_000;
/** Of requests: those for which a policy does something bad, and those of clients that go away. */
const badShare = 0.08;
const goneShare = 0.05;

/** @typedef {{ answered: Map<string, number>, gone: number, failures: string[] }} Tally */

/**
 * @param {number} port
 * @param {{ tally: Tally, over: () => boolean, chains: number, length: number }} options policies: so many chains of so many
 */
export async function client(port, { tally, over, chains, length }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let number = 0; !over(); number++) {
    const chain = Math.floor(Math.random() * chains);
    const deeds = Math.random() < badShare ? bad : calm;
    const deed = pick(Object.keys(deeds));
    const position = chain * length + Math.floor(Math.random() * length);
    const id = `${chain}.${number}.${Math.random().toString(36).slice(2)}`;
    const body = "abcdefghij".repeat(longestBody / 10).slice(0, 1 + Math.floor(Math.random() ** 3 * longestBody));
    const headers = { "x-deed": `${position} ${deed}`, "x-id": id };
    if (Math.random() < goneShare) {
      await goAway({ port, path: `/${chain}/x`, headers, agent: false }, body);
      tally.gone++;
      continue;
    }
    // What is answered before the end of a request ends its connection.
    const keeps = deeds === calm && deed !== "deny";
    try {
      const answer = await send({ port, path: `/${chain}/x`, headers, agent: keeps ? agent : false }, body);
      const wrong = problemOf(answer, deeds[deed]?.(body), { id, chain, length });
      if (wrong !== undefined) {
        throw new Error(wrong);
      }
      tally.answered.set(deed, (tally.answered.get(deed) ?? 0) + 1);
    } catch (error) {
      tally.failures.push(`${deed} of ${position}, ${body.length} bytes: ${String(error)}`);
    }
  }
  agent.destroy();
}

/** @typedef {{ status: number, headers: import("node:http").IncomingHttpHeaders, body: string }} Answer */

/**
 * @param {Answer} answer @param {import("./deeds.mjs").Expected | undefined} expected
 * @param {{ id: string, chain: number, length: number }} sent
 */
function problemOf(answer, expected, { id, chain, length }) {
  if (answer.status !== expected?.status) {
    return `status ${answer.status}, expected ${expected?.status}`;
  }
  if (answer.body !== expected.body) {
    return `${answer.body.length} bytes that are not the expected ${expected.body.length}`;
  }
  if (expected.status !== 200) {
    return undefined;
  }
  const positions = Array.from({ length }, (_, index) => chain * length + index);
  const wanted = {
    "x-seen-passed": positions.join(", "),
    "x-ids": positions
      .toReversed()
      .map((position) => `${position}:${id}`)
      .join(", "),
    "x-seen-asked": expected.asked ?? "",
  };
  const [name] = Object.entries(wanted).find(([name, value]) => answer.headers[name] !== value) ?? [];
  return name === undefined ? undefined : `${name}: ${String(answer.headers[name])}`;
}

/** @param {import("node:http").RequestOptions} options @param {string} body @returns {Promise<Answer>} */
async function send(options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", method: "POST", ...options }, (response) => {
      let received = "";
      response.setEncoding("latin1").on("data", (/** @type {string} */ text) => {
        received += text;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
      );
    });
    outgoing.setTimeout(answerLimitMilliseconds, () => outgoing.destroy(new Error("nothing happened")));
    outgoing.on("error", reject);
    outgoing.write(body.slice(0, body.length / 2));
    setImmediate(() => outgoing.end(body.slice(body.length / 2)));
  });
}

/** @param {import("node:http").RequestOptions} options @param {string} body */
async function goAway(options, body) {
  const outgoing = request({ host: "127.0.0.1", method: "POST", ...options });
  outgoing.on("error", () => undefined).on("response", (response) => response.on("error", () => undefined).resume());
  outgoing.write(body);
  await delay(Math.random() * 15);
  outgoing.destroy();
}

/** @template T @param {readonly T[]} values @returns {T} */
function pick(values) {
  return /** @type {T} */ (values[Math.floor(Math.random() * values.length)]);
}
