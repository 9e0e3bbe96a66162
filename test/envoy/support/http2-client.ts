/** One HTTP/2 request on a connection of its own, without TLS. */
import { connect, type OutgoingHttpHeaders } from "node:http2";

export interface Http2Response {
  /** 0: the stream was reset before its head. */
  status: number;
  headers: Readonly<Record<string, unknown>>;
  trailers: Readonly<Record<string, unknown>>;
  body: string;
  /** The error code of the stream's end, 0 for none. */
  reset: number;
}

const limitMilliseconds = 20_000;

/** Sends it and waits for the stream's end. Rejects when the connection breaks or nothing happens for 20 s. */
export async function sendHttp2(
  port: number,
  { headers = {}, body }: { headers?: OutgoingHttpHeaders; body?: string | Uint8Array } = {},
): Promise<Http2Response> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    return await new Promise((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({ ":path": "/", ...headers });
      const response: Http2Response = { status: 0, headers: {}, trailers: {}, body: "", reset: 0 };
      const chunks: Buffer[] = [];
      stream.setTimeout(limitMilliseconds, () => {
        reject(new Error(`nothing happened for ${limitMilliseconds} ms`));
      });
      stream.on("response", (received) => {
        response.status = received[":status"] ?? 0;
        response.headers = received;
      });
      stream.on("trailers", (received) => {
        response.trailers = received;
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      // What matters of it is the code.
      stream.on("error", () => undefined);
      stream.on("close", () => {
        resolve({ ...response, body: Buffer.concat(chunks).toString("latin1"), reset: stream.rstCode ?? 0 });
      });
      stream.end(body);
    });
  } finally {
    session.destroy();
  }
}
