/** Requests that try something: to desynchronise, to open a tunnel, to change the protocol, to be no requests. */
import { canary, chunked, wellFormedRequest } from "./requests.mjs";

/** @typedef {import("./random.mjs").Random} Random */

/**
 * Framing that two servers might read differently, with a second request behind it that is a part of the first one's body,
 * or of a message to be refused: in no reading that RFC 9112 allows may it be served (sections 5, 6.1, 6.3, 7.1).
 *
 * @type {readonly ((id: string, hidden: string) => string)[]}
 */
const desynchronising = [
  (id, hidden) => post(id, ["Content-Length: 0", `Content-Length: ${hidden.length}`], hidden),
  (id, hidden) => post(id, [`Content-Length: ${hidden.length}`, "Content-Length: 0"], hidden),
  (id, hidden) => post(id, [`Content-Length: 0, ${hidden.length}`], hidden),
  (id, hidden) => post(id, ["Content-Length: +0"], hidden),
  (id, hidden) => post(id, ["Content-Length: -1"], hidden),
  (id, hidden) => post(id, ["Content-Length: 0x0"], hidden),
  (id, hidden) => post(id, ["Content-Length: 0 0"], hidden),
  (id, hidden) => post(id, ["Content-Length:"], hidden),
  (id, hidden) => post(id, ["Content-Length : 0"], hidden),
  (id, hidden) => post(id, ["Transfer-Encoding : chunked"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: xchunked"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: identity"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: \vchunked"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: chunked"], `-1\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: chunked"], `0x0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: chunked"], `fffffffffffffffff0\r\n\r\n${hidden}`),
  (id, hidden) => post(id, ["Transfer-Encoding: chunked"], `3\r\nabcd\r\n0\r\n\r\n${hidden}`),
  (id, hidden) => `CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\nX-Id: ${id}\r\n\r\n${hidden}`,
];

/** @param {string} id @param {string[]} fields @param {string} body */
function post(id, fields, body) {
  return `POST /plain/${id} HTTP/1.1\r\nHost: a\r\n${fields.join("\r\n")}\r\n\r\n${body}`;
}

/** @param {Random} random @param {string} id */
export function desynchronisingRequest(random, id) {
  return random.pick(desynchronising)(id, canary(id));
}

/** A tunnel, or another protocol; what follows may be anything. @param {Random} random @param {string} id */
export function switchingRequest(random, id) {
  const authority = random.pick(["example.com:443", "127.0.0.1:1", "a:80", "[::1]:22", ":0", "/"]);
  return random.pick([
    () => `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
    () => `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n\x16\x03\x01\x02\x00\x01`,
    () => `CONNECT ${authority} HTTP/1.0\r\n\r\n`,
    () => `CONNECT ${authority} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`,
    () => `CONNECT ${authority} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    () => upgrade(id, "h2c", ["HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"]),
    () => upgrade(id, "websocket", ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]),
    () => `${upgrade(id, "websocket", ["Sec-WebSocket-Key: x"])}\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58`,
    () => upgrade(id, "TLS/1.2, HTTP/3", []),
    () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0`,
    () => `OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n`,
    () => `\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03${"r".repeat(40)}`,
  ])();
}

/** @param {string} id @param {string} protocol @param {string[]} fields */
function upgrade(id, protocol, fields) {
  const lines = [`GET /plain/${id} HTTP/1.1`, "Host: a", "Connection: Upgrade, HTTP2-Settings", `Upgrade: ${protocol}`];
  return `${[...lines, ...fields].join("\r\n")}\r\n\r\n`;
}

/** What is left of a request when bytes of it were lost, changed, or taken from another one. @param {Random} random @param {string} id */
export function mutatedRequest(random, id) {
  let text = random.pick([
    () => wellFormedRequest(random, id).bytes.replaceAll("smuggled", "mutant"),
    () => `GET /plain/${id} HTTP/1.0\r\n\r\n`,
    () => `POST /gather/${id} HTTP/1.0\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody`,
    () => `GET /plain/${id} HTTP/1.1\r\nHost: a\r\n${"X-Many: 1\r\n".repeat(random.int(2_000))}\r\n`,
    () => `GET /plain/${id} HTTP/1.1\r\nHost: a\r\nX-Huge: ${"h".repeat(random.int(90_000))}\r\n\r\n`,
    () =>
      `POST /stream/${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(random, "x".repeat(500))}`,
    () => `GET /plain/${id}\r\n\r\n`,
    () => `GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n`,
    () => `GET /plain/${id} HTTP/3.7\r\nHost: a\r\n\r\n`,
    () => post(id, [" Content-Length: 3"], "abc"),
    () => post(id, ["X: a\r Content-Length: 3"], "abc"),
  ])();
  for (let count = random.int(4); count > 0; count--) {
    text = mutated(random, text);
  }
  return text;
}

const fragments = [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  ":",
  "0\r\n\r\n",
  "HTTP/1.1",
  "Content-Length: 3\r\n",
  "\xff",
  "ffffffff",
];

/** One step of damage, for messages of either direction. @param {Random} random @param {string} text */
export function mutated(random, text) {
  const at = random.int(text.length + 1);
  const length = random.between(1, 1 + random.int(20));
  return random.pick([
    () => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.int(8))) + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + length),
    () => text.slice(0, at) + random.pick(fragments) + text.slice(at),
    () => text.slice(0, at) + text.slice(at, at + length).repeat(2) + text.slice(at + length),
    () => text.slice(0, at),
    () => text.slice(0, at) + text.slice(random.int(text.length + 1)),
  ])();
}
