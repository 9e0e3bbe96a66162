import type { GatewayConfig, PolicyUse, RouteConfig } from "./types.js";

/** What a use of a policy is told of the gateway around it. */
export type PolicySurroundings = Pick<RouteConfig, "name" | "limits"> &
  Partial<Pick<GatewayConfig, "upstreams" | "metrics">>;

/**
 * Who shares the buffer in which a host keeps bodies: nobody, filters of this kit alone, or any. Without it the kit takes it that
 * any may.
 */
export type BufferSharing = "own" | "ours" | "any";

/** A policy may set smaller bodies than this whatever the route's `limits.body`. */
const smallestSetBodyLimit = 1_048_576;

/** How large a body a policy may set where it may gather one of `bodyBytes`; what Envoy has to buffer, too. */
export function setBodyBytesOf(bodyBytes: number): number {
  return Math.max(2 * bodyBytes, smallestSetBodyLimit);
}

/** What a module reads as its configuration: of other SDKs their own alone, text as it is, the rest as JSON. */
export function moduleConfiguration(
  use: PolicyUse,
  surroundings: PolicySurroundings,
  { sluice, buffers }: { sluice: boolean; buffers: BufferSharing },
): string {
  if (sluice) {
    return pluginConfiguration(use, surroundings, buffers);
  }
  return typeof use.config === "string" ? use.config : JSON.stringify(use.config);
}

/** What `onConfigure` of a policy reads: the policy's own configuration, and what the gateway says about this use. */
export function pluginConfiguration(
  use: PolicyUse,
  { name, limits, upstreams, metrics }: PolicySurroundings,
  buffers: BufferSharing,
): string {
  const { config, sluice } = useConfiguration(use, { name, limits });
  return JSON.stringify({
    config,
    sluice: {
      ...sluice,
      limits: { ...sluice.limits, memoryBytes: limits.memoryBytes },
      ...hostConfiguration({ upstreams, metrics }, buffers),
    },
  });
}

/** A use of a policy of a module that has several. */
export interface NamedUse {
  /** The policy's name in the module. */
  policy: string;
  use: PolicyUse;
}

/**
 * What `onConfigure` of a module of several policies reads: the uses that an exchange passes, in their order.
 *
 * @param memoryBytes for all that runs in the module
 */
export function usesConfiguration(
  uses: readonly NamedUse[],
  { upstreams, metrics, ...route }: PolicySurroundings,
  buffers: BufferSharing,
  memoryBytes: number,
): string {
  return JSON.stringify({
    sluice: {
      uses: uses.map(({ policy, use }) => ({ policy, ...useConfiguration(use, route) })),
      limits: { memoryBytes },
      ...hostConfiguration({ upstreams, metrics }, buffers),
    },
  });
}

function useConfiguration(use: PolicyUse, { name, limits }: PolicySurroundings) {
  const { bodyBytes, callbackMilliseconds } = limits;
  return {
    config: use.config,
    sluice: {
      name: use.name,
      route: name,
      partialRequests: use.partialRequests,
      onError: use.onError,
      limits: { bodyBytes, setBodyBytes: setBodyBytesOf(bodyBytes), callbackMilliseconds },
    },
  };
}

function hostConfiguration(
  { upstreams, metrics }: { [Key in "upstreams" | "metrics"]: PolicySurroundings[Key] | undefined },
  buffers: BufferSharing,
) {
  return {
    ...(buffers !== "any" && { buffers }),
    ...(metrics?.policies === false && { metrics: false }),
    // Calls by a name go to the authority of its URL.
    ...(upstreams !== undefined && {
      upstreams: Object.fromEntries(Object.entries(upstreams).map(([upstream, { url }]) => [upstream, url])),
    }),
  };
}
