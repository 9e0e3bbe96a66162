/** Manifests for Istio and Envoy Gateway are what their published schemas demand. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { CliProcess } from "../cli/cli-process.js";
import { answering, TemporaryProject } from "../cli/temporary-project.js";

interface Manifest {
  metadata: { name: string };
  spec: Record<string, unknown>;
}

const twoPolicies = `listener: { port: 8080 }
upstreams: { up: { url: "http://127.0.0.1:1" } }
routes:
  - name: Orders_API
    upstream: up
    match: { pathPrefix: /orders }
    limits: { body: 64KiB }
    policies:
      - { use: ./a/policy.ts, config: { realm: orders }, partialRequests: prevent }
      - { use: ./b/policy.ts, onError: allow }
`;
const files = { "gateway.yaml": twoPolicies, "a/policy.ts": answering("a"), "b/policy.ts": answering("b") };

async function write(project: TemporaryProject, ...args: string[]) {
  await using cli = new CliProcess(["envoy", "gateway.yaml", "-o", "out", ...args], { cwd: project.folder });
  return { code: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

async function manifestsIn(project: TemporaryProject, name: string): Promise<Manifest[]> {
  return parseAllDocuments(await readFile(project.path(`out/${name}`), "utf8")).map((document) => document.toJS() as Manifest);
}

/** What Kubernetes says of a manifest. Strict, as the API server is: what the schema does not know is an error, too. */
async function checker(kind: "wasm-plugin" | "envoy-extension-policy"): Promise<ValidateFunction> {
  const schema = closed(JSON.parse(await readFile(new URL(`./schemas/${kind}.json`, import.meta.url), "utf8")));
  return new Ajv({ strict: false, validateFormats: false }).compile(schema as object);
}

/** Objects have no other properties than those that are listed. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner && inner["additionalProperties"] === undefined ? { ...inner, additionalProperties: false } : inner;
}

const sha256 = async (project: TemporaryProject, name: string) =>
  createHash("sha256").update(await readFile(project.path(`out/modules/${name}.wasm`))).digest("hex");

const sluice = { partialRequests: "allow", limits: { bodyBytes: 32_768, callbackMilliseconds: 100, memoryBytes: 67_108_864 }, holdsHeads: false };

describe("for Istio", () => {
  it("there is a WasmPlugin for each use of a policy, which sees requests in the order of the file", async () => {
    await using project = await TemporaryProject.create(files);
    const { code, stdout } = await write(project, "--for", "istio", "--modules", "oci://registry.example.com/policies/", "--gateway", "public");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "sluice wrote out/istio.yaml\n" });

    const [first, second, ...more] = await manifestsIn(project, "istio.yaml");
    expect(more).toEqual([]);
    expect(first).toEqual({
      apiVersion: "extensions.istio.io/v1alpha1",
      kind: "WasmPlugin",
      metadata: { name: "public-a" },
      spec: {
        targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "public" }],
        url: "oci://registry.example.com/policies/a.wasm",
        sha256: await sha256(project, "a"),
        priority: 20,
        failStrategy: "FAIL_RELOAD",
        pluginName: "a",
        pluginConfig: { config: { realm: "orders" }, sluice: { name: "a", route: "Orders_API", onError: "deny", ...sluice } },
      },
    });
    expect(second?.spec).toMatchObject({ priority: 10, pluginConfig: { config: {}, sluice: { onError: "allow" } } });
    const check = await checker("wasm-plugin");
    for (const manifest of [first, second]) expect([check(manifest), check.errors]).toEqual([true, null]);
  });

  it("policies in a second route are refused", async () => {
    await using project = await TemporaryProject.create({
      ...files, "gateway.yaml": `${twoPolicies}  - { upstream: up, match: { pathPrefix: /b }, policies: [{ use: ./b/policy.ts }] }\n`,
    });
    const { code, stderr } = await write(project, "--for", "istio", "--modules", "https://example.com");
    expect(code).toBe(2);
    expect(stderr).toContain("gateway.yaml:11:5 routes[1]\n  expected policies in one route only: Istio knows them for a Gateway, not for routes");
  });
});

describe("for Envoy Gateway", () => {
  it("there is an EnvoyExtensionPolicy for each route, with its policies in order", async () => {
    await using project = await TemporaryProject.create(files);
    const { code, stdout } = await write(project, "--for", "envoy-gateway", "--modules", "https://example.com/modules");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "sluice wrote out/envoy-gateway.yaml\n" });

    const [policy, ...more] = await manifestsIn(project, "envoy-gateway.yaml");
    expect(more).toEqual([]);
    expect(policy).toMatchObject({
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyExtensionPolicy",
      metadata: { name: "orders-api" },
      spec: { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "orders-api" }] },
    });
    expect(policy?.spec["wasm"]).toEqual([
      {
        name: "a",
        rootID: "Orders_API/a",
        code: { type: "HTTP", http: { url: "https://example.com/modules/a.wasm", sha256: await sha256(project, "a") } },
        failOpen: false,
        config: { config: { realm: "orders" }, sluice: { name: "a", route: "Orders_API", onError: "deny", ...sluice } },
      },
      expect.objectContaining({ name: "b" }),
    ]);
    const check = await checker("envoy-extension-policy");
    expect([check(policy), check.errors]).toEqual([true, null]);
  });

  it("modules can be images", async () => {
    await using project = await TemporaryProject.create(files);
    await write(project, "--for", "envoy-gateway", "--modules", "oci://registry.example.com/policies");
    const [policy] = await manifestsIn(project, "envoy-gateway.yaml");
    expect(policy?.spec["wasm"]).toMatchObject([{ code: { type: "Image", image: { url: "registry.example.com/policies/a.wasm" } } }, {}]);
    expect((await checker("envoy-extension-policy"))(policy)).toBe(true);
  });
});

it("what is not in the manifests is told with its line, and written down", async () => {
  await using project = await TemporaryProject.create(files);
  const { stderr } = await write(project, "--for", "istio", "--modules", "https://example.com");
  const keys = [...stderr.matchAll(/^gateway\.yaml:(\d+):\d+ (.*)$/gm)].map(([, line, key]) => `${line ?? ""} ${key ?? ""}`);
  expect(keys).toEqual([
    "1 listener", "2 upstreams", "6 routes[0].match", "7 routes[0].limits", "7 routes[0].limits.body", "9 routes[0].policies[0].partialRequests",
  ]);
  const text = await readFile(project.path("out/istio.yaml"), "utf8");
  for (const key of keys) expect(text).toContain(`# - line ${key.replace(" ", ", ")}: `);
});

it.each([
  [["--for", "istio"], "--for istio needs --modules <url>"],
  [["--for", "istio", "--modules", "modules/"], "--modules: expected where the folder modules/ can be had from"],
  [["--for", "envoy-gateway", "--modules", "file:///modules"], "a URL with https://, http://, oci://"],
  [["--for", "envoy-gateway", "--modules", "https://a", "--gateway", "g"], "--gateway is an option of --for istio"],
  [["--for", "istio", "--modules", "https://a", "--ca", "ca.pem"], "--module-path and --ca are for a configuration that Envoy starts from"],
  [["--modules", "https://a"], "--modules and --gateway are options of --for"],
  [["--for", "kong"], "Allowed choices are istio, envoy-gateway"],
])("refuses %j", async (args, message) => {
  await using project = await TemporaryProject.create(files);
  const { code, stderr } = await write(project, ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

it("the check of manifests finds what their systems would refuse", async () => {
  const plugin = await checker("wasm-plugin");
  const metadata = { name: "a" };
  const base = { apiVersion: "extensions.istio.io/v1alpha1", kind: "WasmPlugin", metadata, spec: { url: "https://a" } };
  expect(plugin(base)).toBe(true);
  for (const spec of [{}, { url: "https://a", failStrategy: "CLOSE" }, { url: "https://a", sha256: "x" }, { url: "https://a", fail: 1 }]) {
    expect(plugin({ ...base, spec })).toBe(false);
  }
  expect(plugin({ ...base, metadata: { name: "A_b" } })).toBe(false);
  const policy = await checker("envoy-extension-policy");
  expect(policy({ apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyExtensionPolicy", metadata, spec: { wasm: [{ name: "a" }] } })).toBe(false);
});
