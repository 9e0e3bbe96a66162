/** Manifests of policies that are run natively are what the published schemas of their systems demand. */
import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { CliProcess } from "../cli/cli-process.js";
import { answering, TemporaryProject } from "../cli/temporary-project.js";
import { watModule } from "../support/wat-module.js";
import { closed } from "./support/closed-schema.js";

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

const gateway = `upstreams: { up: { url: "http://127.0.0.1:1" } }
routes:
  - name: Orders_API
    upstream: up
    policies:
      - { use: ./a/policy.ts, config: { realm: orders } }
      - { use: ./b/policy.ts }
`;
const marking = `import { definePolicy } from "sluice";
export default definePolicy({ onResponse({ headers }) { headers.set("x-marked", "b"); } });
`;
const files = { "gateway.yaml": gateway, "a/policy.ts": answering("a"), "b/policy.ts": marking };
const folder = "/etc/sluice";

async function write(project: TemporaryProject, ...args: string[]) {
  await using cli = new CliProcess(["envoy", "gateway.yaml", "-o", "out", "--target", "envoy-native", ...args], {
    cwd: project.folder,
  });
  return { code: await cli.exit(), stderr: cli.stderr };
}

async function manifestsIn(project: TemporaryProject, name: string): Promise<Manifest[]> {
  return parseAllDocuments(await readFile(project.path(`out/${name}`), "utf8")).map(
    (document) => document.toJS() as Manifest,
  );
}

async function problemsOf(
  manifest: Manifest,
  schema: "envoy-filter" | "envoy-extension-policy" | "envoy-proxy",
): Promise<unknown> {
  const text = await readFile(new URL(`./schemas/${schema}.json`, import.meta.url), "utf8");
  const check = new Ajv({ strict: false, validateFormats: false }).compile(closed(JSON.parse(text)) as object);
  return check(manifest) ? null : check.errors;
}

const library = expect.stringMatching(/^\/etc\/sluice\/libsluice-\d.*-[0-9a-f]{8}\.so$/) as string;
const filterName = expect.stringMatching(
  /^Orders_API\/a\+1 0\.policies answers \/etc\/sluice\/policies-[0-9a-f]{8}\.native$/,
) as string;
const uses = [
  expect.objectContaining({ policy: "a", config: { realm: "orders" } }),
  expect.objectContaining({ policy: "b" }),
] as unknown[];

it("for Envoy Gateway an EnvoyProxy registers the library, and an EnvoyExtensionPolicy has the filters in order", async () => {
  await using project = await TemporaryProject.create(files);
  const { code, stderr } = await write(project, "--for", "envoy-gateway", "--module-path", folder);
  expect(code, stderr).toBe(0);
  const [policy, proxy] = await manifestsIn(project, "envoy-gateway.yaml");
  expect(policy?.spec["targetRefs"]).toEqual([
    { group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "orders-api" },
  ]);
  expect(policy?.spec["dynamicModule"]).toEqual([
    { name: "sluice", filterName: "answers" },
    {
      name: "sluice",
      filterName,
      config: { sluice: expect.objectContaining({ holdsHeads: false, uses }) as unknown },
    },
  ]);
  expect(proxy?.spec).toEqual({
    dynamicModules: [{ name: "sluice", source: { type: "Local", local: { path: library } }, doNotClose: true }],
    filterOrder: ["rbac", "local_ratelimit", "ratelimit"].map((filter) => ({
      name: "envoy.filters.http.dynamic_modules",
      after: `envoy.filters.http.${filter}`,
    })),
  });
  expect([await problemsOf(policy!, "envoy-extension-policy"), await problemsOf(proxy!, "envoy-proxy")]).toEqual([
    null,
    null,
  ]);
});

it("for Istio an EnvoyFilter puts the filters before the router of the Gateway, in order", async () => {
  await using project = await TemporaryProject.create(files);
  const { code, stderr } = await write(project, "--for", "istio", "--module-path", folder, "--gateway", "edge");
  expect(code, stderr).toBe(0);
  const [filter, ...others] = await manifestsIn(project, "istio.yaml");
  expect(others).toEqual([]);
  expect(filter?.metadata.name).toBe("edge-sluice");
  expect(filter?.spec["targetRefs"]).toEqual([{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "edge" }]);
  const values = (filter?.spec["configPatches"] as { patch: { value: { typed_config: unknown } } }[]).map(
    ({ patch }) => patch.value,
  );
  const dynamic_module_config = { module: { local: { filename: library } }, do_not_close: true };
  expect(values).toEqual([
    {
      name: "sluice.answers",
      typed_config: expect.objectContaining({ dynamic_module_config, filter_name: "answers" }) as unknown,
    },
    {
      name: "sluice/a+1",
      typed_config: expect.objectContaining({ dynamic_module_config, filter_name: filterName }) as unknown,
    },
  ]);
  expect(await problemsOf(filter!, "envoy-filter")).toBeNull();
});

it("no filter answers for policies that see no responses", async () => {
  await using project = await TemporaryProject.create({ ...files, "b/policy.ts": answering("b") });
  expect((await write(project, "--for", "envoy-gateway", "--module-path", folder)).code).toBe(0);
  const [policy] = await manifestsIn(project, "envoy-gateway.yaml");
  expect(policy?.spec["dynamicModule"]).toEqual([
    expect.objectContaining({ filterName: expect.stringContaining("/a+1 0.policies - /etc/sluice/") as string }),
  ]);
});

it.each([
  [["--for", "istio"], "needs --module-path <folder>"],
  [["--for", "envoy-gateway", "--module-path", "etc"], 'an absolute path, got "etc"'],
  [["--for", "istio", "--module-path", folder, "--modules", "https://example.com"], "leave them out"],
  [["--for", "envoy-gateway", "--module-path", `/${"x".repeat(250)}`], "expected at most 253 characters"],
])("%j is refused, and it is said why", async (args, said) => {
  await using project = await TemporaryProject.create(files);
  const { code, stderr } = await write(project, ...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
});

it("a policy that is a module is refused, for nothing would say which comes first", async () => {
  await using project = await TemporaryProject.create({
    ...files,
    "gateway.yaml": `${gateway}      - { use: ./m.wasm }\n`,
    "m.wasm": watModule(""),
  });
  const { code, stderr } = await write(project, "--for", "istio", "--module-path", folder);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/m\.wasm: expected policies from source/)]);
});
