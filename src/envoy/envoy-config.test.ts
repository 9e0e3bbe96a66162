import { describe, expect, it } from "vitest";
import { envoyConfig } from "./envoy-config.js";
import type { EnvoySetup } from "./envoy-config.js";

const setup: EnvoySetup = {
  routeUpstream: "api",
  upstreams: [
    { name: "api", address: "127.0.0.1", port: 1 },
    { name: "https://Auth.example/base", address: "10.0.0.1", port: 2 },
  ],
  policies: [
    { name: "first", module: "/m/first.wasm", config: { realm: "r" } },
    { name: "second", module: "/m/second.wasm", partialRequests: "allow", onError: "allow", bodyBytes: 5_000_000 },
  ],
  bufferLimitBytes: 65_536,
};

interface Wasm {
  typed_config: {
    config: { vm_config: { vm_id: string }; configuration: { value: string }; allow_on_headers_stop_iteration: boolean };
  };
}

function at(path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], envoyConfig(setup));
}

const filters = "static_resources.listeners.0.filter_chains.0.filters.0.typed_config.http_filters";

describe("Envoy's configuration", () => {
  it("runs the policies in order, and the router last", () => {
    expect((at(filters) as { name: string }[]).map(({ name }) => name)).toEqual([
      "sluice.0.first", "sluice.1.second", "envoy.filters.http.router",
    ]);
  });

  it("gives each use of a policy a VM of its own, in which a head can be held", () => {
    const wasm = (at(filters) as Wasm[]).slice(0, 2).map(({ typed_config: { config } }) => config);
    expect(new Set(wasm.map(({ vm_config }) => vm_config.vm_id)).size).toBe(2);
    expect(wasm.map((config) => config.allow_on_headers_stop_iteration)).toEqual([true, true]);
  });

  it("tells a policy its configuration and its use, with a body limit that Envoy's buffer can hold", () => {
    const uses = (at(filters) as Wasm[]).slice(0, 2).map((filter) => filter.typed_config.config.configuration.value);
    expect(uses.map((use) => JSON.parse(use) as unknown)).toEqual([
      {
        config: { realm: "r" },
        sluice: { name: "first", route: "default", partialRequests: "prevent", onError: "deny", limits: { bodyBytes: 65_536 } },
      },
      {
        config: {},
        sluice: { name: "second", route: "default", partialRequests: "allow", onError: "allow", limits: { bodyBytes: 65_536 } },
      },
    ]);
  });

  it("names a cluster as the policies' calls do", () => {
    expect(at("static_resources.clusters.0.name")).toBe("api");
    expect(at("static_resources.clusters.1.name")).toBe("https|auth.example|443");
    expect(at("static_resources.clusters.1.load_assignment.cluster_name")).toBe("https|auth.example|443");
  });

  it("normalises paths before routes and policies see them", () => {
    expect(at(filters.replace(".http_filters", ""))).toMatchObject({
      normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
    });
  });

  it("limits what is buffered in both directions", () => {
    expect(at("static_resources.listeners.0.per_connection_buffer_limit_bytes")).toBe(65_536);
    expect(at("static_resources.clusters.0.per_connection_buffer_limit_bytes")).toBe(65_536);
  });
});
