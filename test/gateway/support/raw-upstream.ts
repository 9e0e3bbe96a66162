/** An upstream that answers exactly the bytes it is told to. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** One connection to the upstream. */
export class RawConnection {
  received = "";
  /** The gateway has closed its side, or the connection is lost. */
  closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.received += chunk;
      this.#wake();
    });
    socket.on("error", () => {
      // A lost connection is what some tests are about.
    });
    const onClosed = () => {
      this.closed = true;
      this.#wake();
    };
    socket.on("end", onClosed);
    socket.on("close", onClosed);
  }

  send(bytes: string): this {
    this.socket.write(Buffer.from(bytes, "latin1"));
    return this;
  }

  /** Waits until what came contains `text`; fails when the connection is closed before that. */
  async until(text: string): Promise<string> {
    await this.#when(() => this.received.includes(text) || this.closed);
    if (!this.received.includes(text)) {
      throw new Error(`The connection was closed before ${JSON.stringify(text)}: ${this.received}`);
    }
    return this.received;
  }

  /** Waits until the gateway has closed the connection. */
  async untilClosed(): Promise<void> {
    await this.#when(() => this.closed);
  }

  async #when(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) {
      wake();
    }
    this.#waiting.clear();
  }
}

export class RawUpstream {
  readonly connections: RawConnection[] = [];
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];

  private constructor(onConnection: (connection: RawConnection) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new RawConnection(socket);
      this.connections.push(connection);
      onConnection(connection);
      for (const wake of this.#waiting.splice(0)) {
        wake();
      }
    });
  }

  static async start(onConnection: (connection: RawConnection) => void = () => undefined): Promise<RawUpstream> {
    const upstream = new RawUpstream(onConnection);
    await new Promise<void>((resolve) => {
      upstream.#server.listen(0, "127.0.0.1", resolve);
    });
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The connection with that number, once it is there. */
  async connection(index = 0): Promise<RawConnection> {
    while (this.connections.length <= index) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.connections[index]!;
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) {
      socket.destroy();
    }
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Answers every request that has no body with the same bytes. */
export function answering(response: string): (connection: RawConnection) => void {
  return (connection) => {
    let answered = 0;
    connection.socket.on("data", () => {
      const requests = connection.received.split("\r\n\r\n").length - 1;
      for (; answered < requests; answered++) {
        connection.send(response);
      }
    });
  };
}

export const okResponse = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
