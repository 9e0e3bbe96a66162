/** A backend on a socket. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { milliseconds, type Reply, type WholeReply } from "../runner/case-file.js";
import { contentOf, piecesOf } from "../runner/payload.js";
import { isBodyless, replyHeaders } from "../runner/reply-head.js";
import { ScriptedAnswers } from "../runner/scripted-answers.js";
import type { Arrival, Backend, BackendScript } from "../surroundings.js";
import { writeBody } from "./body-writer.js";
import { MessageReader, type ReceivedMessage } from "./message-reader.js";
import { becomes } from "./wait.js";

export class ScriptedServer implements Backend {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers: ScriptedAnswers;
  readonly arrivals: Arrival[] = [];
  readonly problems: string[] = [];
  #port = 0;
  /** What waits for the next script; undefined where nothing has to. */
  #waiting: (() => void)[] | undefined;

  private constructor(fallback: Reply | undefined) {
    this.#answers = new ScriptedAnswers(fallback);
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#serve(socket);
    });
  }

  /** @param fallback What is answered when nothing is scripted; without it such a request is a problem. */
  static async start(fallback?: Reply): Promise<ScriptedServer> {
    const server = new ScriptedServer(fallback);
    await server.#listen();
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get unused(): number {
    return this.#answers.unused;
  }

  async script(script: BackendScript): Promise<void> {
    this.#answers.replace(script);
    if (this.#answers.refuses) {
      await this.#stopListening();
    } else if (!this.#server.listening) {
      await this.#listen();
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const admit of waiting) {
      admit();
    }
  }

  pause(): void {
    this.#waiting ??= [];
  }

  async untilAllClosed(): Promise<void> {
    await becomes(() => this.#sockets.size === 0);
  }

  async close(): Promise<void> {
    if (this.#server.listening) {
      await this.#stopListening();
    }
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async #stopListening(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    let arrival: SocketArrival | undefined;
    const reader = new MessageReader({
      // A request without content-length and transfer-encoding has no body.
      framing: (_message, declared) => (declared === "until-close" ? "none" : declared),
      onHead: (message) => {
        const arriving = new SocketArrival(message, socket);
        arrival = arriving;
        if (this.#waiting === undefined) {
          this.#admit(socket, arriving);
        } else {
          this.#waiting.push(() => {
            this.#admit(socket, arriving);
          });
        }
      },
      onComplete: () => {
        if (arrival?.admitted === true && !arrival.answered) {
          this.#answer(socket, arrival);
        }
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

  #admit(socket: Socket, arrival: SocketArrival): void {
    arrival.admitted = true;
    this.arrivals.push(arrival);
    if (arrival.complete || this.#answers.answersHeads) {
      this.#answer(socket, arrival);
    }
  }

  #answer(socket: Socket, arrival: SocketArrival): void {
    arrival.answered = true;
    const reply = this.#answers.take(arrival);
    if (reply === undefined) {
      this.problems.push(`unexpected request: ${arrival.method} ${arrival.path}`);
      socket.destroy();
    } else if ("fail" in reply) {
      if (reply.fail !== "timeout") {
        socket.resetAndDestroy();
      }
    } else {
      this.#write(socket, arrival, reply).catch((error: unknown) => {
        this.problems.push((error as Error).message);
        socket.destroy();
      });
    }
  }

  async #write(socket: Socket, { method }: Arrival, reply: WholeReply): Promise<void> {
    const { splitting, progress } = this.#answers;
    if (reply.delay !== undefined) {
      await waitUnlessClosed(socket, milliseconds(reply.delay));
    }
    if (socket.destroyed) {
      return;
    }
    const content = contentOf(reply);
    const framing = content?.chunked === true ? [["transfer-encoding", "chunked"] as const] : [];
    const headers = [...replyHeaders(method, reply), ...framing].map(([name, value]) => `${name}: ${value}`);
    socket.write(Buffer.from([`HTTP/1.1 ${reply.status} Scripted`, ...headers, "", ""].join("\r\n"), "latin1"));
    if (content === undefined || isBodyless(method, reply.status)) {
      return;
    }
    await writeBody(socket, {
      pieces: piecesOf(content, splitting),
      chunked: content.chunked,
      trailers: reply.trailers ?? [],
      progress,
      stopped: () => false,
      abort: () => {
        socket.resetAndDestroy();
      },
    });
  }
}

class SocketArrival implements Arrival {
  readonly method: string;
  readonly path: string;
  admitted = false;
  answered = false;

  constructor(
    private readonly message: ReceivedMessage,
    private readonly socket: Socket,
  ) {
    [this.method = "", this.path = ""] = message.startLine.split(" ");
  }

  get headers(): ReceivedMessage["headers"] {
    return this.message.headers;
  }

  get trailers(): ReceivedMessage["trailers"] {
    return this.message.trailers;
  }

  get body(): Buffer {
    return Buffer.concat(this.message.body);
  }

  get complete(): boolean {
    return this.message.complete;
  }

  get broken(): boolean {
    return !this.message.complete && this.socket.destroyed;
  }
}

/** Who has hung up needs no answer, and nobody shall have to wait for its time. */
async function waitUnlessClosed(socket: Socket, time: number): Promise<void> {
  if (socket.destroyed) {
    return;
  }
  const closed = new AbortController();
  const abort = () => {
    closed.abort();
  };
  socket.once("close", abort);
  try {
    await delay(time, undefined, { signal: closed.signal });
  } catch (error) {
    if (!closed.signal.aborted) {
      throw error;
    }
  } finally {
    socket.off("close", abort);
  }
}
