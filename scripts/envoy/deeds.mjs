// What a client of policies/of-twenty.ts gets, by the deed that it asks for.

/** @typedef {{ status: number, body: string, asked?: string }} Expected */

const failed = () => ({ status: 500, body: "Internal Server Error\n" });

/** The answer to a request with this body, which is lower-case letters. @type {Readonly<Record<string, (body: string) => Expected>>} */
export const calm = {
  none: (body) => ({ status: 200, body }),
  sleep: (body) => ({ status: 200, body }),
  "hold-memory": (body) => ({ status: 200, body }),
  gather: (body) => ({ status: 200, body: body.toUpperCase() }),
  stream: (body) => ({ status: 200, body: `${body}!` }),
  call: (body) => ({ status: 200, body, asked: "this" }),
  deny: () => ({ status: 403, body: "denied" }),
  "response-gather": (body) => ({ status: 200, body: body.toUpperCase() }),
  "response-stream": (body) => ({ status: 200, body: `${body}?` }),
};

/** @type {Readonly<Record<string, (body: string) => Expected>>} */
export const bad = {
  throw: failed,
  "throw-later": failed,
  recurse: failed,
  loop: failed,
  "loop-later": failed,
  "loop-in-job": failed,
  allocate: failed,
  "throw-in-response": failed,
  "loop-in-response": failed,
};
