/** Requests as a client may send them (RFC 9112), and what is known of each. */

/**
 * @typedef {object} SentRequest
 * @property {string} id
 * @property {string} method
 * @property {number} bodyLength
 * @property {string} bytes latin1
 */

/** @typedef {import("./random.mjs").Random} Random */

export const routes = ["plain", "throw", "answer", "gather", "stream", "ask", "chain", "allow", "module"];

const methods = /** @type {const} */ ([
  [50, "GET"],
  [25, "POST"],
  [5, "PUT"],
  [6, "HEAD"],
  [3, "DELETE"],
  [3, "OPTIONS"],
  [2, "PATCH"],
  [1, "PROPFIND"],
]);

const extraFields = [
  "Accept: */*",
  "Cookie: a=b; c=d",
  "X-Empty:",
  "X-Tab:\tvalue\t",
  "X-Bytes: caf\xe9 \xff",
  "Accept-Encoding: gzip, deflate",
  "X-Forwarded-For: 192.0.2.1",
  "Authorization: Bearer x",
  "TE: trailers",
  "Cache-Control: no-cache",
  "X-Comma: a, , b",
];

/** What no upstream must ever be asked for: bodies are full of it. @param {string} id */
export function canary(id) {
  return `GET /smuggled-${id} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

/** A request that every server understands. @param {Random} random @param {string} id @returns {SentRequest} */
export function wellFormedRequest(random, id) {
  const method = random.weighted(methods);
  const head = [`${method} ${target(random, id)} HTTP/1.1`, `Host: ${random.pick(["a", "example.com", "[::1]:80"])}`];
  for (let count = random.int(4); count > 0; count--) {
    head.push(random.pick(extraFields));
  }
  if (random.chance(1)) {
    head.push(`X-Long: ${"v".repeat(random.between(1_000, 30_000))}`);
  }
  if (random.chance(5)) {
    head.push(random.pick(["Connection: close", "Connection: keep-alive", "Connection: x-empty, TE"]));
  }
  const hasBody = method === "POST" || method === "PUT" || method === "PATCH" || random.chance(2);
  if (!hasBody) {
    return { id, method, bodyLength: 0, bytes: `${head.join("\r\n")}\r\n\r\n` };
  }
  const body = bodyText(random, id);
  if (random.chance(4)) {
    head.push("Expect: 100-continue");
  }
  if (random.chance(50)) {
    head.push(`Content-Length: ${body.length}`);
    return { id, method, bodyLength: body.length, bytes: `${head.join("\r\n")}\r\n\r\n${body}` };
  }
  head.push("Transfer-Encoding: chunked");
  const trailers = random.chance(20) ? ["X-Trailer: t", "X-Forwarded-For: 192.0.2.9"] : [];
  return {
    id,
    method,
    bodyLength: body.length,
    bytes: `${head.join("\r\n")}\r\n\r\n${chunked(random, body, trailers)}`,
  };
}

/** As small as requests are. @param {Random} random @param {string} id @returns {SentRequest} */
export function smallRequest(random, id) {
  return { id, method: "GET", bodyLength: 0, bytes: `GET ${target(random, id)} HTTP/1.1\r\nHost: a\r\n\r\n` };
}

/** @param {Random} random @param {string} id */
function target(random, id) {
  const query = random.chance(20) ? random.pick(["?q=1", "?", "?a=%20&b=%C3%A9", "?x=/../y"]) : "";
  return `/${random.pick(routes)}/${id}${query}`;
}

/** @param {Random} random @param {string} id */
function bodyText(random, id) {
  const size = random.weighted([
    [10, 0],
    [60, random.int(200)],
    [28, random.int(5_000)],
    [2, random.int(200_000)],
  ]);
  const text = canary(id);
  return text.repeat(Math.ceil(size / text.length)).slice(0, size);
}

/** @param {Random} random @param {string} body @param {string[]} trailers */
export function chunked(random, body, trailers = []) {
  let text = "";
  for (let start = 0; start < body.length; ) {
    const size = Math.min(body.length - start, random.between(1, Math.max(1, body.length >> random.int(4))));
    const extension = random.chance(10) ? random.pick([";a=b", ";x", ';q="a b"']) : "";
    text += `${size.toString(16)}${extension}\r\n${body.slice(start, start + size)}\r\n`;
    start += size;
  }
  return `${text}0\r\n${trailers.map((line) => `${line}\r\n`).join("")}\r\n`;
}
