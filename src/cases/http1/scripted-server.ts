/** A backend on a socket. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { milliseconds, type Reply, type WholeReply } from "../runner/case-file.js";
import { contentLength, contentOf, piecesOf } from "../runner/payload.js";
import { ScriptedAnswers } from "../runner/scripted-answers.js";
import type { Arrival, Backend, BackendScript } from "../surroundings.js";
import { writeBody } from "./body-writer.js";
import { MessageReader, type ReceivedMessage } from "./message-reader.js";

export class ScriptedServer implements Backend {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers: ScriptedAnswers;
  readonly arrivals: Arrival[] = [];
  readonly problems: string[] = [];
  #port = 0;
  #arrived: () => void = () => undefined;
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
    if (this.#answers.refuses) await this.#stopListening();
    else if (!this.#server.listening) await this.#listen();
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const admit of waiting) admit();
  }

  pause(): void {
    this.#waiting ??= [];
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

  async untilAllClosed(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => once(socket, "close")));
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.#stopListening();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async #stopListening(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
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
        if (this.#waiting === undefined) this.#admit(socket, arriving);
        else this.#waiting.push(() => { this.#admit(socket, arriving); });
      },
      onComplete: () => {
        if (arrival?.admitted === true && !arrival.answered) this.#answer(socket, arrival);
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
    this.#arrived();
    if (arrival.complete || this.#answers.answersHeads) this.#answer(socket, arrival);
  }

  #answer(socket: Socket, arrival: SocketArrival): void {
    arrival.answered = true;
    const reply = this.#answers.take(arrival);
    if (reply === undefined) {
      this.problems.push(`unexpected request: ${arrival.method} ${arrival.path}`);
      socket.destroy();
    } else if ("fail" in reply) {
      if (reply.fail !== "timeout") socket.resetAndDestroy();
    } else {
      this.#write(socket, arrival, reply).catch((error: unknown) => {
        this.problems.push((error as Error).message);
        socket.destroy();
      });
    }
  }

  async #write(socket: Socket, { method }: Arrival, reply: WholeReply): Promise<void> {
    const { splitting, progress } = this.#answers;
    if (reply.delay !== undefined) await delay(milliseconds(reply.delay));
    const content = contentOf(reply);
    const bodyless = isBodyless(method, reply.status);
    const head = [`HTTP/1.1 ${reply.status} Scripted`, ...replyHeaders(method, reply).map(([name, value]) => `${name}: ${value}`), "", ""];
    socket.write(Buffer.from(head.join("\r\n"), "latin1"));
    if (content === undefined || bodyless) return;
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

  constructor(private readonly message: ReceivedMessage, private readonly socket: Socket) {
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

function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** What is written over HTTP/1.1, framing included. */
function replyHeaders(method: string, reply: WholeReply): [name: string, value: string][] {
  const content = contentOf(reply);
  const headers = (reply.headers ?? []).map(([name, value]): [string, string] => [name, value]);
  if (content?.chunked === true) {
    headers.push(["transfer-encoding", "chunked"]);
  } else if (!headers.some(([name]) => name.toLowerCase() === "content-length") && !(isBodyless(method, reply.status) && content === undefined)) {
    headers.push(["content-length", String(content === undefined ? 0 : contentLength(content))]);
  }
  return headers;
}
