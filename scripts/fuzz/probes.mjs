/** Well-formed requests on fresh connections to an upstream that is honest: each must get its very answer all along. */
import { createServer, request } from "node:http";

/** How long a machine may be busy with something else. */
const patienceMilliseconds = 30_000;
const body = "probe ".repeat(1_000);

/** Answers with the request's path and body. */
export class HonestUpstream {
  #server = createServer((incoming, response) => {
    let text = "";
    incoming.setEncoding("latin1");
    incoming.on("data", (/** @type {string} */ chunk) => (text += chunk));
    incoming.on("end", () => response.end(`${incoming.url} ${text}`));
    incoming.on("error", () => undefined);
  });

  get port() {
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  /** @param {number} [port] */
  listen(port = 0) {
    return new Promise((resolve) => this.#server.listen(port, "127.0.0.1", () => resolve(undefined)));
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}

/**
 * One probe.
 * @param {number} port @param {string} path @param {"GET" | "POST"} method
 * @returns {Promise<{ status: number, problem: string | undefined }>} without a problem: 200 and the right body
 */
export function probe(port, path, method) {
  return new Promise((resolve) => {
    let status = 0;
    const fail = (/** @type {string} */ problem) => resolve({ status, problem: `${method} ${path}: ${problem}` });
    const outgoing = request({ port, host: "127.0.0.1", path, method, agent: false }, (response) => {
      status = response.statusCode ?? 0;
      let text = "";
      response.setEncoding("latin1");
      response.on("data", (/** @type {string} */ chunk) => (text += chunk));
      response.on("error", (error) => fail(error.message));
      response.on("end", () => {
        const right = status === 200 && text === `${path} ${method === "POST" ? body : ""}`;
        if (right) {
          resolve({ status, problem: undefined });
        } else {
          fail(`status ${status}, body ${JSON.stringify(text.slice(0, 100))}`);
        }
      });
    });
    outgoing.on("error", (error) => fail(error.message));
    outgoing.setTimeout(patienceMilliseconds, () => {
      fail(`nothing within ${patienceMilliseconds} ms`);
      outgoing.destroy();
    });
    outgoing.end(method === "POST" ? body : undefined);
  });
}
