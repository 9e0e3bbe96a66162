/** What a module gets from `proxy_call_foreign_function` in the embedded gateway is what it gets in Envoy, byte for byte. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway } from "../../src/gateway/index.js";
import { singleRouteConfig } from "../../src/gateway/single-route.js";
import { readFields } from "../../src/host/hostcalls/protocol-buffers.js";
import { callsFunctions } from "../support/calls-functions.js";
import { type ForeignCall, foreignCalls } from "../support/foreign-arguments/index.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream } from "./support/upstream-server.js";

const closing: (() => Promise<unknown>)[] = [];
const ports: number[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-functions-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "calls-functions.wasm");
  await writeFile(file, callsFunctions);
  const upstream = await startUpstream();
  closing.push(upstream.close);
  const config = singleRouteConfig({
    upstream: `http://127.0.0.1:${upstream.port}`,
    policies: [{ use: file }],
    limits: { bodyBytes: 8_388_608 },
  });
  for (const start of [startGateway, startConfig]) {
    const host = await start(config);
    closing.push(() => host.close());
    ports.push(host.port);
  }
});
afterAll(async () => {
  for (const close of closing.reverse()) {
    await close();
  }
});

/** The code of the result, and its bytes. */
async function given(port: number, { name, argument }: ForeignCall): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/${name}`, { method: "POST", body: Buffer.from(argument) });
  const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
  return response.status === 200 ? body : `answered ${response.status}`;
}

/** Signatures of ECDSA are never the same twice: those that are right count as one. */
function comparable(result: string, { name, isRight }: ForeignCall): string {
  const bytes = Buffer.from(result.slice(1), "latin1");
  const signature = name === "sign" ? readFields(bytes)?.get(2) : undefined;
  return signature?.[0] === 0x30 && isRight(signature) ? "a right one" : result;
}

it.each(Object.entries(foreignCalls))("%s", async (_area, calls) => {
  const [inGateway = [], inEnvoy = []] = await Promise.all(
    ports.map(async (port) => {
      const results: string[] = [];
      for (const call of calls) {
        results.push(`${call.title}: ${comparable(await given(port, call), call)}`);
      }
      return results;
    }),
  );
  expect(inGateway).toEqual(inEnvoy);
  expect(inEnvoy.length).toBeGreaterThan(30);
});
