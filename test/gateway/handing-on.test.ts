/** What policies hand on in the gateway, whichever engine runs them: the caller to other policies, metrics to operators. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeModule } from "../../src/envoy/compile-modules.js";
import { type Gateway, startGateway } from "../../src/gateway/index.js";
import { answering, okResponse, RawUpstream } from "./support/raw-upstream.js";

const names = ["authenticate", "count-callers"] as const;
const sources = names.map((name) => fileURLToPath(new URL(`../envoy/policies/${name}.ts`, import.meta.url)));
let folder: string;
let modules: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-handing-on-"));
  modules = names.map((name) => join(folder, `${name}.wasm`));
  for (const [index, file] of sources.entries()) {
    await writeModule(file, modules[index]!);
  }
}, 240_000); // the first build of the engine

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe.each([
  ["from source", () => sources],
  ["as modules", () => modules],
  ["of which the first is a module", () => [modules[0]!, sources[1]!]],
] as const)("policies %s", (_how, files) => {
  let upstream: RawUpstream;
  let gateway: Gateway;
  const log: string[] = [];

  beforeAll(async () => {
    upstream = await RawUpstream.start(answering(okResponse));
    gateway = await startGateway(
      { upstream: upstream.url, policies: [...files()] },
      { onPolicyLog: (_level, record) => log.push(JSON.stringify(record)) },
    );
  });

  afterAll(async () => {
    await gateway?.close();
    await upstream?.close();
  });

  const calledBy = async (headers: Record<string, string>) =>
    (await fetch(gateway.url, { headers })).headers.get("x-called-by");

  it("know the caller behind the one that says it, until the end, and forget it silently", async () => {
    expect([
      await calledBy({ "x-user": "ada" }),
      await calledBy({}),
      await calledBy({ "x-user": "eve", "x-forget": "1" }),
    ]).toEqual(["ada", "nobody", "nobody"]);
    await expect
      .poll(() => log.map((line) => (JSON.parse(line) as { caller: string }).caller))
      .toEqual(["ada", "nobody", "nobody"]);
  });

  it("count for the operator", async () => {
    await calledBy({ "x-user": "zoe" });
    await expect
      .poll(() => Object.fromEntries(Object.entries(gateway.metrics).filter(([name]) => name.startsWith("caller"))))
      .toEqual({
        "callers_ready;policy=count-callers": 1,
        "caller_requests;policy=count-callers;caller=ada;kind=GET": 1,
        "caller_requests;policy=count-callers;caller=none;kind=GET": 2,
        "caller_requests;policy=count-callers;caller=zoe;kind=GET": 1,
        "caller_ends;policy=count-callers": 4,
      });
  });
});
