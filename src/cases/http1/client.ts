/** A client that sends exactly what it is told to and takes nothing but one well-framed response for each request. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { CaseRequest, ResponseEnd } from "../runner/case-file.js";
import { contentLength, contentOf, piecesOf } from "../runner/payload.js";
import { nextRequestId } from "../runner/request-id.js";
import type { Client, ClientOutcome, ExchangeOptions } from "../surroundings.js";
import { writeBody } from "./body-writer.js";
import { MessageReader, type ReceivedMessage } from "./message-reader.js";

interface Connection {
  socket: Socket;
  reader: MessageReader;
  /** Methods of the requests that have no response yet. */
  methods: string[];
  /** The final response that is coming. */
  current: ReceivedMessage | undefined;
  response: ReceivedMessage | undefined;
  /** What came is no HTTP, or does not come at all. */
  error: Error | undefined;
  /** The client has gone away. */
  aborted: boolean;
  ended: boolean;
  changed(): void;
}

/** Longer than all that a policy waits for in a case. */
const limitMilliseconds = 20_000;

/** The kernel takes so much of a request, and its end, whether it is read or not. */
const readBytes = 65_536;

/** Requests follow each other on one connection as long as the other side keeps it. */
export class SocketClient implements Client {
  readonly #port: number;
  /** Who signs the other side's certificate; undefined for plain text. */
  readonly #ca: string | undefined;
  #connection: Connection | undefined;
  #received: ReceivedMessage | undefined;

  constructor(port: number, ca?: string) {
    this.#port = port;
    this.#ca = ca;
  }

  get received(): { status: number; bytes: number } {
    const message = this.#connection === undefined ? this.#received : messageOf(this.#connection);
    return { status: statusOf(message), bytes: message?.body.reduce((sum, { length }) => sum + length, 0) ?? 0 };
  }

  /** Rejects when there is no connection, or the response has no end, within 20 s. */
  async exchange(request: CaseRequest, options: ExchangeOptions): Promise<ClientOutcome> {
    this.#received = undefined;
    const connection = await this.#connect(request);
    connection.current = undefined;
    connection.response = undefined;
    connection.methods.push(request.method);
    const begin = performance.now();
    const requestId = nextRequestId();
    const sent = this.#send(connection, request, requestId, options);
    const what = `${request.method} ${request.path}: no complete response`;
    const end = await waitFor(connection, what, () => endOf(connection));
    const elapsedMilliseconds = performance.now() - begin;
    await sent;
    const message = messageOf(connection);
    this.#received = message;
    if (end !== "complete") {
      this.#connection = undefined;
      connection.socket.destroy();
    } else if (options.last || closes(message!)) {
      this.#connection = undefined;
      if (!mayStayUnread(request)) {
        connection.socket.end();
        await waitFor(connection, "the connection was not closed", () => (connection.ended ? true : undefined));
      }
      connection.socket.destroy();
    }
    if (connection.reader.surplus > 0 && end === "complete") {
      throw new Error(`${connection.reader.surplus} bytes beyond the response`);
    }
    return {
      requestId,
      end,
      elapsedMilliseconds,
      status: statusOf(message),
      headers: message?.headers ?? [],
      body: Buffer.concat(message?.body ?? []),
      trailers: message?.trailers ?? [],
    };
  }

  close(): void {
    this.#connection?.socket.destroy();
  }

  async #connect({ tls }: CaseRequest): Promise<Connection> {
    const options = { host: "127.0.0.1", port: this.#port, noDelay: true, allowHalfOpen: true };
    if (this.#ca !== undefined) {
      // Each request may have a certificate of its own.
      this.#connection?.socket.destroy();
      const certificate = tls === undefined ? {} : { cert: tls.clientCertificate, key: tls.clientKey };
      const socket = connectTls({ ...options, ca: this.#ca, ...certificate });
      this.#connection = openConnection(socket);
      await opened(socket, "secureConnect");
      return this.#connection;
    }
    if (this.#connection?.ended === false) {
      return this.#connection;
    }
    const socket = connect(options);
    this.#connection = openConnection(socket);
    await opened(socket, "connect");
    return this.#connection;
  }

  async #send(
    connection: Connection,
    request: CaseRequest,
    requestId: string,
    { splitting, last, progress }: ExchangeOptions,
  ): Promise<void> {
    const { socket } = connection;
    const content = contentOf(request);
    const framing: [string, string][] =
      content === undefined
        ? []
        : content.chunked
          ? [["transfer-encoding", "chunked"]]
          : [["content-length", String(contentLength(content))]];
    const host: [string, string] = ["host", request.authority ?? "gateway.test"];
    const ending: [string, string][] = last ? [["connection", "close"]] : [];
    const headers = [host, ["x-request-id", requestId] as const, ...(request.headers ?? []), ...framing, ...ending];
    const head = [
      `${request.method} ${request.path} HTTP/1.1`,
      ...headers.map(([name, value]) => `${name}: ${value}`),
      "",
      "",
    ];
    socket.write(Buffer.from(head.join("\r\n"), "latin1"));
    try {
      await writeBody(socket, {
        pieces: content === undefined ? [] : piecesOf(content, splitting),
        chunked: content?.chunked ?? false,
        trailers: request.trailers ?? [],
        progress,
        stopped: () => connection.response !== undefined && closes(connection.response),
        abort: () => {
          connection.aborted = true;
          socket.destroy();
        },
      });
    } catch (error) {
      connection.error ??= error as Error;
      connection.changed();
    }
  }
}

async function opened(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  const signal = AbortSignal.timeout(limitMilliseconds);
  try {
    await once(socket, event, { signal });
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? new Error(`no connection within ${limitMilliseconds} ms`) : error;
  }
}

function openConnection(socket: Socket): Connection {
  const connection: Connection = {
    socket,
    methods: [],
    current: undefined,
    response: undefined,
    error: undefined,
    aborted: false,
    ended: false,
    changed: () => undefined,
    reader: new MessageReader({
      framing: (message, declared) => {
        const status = statusOf(message);
        return status < 200 || status === 204 || status === 304 || connection.methods[0] === "HEAD" ? "none" : declared;
      },
      onHead: (message) => {
        if (connection.methods.length === 0) {
          throw new Error(`a second response: ${message.startLine}`);
        }
        if (statusOf(message) >= 200) {
          connection.current = message;
        }
      },
      onComplete: (message) => {
        if (statusOf(message) < 200) {
          return;
        }
        connection.methods.shift();
        connection.response = message;
      },
    }),
  };
  const note = (step: () => void) => {
    try {
      step();
    } catch (error) {
      connection.error = error as Error;
    }
    connection.changed();
  };
  socket.on("data", (bytes) => {
    note(() => connection.reader.push(bytes));
  });
  socket.on("end", () => {
    connection.ended = true;
    note(() => connection.reader.end());
  });
  // After a complete response a reset means no more than that the rest of the request was not wanted.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    connection.ended = true;
    connection.changed();
  });
  return connection;
}

function messageOf({ response, current }: Connection): ReceivedMessage | undefined {
  return response ?? current;
}

function endOf({ response, current, aborted, ended }: Connection): ResponseEnd | undefined {
  if (aborted) {
    return "aborted";
  }
  if (response !== undefined) {
    return "complete";
  }
  if (!ended) {
    return undefined;
  }
  return current === undefined ? "none" : "broken";
}

async function waitFor<Value>(connection: Connection, what: string, value: () => Value | undefined): Promise<Value> {
  const timer = setTimeout(() => {
    connection.error ??= new Error(`${what} within ${limitMilliseconds} ms`);
    connection.changed();
  }, limitMilliseconds);
  try {
    for (;;) {
      if (connection.error !== undefined) {
        throw connection.error;
      }
      const found = value();
      if (found !== undefined) {
        return found;
      }
      await new Promise<void>((resolve) => {
        connection.changed = resolve;
      });
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The end of a request that nobody reads waits behind it, however long the other side lingers for clients that still send. */
function mayStayUnread(request: CaseRequest): boolean {
  const content = contentOf(request);
  return content !== undefined && contentLength(content) > readBytes;
}

function statusOf(message: ReceivedMessage | undefined): number {
  return message === undefined ? 0 : Number(message.startLine.split(" ")[1]);
}

function closes({ headers }: ReceivedMessage): boolean {
  return headers.some(([name, value]) => name.toLowerCase() === "connection" && value.toLowerCase() === "close");
}
