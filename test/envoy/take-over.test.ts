/** What a VM held that has trapped is another's after the time that the documentation tells. */
import { expect, it, onTestFinished } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { type ClientResponse, send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { type SeenRequest, startUpstream } from "./support/upstream-server.js";

const limits = { ...defaultLimits, memoryBytes: 4 << 20 };

/** `reply`: what the singleton's run is told. */
async function start(reply: (run: SeenRequest) => string = () => ""): Promise<{ envoy: RunningEnvoy; runs: number[] }> {
  const runs: number[] = [];
  const upstream = await startUpstream((request, response) => {
    if (request.path === "/run") {
      runs.push(Number(request.headers["x-fence"]));
    }
    response.end(reply(request));
  });
  onTestFinished(() => upstream.close());
  const origin = `http://127.0.0.1:${upstream.port}`;
  const policies = [use("policies/trap-while-holding.ts", { name: "holder" })];
  const envoy = await startConfig(configOf({ api: origin, monitor: origin }, [{ policies, limits }]), {
    concurrency: 2,
  });
  onTestFinished(() => envoy.close());
  return { envoy, runs };
}

const ended = (envoy: RunningEnvoy): number => envoy.log.filter((line) => line.includes("MEMORY_SHORT")).length;

/** Asks until it is answered 200; all the answers. Until a VM is back it answers 503. */
async function untilServed(envoy: RunningEnvoy, path: string): Promise<ClientResponse[]> {
  const answers: ClientResponse[] = [];
  await expect
    .poll(
      async () => {
        answers.push(await send(envoy.port, { path }));
        return answers.at(-1)?.status;
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(200);
  return answers;
}

it("a lock of a VM that trapped is free after its ttl, and the next holder has a higher fencing number", async () => {
  const { envoy } = await start();
  const first = Number((await send(envoy.port, { path: "/lock" })).body);

  expect((await send(envoy.port, { path: "/lock", headers: { "x-trap": "1" } })).status).toBe(503);
  await expect.poll(() => ended(envoy)).toBe(1);

  const answers = await untilServed(envoy, "/lock");
  expect(answers.map(({ status }) => status)).toContain(409);
  expect(Number(answers.at(-1)?.body)).toBeGreaterThan(first + 1);
});

it("a permit of a VM that trapped comes back", async () => {
  const { envoy } = await start();

  expect((await send(envoy.port, { path: "/permit", headers: { "x-trap": "1" } })).status).toBe(503);
  await expect.poll(() => ended(envoy)).toBe(1);

  const refusals = (await untilServed(envoy, "/permit")).filter(({ body }) => body.includes("reduced-capacity"));
  expect(refusals).not.toEqual([]);
});

it("a singleton job of a VM that trapped is done by another one, with a higher fencing number", async () => {
  let traps = 1;
  const { envoy, runs } = await start(({ path }) => (path === "/run" && traps-- > 0 ? "trap" : ""));

  await expect.poll(() => ended(envoy), { timeout: 20_000 }).toBe(1);
  // Nobody sends a request, so the VM that trapped does not come back.
  await expect.poll(() => runs.length, { timeout: 20_000 }).toBeGreaterThan(3);
  expect(runs).toEqual([...new Set(runs)].sort((a, b) => a - b));
});
