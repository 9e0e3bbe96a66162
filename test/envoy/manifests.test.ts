/** Manifests for Istio and Envoy Gateway are what their published schemas demand. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
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

const twoPolicies = `listener: { port: 8080, trustedHops: 1 }
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
const files = {
  "gateway.yaml": twoPolicies,
  "a/policy.ts": answering("a"),
  "b/policy.ts": answering("b"),
  "m.wasm": watModule(""),
};
/** The same with a module of another SDK behind them. */
const withModule = `${twoPolicies}      - { use: ./m.wasm }\n`;

async function write(project: TemporaryProject, ...args: string[]) {
  await using cli = new CliProcess(["envoy", "gateway.yaml", "-o", "out", ...args], { cwd: project.folder });
  return { code: await cli.exit(), stdout: cli.stdout, stderr: cli.stderr };
}

async function manifestsIn(project: TemporaryProject, name: string): Promise<Manifest[]> {
  return parseAllDocuments(await readFile(project.path(`out/${name}`), "utf8")).map(
    (document) => document.toJS() as Manifest,
  );
}

/** What Kubernetes says of a manifest. Strict, as the API server is: what the schema does not know is an error, too. */
async function checker(
  kind: "wasm-plugin" | "traffic-extension" | "envoy-extension-policy" | "envoy-proxy",
): Promise<ValidateFunction> {
  const schema = closed(JSON.parse(await readFile(new URL(`./schemas/${kind}.json`, import.meta.url), "utf8")));
  return new Ajv({ strict: false, validateFormats: false }).compile(schema as object);
}

const sha256 = async (project: TemporaryProject, name: string) =>
  createHash("sha256")
    .update(await readFile(project.path(`out/modules/${name}.wasm`)))
    .digest("hex");

/** What the module of both policies is told. */
const bothPolicies = (bodyBytes: number, setBodyBytes: number) => {
  const limits = { bodyBytes, setBodyBytes, callbackMilliseconds: 100 };
  const use = { route: "Orders_API", partialRequests: "allow", limits };
  return {
    sluice: {
      uses: [
        { policy: "a", config: { realm: "orders" }, sluice: { name: "a", onError: "deny", ...use } },
        { policy: "b", config: {}, sluice: { name: "b", onError: "allow", ...use } },
      ],
      limits: { memoryBytes: 2 * 67_108_864 },
      holdsHeads: false,
    },
  };
};

/** A gateway file with a route for each list of uses. */
const routesWith = (...routes: { name: string; uses: string[] }[]) => `listener: { port: 8080 }
upstreams: { up: { url: "http://127.0.0.1:1" } }
routes:
${routes
  .map(
    ({ name, uses }, index) => `  - name: ${name}
    upstream: up
    match: { pathPrefix: /r${index} }
    policies:${uses.length === 0 ? " []" : ""}
${uses.map((use) => `      - { ${use} }\n`).join("")}`,
  )
  .join("")}`;

const a = (name: string) => `use: ./a/policy.ts, name: ${name}`;
const m = (name: string) => `use: ./m.wasm, name: ${name}`;

async function refusal(gateway: string, ...args: string[]): Promise<string> {
  await using project = await TemporaryProject.create({ ...files, "gateway.yaml": gateway });
  const { code, stderr } = await write(project, ...args);
  expect(code).toBe(2);
  return stderr;
}

describe("for Istio", () => {
  it("there is a WasmPlugin for policies that share a module, one for each other use, in the order of the file", async () => {
    await using project = await TemporaryProject.create({ ...files, "gateway.yaml": withModule });
    const { code, stdout } = await write(
      project,
      "--for",
      "istio",
      "--modules",
      "https://example.com/policies/",
      "--gateway",
      "public",
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "sluice wrote out/istio.yaml\n" });

    const [first, second, ...more] = await manifestsIn(project, "istio.yaml");
    expect(more).toEqual([]);
    expect(first).toEqual({
      apiVersion: "extensions.istio.io/v1alpha1",
      kind: "WasmPlugin",
      metadata: { name: "public-a-1" },
      spec: {
        targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "public" }],
        url: "https://example.com/policies/policies.wasm",
        sha256: await sha256(project, "policies"),
        priority: 20,
        failStrategy: "FAIL_RELOAD",
        pluginName: "Orders_API/a+1",
        pluginConfig: bothPolicies(65_536, 1_048_576),
      },
    });
    expect(second).toMatchObject({ metadata: { name: "public-m" }, spec: { priority: 10, pluginConfig: {} } });
    const check = await checker("wasm-plugin");
    for (const manifest of [first, second]) {
      expect([check(manifest), check.errors]).toEqual([true, null]);
    }
  });

  it("a TrafficExtension says the same as a WasmPlugin", async () => {
    await using project = await TemporaryProject.create({ ...files, "gateway.yaml": withModule });
    const url = "https://example.com/policies/";
    await write(project, "--for", "istio", "--modules", url);
    const plugins = await manifestsIn(project, "istio.yaml");
    expect(await write(project, "--for", "istio", "--modules", url, "--kind", "TrafficExtension")).toMatchObject({
      code: 0,
    });
    const extensions = await manifestsIn(project, "istio.yaml");
    expect(extensions).toHaveLength(2);
    const check = await checker("traffic-extension");
    for (const [index, extension] of extensions.entries()) {
      expect([check(extension), check.errors]).toEqual([true, null]);
      const { wasm, ...spec } = extension.spec as { wasm: object };
      expect({ ...extension, kind: "WasmPlugin", spec: { ...spec, ...wasm } }).toEqual(plugins[index]);
    }
  });

  it("images have no hash of the module's file, which would be taken for theirs", async () => {
    await using project = await TemporaryProject.create({ ...files, "gateway.yaml": withModule });
    await write(project, "--for", "istio", "--modules", "oci://registry.example.com/policies");
    const manifests = await manifestsIn(project, "istio.yaml");
    expect(manifests.map(({ spec }) => [spec["url"], "sha256" in spec])).toEqual([
      ["oci://registry.example.com/policies/policies.wasm", false],
      ["oci://registry.example.com/policies/m.wasm", false],
    ]);
    const check = await checker("wasm-plugin");
    for (const manifest of manifests) {
      expect([check(manifest), check.errors]).toEqual([true, null]);
    }
  });

  it("policies in a second route are refused", async () => {
    const gateway = `${twoPolicies}  - { upstream: up, match: { pathPrefix: /b }, policies: [{ use: ./b/policy.ts }] }\n`;
    expect(await refusal(gateway, "--for", "istio", "--modules", "https://example.com")).toContain(
      "gateway.yaml:11:5 routes[1]\n  expected policies in one route only: Istio knows them for a Gateway, not for routes",
    );
  });

  it("policies whose names are the same in Kubernetes, or too long for it, are refused", async () => {
    const gateway = routesWith({ name: "r", uses: [m("a_b"), m("a-b"), m("x".repeat(250)), a("first"), a("second")] });
    const stderr = await refusal(gateway, "--for", "istio", "--modules", "https://example.com", "--gateway", "public");
    expect(stderr).toContain(
      '9:9 routes[0].policies[1]\n  expected a name that is another one in Kubernetes, too, got "a-b", which is public-a-b there, as is "a_b"',
    );
    expect(stderr).toContain(
      "10:9 routes[0].policies[2]\n  expected a name with a letter or a digit, which makes a name of at most 253 characters",
    );
  });
});

describe("for Envoy Gateway", () => {
  it("there is an EnvoyExtensionPolicy for each route, with its policies in order", async () => {
    await using project = await TemporaryProject.create({ ...files, "gateway.yaml": withModule });
    const { code, stdout } = await write(project, "--for", "envoy-gateway", "--modules", "https://example.com/modules");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "sluice wrote out/envoy-gateway.yaml\n" });

    const [policy, order, ...more] = await manifestsIn(project, "envoy-gateway.yaml");
    expect([order?.kind, more]).toEqual(["EnvoyProxy", []]);
    expect(policy).toMatchObject({
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyExtensionPolicy",
      metadata: { name: "orders-api" },
      spec: { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "orders-api" }] },
    });
    expect(policy?.spec["wasm"]).toEqual([
      {
        name: "a+1",
        rootID: "Orders_API/a+1",
        code: {
          type: "HTTP",
          http: {
            url: "https://example.com/modules/policies.wasm",
            sha256: await sha256(project, "policies"),
          },
        },
        failOpen: false,
        config: bothPolicies(32_768, 32_768),
      },
      expect.objectContaining({ name: "m" }),
    ]);
    const check = await checker("envoy-extension-policy");
    expect([check(policy), check.errors]).toEqual([true, null]);
  });

  it("an EnvoyProxy puts the policies behind the filters that Envoy Gateway would put after them, and the log says what it needs", async () => {
    await using project = await TemporaryProject.create(files);
    const { stderr } = await write(project, "--for", "envoy-gateway", "--modules", "https://example.com");
    expect(stderr).toContain(
      "gateway.yaml:8:5 routes[0].policies\n  warning: the EnvoyProxy sluice, which puts them behind the filters of Envoy Gateway, counts where the Gateway's infrastructure.parametersRef names it",
    );
    const proxy = (await manifestsIn(project, "envoy-gateway.yaml")).at(-1);
    expect(proxy?.spec).toEqual({
      filterOrder: [
        { name: "envoy.filters.http.wasm", after: "envoy.filters.http.rbac" },
        { name: "envoy.filters.http.wasm", after: "envoy.filters.http.local_ratelimit" },
        { name: "envoy.filters.http.wasm", after: "envoy.filters.http.ratelimit" },
      ],
    });
    const check = await checker("envoy-proxy");
    expect([check(proxy), check.errors]).toEqual([true, null]);
  });

  it("modules can be images", async () => {
    await using project = await TemporaryProject.create({ ...files, "gateway.yaml": withModule });
    await write(project, "--for", "envoy-gateway", "--modules", "oci://registry.example.com/policies");
    const [policy] = await manifestsIn(project, "envoy-gateway.yaml");
    const code = (name: string) => ({
      code: { type: "Image", image: { url: `registry.example.com/policies/${name}.wasm` } },
    });
    expect((policy?.spec["wasm"] as object[]).map(({ code }: { code?: unknown }) => ({ code }))).toEqual([
      code("policies"),
      code("m"),
    ]);
    expect((await checker("envoy-extension-policy"))(policy)).toBe(true);
  });

  it("routes whose names are the same in Kubernetes, or none, are refused", async () => {
    const uses = ["use: ./a/policy.ts"];
    const gateway = routesWith(
      { name: "Orders_API", uses },
      { name: "orders-api", uses },
      { name: "__", uses },
      { name: "_", uses: [] },
    );
    const stderr = await refusal(gateway, "--for", "envoy-gateway", "--modules", "https://example.com");
    expect(stderr).toContain(
      '9:5 routes[1]\n  expected a name that is another one in Kubernetes, too, got "orders-api", which is orders-api there, as is "Orders_API"',
    );
    expect(stderr).toContain(
      '14:5 routes[2]\n  expected a name with a letter or a digit, which makes a name of at most 253 characters in Kubernetes, got "__"',
    );
    expect(stderr).not.toContain("routes[3]");
  });

  it("more filters in a route than an EnvoyExtensionPolicy holds are refused; policies that share a module are one", async () => {
    const uses = Array.from({ length: 16 }, (_, index) => m(`m${index}`));
    const gateway = routesWith({ name: "r", uses: [...uses, a("a"), a("b"), a("c")] });
    expect(await refusal(gateway, "--for", "envoy-gateway", "--modules", "https://example.com")).toContain(
      "routes[0].policies\n  expected at most 16 filters, got 17",
    );
  });
});

it("what is not in the manifests is told with its line, and written down", async () => {
  await using project = await TemporaryProject.create(files);
  const { stderr } = await write(project, "--for", "istio", "--modules", "https://example.com");
  const keys = [...stderr.matchAll(/^gateway\.yaml:(\d+):\d+ (.*)$/gm)].map(
    ([, line, key]) => `${line ?? ""} ${key ?? ""}`,
  );
  expect(keys).toEqual([
    "1 listener",
    "1 listener.trustedHops",
    "2 upstreams",
    "6 routes[0].match",
    "7 routes[0].limits",
    "9 routes[0].policies[0].partialRequests",
  ]);
  const text = await readFile(project.path("out/istio.yaml"), "utf8");
  for (const key of keys) {
    expect(text).toContain(`# - line ${key.replace(" ", ", ")}: `);
  }
});

it.each([
  ["istio", "2MiB", "1024KiB"],
  ["envoy-gateway", "33KiB", "32KiB"],
])("for %s bodies larger than Envoy buffers there are told of: %s", async (system, body, most) => {
  await using project = await TemporaryProject.create({ ...files, "gateway.yaml": twoPolicies.replace("64KiB", body) });
  const { stderr } = await write(project, "--for", system, "--modules", "https://example.com");
  expect(stderr).toContain(
    `gateway.yaml:7:15 routes[0].limits.body\n  warning: bodies of more than ${most} are refused`,
  );
});

describe.each([
  ["istio", "pluginConfig", "pluginName"],
  ["envoy-gateway", "config", "rootID"],
])("a module of another SDK for %s", (system, config, rootId) => {
  async function settings(project: TemporaryProject): Promise<Record<string, unknown>> {
    await write(project, "--for", system, "--modules", "https://example.com");
    const [{ spec } = { spec: {} as Record<string, unknown> }] = await manifestsIn(project, `${system}.yaml`);
    return system === "istio" ? spec : ((spec["wasm"] as Record<string, unknown>[])[0] ?? {});
  }

  it("gets its own configuration alone, and its root id", async () => {
    const gateway = routesWith({ name: "r", uses: ["use: ./m.wasm, rootId: inner, config: { realm: r }"] });
    await using project = await TemporaryProject.create({ "gateway.yaml": gateway, "m.wasm": watModule("") });
    expect(await settings(project)).toMatchObject({ [config]: { realm: "r" }, [rootId]: "inner" });
  });

  it("has no root id where the file gives none", async () => {
    await using project = await TemporaryProject.create({
      "gateway.yaml": routesWith({ name: "r", uses: ["use: ./m.wasm"] }),
      "m.wasm": watModule(""),
    });
    expect(await settings(project)).not.toHaveProperty(rootId);
  });

  it("is refused with a text as its configuration, which a manifest cannot hold", async () => {
    const gateway = routesWith({ name: "r", uses: ["use: ./m.wasm, config: text"] });
    await using project = await TemporaryProject.create({ "gateway.yaml": gateway, "m.wasm": watModule("") });
    const { code, stderr } = await write(project, "--for", system, "--modules", "https://example.com");
    expect(code).toBe(2);
    expect(stderr).toContain(
      "8:26 routes[0].policies[0].config\n  expected a mapping, which is all that manifests can hold",
    );
  });
});

it.each([
  [["--for", "istio"], "--for istio needs --modules <url>"],
  [["--for", "istio", "--modules", "modules/"], "--modules: expected where the folder modules/ can be had from"],
  [["--for", "envoy-gateway", "--modules", "file:///modules"], "a URL with https://, http://, oci://"],
  [["--for", "envoy-gateway", "--modules", "https://a", "--gateway", "g"], "--gateway is an option of --for istio"],
  [
    ["--for", "istio", "--modules", "https://a", "--ca", "ca.pem"],
    "--module-path and --ca are for a configuration that Envoy starts from",
  ],
  [
    ["--for", "istio", "--modules", "https://a", "--gateway", "My_Gateway"],
    "--gateway: expected the name of a Gateway in Kubernetes",
  ],
  [["--modules", "https://a"], "--modules, --gateway and --kind are options of --for"],
  [["--kind", "WasmPlugin"], "--modules, --gateway and --kind are options of --for"],
  [
    ["--for", "istio", "--modules", "https://a", "--kind", "EnvoyFilter"],
    "Allowed choices are WasmPlugin, TrafficExtension",
  ],
  [["--for", "envoy-gateway", "--modules", "https://a", "--kind", "WasmPlugin"], "--kind is an option of --for istio"],
  [["--for", "kong"], "Allowed choices are istio, envoy-gateway"],
])("refuses %j", async (args, message) => {
  await using project = await TemporaryProject.create(files);
  const { code, stderr } = await write(project, ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

describe("the check of manifests finds what their systems would refuse", () => {
  const metadata = { name: "a" };
  const plugin = (spec: object) => ({ apiVersion: "extensions.istio.io/v1alpha1", kind: "WasmPlugin", metadata, spec });
  const policy = (wasm: object) => ({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyExtensionPolicy",
    metadata,
    spec: { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "r" }], wasm: [wasm] },
  });
  const code = { type: "HTTP", http: { url: "https://a/b.wasm", sha256: "0" } };

  it.each([
    ["no URL", {}],
    ["an unknown strategy", { url: "https://a", failStrategy: "CLOSE" }],
    ["a hash that is none", { url: "https://a", sha256: "x" }],
    ["an unknown key", { url: "https://a", fail: 1 }],
    ["an empty plugin name", { url: "https://a", pluginName: "" }],
    [
      "17 targets",
      { url: "https://a", targetRefs: Array.from({ length: 17 }, () => ({ group: "", kind: "Service", name: "s" })) },
    ],
  ])("for Istio: %s", async (_what, spec) => {
    const check = await checker("wasm-plugin");
    expect(check(plugin({ url: "https://a", failStrategy: "FAIL_RELOAD", sha256: "0".repeat(64) }))).toBe(true);
    expect(check(plugin(spec))).toBe(false);
  });

  it("for Istio: a name that Kubernetes does not know", async () => {
    expect((await checker("wasm-plugin"))({ ...plugin({ url: "https://a" }), metadata: { name: "A_b" } })).toBe(false);
  });

  it.each([
    ["no code", { name: "a" }],
    ["no URL", { name: "a", code: { type: "HTTP", http: { sha256: "0" } } }],
    ["an unknown kind of code", { name: "a", code: { ...code, type: "File" } }],
    ["an unknown key", { name: "a", code, rootId: "r" }],
    ["failOpen that is no boolean", { name: "a", code, failOpen: "no" }],
  ])("for Envoy Gateway: %s", async (_what, wasm) => {
    const check = await checker("envoy-extension-policy");
    expect(check(policy({ name: "a", code, rootID: "r", failOpen: false }))).toBe(true);
    expect(check(policy(wasm))).toBe(false);
  });
});
