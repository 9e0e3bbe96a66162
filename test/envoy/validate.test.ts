/** Envoy itself checks the configuration of a large gateway file. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import type { RouteMatch } from "../../src/config/types.js";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import type { PolicyModule } from "../../src/envoy/compile-modules.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { configOf, use } from "./support/config.js";
import { copyModule } from "./support/modules.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

it("accepts 200 routes on 20 hosts with 200 uses of two policies and every kind of upstream", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-validate-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const policies = [use("policies/mark.ts", { config: { name: "m" } }), use("policies/rewrite-target.ts")];
  const matches: RouteMatch[] = [
    { pathPrefix: "/" },
    { path: "/a.b/%20c" },
    { pathPrefix: "/a/" },
    { pathPrefix: "/a", methods: ["GET", "M-SEARCH"] },
    {},
  ];
  const hosts = [
    undefined,
    "a.test",
    "*.test",
    "[::1]",
    "127.0.0.1",
    "*.a.test",
    ...Array.from({ length: 14 }, (_, index) => `h${index}.test`),
  ];
  const config = configOf(
    {
      named: "http://localhost",
      plain: "http://127.0.0.1:1",
      six: "http://[::1]:2",
      tls: "https://example.com",
      "tls-address": "https://127.0.0.1",
      "with.dots_and-more": "http://a_b.test",
    },
    Array.from({ length: 200 }, (_, index) => {
      const host = hosts[index % hosts.length];
      return {
        match: { ...matches[index % matches.length], ...(host !== undefined && { host }) },
        policies: index % 2 === 0 ? policies.map((policy, place) => ({ ...policy, name: `p.${place}` })) : [],
      };
    }),
  );
  const modules = new Map<string, PolicyModule>();
  for (const { file } of policies) {
    modules.set(file, await copyModule(file, join(folder, `${modules.size}.wasm`)));
  }
  const file = join(folder, "envoy.yaml");
  await writeFile(
    file,
    stringify(envoyBootstrap(config, { modules, caFile: "/etc/ssl/certs/ca-certificates.crt" }), {
      aliasDuplicateObjects: false,
    }),
  );
  const { stdout, stderr } = await promisify(execFile)(await installEnvoy(cacheDir), [
    "--mode",
    "validate",
    "-c",
    file,
  ]);
  expect(stdout + stderr).toContain("OK");
  expect(stdout + stderr).not.toContain("eprecated");
});
