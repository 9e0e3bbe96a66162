/** Exchanges whose bodies come in pieces with pauses between them, on both sides. */
import { createServer, type IncomingMessage, request } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** How a body comes. */
export interface BodyForm {
  pieces: readonly string[];
  /** Between two pieces, and before the end. */
  gap: number;
  /** Else it is chunked. */
  length: boolean;
  trailers: boolean;
}

export interface Received {
  /** "none": it did not begin. */
  state: "complete" | "broken" | "none";
  status?: number;
  body: string;
  trailer?: string | undefined;
}

const limitMilliseconds = 15_000;
const trailer = "x-end";

interface Sink {
  write(data: string): unknown;
  end(): unknown;
  addTrailers?(trailers: Record<string, string>): void;
}

export function framing({ pieces, length, trailers }: BodyForm): Record<string, string> {
  if (length) {
    return { "content-length": String(Buffer.byteLength(pieces.join(""))) };
  }
  return { "transfer-encoding": "chunked", ...(trailers && { trailer }) };
}

export async function sendPieces(sink: Sink, { pieces, gap, trailers }: BodyForm): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) {
      await pause(gap);
    }
    sink.write(piece);
  }
  if (pieces.length > 1) {
    await pause(gap);
  }
  if (trailers) {
    sink.addTrailers?.({ [trailer]: "yes" });
  }
  sink.end();
}

export async function receive(message: IncomingMessage): Promise<Received> {
  const received: Received = { state: "broken", body: "" };
  return new Promise((resolve) => {
    message.on("data", (chunk: Buffer) => (received.body += chunk.toString("latin1")));
    message.on("error", () => resolve(received));
    message.on("close", () => resolve(received));
    message.on("end", () => {
      received.state = "complete";
      received.trailer = message.trailers[trailer];
    });
  });
}

/** What the client gets. */
export async function exchange(port: number, path: string, form: BodyForm, method = "POST"): Promise<Received> {
  return new Promise((resolve) => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      method,
      path,
      headers: framing(form),
      agent: false,
      signal: AbortSignal.timeout(limitMilliseconds),
    });
    outgoing.on("response", (response) => {
      void receive(response).then((received) => {
        resolve({ ...received, status: response.statusCode ?? 0 });
      });
    });
    outgoing.on("error", () => resolve({ state: "none", body: "" }));
    void sendPieces(outgoing, form);
  });
}

/** The same over HTTP/2. */
export async function exchange2(port: number, path: string, form: BodyForm): Promise<Received> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const { "transfer-encoding": _, ...headers } = framing(form);
  const stream = session.request({ ":method": "POST", ":path": path, ...headers }, { waitForTrailers: form.trailers });
  stream.on("wantTrailers", () => stream.sendTrailers({ [trailer]: "yes" }));
  stream.setTimeout(limitMilliseconds, () => stream.close());
  const received: Received = { state: "none", body: "" };
  const done = new Promise<Received>((resolve) => {
    stream.on("response", (head) => {
      received.state = "broken";
      received.status = head[":status"] ?? 0;
    });
    stream.on("data", (chunk: Buffer) => (received.body += chunk.toString("latin1")));
    stream.on("trailers", (fields: Record<string, string | undefined>) => (received.trailer = fields[trailer]));
    stream.on("end", () => (received.state = "complete"));
    stream.on("error", () => undefined);
    stream.on("close", () => resolve({ ...received, state: stream.rstCode === 0 ? received.state : "broken" }));
  });
  void sendPieces(stream, form);
  const result = await done;
  session.close();
  return result;
}

export interface PacedUpstream {
  port: number;
  /** What came, by path. */
  readonly seen: Map<string, Promise<Received>>;
  close(): Promise<void>;
}

/** Answers when the request is complete, with what `answer` says for its path. */
export async function startPacedUpstream(answer: (path: string) => BodyForm): Promise<PacedUpstream> {
  const seen = new Map<string, Promise<Received>>();
  const server = createServer((message, response) => {
    const path = message.url ?? "";
    const received = receive(message);
    seen.set(path, received);
    message.on("end", () => {
      const form = answer(path);
      response.writeHead(200, framing(form));
      void sendPieces(response, form);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
