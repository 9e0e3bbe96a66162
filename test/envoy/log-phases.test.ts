/** Who a policy's line is about, in every phase of an exchange. */
import { expect, it, onTestFinished } from "vitest";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream } from "./support/upstream-server.js";

it("lines and properties of the response phase name the request, as those of the request phase do", async () => {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  const lines: string[] = [];
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
    { policies: [use("policies/log-phases.ts", { name: "phases" })] },
  ]);
  const envoy = await startConfig(config, { onLine: ({ policy }) => lines.push(policy?.line ?? "") });
  onTestFinished(() => envoy.close());
  const { headers } = await send(envoy.port, { path: "/orders?n=1" });
  const id = upstream.seen[0]?.headers["x-request-id"];
  expect(id).toMatch(/^[\da-f-]{36}$/);
  expect(headers).toMatchObject({ "x-known-id": id, "x-known-path": "/orders?n=1" });
  for (const phase of ["request phase", "response phase"]) {
    await expect
      .poll(() => lines.find((line) => line.includes(phase)), { timeout: 20_000 })
      .toContain(`"request":"${String(id)}"`);
  }
});
