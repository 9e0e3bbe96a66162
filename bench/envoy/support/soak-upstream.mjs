// What the soak's policy and route have behind them: echoes requests, answers calls, breaks some off.
import { createServer } from "node:http";

/** @returns {Promise<{ port: number, close: () => Promise<void> }>} */
export async function startUpstream() {
  const server = createServer((request, response) => {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    if (request.url === "/asked") {
      response.end("this");
      return;
    }
    if (request.url === "/breaks") {
      request.socket.destroy();
      return;
    }
    response.setHeader("x-seen-gathered", request.headers["x-gathered"] ?? "");
    response.setHeader("x-seen-asked", request.headers["x-asked"] ?? "");
    request.pipe(response);
  });
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
