/** The plugin's configuration: the policy's own, and what the gateway says about this use of the policy. */
import { SluiceError } from "../errors.js";

/** One use of a policy. */
export interface PluginConfiguration {
  /** The policy's own configuration, not yet checked. */
  config: unknown;
  /** The name of this use, for logs. */
  name: string;
  partialRequests: "prevent" | "allow";
  onError: "deny" | "allow";
  /** Bytes of a gathered body. */
  bodyLimit: number;
  /** The host can hold a head until its body is there. */
  canHold: boolean;
}

const defaultBodyLimit = 1_048_576;

/**
 * Reads `{ "config": …, "sluice": { name, partialRequests, onError, limits: { bodyBytes } } }`. Without a `sluice` key
 * the whole is the policy's configuration, as in a hand-written Envoy configuration, which may lack the host setting
 * that holding needs.
 *
 * @throws SluiceError `CONFIG_REFUSED` for text that is not JSON
 */
export function readPluginConfiguration(text: string): PluginConfiguration {
  const value = parse(text);
  if (typeof value !== "object" || value === null || !("sluice" in value)) {
    return {
      config: value,
      name: "policy",
      partialRequests: "allow",
      onError: "deny",
      bodyLimit: defaultBodyLimit,
      canHold: false,
    };
  }
  const { config, sluice } = value as { config?: unknown; sluice: Partial<Record<string, unknown>> };
  const limits = (sluice["limits"] ?? {}) as { bodyBytes?: number };
  return {
    config: config ?? {},
    name: typeof sluice["name"] === "string" ? sluice["name"] : "policy",
    partialRequests: sluice["partialRequests"] === "allow" ? "allow" : "prevent",
    onError: sluice["onError"] === "allow" ? "allow" : "deny",
    bodyLimit: limits.bodyBytes ?? defaultBodyLimit,
    canHold: true,
  };
}

function parse(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SluiceError("CONFIG_REFUSED", "The plugin's configuration is not JSON.", { cause: error });
  }
}
