/** An upstream for tests: remembers what reached it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** `partial`: it was broken off. */
  state: "arriving" | "complete" | "partial";
}

export interface RecordingUpstream {
  url: string;
  /** In the order of their heads. */
  requests: RecordedRequest[];
  /** Resolves when `condition` holds for what has arrived; it is asked again whenever something happens. */
  until(condition: (requests: RecordedRequest[]) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Answers every complete request with `answer`; default: 200 and "hello". Close it at the end. */
export async function startUpstream(
  answer: (request: RecordedRequest, response: ServerResponse) => void = (_request, response) => response.end("hello"),
): Promise<RecordingUpstream> {
  const requests: RecordedRequest[] = [];
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const check of waiting) {
      check();
    }
  };

  const server = createServer((message, response) => {
    const request = recorded(message);
    requests.push(request);
    changed();
    message.on("data", (chunk: Buffer) => {
      request.body += chunk.toString("latin1");
      changed();
    });
    message.on("end", () => {
      request.state = "complete";
      answer(request, response);
      changed();
    });
    message.on("close", () => {
      if (request.state === "arriving") {
        request.state = "partial";
      }
      changed();
    });
    message.on("error", () => undefined); // "close" follows
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    until: (condition) =>
      new Promise((resolve) => {
        const check = () => {
          if (condition(requests)) {
            waiting.delete(check);
            resolve();
          }
        };
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function recorded({ method = "", url = "", headers }: IncomingMessage): RecordedRequest {
  return { method, path: url, headers, body: "", state: "arriving" };
}
