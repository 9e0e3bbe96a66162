// What a client of ../policies/soak.ts gets, by the behaviour that it asks for.

/** @typedef {{ status: number, body: string, headers: Record<string, string> }} Expected */

/** What the upstream answers: what reached it. @param {string} body @param {Record<string, string>} [seen] @returns {Expected} */
const echo = (body, seen = {}) => ({
  status: 200,
  body,
  headers: { "x-seen-gathered": "", "x-seen-asked": "", ...seen },
});

/** @type {Readonly<Expected>} */
const failed = { status: 500, body: "Internal Server Error\n", headers: {} };

/** The answer to a request with this body, which is lower-case letters. @type {Readonly<Record<string, (body: string) => Expected>>} */
export const behaviours = {
  pass: (body) => echo(body),
  throw: () => failed,
  recurse: () => failed,
  reject: () => failed,
  loop: () => failed,
  deny: () => ({ status: 403, body: "denied", headers: { "x-why": "dice" } }),
  body: (body) => echo(body.toUpperCase(), { "x-seen-gathered": "yes" }),
  "throw-after-body": () => failed,
  "loop-after-body": () => failed,
  stream: (body) => echo(`${body}!`),
  call: (body) => echo(body, { "x-seen-asked": "this" }),
  "call-fails": () => ({ status: 503, body: "nobody answers", headers: {} }),
  "throw-in-response": () => failed,
  replace: () => ({ status: 299, body: "replaced", headers: {} }),
  "response-body": (body) => echo(body.toUpperCase()),
  "response-stream": (body) => echo(body),
};

/** Every request with them has a body: a message without one cannot be given one. */
export const needBody = new Set(["body", "stream", "response-body"]);
