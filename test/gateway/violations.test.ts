/** What a policy reports of a request stands in the line of its exchange. */
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { type AccessEntry, startGateway } from "../../src/gateway/index.js";
import { rawUpstream } from "./support/gateway-fixture.js";
import { answering, okResponse } from "./support/raw-upstream.js";

it("a violation stands in the access log of its exchange, and of no other", async () => {
  const entries: AccessEntry[] = [];
  const upstream = await rawUpstream(answering(okResponse));
  const use = fileURLToPath(new URL("../envoy/policies/report-violation.ts", import.meta.url));
  const gateway = await startGateway(
    { upstream: upstream.url, policies: [{ use, name: "guard" }] },
    { accessLog: (entry) => entries.push(entry) },
  );
  onTestFinished(() => gateway.close());
  await (await fetch(gateway.url, { headers: { "x-client-name": 'na/me "x"' } })).text();
  await (await fetch(gateway.url)).text();
  await gateway.close();
  expect(entries.map(({ violation }) => violation)).toEqual([
    { policy: "guard", kind: "violation", clientName: 'na/me "x"', clientId: "7" },
    undefined,
  ]);
});
