/** An upstream that writes down every request, reads none that is not well formed, and says in its answer which one it answers. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fieldOf, type Message, readMessages } from "./messages.js";

/** What is answered to requests for {@link scriptedTarget}. */
export interface ScriptedResponse {
  bytes: Buffer;
  /** Bytes that go out at once. */
  pieceBytes: number;
  then: "keep" | "end" | "reset";
  /** Sent by {@link RecordingUpstream.sendLate}. */
  late: Buffer;
}

export const scriptedTarget = "/scripted";

/** Turns of the event loop after which a socket in this process has got what was written to its other end. */
const turnsToRead = 5;

export class RecordingUpstream {
  /** Complete requests, in the order of their ends. */
  readonly requests: Message[] = [];
  /** Bytes that are no request. */
  readonly problems: string[] = [];
  script: ScriptedResponse | undefined;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      const connection = new Connection(socket, this);
      this.#connections.add(connection);
      socket.on("close", () => this.#connections.delete(connection));
    });
  }

  static async start(): Promise<RecordingUpstream> {
    const upstream = new RecordingUpstream();
    await new Promise<void>((resolve) => {
      upstream.#server.listen(0, "127.0.0.1", resolve);
    });
    return upstream;
  }

  /** Sends what a script has for later on the connection that got its response, and waits until it can have been read. */
  async sendLate(): Promise<void> {
    const { script } = this;
    const connection = [...this.#connections].find(({ played }) => played);
    if (script !== undefined && script.late.length > 0 && connection?.socket.writable === true) {
      connection.socket.write(script.late);
      for (let i = 0; i < turnsToRead; i++) {
        await nextTurn();
      }
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Heads of requests that have begun and not ended. */
  get unfinished(): Message[] {
    return [...this.#connections].flatMap(({ unfinished }) => unfinished ?? []);
  }

  /** Forgets everything, and loses its connections. */
  reset(): void {
    this.requests.length = 0;
    this.problems.length = 0;
    this.script = undefined;
    for (const { socket } of this.#connections) {
      socket.destroy();
    }
    this.#connections.clear();
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }
}

class Connection {
  readonly socket: Socket;
  unfinished: Message | undefined;
  /** The scripted response went out here. */
  played = false;
  readonly #upstream: RecordingUpstream;
  #unread = "";
  #broken = false;

  constructor(socket: Socket, upstream: RecordingUpstream) {
    this.socket = socket;
    this.#upstream = upstream;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.#unread += chunk;
      this.#read();
    });
    socket.on("error", () => {
      // The gateway gives requests up that a client breaks off.
    });
    socket.on("end", () => socket.end());
  }

  #read(): void {
    if (this.#broken) {
      return;
    }
    const { messages, problem, end } = readMessages(this.#unread, {
      // The targets of all tables; what is in no URI must not come here.
      startLine: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ (?:\*|\/[\x21\x22\x24-\x7e]*) HTTP\/1\.1$/,
      unframed: "none",
      bodyless: () => false,
      ended: false,
    });
    this.#unread = this.#unread.slice(end);
    this.unfinished = messages.find(({ complete }) => !complete);
    for (const message of messages.filter(({ complete }) => complete)) {
      this.#upstream.requests.push(message);
      this.#answer(message);
    }
    if (problem !== undefined) {
      this.#broken = true;
      this.#upstream.problems.push(`The upstream got: ${problem}`);
      this.socket.destroy();
    }
  }

  #answer(request: Message): void {
    const [method, target] = request.startLine.split(" ");
    if (this.#upstream.script !== undefined && target === scriptedTarget) {
      void this.#play(this.#upstream.script);
      return;
    }
    const body = `${method!} ${target!}`;
    const fields = `content-length: ${body.length}\r\nx-upstream: ${method!}\r\n`;
    this.socket.write(`HTTP/1.1 200 OK\r\n${fields}\r\n${method === "HEAD" ? "" : body}`, "latin1");
  }

  async #play({ bytes, pieceBytes, then }: ScriptedResponse): Promise<void> {
    this.played = true;
    for (let i = 0; i < bytes.length && this.socket.writable; i += pieceBytes) {
      this.socket.write(bytes.subarray(i, i + pieceBytes));
      await nextTurn();
    }
    if (then === "end") {
      this.socket.end();
    } else if (then === "reset") {
      this.socket.resetAndDestroy();
    }
  }
}

/** `GET /` or `POST / length hello`: method, target, and how what body came. */
export function requestText({ startLine, framing, body, trailers }: Message): string {
  const line = startLine.split(" ").slice(0, 2).join(" ");
  const ending = trailers.map(([name, value]) => ` ${name}: ${value}`);
  return [line, framing === "none" ? "" : ` ${framing}`, body === "" ? "" : ` ${body}`, ...ending].join("");
}

/** What a proxy must not say to an upstream, in any request. */
export function requestProblems(request: Message): string[] {
  const problems: string[] = [];
  const hosts = request.fields.filter(([name]) => name === "host");
  if (hosts.length !== 1 || !/^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d*)?$/.test(hosts[0]![1])) {
    problems.push(`hosts at the upstream: ${hosts.map(([, value]) => value).join(", ")}`);
  }
  for (const name of ["upgrade", "keep-alive", "proxy-connection", "http2-settings"]) {
    if (fieldOf(request, name) !== undefined) {
      problems.push(`${name} at the upstream`);
    }
  }
  const connection = fieldOf(request, "connection") ?? "keep-alive";
  if (!/^(?:keep-alive|close)$/i.test(connection)) {
    problems.push(`connection at the upstream: ${connection}`);
  }
  return problems;
}
