/** The upstream of `sluice dev` when none is given: it answers with what it got. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Bytes of a request's body that are echoed; what comes after is counted only. */
const echoedBytes = 65_536;

export interface EchoUpstream {
  /** Its origin. */
  url: string;
  /** Stops it and its connections. Idempotent. */
  close(): Promise<void>;
}

/** Starts an echo upstream on a free port of the loopback interface. */
export async function startEchoUpstream(): Promise<EchoUpstream> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  let kept = 0;
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (kept < echoedBytes) {
      const part = chunk.subarray(0, echoedBytes - kept);
      chunks.push(part);
      kept += part.length;
    }
  }
  const echo = {
    method: request.method,
    path: request.url,
    headers: headersOf(request.rawHeaders),
    body: Buffer.concat(chunks).toString(),
    bodyBytes: bytes,
  };
  response.setHeader("content-type", "application/json");
  response.end(`${JSON.stringify(echo, null, 2)}\n`);
}

/** Names in lower case; a repeated header is a list. */
function headersOf(raw: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[index + 1] ?? ""]);
  }
  return Object.fromEntries(
    [...headers].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}
