/** A client that sends exactly the bytes it is told to, and reads exactly what comes. */
import { connect, type Socket } from "node:net";

export class RawClient {
  readonly socket: Socket;
  #received = "";
  #ended = false;
  #error: Error | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (chunk: string) => {
      this.#received += chunk;
      this.#wake();
    });
    this.socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
    this.socket.on("error", (error) => {
      this.#error = error;
      this.#wake();
    });
    this.socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Everything that came so far, a byte a char. */
  get received(): string {
    return this.#received;
  }

  /** The gateway has closed its side, or the connection is lost. */
  get ended(): boolean {
    return this.#ended;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  /** Waits until what came contains `text`; fails when the connection ends before that. */
  async until(text: string): Promise<string> {
    await this.#when(() => this.#received.includes(text) || this.#ended);
    if (!this.#received.includes(text)) {
      const how = this.#error?.message ?? "in order";
      throw new Error(`The connection ended (${how}) before ${JSON.stringify(text)}: ${this.#received}`);
    }
    return this.#received;
  }

  /** Waits for the end of the connection. */
  async untilEnd(): Promise<string> {
    await this.#when(() => this.#ended);
    return this.#received;
  }

  /** Forgets what came so far. */
  clear(): void {
    this.#received = "";
  }

  close(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #when(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) {
      wake();
    }
  }
}

/** One response in one string: reads it apart. */
export function parseResponse(text: string): { status: number; headers: [string, string][]; body: string } {
  const headEnd = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, headEnd).split("\r\n");
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
    body: text.slice(headEnd + 4),
  };
}

/** Sends `bytes` in two pieces, which the gateway usually reads apart, and waits for the end of the connection. */
export async function sendInTwo(client: RawClient, bytes: string, at: number): Promise<string> {
  await connected(client);
  client.send(bytes.slice(0, at));
  await turnOfTheLoop();
  return client.send(bytes.slice(at)).untilEnd();
}

/** The same with a piece for each byte. */
export async function sendByteByByte(client: RawClient, bytes: string): Promise<string> {
  await connected(client);
  for (const byte of bytes) {
    client.send(byte);
    await turnOfTheLoop();
  }
  return client.untilEnd();
}

async function connected({ socket }: RawClient): Promise<void> {
  socket.setNoDelay();
  await new Promise((resolve) => socket.once("connect", resolve));
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
