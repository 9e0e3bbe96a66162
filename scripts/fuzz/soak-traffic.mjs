/** Well-formed requests on kept-alive connections to an upstream that comes and goes. */
import { Agent, request } from "node:http";

const body = "soak ".repeat(2_000);
const patienceMilliseconds = 30_000;

/** @typedef {"none" | "gather" | "stream" | "throw"} Asked what the policy shall do */

/**
 * @typedef {object} SoakResult
 * @property {number} status 0 where no whole response came
 * @property {boolean} right it is what was to come from an upstream that is there
 * @property {string} text for people
 * @property {string} version of the policy, empty where it told none
 */

export class SoakClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @param {number} port @param {string} path @param {Asked} asked @returns {Promise<SoakResult>} */
  send(port, path, asked) {
    const method = asked === "none" ? "GET" : "POST";
    const options = { port, host: "127.0.0.1", path, method, agent: this.#agent, headers: { "x-soak": asked } };
    return new Promise((resolve) => {
      const fail = (/** @type {string} */ text) =>
        resolve({ status: 0, right: false, text: `${method} ${path}: ${text}`, version: "" });
      const outgoing = request(options, (response) => {
        let text = "";
        response.setEncoding("latin1");
        response.on("data", (/** @type {string} */ chunk) => (text += chunk));
        response.on("error", (error) => fail(error.message));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          const whole = text === `${path} ${method === "POST" ? body : ""}`;
          const right = asked === "throw" ? status === 500 : status === 200 && whole;
          const version = String(response.headers["x-version"] ?? "");
          resolve({ status, right, text: `${method} ${path} (${asked}): status ${status}`, version });
        });
      });
      outgoing.on("error", (error) => fail(error.message));
      outgoing.setTimeout(patienceMilliseconds, () => {
        outgoing.destroy(new Error(`nothing within ${patienceMilliseconds} ms`));
      });
      outgoing.end(method === "POST" ? body : undefined);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
