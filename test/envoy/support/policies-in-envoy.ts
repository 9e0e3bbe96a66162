/** Compiles policies and runs them in a real Envoy. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PolicyUse as ConfiguredUse, GatewayConfig } from "../../../src/config/types.js";
import { envoyBootstrap } from "../../../src/envoy/bootstrap.js";
import { installEnvoy } from "../../../src/envoy/install-envoy.js";
import type { Json } from "../../../src/envoy/json.js";
import { noneShared, sharedPolicies } from "../../../src/envoy/policy-runs.js";
import { type EnvoyOptions, type RunningEnvoy, startEnvoy } from "../../../src/envoy/run-envoy.js";
import { singleRouteConfig } from "../../../src/gateway/single-route.js";
import { copyModules, writeNativeModules } from "./modules.js";
import { nativeEnvoy, nativeLibrary } from "./native-library.js";

const cacheDir = fileURLToPath(new URL("../../../.cache/", import.meta.url));

/** Something that a route or a policy calls. */
export interface EnvoyUpstream {
  /** What policies call it by: a name, or a URL, of which only the origin counts. */
  name: string;
  address: string;
  port: number;
}

/** A policy by its source. Defaults are those of a gateway file. */
export type PolicyUse = Pick<ConfiguredUse, "name" | "file"> & Partial<ConfiguredUse>;

/** One route with its policies. */
export interface PoliciesSetup {
  /** The name of the upstream to which the route forwards. */
  routeUpstream: string;
  upstreams: readonly EnvoyUpstream[];
  /** In the order in which requests pass them. */
  policies: readonly PolicyUse[];
  /** Limit of a gathered body, which is what Envoy buffers, too. Default 1 MiB. */
  bufferLimitBytes?: number;
  /** How long a policy's code may run without a pause. Default 100 ms. */
  callbackMilliseconds?: number;
}

/** Starts an Envoy with these policies on its one route; `native`: by `libsluice`. The caller closes it. */
export async function startPolicies(
  setup: PoliciesSetup,
  options: { readonly native?: boolean } = {},
): Promise<RunningEnvoy> {
  return startConfig(policiesConfig(setup), options);
}

/** The gateway file that such a setup stands for. Upstreams that have a URL for a name are called by that URL only. */
export function policiesConfig({ routeUpstream, upstreams, policies, ...limits }: PoliciesSetup): GatewayConfig {
  const config = singleRouteConfig({
    upstream: "http://127.0.0.1:1",
    limits: {
      ...(limits.bufferLimitBytes && { bodyBytes: limits.bufferLimitBytes }),
      ...(limits.callbackMilliseconds && { callbackMilliseconds: limits.callbackMilliseconds }),
    },
  });
  const [route] = config.routes;
  return {
    ...config,
    upstreams: Object.fromEntries(
      upstreams.map(({ name, address, port }) => [
        name,
        { url: `http://${address}:${port}`, connectTimeoutMilliseconds: 5_000 },
      ]),
    ),
    routes: [
      {
        ...route!,
        upstream: routeUpstream,
        policies: policies.map((use) => ({ config: {}, onError: "deny", partialRequests: "prevent", ...use })),
      },
    ],
  };
}

/** Starts an Envoy with one worker for a gateway file. `strangers`: as if filters of others might be in it.
 * `holds: false`: as in Istio and Envoy Gateway, where no heads can be held.
 * `behind`: a filter between the policies and the router. `tls`: what the listener's connections are, a `DownstreamTlsContext`.
 * `oneFilter`: policies that follow each other are one filter of one module, as `sluice envoy` has it; else each is a filter, where more of what
 * a chain does is Envoy's. `native`: by `libsluice`, all of one file. The caller closes it. */
export async function startConfig(
  config: GatewayConfig,
  options: Partial<EnvoyOptions> & {
    caFile?: string;
    strangers?: boolean;
    holds?: boolean;
    behind?: Json;
    tls?: Json;
    oneFilter?: boolean;
    native?: boolean;
  } = {},
): Promise<RunningEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const {
      caFile = "/etc/ssl/certs/ca-certificates.crt",
      strangers = false,
      holds = true,
      behind,
      tls,
      oneFilter = false,
      native = false,
      ...envoyOptions
    } = options;
    const modules = native
      ? await writeNativeModules(config, folder, await nativeLibrary())
      : await copyModules(config, oneFilter ? sharedPolicies(config) : noneShared, folder);
    const bootstrap = envoyBootstrap(config, { modules, caFile });
    const envoy = await startEnvoy(changed(bootstrap, { strangers: strangers || !holds, holds, behind, tls }), {
      binary: await (native ? nativeEnvoy() : installEnvoy(cacheDir)),
      concurrency: 1,
      ...envoyOptions,
    });
    return { ...envoy, close: () => envoy.close().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Changes {
  strangers: boolean;
  holds: boolean;
  behind: Json | undefined;
  tls: Json | undefined;
}

function changed(bootstrap: Json, { strangers, holds, behind, tls }: Changes): Json {
  return JSON.parse(JSON.stringify(bootstrap), (key, value: unknown) => {
    if (key === "allow_on_headers_stop_iteration") {
      return holds;
    }
    if (key === "filter_chains" && tls !== undefined) {
      const [chain] = value as [object];
      return [{ ...chain, transport_socket: { name: "envoy.transport_sockets.tls", typed_config: tls } }];
    }
    if (key === "http_filters" && behind !== undefined) {
      const filters = value as Json[];
      return [...filters.slice(0, -1), behind, ...filters.slice(-1)];
    }
    if (key !== "configuration" || !strangers) {
      return value;
    }
    const { value: text } = value as { value: string };
    const { sluice, ...own } = JSON.parse(text) as { sluice: Json };
    const { buffers: _, ...kept } = sluice;
    return { ...(value as Json), value: JSON.stringify({ ...own, sluice: { ...kept, holdsHeads: holds } }) };
  }) as Json;
}
