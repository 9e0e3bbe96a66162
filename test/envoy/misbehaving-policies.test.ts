/** Nothing that a policy does traps its module: its exchange gets an answer, and the next one is served. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { misbehavingPolicy, misbehaviourLimits, misdeeds, tellsOf } from "../support/misbehaviour.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

let upstream: UpstreamServer;
let envoy: RunningEnvoy;

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("served"));
  envoy = await startConfig(
    configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
      { policies: [{ ...use(""), file: misbehavingPolicy }], limits: misbehaviourLimits },
    ]),
  );
});

afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
});

it.each(misdeeds)(
  "$path is answered 500, told to the log with its place, and the next request is served",
  async (misdeed) => {
    const logged = envoy.log.length;
    const answer = await send(envoy.port, { path: misdeed.path });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toMatch(/secret|served|misbehaving/);
    expect(await send(envoy.port)).toMatchObject({ status: 200, body: "served" });
    await expect.poll(() => envoy.log.slice(logged).filter((line) => tellsOf(misdeed, line))).toHaveLength(1);
  },
);

it("and no instance of the module was lost", async () => {
  expect(await envoy.stats("wasm.*(crash|reload|vm_fail)")).not.toMatch(/: [1-9]/);
  expect(envoy.log.filter((line) => line.startsWith("critical"))).toEqual([]);
});
