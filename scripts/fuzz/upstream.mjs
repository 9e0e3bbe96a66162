/** The upstream of the fuzz: checks what the gateway sends, and does what its plans say. */
import { createServer } from "node:net";
import { MessageReader } from "./message-reader.mjs";
import { responsePlan } from "./responses.mjs";

/**
 * @typedef {import("./requests.mjs").SentRequest} SentRequest
 * @typedef {import("./responses.mjs").ResponsePlan} ResponsePlan
 * @typedef {import("node:net").Socket} Socket
 */

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/1\.1$/;
const messageName = /\/(m\d+-[0-9a-f]+)/;

export class FuzzUpstream {
  requests = 0;
  connections = 0;
  resets = 0;
  #server;
  /** @type {Set<Socket>} */
  #sockets = new Set();

  /**
   * @param {number} seed
   * @param {ReadonlyMap<string, SentRequest>} sent well-formed requests that are under way, by id
   * @param {(violation: string) => void} onViolation
   */
  constructor(seed, sent, onViolation) {
    this.seed = seed;
    this.sent = sent;
    this.onViolation = onViolation;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  get port() {
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  /** @param {number} [port] */
  listen(port = 0) {
    return new Promise((resolve) => this.#server.listen(port, "127.0.0.1", () => resolve(undefined)));
  }

  close() {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {Socket} socket */
  #serve(socket) {
    this.connections++;
    this.#sockets.add(socket);
    socket.setEncoding("latin1");
    const connection = new UpstreamConnection(this, socket);
    socket.on("data", (/** @type {string} */ text) => connection.read(text));
    socket.on("end", () => connection.onEnd());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

class UpstreamConnection {
  /** @type {ResponsePlan | undefined} */
  #plan;
  #responding = false;
  #ended = false;

  /** @param {FuzzUpstream} upstream @param {Socket} socket */
  constructor(upstream, socket) {
    this.upstream = upstream;
    this.socket = socket;
    this.id = "";
    this.reader = new MessageReader(
      {
        onHead: ({ startLine }) => this.#onHead(startLine),
        onEnd: (_head, bodyLength) => this.#onRequest(bodyLength),
        onProblem: (problem) => this.upstream.onViolation(`the upstream got what is no HTTP: ${problem}`),
      },
      { untilClose: false },
    );
  }

  /** @param {string} text */
  read(text) {
    this.reader.read(text);
  }

  onEnd() {
    this.#ended = true;
    if (!this.#responding) {
      this.socket.end();
    }
  }

  /** @param {string} startLine @returns {"framed"} */
  #onHead(startLine) {
    const { upstream } = this;
    upstream.requests++;
    const [, method = "", target = ""] = requestLine.exec(startLine) ?? [];
    if (target === "") {
      upstream.onViolation(`the upstream got the request line ${JSON.stringify(startLine)}`);
    } else if (target.startsWith("/smuggled-")) {
      upstream.onViolation(`the upstream got a request that no client has framed: ${startLine}`);
    }
    this.id = messageName.exec(target)?.[1] ?? "";
    const sent = upstream.sent.get(this.id);
    if (sent !== undefined && sent.method !== method) {
      upstream.onViolation(`the upstream got ${startLine}, which was sent as ${sent.method}`);
    }
    const plan = responsePlan(upstream.seed, this.id === "" ? target : this.id, method);
    if (plan.begin === "head") {
      void this.#respond(plan);
    } else {
      this.#plan = plan;
    }
    return "framed";
  }

  /** @param {number} bodyLength */
  #onRequest(bodyLength) {
    const sent = this.upstream.sent.get(this.id);
    if (sent !== undefined && sent.bodyLength !== bodyLength) {
      this.upstream.onViolation(
        `the upstream got ${bodyLength} bytes of body of ${this.id}: ${sent.bodyLength} were sent`,
      );
    }
    if (this.#plan !== undefined) {
      void this.#respond(this.#plan);
      this.#plan = undefined;
    }
  }

  /** @param {ResponsePlan} plan */
  async #respond({ steps, keepsConnection }) {
    const { socket } = this;
    this.#responding = true;
    for (const step of steps) {
      if (socket.destroyed) {
        return;
      }
      if (step === "reset") {
        this.upstream.resets++;
        socket.resetAndDestroy();
      } else if (step === "destroy") {
        socket.destroy();
      } else if (step === "end") {
        socket.end();
      } else if (typeof step === "object") {
        await new Promise((resolve) => setTimeout(resolve, step.wait));
      } else {
        socket.write(step, "latin1");
      }
    }
    this.#responding = false;
    if (!keepsConnection || this.#ended) {
      socket.end();
    }
  }
}
