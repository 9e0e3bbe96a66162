/** Who sends the answers of policies that Envoy runs natively: another filter where they see responses. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import type { Json } from "../../src/envoy/json.js";
import { startEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { writeNativeModules } from "./support/modules.js";
import { nativeLibrary } from "./support/native-library.js";
import { startUpstream } from "./support/upstream-server.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

async function bootstrapOf(api: string, policies: Readonly<Record<string, string>>): Promise<Json> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-answers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const routes = Object.entries(policies).map(([path, file]) => ({
    match: { path },
    policies: [use(`policies/${file}`)],
  }));
  const config = configOf({ api }, routes);
  const modules = await writeNativeModules(config, folder, await nativeLibrary());
  return envoyBootstrap(config, { modules, caFile: "/etc/ssl/certs/ca-certificates.crt" });
}

it("there is none where no policy of a route sees responses, and none at all where that holds for every route", async () => {
  const none = JSON.stringify(await bootstrapOf("http://127.0.0.1:9", { "/a": "mark.ts" }));
  expect(none).not.toContain("sluice.answers");
  expect(none).toMatch(/"filter_name":"route-0\/policy \S+ - \S+\.native"/);
  const one = JSON.stringify(
    await bootstrapOf("http://127.0.0.1:9", { "/a": "mark.ts", "/own": "mark-answers.ts", "/b": "mark.ts" }),
  );
  expect(one.match(/"sluice\.answers":/g)).toHaveLength(1);
  expect(one.match(/ answers \S+\.native"/g)).toHaveLength(1);
});

it("an answer is its own exchange's also where a configuration lacks the filter that the policies count on", async () => {
  let end: (() => void) | undefined;
  const upstream = await startUpstream((_request, response) => {
    end = () => response.end("upstream");
  });
  onTestFinished(() => upstream.close());
  const bootstrap = await bootstrapOf(`http://127.0.0.1:${upstream.port}`, {
    "/slow": "mark-answers.ts",
    "/own": "mark-answers.ts",
  });
  // Of the two routes the second one does not turn it on.
  let routes = 0;
  const changed = JSON.parse(JSON.stringify(bootstrap), (key, value: unknown) =>
    key === "sluice.answers" && routes++ > 0 ? undefined : value,
  ) as Json;
  const envoy = await startEnvoy(changed, { binary: await installEnvoy(cacheDir), concurrency: 1 });
  onTestFinished(() => envoy.close());
  const slow = send(envoy.port, { path: "/slow" });
  await expect.poll(() => end).toBeDefined();
  expect(await send(envoy.port, { path: "/own" })).toMatchObject({ status: 200, body: "own" });
  end?.();
  expect(await slow).toMatchObject({ status: 200, body: "upstream", headers: { "x-marked": "1" } });
});
