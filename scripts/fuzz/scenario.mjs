/** What one client does on one connection, made from the seed and its number alone. */
import { desynchronisingRequest, mutatedRequest, switchingRequest } from "./hostile-requests.mjs";
import { messageId } from "./message-id.mjs";
import { Random } from "./random.mjs";
import { smallRequest, wellFormedRequest } from "./requests.mjs";

/**
 * @typedef {object} Scenario
 * @property {{ bytes: string, wait: number }[]} writes in latin1; each after its wait in milliseconds, -1 for none at all
 * @property {import("./requests.mjs").SentRequest[]} requests those that are well-formed and come before everything else
 * @property {boolean} wellFormed nothing else comes
 * @property {number} messages
 * @property {boolean} reads whether it reads what comes
 * @property {"wait" | "reset" | "end" | "destroy"} ending what it does after the last write; `wait`: until all responses are there
 * @property {number} patience milliseconds until it gives up
 * @property {boolean} mustEnd it is the gateway's fault when it has to give up
 */

/** Requests that are sent at once. */
const burst = 60;
/** Far longer than all limits of the gateway together, on a machine that does much else: who waits so long waits for ever. */
const longestWait = 60_000;

/** @param {number} seed @param {number} number @returns {Scenario} */
export function scenario(seed, number) {
  const random = new Random(seed, `scenario ${number}`);
  const kind = random.weighted(
    /** @type {const} */ ([
      [52, "usual"],
      [8, "burst"],
      [22, "mutated"],
      [8, "desynchronising"],
      [10, "switching"],
    ]),
  );
  const name = (/** @type {number} */ index) => messageId(seed, number * 1_000 + index);
  const count = kind === "burst" ? random.between(10, burst) : kind === "usual" ? random.between(1, 5) : random.int(3);
  const requests = Array.from({ length: count }, (_, index) =>
    kind === "burst" ? smallRequest(random, name(index)) : wellFormedRequest(random, name(index)),
  );
  const texts = requests.map(({ bytes }) => bytes);
  if (kind === "mutated") {
    texts.push(mutatedRequest(random, name(count)));
  } else if (kind === "desynchronising") {
    texts.push(desynchronisingRequest(random, name(count)));
  } else if (kind === "switching") {
    texts.push(switchingRequest(random, name(count)));
    if (random.chance(50)) {
      texts.push(smallRequest(random, name(count + 1)).bytes);
    }
  }
  const wellFormed = kind === "usual" || kind === "burst";
  const ending = random.weighted(
    /** @type {const} */ ([
      [wellFormed ? 70 : 45, "wait"],
      [18, "reset"],
      [10, "end"],
      [8, "destroy"],
    ]),
  );
  const reads = !random.chance(kind === "burst" ? 15 : 2);
  return {
    writes: writes(random, texts.join("")),
    requests,
    wellFormed,
    messages: texts.length,
    reads,
    ending,
    patience: wellFormed && reads ? longestWait : random.between(50, 400),
    mustEnd: wellFormed && reads,
  };
}

/** @param {Random} random @param {string} text */
function writes(random, text) {
  const parts = random.weighted([
    [70, 1],
    [20, random.between(2, 4)],
    [10, random.between(5, 20)],
  ]);
  const slow = random.chance(25);
  const cuts = Array.from({ length: parts - 1 }, () => random.int(text.length + 1)).sort((a, b) => a - b);
  // A client that goes away in the middle of a message is one that has a last cut, and nothing behind it.
  const end = random.chance(12) ? random.int(text.length + 1) : text.length;
  return [...cuts, text.length].map((cut, index) => ({
    bytes: text.slice(Math.min(cuts[index - 1] ?? 0, end), Math.min(cut, end)),
    wait: index === 0 ? -1 : slow ? random.int(8) : 0,
  }));
}
