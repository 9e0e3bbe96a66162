import { describe, expect, it } from "vitest";
import { messageHeadBytes, messageHeadFields } from "../abi/head-limits.js";
import type { GatewayConfig, PolicyUse, RouteConfig } from "../config/types.js";
import { defaultLimits } from "../host/exchange.js";
import { envoyBootstrap } from "./bootstrap.js";
import type { Json } from "./json.js";

const policy = (name: string, settings: Partial<PolicyUse> = {}): PolicyUse => ({
  file: `/p/${name}.ts`,
  name,
  config: {},
  onError: "deny",
  partialRequests: "prevent",
  ...settings,
});
const route = (name: string, settings: Partial<RouteConfig> = {}): RouteConfig => ({
  name,
  match: {},
  upstream: "api",
  policies: [],
  limits: defaultLimits,
  ...settings,
});

function configOf(routes: RouteConfig[], settings: Partial<GatewayConfig> = {}): GatewayConfig {
  return {
    listener: {
      host: "127.0.0.1",
      port: 8080,
      trustedHops: 0,
      timeouts: {
        requestHeadersMilliseconds: 1_500,
        requestBodyIdleMilliseconds: 30_000,
        keepAliveMilliseconds: 60_000,
        drainMilliseconds: 1,
      },
      limits: { connections: 100 },
      requestTrailers: "drop",
    },
    upstreams: { api: { url: "http://127.0.0.1:9000", connectTimeoutMilliseconds: 250 } },
    routes,
    log: { level: "info" },
    metrics: { policies: true },
    ...settings,
  };
}

/** The value at a path such as `listeners.0.name`, below `static_resources`. */
function at(config: GatewayConfig, path: string, shared: ReadonlyMap<string, string> = new Map()): unknown {
  const files = config.routes.flatMap(({ policies }) => policies.map(({ file }) => file));
  const modules = new Map(
    files.map((file) => {
      const policy = shared.get(file);
      return [
        file,
        policy === undefined
          ? { path: file.replace(".ts", ".wasm"), sluice: !file.includes("sdk") }
          : { path: "/p/policies.wasm", sluice: true, policy },
      ];
    }),
  );
  const bootstrap = envoyBootstrap(config, { modules, caFile: "/ca.pem" });
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], bootstrap["static_resources"]);
}

const manager = "listeners.0.filter_chains.0.filters.1.typed_config";
const hosts = `${manager}.route_config.virtual_hosts`;

interface Filter {
  name: string;
  disabled?: boolean;
  typed_config: {
    config: { root_id: string; vm_config: { vm_id: string; code: unknown }; configuration: { value: string } };
  };
}

interface Route {
  name: string;
  typed_per_filter_config?: Record<string, unknown>;
}

const policyFilters = (config: GatewayConfig) =>
  (at(config, `${manager}.http_filters`) as Filter[]).filter(({ disabled }) => disabled === true);

describe("Envoy's configuration", () => {
  const two = configOf([
    route("r.a", { policies: [policy("x"), policy("y")] }),
    route("r", {
      match: { pathPrefix: "/r" },
      policies: [policy("y", { name: "a.x", config: { realm: "r" }, onError: "allow", partialRequests: "allow" })],
    }),
  ]);

  it("has a filter for each use in the order of its route, the router last, all with names of their own", () => {
    const names = (at(two, `${manager}.http_filters`) as Filter[]).map(({ name }) => name);
    expect(names).toEqual([
      "sluice.route",
      "sluice.request_trailers",
      "sluice/r.a/x",
      "sluice/r.a/y",
      "sluice/r/a.x",
      "envoy.filters.http.router",
    ]);
  });

  it("turns a filter on for its own route only", () => {
    expect(policyFilters(two)).toHaveLength(3);
    const enabled = (at(two, `${hosts}.0.routes`) as Route[]).flatMap(({ name, typed_per_filter_config: filters }) =>
      filters === undefined ? [] : [[name, ...Object.keys(filters)]],
    );
    expect(enabled).toEqual([
      ["r", "sluice/r/a.x"],
      ["r.a", "sluice/r.a/x", "sluice/r.a/y"],
    ]);
  });

  it("gives all uses of one policy one VM, and other policies others", () => {
    const vms = policyFilters(two).map(({ typed_config: { config } }) => [config.root_id, config.vm_config.vm_id]);
    expect(vms).toEqual([
      ["r.a/x", "0.x"],
      ["r.a/y", "1.y"],
      ["r/a.x", "1.y"],
    ]);
  });

  it("tells a policy its configuration and its use", () => {
    expect(JSON.parse(policyFilters(two)[2]!.typed_config.config.configuration.value)).toEqual({
      config: { realm: "r" },
      sluice: {
        name: "a.x",
        route: "r",
        partialRequests: "allow",
        onError: "allow",
        limits: { bodyBytes: 1_048_576, setBodyBytes: 2_097_152, callbackMilliseconds: 100, memoryBytes: 67_108_864 },
        buffers: "ours",
        upstreams: { api: "http://127.0.0.1:9000" },
      },
    });
  });

  it("tells policies that another SDK's module is in their route, which may let go what they keep of a body", () => {
    const config = configOf([
      route("mixed", { policies: [policy("a"), policy("b", { file: "/p/sdk.wasm" })] }),
      route("pure", { policies: [policy("c")] }),
    ]);
    expect(
      policyFilters(config).map(
        ({
          typed_config: {
            config: { configuration },
          },
        }) => /"buffers":"(\w+)"/.exec(configuration.value)?.[1],
      ),
    ).toEqual([undefined, undefined, "ours"]);
  });

  it("tells a module of another SDK its own configuration alone, and the root id that the file gives it", () => {
    const file = "/p/sdk.wasm";
    const config = configOf([
      route("r", {
        policies: [
          policy("a", { file, config: { realm: "r" } }),
          policy("b", { file, config: "text", rootId: "inner" }),
        ],
      }),
    ]);
    expect(
      policyFilters(config).map(
        ({
          typed_config: {
            config: { root_id: root, configuration },
          },
        }) => [root, configuration.value],
      ),
    ).toEqual([
      ["", '{"realm":"r"}'],
      ["inner", "text"],
    ]);
  });

  describe("for policies that share a module", () => {
    const config = configOf([
      route("r.a", {
        policies: [
          policy("x", { onError: "allow" }),
          policy("y", { config: { realm: "r" } }),
          policy("sdk", { file: "/p/sdk.wasm" }),
          policy("z", { file: "/p/y.ts" }),
        ],
      }),
      route("r", {
        match: { pathPrefix: "/r" },
        policies: [policy("y")],
        limits: { ...defaultLimits, memoryBytes: 9e7 },
      }),
    ]);
    const shared = new Map([
      ["/p/x.ts", "x"],
      ["/p/y.ts", "why"],
    ]);
    const filters = (at(config, `${manager}.http_filters`, shared) as Filter[]).filter(({ disabled }) => disabled);

    it("has a filter for each run of them in a route, all in one VM", () => {
      expect(filters.map(({ name, typed_config: { config: c } }) => [name, c.root_id, c.vm_config.vm_id])).toEqual([
        ["sluice/r.a/x+1", "r.a/x+1", "0.policies"],
        ["sluice/r.a/sdk", "", "1.sdk"],
        ["sluice/r.a/z", "r.a/z", "0.policies"],
        ["sluice/r/y", "r/y", "0.policies"],
      ]);
    });

    it("turns on the filters of a route", () => {
      const enabled = (at(config, `${hosts}.0.routes`, shared) as Route[]).flatMap(
        ({ name, typed_per_filter_config: on }) => (on === undefined ? [] : [[name, ...Object.keys(on)]]),
      );
      expect(enabled).toEqual([
        ["r", "sluice/r/y"],
        ["r.a", "sluice/r.a/x+1", "sluice/r.a/sdk", "sluice/r.a/z"],
      ]);
    });

    it("tells the module the uses in their order, and once what is the same for all", () => {
      const limits = { bodyBytes: 1_048_576, setBodyBytes: 2_097_152, callbackMilliseconds: 100 };
      const use = { route: "r.a", partialRequests: "prevent", limits };
      expect(JSON.parse(filters[0]!.typed_config.config.configuration.value)).toEqual({
        sluice: {
          uses: [
            { policy: "x", config: {}, sluice: { name: "x", onError: "allow", ...use } },
            { policy: "why", config: { realm: "r" }, sluice: { name: "y", onError: "deny", ...use } },
          ],
          // As much as both may take: y the most that a route gives it.
          limits: { memoryBytes: 67_108_864 + 9e7 },
          upstreams: { api: "http://127.0.0.1:9000" },
        },
      });
    });
  });

  it("reloads a VM that was lost, and can hold a head", () => {
    expect(policyFilters(two)[0]!.typed_config.config).toMatchObject({
      failure_policy: "FAIL_RELOAD",
      reload_config: { backoff: { base_interval: "0.1s" } },
      allow_on_headers_stop_iteration: true,
    });
  });

  it.each([
    { limits: [1_000, 5_000_000], policies: [policy("x")], buffer: 10_000_000 },
    { limits: [10], policies: [policy("x")], buffer: 1_048_576 },
    { limits: [5_000_000_000], policies: [], buffer: 1_048_576 },
  ])("buffers $buffer bytes for policies that gather $limits, over both protocols", ({ limits, policies, buffer }) => {
    const config = configOf(
      limits.map((bodyBytes, index) => route(`r${index}`, { policies, limits: { ...defaultLimits, bodyBytes } })),
    );
    expect(at(config, "listeners.0.per_connection_buffer_limit_bytes")).toBe(buffer);
    expect(at(config, `${manager}.http2_protocol_options.initial_stream_window_size`)).toBe(buffer);
  });

  it("lets a response come in smaller parts than what a policy may set beyond what it may gather", () => {
    expect(at(two, "clusters.0.per_connection_buffer_limit_bytes")).toBe(262_144);
  });

  it("has the gateway's limits of heads on the listener and on every cluster, those of calls by URL, too", () => {
    expect(at(two, manager)).toMatchObject({
      max_request_headers_kb: messageHeadBytes / 1_024,
      common_http_protocol_options: { max_headers_count: messageHeadFields },
    });
    const options = "typed_extension_protocol_options";
    const clusters = at(two, "clusters") as Record<typeof options, Json>[];
    expect(clusters).toHaveLength(2);
    for (const cluster of clusters) {
      expect(Object.values(cluster[options])).toMatchObject([
        {
          common_http_protocol_options: {
            max_headers_count: messageHeadFields,
            max_response_headers_kb: messageHeadBytes / 1_024,
          },
        },
      ]);
    }
  });

  it("has a cluster for each name and, where there are policies, for each origin", () => {
    const url = { connectTimeoutMilliseconds: 250 };
    const upstreams = {
      api: { url: "http://127.0.0.1:9000", ...url },
      twin: { url: "http://127.0.0.1:9000", ...url },
      auth: { url: "https://auth.test", ...url },
    };
    const names = (config: GatewayConfig) => (at(config, "clusters") as { name: string }[]).map(({ name }) => name);
    expect(names(configOf([route("r")], { upstreams }))).toEqual(["api", "twin", "auth"]);
    expect(names(configOf([route("r", { policies: [policy("x")] })], { upstreams }))).toEqual([
      "api",
      "twin",
      "auth",
      "http|127.0.0.1|9000",
      "https|auth.test|443",
    ]);
  });

  it("asks an https upstream for a certificate of its host", () => {
    const upstreams = { api: { url: "https://auth.test", connectTimeoutMilliseconds: 250 } };
    expect(at(configOf([route("r")], { upstreams }), "clusters.0")).toMatchObject({
      type: "LOGICAL_DNS",
      connect_timeout: "0.25s",
      load_assignment: {
        endpoints: [
          { lb_endpoints: [{ endpoint: { address: { socket_address: { address: "auth.test", port_value: 443 } } } }] },
        ],
      },
      transport_socket: {
        typed_config: {
          sni: "auth.test",
          common_tls_context: {
            validation_context: {
              trusted_ca: { filename: "/ca.pem" },
              match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "auth.test" } }],
            },
          },
        },
      },
    });
  });

  it("takes addresses as they are, without brackets", () => {
    const upstreams = { api: { url: "https://[::1]:1", connectTimeoutMilliseconds: 250 } };
    const cluster = at(configOf([route("r")], { upstreams }), "clusters.0");
    expect(cluster).toMatchObject({
      type: "STATIC",
      transport_socket: {
        typed_config: {
          common_tls_context: {
            validation_context: {
              match_typed_subject_alt_names: [{ san_type: "IP_ADDRESS", matcher: { exact: "::1" } }],
            },
          },
        },
      },
    });
    expect(JSON.stringify(cluster)).not.toMatch(/"sni"|\[::1\]/);
  });

  it("has the time-outs of the listener", () => {
    expect(at(two, manager)).toMatchObject({
      request_headers_timeout: "1.5s",
      common_http_protocol_options: { idle_timeout: "60s" },
    });
  });

  it("has an access log when the file wants lines of level info", () => {
    for (const [level, logs] of [
      ["debug", true],
      ["info", true],
      ["warn", false],
      ["error", false],
    ] as const) {
      expect(at(configOf([route("r")], { log: { level } }), `${manager}.access_log`) !== undefined).toBe(logs);
    }
  });

  it("listens on all addresses of IPv4, too, for ::", () => {
    const config = configOf([route("r")]);
    expect(
      at({ ...config, listener: { ...config.listener, host: "::" } }, "listeners.0.address.socket_address"),
    ).toMatchObject({ ipv4_compat: true });
  });
});
