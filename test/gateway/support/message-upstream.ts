/** An upstream that reads whole messages by Node's own server, and answers each with what it got. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface MessageUpstream {
  url: string;
  /** Method, target and body of each request, such as `POST /a abc`. */
  requests: string[];
  /** The trailers of each, as they came: name, value, name, value … */
  trailers: string[][];
  /** The lines of each head in the same form. */
  headers: string[][];
  /** Most requests that were in progress at the same time. */
  mostAtOnce: number;
}

/** Answers with the line of `requests`, or with as many bytes as the path says: `/bytes/1000`. Closed with the test. */
export async function messageUpstream(): Promise<MessageUpstream> {
  let atOnce = 0;
  const upstream: MessageUpstream = { url: "", requests: [], trailers: [], headers: [], mostAtOnce: 0 };
  const server = createServer({ maxHeaderSize: 1_048_576 }, (request, response) => {
    atOnce += 1;
    upstream.mostAtOnce = Math.max(upstream.mostAtOnce, atOnce);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      const line = `${method} ${url} ${Buffer.concat(chunks).toString("latin1")}`.trimEnd();
      upstream.requests.push(line);
      upstream.trailers.push(request.rawTrailers);
      upstream.headers.push(request.rawHeaders);
      atOnce -= 1;
      const bytes = /^\/bytes\/(\d+)$/.exec(url)?.[1];
      response.end(bytes === undefined ? line : Buffer.alloc(Number(bytes)));
    });
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return upstream;
}
