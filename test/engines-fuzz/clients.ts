/** Clients on sockets, that send chunk by chunk what they are told to. */
import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { MessageReader, type ReceivedMessage } from "../../src/cases/http1/message-reader.js";
import type { ClientSight } from "./exchange.js";

export interface OutgoingRequest {
  method: string;
  headers: readonly (readonly [name: string, value: string])[];
  /** `none` ends with its head. */
  framing: "none" | "chunked" | { length: number };
}

export interface SocketClient {
  readonly sight: ClientSight;
  /** @param last Nothing follows. */
  send(chunk: string, last: boolean): void;
  end(trailers: boolean): void;
  /** The chunks that were sent have come to the other side, as far as one can know: over HTTP/2 that answers a ping. */
  arrived(): Promise<void>;
  close(): void;
}

const trailer = ["x-t", "request"] as const;

export async function openClient(
  protocol: string,
  port: number,
  host: string,
  request: OutgoingRequest,
): Promise<SocketClient> {
  return protocol === "HTTP/2" ? Http2Client.open(port, host, request) : Http1Client.open(port, host, request);
}

class Http1Client implements SocketClient {
  readonly #socket: Socket;
  readonly #chunked: boolean;
  #message: ReceivedMessage | undefined;
  #ended = false;
  #malformed: string | undefined;

  private constructor(socket: Socket, { method, framing }: OutgoingRequest) {
    this.#socket = socket;
    this.#chunked = framing === "chunked";
    const reader = new MessageReader({
      framing: (message, declared) => {
        const status = statusOf(message);
        return status < 200 || status === 204 || status === 304 || method === "HEAD" ? "none" : declared;
      },
      onHead: (message) => {
        if (statusOf(message) >= 200) {
          this.#message = message;
        }
      },
      onComplete: () => undefined,
    });
    const note = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        this.#malformed = (error as Error).message;
      }
    };
    socket.on("data", (bytes) => {
      note(() => reader.push(bytes));
    });
    socket.on("end", () => {
      note(() => reader.end());
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended = true;
    });
  }

  static async open(port: number, host: string, request: OutgoingRequest): Promise<Http1Client> {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    const client = new Http1Client(socket, request);
    await once(socket, "connect");
    const { method, headers, framing } = request;
    const framed =
      framing === "chunked"
        ? ["transfer-encoding: chunked"]
        : framing === "none"
          ? []
          : [`content-length: ${framing.length}`];
    socket.write(
      [
        `${method} / HTTP/1.1`,
        `host: ${host}`,
        ...headers.map(([name, value]) => `${name}: ${value}`),
        ...framed,
        "",
        "",
      ].join("\r\n"),
    );
    return client;
  }

  get sight(): ClientSight {
    const message = this.#message;
    const complete = message?.complete === true;
    return {
      end: complete ? "complete" : !this.#ended ? "open" : message === undefined ? "none" : "broken",
      status: message === undefined ? 0 : statusOf(message),
      headers: message?.headers ?? [],
      body: this.#malformed ?? Buffer.concat(message?.body ?? []).toString(),
      trailers: [...(message?.trailers ?? [])],
    };
  }

  send(chunk: string): void {
    this.#socket.write(this.#chunked ? `${chunk.length.toString(16)}\r\n${chunk}\r\n` : chunk);
  }

  end(trailers: boolean): void {
    this.#socket.write(`0\r\n${trailers ? `${trailer.join(": ")}\r\n` : ""}\r\n`);
  }

  async arrived(): Promise<void> {
    // They are in its socket.
  }

  close(): void {
    this.#socket.destroy();
  }
}

function statusOf({ startLine }: ReceivedMessage): number {
  return Number(startLine.split(" ")[1]);
}

class Http2Client implements SocketClient {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #body: Buffer[] = [];
  /** The last chunk has been written. */
  #sent: Promise<void> = Promise.resolve();
  #status = 0;
  #headers: [string, string][] = [];
  #trailers: [string, string][] = [];
  #end: "open" | "complete" | "closed" = "open";

  private constructor(session: ClientHttp2Session, host: string, { method, headers, framing }: OutgoingRequest) {
    this.#session = session;
    session.on("error", () => undefined);
    const fields: Record<string, string> = {
      ":method": method,
      ":path": "/",
      ":authority": host,
      ...Object.fromEntries(headers),
      ...(typeof framing === "object" ? { "content-length": String(framing.length) } : {}),
    };
    const none = framing === "none" || (typeof framing === "object" && framing.length === 0);
    const stream = session.request(fields, { endStream: none, waitForTrailers: true });
    this.#stream = stream;
    stream.on("response", (head) => {
      this.#status = head[":status"] ?? 0;
      this.#headers = pairsOf(head);
    });
    stream.on("data", (bytes: Buffer) => this.#body.push(bytes));
    stream.on("trailers", (fieldsOfTrailers: Readonly<Record<string, string>>) => {
      this.#trailers = pairsOf(fieldsOfTrailers);
    });
    stream.on("error", () => undefined);
    stream.on("end", () => {
      if (!stream.aborted && (stream.rstCode === undefined || stream.rstCode === constants.NGHTTP2_NO_ERROR)) {
        this.#end = "complete";
      }
    });
    stream.on("close", () => {
      if (this.#end === "open" || (stream.rstCode !== undefined && stream.rstCode !== constants.NGHTTP2_NO_ERROR)) {
        this.#end = "closed";
      }
    });
  }

  static async open(port: number, host: string, request: OutgoingRequest): Promise<Http2Client> {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await once(session, "connect");
    return new Http2Client(session, host, request);
  }

  get sight(): ClientSight {
    return {
      end: this.#end === "open" || this.#end === "complete" ? this.#end : this.#status === 0 ? "none" : "broken",
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#body).toString(),
      trailers: this.#trailers,
    };
  }

  send(chunk: string, last: boolean): void {
    this.#sent = new Promise((resolve) => {
      const done = (): void => {
        resolve();
      };
      if (last) {
        this.#stream.end(chunk, done);
      } else {
        this.#stream.write(chunk, done);
      }
    });
  }

  end(trailers: boolean): void {
    this.#stream.on("wantTrailers", () => {
      this.#stream.sendTrailers(trailers ? { [trailer[0]]: trailer[1] } : {});
    });
    this.#stream.end();
  }

  async arrived(): Promise<void> {
    // Pings overtake what has not been written.
    await this.#sent;
    if (!this.#session.destroyed) {
      await new Promise<void>((resolve) => {
        this.#session.ping(() => {
          resolve();
        });
      });
    }
  }

  close(): void {
    this.#session.destroy();
  }
}

function pairsOf(head: Readonly<Record<string, string | number | readonly string[] | undefined>>): [string, string][] {
  return Object.entries(head)
    .filter(([name]) => !name.startsWith(":"))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)]),
    );
}
