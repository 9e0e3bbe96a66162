/** A policy that fails takes down its exchange, not the gateway, and tells the log and not the client why. */
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { startGateway } from "../../src/gateway/index.js";
import type { LogRecord } from "../../src/host/log-record.js";
import { rawUpstream } from "./support/gateway-fixture.js";
import { answering, okResponse } from "./support/raw-upstream.js";

const file = fileURLToPath(new URL("./policies/failing.ts", import.meta.url));

async function failing(): Promise<{ url: string; records: LogRecord[] }> {
  const records: LogRecord[] = [];
  const upstream = await rawUpstream(answering(okResponse));
  const gateway = await startGateway(
    { upstream: upstream.url, policies: [file] },
    { onPolicyLog: (_level, record) => records.push(record) },
  );
  onTestFinished(() => gateway.close());
  return { url: gateway.url, records };
}

it("a policy that throws is a 500 without detail, and its log has the line of its source", async () => {
  const { url, records } = await failing();
  const response = await fetch(`${url}/throw`, { headers: { "x-request-id": "id-1" } });
  expect([response.status, await response.text()]).toEqual([500, "Internal Server Error\n"]);
  expect(JSON.stringify(records)).toContain(`${file}:7:`);
  expect(records[0]).toMatchObject({ policy: "failing", request: "id-1" });
  expect((await fetch(url)).status).toBe(200);
});
