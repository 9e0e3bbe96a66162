/** Examples on a gateway, as their source and as the module that they compile to: the same answers, the same requests upstream. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startUpstream } from "../../examples/recording-upstream.js";
import { compileModule, compilePolicy } from "../../src/compiler/build-module.js";
import { type PolicyUseOptions, startGateway } from "../../src/gateway/index.js";

const source = (example: string) => fileURLToPath(new URL(`../../examples/${example}/policy.ts`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-compiled-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Case {
  example: string;
  config?: unknown;
  partialRequests?: "prevent" | "allow";
  requests: RequestInit[];
}

const cases: Case[] = [
  { example: "stop-request", config: { realm: "here" }, requests: [{}, { headers: { authorization: "Bearer x" } }] },
  {
    example: "body-guard",
    config: { forbidden: "secret" },
    requests: [
      { method: "POST", body: "good morning" },
      { method: "POST", body: "the secret" },
      {},
      { method: "POST", body: "x".repeat(2_000_000) },
    ],
  },
  {
    example: "body-guard",
    config: { forbidden: "secret" },
    partialRequests: "allow",
    requests: [
      { method: "POST", body: "good morning" },
      { method: "POST", body: "the secret" },
    ],
  },
  { example: "stop-response", requests: [{}, { method: "HEAD" }] },
  { example: "early-response-shared-data", config: { mode: "share" }, requests: [{}, { headers: { "x-deny": "1" } }] },
];

/** What clients and upstream see of a policy. */
async function observe(use: PolicyUseOptions, requests: readonly RequestInit[]): Promise<unknown> {
  const upstream = await startUpstream();
  const gateway = await startGateway({ upstream: upstream.url, policies: [use] });
  try {
    const answers = [];
    for (const request of requests) {
      const response = await fetch(gateway.url, request);
      const headers = [...response.headers].filter(
        ([name]) => !["date", "content-length", "connection", "keep-alive"].includes(name),
      );
      answers.push([response.status, headers, await response.text()]);
    }
    return { answers, upstream: upstream.requests.map(({ body, state }) => ({ body, state })) };
  } finally {
    await gateway.close();
    await upstream.close();
  }
}

describe("a compiled module on the gateway", () => {
  it.each(cases)(
    "does what its source does: $example, partial requests $partialRequests",
    async ({ example, requests, ...options }) => {
      const module = join(folder, `${example}.wasm`);
      await writeFile(module, (await compilePolicy(source(example))).wasm);
      const use = { name: example, ...options };
      const seen = await observe({ use: module, ...use }, requests);
      expect(seen).toEqual(await observe({ use: source(example), ...use }, requests));
      expect(seen).toMatchObject({ answers: { length: requests.length } });
    },
    240_000,
  ); // the first build of the engine

  it("is refused where its schema refuses the configuration", async () => {
    const module = join(folder, "refusing.wasm");
    await writeFile(module, (await compilePolicy(source("body-guard"))).wasm);
    await expect(
      startGateway({ upstream: "http://127.0.0.1:9", policies: [{ use: module, config: { forbidden: 1 } }] }),
    ).rejects.toMatchObject({ code: "CONFIG_REFUSED" });
  }, 240_000); // the first build of the engine

  it("is refused where it has several policies, by their names", async () => {
    const module = join(folder, "several.wasm");
    const policies = ["body-guard", "stop-request"].map((name) => ({ file: source(name), name }));
    await writeFile(module, (await compileModule(policies)).wasm);
    await expect(startGateway({ upstream: "http://127.0.0.1:9", policies: [{ use: module }] })).rejects.toMatchObject({
      code: "POLICY_MODULE",
      message: expect.stringContaining("got one of several: body-guard, stop-request") as string,
    });
  }, 240_000);
});
