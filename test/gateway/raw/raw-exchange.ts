/** Sends a raw message through a proxy and reads what comes back, exactly. */
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fieldOf, type Message, readMessages } from "./messages.js";

/** A request of its own at the end of a connection, which is answered unless the connection is closed or out of step. */
export const following = "GET /following HTTP/1.1\r\nHost: following\r\nConnection: close\r\n\r\n";

/** Longer than all that a proxy does to the messages of the tables. */
const limitMilliseconds = 10_000;

export interface Sending {
  port: number;
  bytes: Buffer;
  /** Bytes that go out at once. */
  pieceBytes: number;
  /** Sent when `bytes` are out, or first after a complete response. */
  following: "at once" | "after the response" | "nothing";
  /** Awaited between a complete response and the request that follows. */
  beforeFollowing?: () => Promise<void>;
  /** The first request is HEAD. */
  head: boolean;
}

export interface Received {
  responses: Message[];
  /** What is wrong with the bytes that came. */
  problems: string[];
  /** How the connection ended: closed by the proxy, lost, or not at all within the limit. */
  end: "closed" | "lost" | "open";
}

export async function exchange(sending: Sending): Promise<Received> {
  const socket = connect({ port: sending.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  socket.setEncoding("latin1");
  let text = "";
  let followed = sending.following !== "after the response";
  const end = new Promise<Received["end"]>((resolve) => {
    const limit = setTimeout(resolve, limitMilliseconds, "open");
    const done = (how: Received["end"]) => {
      clearTimeout(limit);
      resolve(how);
    };
    socket.on("end", () => done("closed"));
    socket.on("error", () => done("lost"));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (!followed && read(text, sending, false).messages.some(isWholeFinalResponse)) {
        followed = true;
        void (sending.beforeFollowing?.() ?? Promise.resolve()).then(() => socket.write(following));
      }
    });
  });
  await send(socket, sending);
  const how = await end;
  socket.destroy();
  const { messages, problem, end: read_ } = read(text, sending, how === "closed");
  const problems = problem === undefined ? [] : [`The client got: ${problem}`];
  if (problem === undefined && messages.every(({ complete }) => complete) && read_ < text.length) {
    problems.push(`The client got, beyond all responses: ${JSON.stringify(text.slice(read_))}`);
  }
  return { responses: messages, problems, end: how };
}

async function send(
  socket: ReturnType<typeof connect>,
  { bytes, pieceBytes, following: when }: Sending,
): Promise<void> {
  const all = when === "at once" ? Buffer.concat([bytes, Buffer.from(following)]) : bytes;
  if (pieceBytes >= bytes.length) {
    socket.write(all);
  } else {
    await new Promise((resolve) => {
      socket.once("connect", resolve).once("close", resolve);
    });
    for (let i = 0; i < bytes.length && socket.writable; i += pieceBytes) {
      socket.write(bytes.subarray(i, i + pieceBytes));
      await nextTurn();
    }
    if (socket.writable) {
      socket.write(all.subarray(bytes.length));
    }
  }
  if (when === "nothing" && socket.writable) {
    socket.end();
  }
}

function read(text: string, { head }: Sending, ended: boolean): ReturnType<typeof readMessages> {
  let finals = 0;
  return readMessages(text, {
    startLine: /^HTTP\/1\.[01] [1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/,
    unframed: "until-close",
    bodyless: (message) => {
      const status = statusOf(message);
      const first = status >= 200 && finals++ === 0;
      return (
        status < 200 || status === 204 || status === 304 || (first && head) || fieldOf(message, "x-upstream") === "HEAD"
      );
    },
    ended,
  });
}

function isWholeFinalResponse(message: Message): boolean {
  return message.complete && statusOf(message) >= 200;
}

export function statusOf({ startLine }: Message): number {
  return Number(startLine.split(" ")[1]);
}
