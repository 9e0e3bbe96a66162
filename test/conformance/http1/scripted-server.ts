/** An upstream (or service) that remembers exactly what reached it and answers what it is told to. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { milliseconds, type BackendExchange, type Reply, type WholeReply } from "../runner/case-file.js";
import { contentOf } from "../runner/payload.js";
import { asWritten, type Splitting } from "../runner/splitting.js";
import { writeBody } from "./body-writer.js";
import { MessageReader, type ReceivedMessage } from "./message-reader.js";

/** A request of which at least the head arrived. */
export interface Arrival {
  method: string;
  path: string;
  headers: ReceivedMessage["headers"];
  readonly body: Buffer;
  readonly trailers: ReceivedMessage["trailers"];
  /** false: still under way or, once the connection is closed, broken off. */
  readonly complete: boolean;
}

export class ScriptedServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #fallback: Reply | undefined;
  /** In the order of their heads. */
  readonly arrivals: Arrival[] = [];
  /** What went wrong here: malformed requests, and such as the script does not know. */
  readonly problems: string[] = [];
  #script: BackendExchange[] = [];
  #splitting: Splitting = asWritten;
  #arrived: () => void = () => undefined;
  /** Each answered request with what it should have been. */
  #onAnswered: (arrival: Arrival, exchange: BackendExchange) => void = () => undefined;

  private constructor(fallback: Reply | undefined) {
    this.#fallback = fallback;
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#serve(socket);
    });
  }

  /** @param fallback What is answered when nothing is scripted; without it such a request is a problem. */
  static async start(fallback?: Reply): Promise<ScriptedServer> {
    const server = new ScriptedServer(fallback);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Replaces the script. */
  script(
    exchanges: readonly BackendExchange[], splitting: Splitting,
    onAnswered: (arrival: Arrival, exchange: BackendExchange) => void,
  ): void {
    this.#script = [...exchanges];
    this.#splitting = splitting;
    this.#onAnswered = onAnswered;
  }

  /** Scripted answers that nobody asked for. */
  get unused(): number {
    return this.#script.filter(({ repeat }) => repeat !== true).length;
  }

  /** Resolves when the head of a request has arrived, if it has not yet. */
  async untilArrival(): Promise<Arrival> {
    while (this.arrivals.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.arrivals[0]!;
  }

  /** Resolves when every connection is closed; the other side closes them. */
  async untilAllClosed(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => once(socket, "close")));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    let arrival: Arrival | undefined;
    const reader = new MessageReader({
      // A request without content-length and transfer-encoding has no body.
      framing: (_message, declared) => (declared === "until-close" ? "none" : declared),
      onHead: (message) => {
        arrival = arrivalOf(message);
        this.arrivals.push(arrival);
        this.#arrived();
      },
      onComplete: () => {
        void this.#answer(socket, arrival!);
      },
    });
    socket.on("data", (bytes) => {
      try {
        reader.push(bytes);
      } catch (error) {
        this.problems.push(`malformed request: ${(error as Error).message}`);
        socket.destroy();
      }
    });
  }

  async #answer(socket: Socket, arrival: Arrival): Promise<void> {
    const exchange = this.#next();
    if (exchange === undefined) {
      this.problems.push(`unexpected request: ${arrival.method} ${arrival.path}`);
      socket.destroy();
      return;
    }
    this.#onAnswered(arrival, exchange);
    const { reply } = exchange;
    if ("fail" in reply) {
      if (reply.fail === "refused") throw new Error("the scripted server cannot refuse connections");
      if (reply.fail === "reset") socket.resetAndDestroy();
      return;
    }
    if (reply.delay !== undefined) await delay(milliseconds(reply.delay));
    await writeReply(socket, arrival.method, reply, this.#splitting);
  }

  #next(): BackendExchange | undefined {
    const [next] = this.#script;
    if (next?.repeat !== true) this.#script.shift();
    return next ?? (this.#fallback === undefined ? undefined : { reply: this.#fallback });
  }
}

function arrivalOf(message: ReceivedMessage): Arrival {
  const [method = "", path = ""] = message.startLine.split(" ");
  return {
    method, path, headers: message.headers, trailers: message.trailers,
    get body() {
      return Buffer.concat(message.body);
    },
    get complete() {
      return message.complete;
    },
  };
}

async function writeReply(socket: Socket, method: string, reply: WholeReply, splitting: Splitting): Promise<void> {
  const content = contentOf(reply);
  const headers = [...(reply.headers ?? [])];
  const bodyless = method === "HEAD" || reply.status === 204 || reply.status === 304;
  const length = content?.chunked === true ? undefined : (content?.parts[0]?.length ?? 0);
  if (length === undefined) {
    headers.push(["transfer-encoding", "chunked"]);
  } else if (!headers.some(([name]) => name.toLowerCase() === "content-length") && !(bodyless && content === undefined)) {
    headers.push(["content-length", String(length)]);
  }
  const head = [`HTTP/1.1 ${reply.status} Scripted`, ...headers.map(([name, value]) => `${name}: ${value}`), "", ""];
  socket.write(Buffer.from(head.join("\r\n"), "latin1"));
  if (content !== undefined && !bodyless) await writeBody(socket, splitting.split(content.parts), content.chunked);
}
