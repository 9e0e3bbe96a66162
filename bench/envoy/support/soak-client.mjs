// Clients of the soak: those that wait for their answer and check it, and those that go away.
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { behaviours, needBody } from "./behaviours.mjs";

const ANSWER_LIMIT = 20_000;
const LONGEST_BODY = 40_000;

/** @typedef {{ answered: Map<string, number>, aborted: number, failures: string[] }} Tally */

/**
 * Requests one after the other until `over` says so.
 * @param {number} port @param {Tally} tally @param {() => boolean} over
 * @param {{ behaviours: readonly string[], aborts: number }} options `aborts`: the share of clients that go away
 */
export async function soakClient(port, tally, over, { behaviours: names, aborts }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    while (!over()) {
      const behaviour = pick(names);
      const body = needBody.has(behaviour) || Math.random() < 0.5 ? randomBody() : "";
      if (Math.random() < aborts) {
        await goAway(port, behaviour, body);
        tally.aborted++;
        continue;
      }
      try {
        await expectAnswer(port, agent, behaviour, body);
        tally.answered.set(behaviour, (tally.answered.get(behaviour) ?? 0) + 1);
      } catch (error) {
        tally.failures.push(
          `${behaviour}, ${body.length} bytes: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  } finally {
    agent.destroy();
  }
}

/** @param {number} port @param {Agent} agent @param {string} behaviour @param {string} body */
async function expectAnswer(port, agent, behaviour, body) {
  const expected = behaviours[behaviour]?.(body);
  if (expected === undefined) {
    throw new Error("unknown");
  }
  // An answer before the end of the request ends its connection, so only requests without a body keep theirs.
  const answer = await send(
    {
      port,
      method: body === "" ? "GET" : "POST",
      headers: { "x-behaviour": behaviour },
      ...(body === "" ? { agent } : { agent: false, localAddress: randomLoopback() }),
    },
    body,
  );
  if (answer.status !== expected.status) {
    throw new Error(`status ${answer.status}, expected ${expected.status}`);
  }
  if (answer.body !== expected.body) {
    throw new Error(`${answer.body.length} bytes that are not the expected ${expected.body.length}`);
  }
  for (const [name, value] of Object.entries(expected.headers)) {
    if (answer.headers[name] !== value) {
      throw new Error(`${name}: ${String(answer.headers[name])}, expected ${value}`);
    }
  }
}

/**
 * @param {import("node:http").RequestOptions} options @param {string} body
 * @returns {Promise<{ status: number, headers: import("node:http").IncomingHttpHeaders, body: string }>}
 */
async function send(options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", ...options }, (response) => {
      let received = "";
      response.setEncoding("latin1").on("data", (/** @type {string} */ text) => {
        received += text;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
      );
    });
    outgoing.setTimeout(ANSWER_LIMIT, () => outgoing.destroy(new Error(`nothing happened for ${ANSWER_LIMIT} ms`)));
    outgoing.on("error", reject);
    if (Math.random() < 0.5 || body === "") {
      outgoing.end(body);
    } else {
      outgoing.write(body.slice(0, body.length / 2));
      setImmediate(() => outgoing.end(body.slice(body.length / 2)));
    }
  });
}

/**
 * Sends a part of a request, or all of it and reads a part of the answer, and resets or closes the connection.
 * @param {number} port @param {string} behaviour @param {string} body
 */
async function goAway(port, behaviour, body) {
  const head = `${body === "" ? "GET" : "POST"} / HTTP/1.1\r\nhost: soak\r\nx-behaviour: ${behaviour}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const whole = head + body;
  const waits = Math.random() < 0.25; // for the first bytes of the answer
  const length = pick([Math.random() * head.length, head.length + Math.random() * body.length, whole.length]);
  await new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: randomLoopback() });
    const leave = () => {
      if (Math.random() < 0.5) {
        socket.resetAndDestroy();
      } else {
        socket.destroy();
      }
    };
    socket.setTimeout(ANSWER_LIMIT, leave);
    socket.on("error", () => undefined).on("close", resolve);
    socket.on("data", leave);
    socket.write(waits ? whole : whole.slice(0, length), () => {
      if (!waits) {
        void delay(Math.random() * 5).then(leave);
      }
    });
  });
}

/** Many addresses: one has ports for some 28,000 connections a minute. */
function randomLoopback() {
  return `127.0.0.${2 + Math.floor(Math.random() * 250)}`;
}

function randomBody() {
  const length = 1 + Math.floor(Math.random() ** 3 * LONGEST_BODY);
  return "abcdefghijklmnopqrstuvwxyz".repeat(Math.ceil(length / 26)).slice(0, length);
}

/** @template T @param {readonly T[]} values @returns {T} */
function pick(values) {
  return /** @type {T} */ (values[Math.floor(Math.random() * values.length)]);
}
