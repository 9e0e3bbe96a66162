// What the policies have behind them: echoes requests, with what it was told of the policies on the way, and answers their calls.
import { createServer } from "node:http";

/** @returns {Promise<{ origin: string, close: () => Promise<void> }>} */
export async function startEcho() {
  const server = createServer((request, response) => {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    if (request.url === "/asked") {
      response.end("this");
      return;
    }
    response.setHeader("x-seen-passed", request.headers["x-passed"] ?? "");
    response.setHeader("x-seen-asked", request.headers["x-asked"] ?? "");
    request.pipe(response);
  });
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
