/** Raw requests one after another, on connections that are kept as long as the server keeps them. */
import { parseResponse, RawClient } from "../../gateway/support/raw-client.js";

export interface RawAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

const connections = 8;

/** The answers to `requests`, which have no bodies, in their order. */
export async function exchangeAll(port: number, requests: readonly string[]): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      let client = new RawClient(port);
      while (next < requests.length) {
        const index = next++;
        const answer = await exchange(client, requests[index]!);
        answers[index] = answer;
        // Who refuses a message may give up its connection.
        if (answer.status >= 400 || answer.headers["connection"] === "close") {
          client.close();
          client = new RawClient(port);
        }
        client.clear();
      }
      client.close();
    }),
  );
  return answers;
}

async function exchange(client: RawClient, request: string): Promise<RawAnswer> {
  await client.send(request).until("\r\n\r\n");
  const { status, headers } = parseResponse(client.received);
  const named = Object.fromEntries(headers);
  const length = Number(named["content-length"] ?? 0);
  const whole = () => parseResponse(client.received).body;
  while (whole().length < length) {
    await new Promise((resolve) => client.socket.once("data", resolve));
  }
  return { status, headers: named, body: whole() };
}
