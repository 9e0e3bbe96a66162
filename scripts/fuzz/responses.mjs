/** What an upstream makes of a request: a plan of bytes and of what happens to the connection, well-formed or not. */
import { mutated } from "./hostile-requests.mjs";
import { Random } from "./random.mjs";
import { chunked } from "./requests.mjs";

/**
 * @typedef {string | { wait: number } | "reset" | "end" | "destroy"} ResponseStep text is sent as latin1; waits are in milliseconds
 *
 * @typedef {object} ResponsePlan
 * @property {"head" | "whole request"} begin when it begins
 * @property {ResponseStep[]} steps
 * @property {boolean} keepsConnection whether the connection goes on to the next request afterwards
 */

const statuses = /** @type {const} */ ([
  [70, 200],
  [5, 201],
  [5, 204],
  [4, 304],
  [5, 404],
  [5, 500],
  [3, 301],
  [3, 599],
]);

const extraFields = [
  "Server: fuzz",
  "Set-Cookie: a=b",
  "Set-Cookie: c=d; Path=/",
  "X-Empty:",
  "Content-Type: text/plain",
  'ETag: "x"',
  "Cache-Control: no-store",
  "X-Bytes: caf\xe9",
];

/** What no client must ever read as a response: bodies are full of it. */
const canary = "HTTP/1.1 299 Smuggled\r\nX-Fuzz-Id: smuggled\r\n\r\n";

/** @param {number} seed @param {string} id @param {string} method @returns {ResponsePlan} */
export function responsePlan(seed, id, method) {
  const random = new Random(seed, `response ${id}`);
  const response = wellFormedResponse(random, id, method);
  const at = random.int(response.text.length + 1);
  const [before, after] = [response.text.slice(0, at), response.text.slice(at)];
  const begin = random.chance(20) ? "head" : "whole request";
  /** @param {ResponseStep[]} steps @param {boolean} [keepsConnection] @returns {ResponsePlan} */
  const plan = (steps, keepsConnection = false) => ({ begin, steps, keepsConnection });
  return random.weighted([
    [64, () => plan(response.closes ? [response.text, "end"] : [response.text], !response.closes)],
    [6, () => plan([before, { wait: random.int(10) }, after, ...(response.closes ? ["end"] : [])], !response.closes)],
    [3, () => plan([interim(random) + response.text], !response.closes)],
    [4, () => plan([before, "reset"])],
    [3, () => plan([before, "end"])],
    [3, () => plan([before, "destroy"])],
    [2, () => plan(["reset"])],
    [2, () => plan([response.text, "reset"])],
    [6, () => plan([withoutName(mutated(random, mutated(random, response.text))), { wait: 20 }, "destroy"])],
    [2, () => plan([response.text + wellFormedResponse(random, `stray-${id}`, "GET").text, { wait: 5 }], true)],
    [2, () => plan([random.pick(oddities)(id), { wait: 20 }, "end"])],
    [1, () => plan([before, { wait: 700 }, "destroy"])],
  ])();
}

/** @param {Random} random */
function interim(random) {
  return random.pick([
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
    "HTTP/1.1 102 Processing\r\n\r\n".repeat(random.between(1, 20)),
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
  ]);
}

/** @type {readonly ((id: string) => string)[]} */
const oddities = [
  () => "HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n",
  () => "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
  () => "HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n",
  () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
  () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  () => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
  () => "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
  () => "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd",
  () => "HTTP/1.1 200 OK\r\nTrailer: X-T\r\nContent-Length: 3\r\n\r\nabc",
  () => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  () => `HTTP/1.1 200 OK\r\n${"X-Many: 1\r\n".repeat(3_000)}Content-Length: 0\r\n\r\n`,
  () => `HTTP/1.1 200 OK\r\nX-Huge: ${"h".repeat(100_000)}\r\nContent-Length: 0\r\n\r\n`,
  () => "HTTP/1.0 200 OK\r\n\r\nuntil the end",
  () => "ICY 200 OK\r\n\r\n",
  () => "<html>no HTTP at all</html>",
  () => "\0\0\0\x04\0\0\0\0\0",
];

/** @param {string} text */
function withoutName(text) {
  return text.replaceAll(/X-Fuzz-[^\r]*\r\n/g, "");
}

/** @param {Random} random @param {string} id @param {string} method @returns {{ text: string, closes: boolean }} */
function wellFormedResponse(random, id, method) {
  const status = random.weighted(statuses);
  const head = [`HTTP/1.1 ${status} ${random.pick(["OK", "", "caf\xe9 au lait"])}`, `X-Fuzz-Id: ${id}`];
  for (let count = random.int(4); count > 0; count--) {
    head.push(random.pick(extraFields));
  }
  if (status === 204 || status === 304) {
    return { text: `${head.join("\r\n")}\r\n\r\n`, closes: false };
  }
  const size = random.weighted([
    [10, 0],
    [70, random.int(300)],
    [18, random.int(10_000)],
    [2, random.int(300_000)],
  ]);
  const body = canary.repeat(Math.ceil(size / canary.length)).slice(0, size);
  const framing = random.weighted([
    [50, "length"],
    [40, "chunked"],
    [10, "close"],
  ]);
  if (framing !== "close") {
    // The end of a connection ends a body wherever it comes: that this one is too short nobody can tell.
    head.push(`X-Fuzz-Length: ${size}`);
  }
  if (framing === "length") {
    head.push(`Content-Length: ${size}`);
  } else if (framing === "chunked") {
    head.push("Transfer-Encoding: chunked");
  } else {
    head.push("Connection: close");
  }
  const start = `${head.join("\r\n")}\r\n\r\n`;
  if (method === "HEAD") {
    return { text: start, closes: framing === "close" };
  }
  const trailers = random.chance(20) ? ["X-Trailer: t"] : [];
  return {
    text: start + (framing === "chunked" ? chunked(random, body, trailers) : body),
    closes: framing === "close",
  };
}
