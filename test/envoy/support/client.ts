/** One HTTP/1.1 request on a connection of its own. */

import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";

export interface ClientResponse {
  status: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: string;
}

const limitMilliseconds = 20_000;

/** Sends it and waits for the whole response. Rejects when the connection breaks or nothing happens for 20 s. */
export async function send(
  port: number,
  {
    method = "GET",
    path = "/",
    headers = {},
    body,
  }: {
    method?: string;
    path?: string;
    headers?: OutgoingHttpHeaders;
    body?: string | Uint8Array;
  } = {},
): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: Buffer.concat(chunks).toString("latin1"),
        });
      });
    });
    outgoing.setTimeout(limitMilliseconds, () =>
      outgoing.destroy(new Error(`nothing happened for ${limitMilliseconds} ms`)),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
