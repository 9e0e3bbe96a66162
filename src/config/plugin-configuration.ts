import type { PolicyUse, RouteConfig } from "./types.js";

/** What `onConfigure` of a policy reads: the policy's own configuration, and what the gateway says about this use. */
export function pluginConfiguration(use: PolicyUse, route: Pick<RouteConfig, "name" | "limits">): string {
  const { bodyBytes, callbackMilliseconds, memoryBytes } = route.limits;
  return JSON.stringify({
    config: use.config,
    sluice: {
      name: use.name,
      route: route.name,
      partialRequests: use.partialRequests,
      onError: use.onError,
      limits: { bodyBytes, callbackMilliseconds, memoryBytes },
    },
  });
}
