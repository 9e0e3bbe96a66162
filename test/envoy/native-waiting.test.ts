/** Policies that Envoy runs natively, and that wait: where no exchange is, which its interface has no event for, and when it ends. */
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream } from "./support/upstream-server.js";

const sleepers = 1_000;

/** With two workers, in front of an upstream that answers each call of a policy with how many there were. */
async function start(): Promise<{ envoy: RunningEnvoy; calls: string[] }> {
  const calls: string[] = [];
  const upstream = await startUpstream((request, response) => {
    calls.push(request.path);
    response.end(String(calls.length));
  });
  onTestFinished(() => upstream.close());
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
    { policies: [use("policies/work-alone.ts")], limits: { ...defaultLimits, streamIdleMilliseconds: 60_000 } },
  ]);
  const envoy = await startConfig(config, { native: true, concurrency: 2 });
  onTestFinished(() => envoy.close());
  return { envoy, calls };
}

it("work that no exchange waits for goes on by its own calls and sleeps, in each worker", async () => {
  const { calls } = await start();
  await expect.poll(() => calls.length).toBeGreaterThan(20);
  expect(calls.filter((call) => call === "/work?last=none")).toHaveLength(2);
  expect(calls).toContain("/work?last=1");
});

it("Envoy ends in order while 1,000 exchanges sleep, and nothing is called after that", async () => {
  const { envoy, calls } = await start();
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  for (let index = 0; index < sleepers; index++) {
    const socket = connect(envoy.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nhost: sleeper\r\n\r\n");
    sockets.push(socket);
  }
  await expect
    .poll(
      async () => /downstream_rq_active: (\d+)/.exec(await envoy.stats("^http\\.sluice\\.downstream_rq_active$"))?.[1],
    )
    .toBe(String(sleepers));
  process.kill(envoy.pid, "SIGTERM");
  expect(await envoy.ended).toBe("code 0");
  const before = calls.length;
  expect(envoy.log.filter((line) => line.startsWith("critical"))).toEqual([]);
  expect(calls).toHaveLength(before);
});

it("code that goes on when its exchange has been let go, and no worker hears of it, does not touch the exchange", async () => {
  let end: (() => void) | undefined;
  const upstream = await startUpstream((_request, response) => {
    end = () => response.end();
  });
  onTestFinished(() => upstream.close());
  const api = `http://127.0.0.1:${upstream.port}`;
  const envoy = await startConfig(configOf({ api }, [{ policies: [use("policies/read-later.ts")] }]), { native: true });
  onTestFinished(() => envoy.close());
  const response = send(envoy.port);
  const lines = (): string[] => envoy.log.filter((line) => line.includes('"read '));
  await expect.poll(lines).toEqual([expect.stringContaining("read nothing")]);
  await expect.poll(() => end).toBeDefined();
  end?.();
  expect((await response).status).toBe(200);
});
