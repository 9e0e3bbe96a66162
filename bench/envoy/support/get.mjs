// One GET on a connection of its own, with nothing between the measurement and the socket.
import { connect } from "node:net";

const LIMIT = 5_000;

/**
 * @param {number} port @param {Record<string, string>} headers
 * @returns {Promise<{ status: number, head: string, body: string }>}
 */
export async function get(port, headers) {
  return new Promise((resolve, reject) => {
    let received = "";
    const lines = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    const socket = connect(port, "127.0.0.1", () => socket.write(`GET / HTTP/1.1\r\nhost: bench\r\n${lines}\r\n`));
    socket.setTimeout(LIMIT, () => socket.destroy(new Error(`no answer within ${LIMIT} ms`)));
    socket.setEncoding("latin1").on("data", (/** @type {string} */ text) => {
      received += text;
      const end = received.indexOf("\r\n\r\n");
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (end < 0 || received.length < end + 4 + length) {
        return;
      }
      socket.destroy();
      resolve({
        status: Number(received.split(" ", 2)[1]),
        head: received.slice(0, end),
        body: received.slice(end + 4),
      });
    });
    socket.on("error", reject).on("close", () => reject(new Error("the connection was closed")));
  });
}
