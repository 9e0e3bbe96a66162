/** A backend on a socket: the requests of all exchanges come to it, each is answered by whoever drives its exchange. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { MessageReader, type ReceivedMessage } from "../../src/cases/http1/message-reader.js";
import type { UpstreamSight } from "./exchange.js";

export class Arrival {
  readonly method: string;
  readonly path: string;

  constructor(
    private readonly message: ReceivedMessage,
    readonly socket: Socket,
  ) {
    [this.method = "", this.path = ""] = message.startLine.split(" ");
  }

  header(name: string): string | undefined {
    return this.message.headers.find(([other]) => other.toLowerCase() === name)?.[1];
  }

  get complete(): boolean {
    return this.message.complete;
  }

  get sight(): UpstreamSight {
    const { headers, body, trailers, complete } = this.message;
    return {
      method: this.method,
      path: this.path,
      headers,
      body: Buffer.concat(body).toString(),
      trailers: [...trailers],
      complete,
      broken: !complete && this.socket.destroyed,
    };
  }
}

export class Backend {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly arrivals = new Map<string, Arrival[]>();
  readonly problems: string[] = [];

  /** @param keyOf whose request it is */
  private constructor(private readonly keyOf: (arrival: Arrival) => string) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#serve(socket);
    });
  }

  static async start(keyOf: (arrival: Arrival) => string): Promise<Backend> {
    const backend = new Backend(keyOf);
    backend.#server.listen(0, "127.0.0.1");
    await once(backend.#server, "listening");
    return backend;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  of(key: string): readonly Arrival[] {
    return this.arrivals.get(key) ?? [];
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    const reader = new MessageReader({
      framing: (_message, declared) => (declared === "until-close" ? "none" : declared),
      onHead: (message) => {
        const arrival = new Arrival(message, socket);
        const key = this.keyOf(arrival);
        this.arrivals.set(key, [...this.of(key), arrival]);
      },
      onComplete: () => undefined,
    });
    socket.on("data", (bytes) => {
      try {
        reader.push(bytes);
      } catch (error) {
        this.problems.push((error as Error).message);
        socket.destroy();
      }
    });
  }
}
