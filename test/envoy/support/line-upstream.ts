/** An upstream that answers every request without body with its request line and Host, byte for byte. */
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface LineUpstream {
  url: string;
  close(): Promise<void>;
}

export async function startLineUpstream(): Promise<LineUpstream> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = "";
    socket.setEncoding("latin1");
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: string) => {
      received += chunk;
      for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
        const [line = "", ...fields] = received.slice(0, end).split("\r\n");
        const host =
          fields
            .find((field) => /^host:/i.test(field))
            ?.slice(5)
            .trim() ?? "";
        received = received.slice(end + 4);
        const body = `${line} | ${host}`;
        socket.write(Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`, "latin1"));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
