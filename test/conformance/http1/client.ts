/** A client that sends exactly what it is told to and takes nothing but one well-framed response for each request. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { CaseRequest } from "../runner/case-file.js";
import { contentOf } from "../runner/payload.js";
import type { Splitting } from "../runner/splitting.js";
import { writeBody } from "./body-writer.js";
import { MessageReader, type ReceivedMessage } from "./message-reader.js";

export interface ClientResponse {
  status: number;
  headers: readonly (readonly [name: string, value: string])[];
  body: Buffer;
}

interface Connection {
  socket: Socket;
  reader: MessageReader;
  /** Methods of the requests that have no response yet. */
  methods: string[];
  response: ReceivedMessage | undefined;
  error: Error | undefined;
  ended: boolean;
  changed(): void;
}

const limitMilliseconds = 10_000;

/** Requests follow each other on one connection as long as the other side keeps it. */
export class CaseClient {
  readonly #port: number;
  #connection: Connection | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * @param last The connection is ended with this exchange; what came on it beyond the response is an error.
   * Rejects when the response is not complete, or not there within 10 s.
   */
  async exchange(request: CaseRequest, splitting: Splitting, last: boolean): Promise<ClientResponse> {
    const connection = await this.#connect();
    connection.response = undefined;
    connection.methods.push(request.method);
    const closing = () => connection.response !== undefined && closes(connection.response);
    const sent = this.#send(connection.socket, request, splitting, last, closing);
    const what = `${request.method} ${request.path}: no complete response`;
    const response = await waitFor(connection, what, () => connection.response);
    await sent;
    if (last || closes(response)) {
      this.#connection = undefined;
      connection.socket.end();
      await waitFor(connection, "the connection was not closed", () => (connection.ended ? true : undefined));
      connection.socket.destroy();
    }
    if (connection.reader.surplus > 0) throw new Error(`${connection.reader.surplus} bytes beyond the response`);
    return { status: statusOf(response), headers: response.headers, body: Buffer.concat(response.body) };
  }

  close(): void {
    this.#connection?.socket.destroy();
  }

  async #connect(): Promise<Connection> {
    if (this.#connection?.ended === false) return this.#connection;
    const socket = connect({ host: "127.0.0.1", port: this.#port, noDelay: true, allowHalfOpen: true });
    this.#connection = openConnection(socket);
    await once(socket, "connect");
    return this.#connection;
  }

  async #send(socket: Socket, request: CaseRequest, splitting: Splitting, last: boolean, stopped: () => boolean): Promise<void> {
    const content = contentOf(request);
    const pieces = content === undefined ? [] : splitting.split(content.parts);
    const framing: [string, string][] =
      content === undefined ? []
      : content.chunked ? [["transfer-encoding", "chunked"]]
      : [["content-length", String(content.parts[0]!.length)]];
    const host: [string, string] = ["host", request.authority ?? "gateway.test"];
    const ending: [string, string][] = last ? [["connection", "close"]] : [];
    const headers = [host, ...(request.headers ?? []), ...framing, ...ending];
    const head = [`${request.method} ${request.path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), "", ""];
    socket.write(Buffer.from(head.join("\r\n"), "latin1"));
    await writeBody(socket, pieces, content?.chunked ?? false, stopped);
  }
}

function openConnection(socket: Socket): Connection {
  const connection: Connection = {
    socket, methods: [], response: undefined, error: undefined, ended: false,
    changed: () => undefined,
    reader: new MessageReader({
      framing: (message, declared) => {
        const status = statusOf(message);
        return status < 200 || status === 204 || status === 304 || connection.methods[0] === "HEAD" ? "none" : declared;
      },
      onHead: (message) => {
        if (connection.methods.length === 0) throw new Error(`a second response: ${message.startLine}`);
      },
      onComplete: (message) => {
        if (statusOf(message) < 200) return;
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
  socket.on("data", (bytes) => note(() => connection.reader.push(bytes)));
  socket.on("end", () => {
    connection.ended = true;
    note(() => connection.reader.end());
  });
  // After a complete response a reset means no more than that the rest of the request was not wanted.
  socket.on("error", (error) => note(() => {
    if (connection.response === undefined) throw error;
  }));
  socket.on("close", () => {
    connection.ended = true;
    connection.changed();
  });
  return connection;
}

async function waitFor<Value>(connection: Connection, what: string, value: () => Value | undefined): Promise<Value> {
  const timer = setTimeout(() => {
    connection.error ??= new Error(`${what} within ${limitMilliseconds} ms`);
    connection.changed();
  }, limitMilliseconds);
  try {
    for (;;) {
      if (connection.error !== undefined) throw connection.error;
      const found = value();
      if (found !== undefined) return found;
      if (connection.ended) throw new Error(`${what} before the connection ended`);
      await new Promise<void>((resolve) => {
        connection.changed = resolve;
      });
    }
  } finally {
    clearTimeout(timer);
  }
}

function statusOf({ startLine }: ReceivedMessage): number {
  return Number(startLine.split(" ")[1]);
}

function closes({ headers }: ReceivedMessage): boolean {
  return headers.some(([name, value]) => name.toLowerCase() === "connection" && value.toLowerCase() === "close");
}
