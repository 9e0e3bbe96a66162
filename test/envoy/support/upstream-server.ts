/** A small HTTP server that records what reaches it. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  method: string;
  path: string;
  /** Name, value, name, value … as received. */
  rawHeaders: string[];
  headers: IncomingMessage["headers"];
  body: Buffer;
  rawTrailers: string[];
  /** false: broken off before its end. */
  complete: boolean;
}

export interface UpstreamServer {
  port: number;
  /** Requests whose head arrived, in order; they fill while their bodies arrive. */
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Answers every complete request with `answer`; default 200 and an empty body. */
export async function startUpstream(
  answer: (request: SeenRequest, response: ServerResponse) => void = (_request, response) => response.end(),
): Promise<UpstreamServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const request: SeenRequest = {
      method: message.method ?? "",
      path: message.url ?? "",
      rawHeaders: message.rawHeaders,
      headers: message.headers,
      body: Buffer.alloc(0),
      rawTrailers: [],
      complete: false,
    };
    seen.push(request);
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("error", () => undefined);
    message.on("end", () => {
      request.body = Buffer.concat(chunks);
      request.rawTrailers = message.rawTrailers;
      request.complete = true;
      answer(request, response);
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
