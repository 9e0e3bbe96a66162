/** One connection of a client that plays its scenario, and checks what it reads. */
import { connect } from "node:net";
import { MessageReader, valuesOf } from "./message-reader.mjs";

/**
 * @typedef {import("./scenario.mjs").Scenario} Scenario
 * @typedef {import("./requests.mjs").SentRequest} SentRequest
 *
 * @typedef {object} ClientEvents
 * @property {(status: string) => void} onResponse
 * @property {(how: "ended" | "reset") => void} onClosed the gateway's doing, or the client's own
 * @property {(violation: string) => void} onViolation
 */

const statusLine = /^HTTP\/1\.1 ([1-9]\d\d) [\t\x20-\x7e\x80-\xff]*$/;

export class FuzzClient {
  /** The well-formed requests that are still to be answered, in order. */
  #expected;
  /** @type {SentRequest | undefined} */
  #answered;
  #responses = 0;
  /** Nothing can be told any more of what comes: it may answer a message that is none. */
  #lenient = false;
  #wake = () => {};
  #closed = false;
  #reader;

  /** @param {Scenario} scenario @param {ClientEvents} events */
  constructor(scenario, events) {
    this.scenario = scenario;
    this.events = events;
    this.#expected = [...scenario.requests];
    this.#reader = new MessageReader(
      {
        onHead: (head) => this.#onHead(head),
        onEnd: (head, bodyLength) => this.#onResponse(head, bodyLength),
        onProblem: (problem) => this.#violation(`a client got what is no HTTP: ${problem}`),
      },
      { untilClose: true },
    );
  }

  /** @param {number} port */
  async play(port) {
    const { scenario, events } = this;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    const closed = new Promise((resolve) => {
      socket.on("close", resolve);
    });
    socket.on("error", () => events.onClosed("reset"));
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
    socket.on("end", () => {
      this.#reader.end();
      events.onClosed("ended");
      this.#closed = true;
      this.#wake();
      socket.end();
    });
    if (scenario.reads) {
      socket.on("data", (/** @type {string} */ text) => this.#read(text));
    }
    for (const { bytes, wait } of scenario.writes) {
      if (wait >= 0) {
        await new Promise((resolve) => (wait === 0 ? setImmediate(resolve) : setTimeout(resolve, wait)));
      }
      if (this.#closed) {
        break;
      }
      if (bytes !== "") {
        socket.write(bytes, "latin1");
      }
    }
    await this.#end(socket);
    await closed;
  }

  /** @param {import("node:net").Socket} socket */
  async #end(socket) {
    const { ending, patience } = this.scenario;
    if (ending === "reset") {
      socket.resetAndDestroy();
    } else if (ending === "destroy") {
      socket.destroy();
    } else {
      if (ending === "end") {
        socket.end();
      }
      await this.#untilAnswered(patience);
      socket.destroy();
    }
  }

  /** @param {number} patience */
  async #untilAnswered(patience) {
    const enough = Date.now() + patience;
    while (!this.#closed && (this.#expected.length > 0 || this.#lenient || !this.scenario.wellFormed)) {
      const left = enough - Date.now();
      if (left <= 0) {
        if (this.scenario.mustEnd) {
          this.#violation(`a client got neither a response nor the end of its connection in ${patience} ms`);
        }
        return;
      }
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }

  /** @param {string} text */
  #read(text) {
    if (!this.#lenient) {
      this.#reader.read(text);
    }
  }

  /** @param {import("./message-reader.mjs").ReadHead} head */
  #onHead(head) {
    if (this.#lenient) {
      return "none";
    }
    const status = statusLine.exec(head.startLine)?.[1];
    if (status === undefined) {
      this.#violation(`a client got the status line ${JSON.stringify(head.startLine)}`);
      return "none";
    }
    if (status.startsWith("1")) {
      return "none";
    }
    this.events.onResponse(status);
    this.#answered = this.#expected.shift();
    if (this.#answered === undefined) {
      if (this.scenario.wellFormed) {
        this.#violation(`a client got more responses than it sent requests: ${head.startLine}`);
      }
      this.#lenient = true;
      return "none";
    }
    const [id] = valuesOf(head, "x-fuzz-id");
    if (id !== undefined && id !== this.#answered.id) {
      this.#violation(`a client got the response to ${id} for its request ${this.#answered.id}`);
    }
    return this.#answered.method === "HEAD" || status === "204" || status === "304" ? "none" : "framed";
  }

  /** @param {import("./message-reader.mjs").ReadHead} head @param {number} bodyLength */
  #onResponse(head, bodyLength) {
    const answered = this.#answered;
    if (answered === undefined) {
      return;
    }
    this.#answered = undefined;
    this.#responses++;
    const [length] = valuesOf(head, "x-fuzz-length");
    const bodyless = answered.method === "HEAD" || /^HTTP\/1\.1 [23]04/.test(head.startLine);
    // A response that was mutated on its way may tell none.
    const tells = length !== undefined && /^\d+$/.test(length);
    if (tells && !bodyless && Number(length) !== bodyLength) {
      this.#violation(
        `a client got ${bodyLength} bytes of a response to ${answered.id} that has ${length}, as its whole`,
      );
    }
    if (this.#expected.length === 0) {
      this.#wake();
    }
  }

  /** @param {string} what */
  #violation(what) {
    if (this.#lenient) {
      return;
    }
    this.#lenient = true;
    this.events.onViolation(`${what} (after ${this.#responses} responses)`);
  }
}
