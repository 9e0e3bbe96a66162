/** Nothing that a policy does ends its module: its exchange gets an answer, and the next one is served. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type Gateway, startGateway } from "../../src/gateway/index.js";
import type { LogRecord } from "../../src/host/log-record.js";
import { misbehavingPolicy, misbehaviourLimits, misdeeds, tellsOf } from "../support/misbehaviour.js";
import { answering, okResponse, RawUpstream } from "./support/raw-upstream.js";

let folder: string;
let upstream: RawUpstream;
let gateway: Gateway;
const records: LogRecord[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-misbehaving-"));
  const module = join(folder, "misbehaving.wasm");
  await writeFile(module, (await compilePolicy(misbehavingPolicy)).wasm);
  upstream = await RawUpstream.start(answering(okResponse));
  gateway = await startGateway(
    { upstream: upstream.url, policies: [module], limits: misbehaviourLimits },
    { onPolicyLog: (_level, record) => records.push(record) },
  );
}, 240_000); // the first build of the engine

afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
  await rm(folder, { recursive: true });
});

it.each(misdeeds)(
  "$path is answered 500, told to the log with its place, and the next request is served",
  async (misdeed) => {
    records.length = 0;
    const answer = await fetch(`${gateway.url}${misdeed.path}`);
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringMatching(/secret|misbehaving/)]);
    expect((await fetch(gateway.url)).status).toBe(200);
    expect(records.filter((record) => tellsOf(misdeed, JSON.stringify(record)))).toHaveLength(1);
  },
);
