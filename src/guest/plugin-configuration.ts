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
  /** Bytes that a body may be set to. */
  setBodyLimit: number;
  /** How long an event's code may run, where the engine can end it. */
  callbackMilliseconds: number;
  /** Of the JavaScript heap, where the engine can limit it. */
  memoryBytes: number;
  /** The host can hold a head until its body is there. */
  canHold: boolean;
  /** The host has a body buffer for each filter, which nobody else lets go. */
  ownBuffers: boolean;
  /** All filters that share the body buffer are of this kit: none lets go what another one keeps in it. */
  onlyOurs: boolean;
  /** URLs of upstreams by the names under which policies call them. */
  upstreams: ReadonlyMap<string, string>;
}

const defaultBodyLimit = 1_048_576;
const defaultCallbackMilliseconds = 100;
const defaultMemoryBytes = 67_108_864;
/** What a module can count: the engine takes both as 32 bits. */
const longestCallback = 2_147_483_647;
const mostMemory = 4_294_967_295;

/**
 * Reads `{ "config": …, "sluice": { name, partialRequests, onError, limits, holdsHeads, buffers, upstreams } }`. Without a `sluice` key
 * the whole is the policy's configuration, as in a hand-written Envoy configuration, which may lack the host setting
 * that holding needs.
 *
 * @throws SluiceError `CONFIG_REFUSED` for text that is not JSON, and for limits that are no numbers
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
      setBodyLimit: defaultBodyLimit,
      callbackMilliseconds: defaultCallbackMilliseconds,
      memoryBytes: defaultMemoryBytes,
      canHold: false,
      ownBuffers: false,
      onlyOurs: false,
      upstreams: new Map(),
    };
  }
  const { config, sluice } = value as { config?: unknown; sluice: Partial<Record<string, unknown>> };
  const limits = (sluice["limits"] ?? {}) as {
    bodyBytes?: unknown;
    setBodyBytes?: unknown;
    callbackMilliseconds?: unknown;
    memoryBytes?: unknown;
  };
  const bodyLimit = whole("bodyBytes", limits.bodyBytes ?? defaultBodyLimit, 0, Number.MAX_SAFE_INTEGER);
  return {
    config: config ?? {},
    name: typeof sluice["name"] === "string" ? sluice["name"] : "policy",
    partialRequests: sluice["partialRequests"] === "allow" ? "allow" : "prevent",
    onError: sluice["onError"] === "allow" ? "allow" : "deny",
    bodyLimit,
    // Of a host that does not say what it buffers no more is known than that a gathered body fits.
    setBodyLimit: whole("setBodyBytes", limits.setBodyBytes ?? bodyLimit, 0, Number.MAX_SAFE_INTEGER),
    callbackMilliseconds: whole(
      "callbackMilliseconds",
      limits.callbackMilliseconds ?? defaultCallbackMilliseconds,
      1,
      longestCallback,
    ),
    memoryBytes: Math.min(
      whole("memoryBytes", limits.memoryBytes ?? defaultMemoryBytes, 1, Number.MAX_SAFE_INTEGER),
      mostMemory,
    ),
    canHold: sluice["holdsHeads"] !== false,
    ownBuffers: sluice["buffers"] === "own",
    onlyOurs: sluice["buffers"] === "ours",
    upstreams: new Map(Object.entries((sluice["upstreams"] ?? {}) as Readonly<Record<string, string>>)),
  };
}

function whole(limit: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw new SluiceError(
    "CONFIG_REFUSED",
    `sluice.limits.${limit}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(value)}.`,
  );
}

function parse(text: string): unknown {
  if (text.trim() === "") {
    return {};
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SluiceError("CONFIG_REFUSED", "The plugin's configuration is not JSON.", { cause: error });
  }
}
