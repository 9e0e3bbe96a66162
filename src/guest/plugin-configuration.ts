/** The plugin's configuration: the policy's own, and what the gateway says about this use of the policy. */
import { SluiceError } from "../errors.js";

/** One use of a policy. */
export interface PluginConfiguration {
  /** The policy's own configuration, not yet checked. */
  config: unknown;
  /** The name of this use, for logs and metrics. */
  name: string;
  /** The name of its route, by which uses of the same name are told apart; empty where nobody gives one. */
  route: string;
  /** The operator wants metrics of this use. */
  metrics: boolean;
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

/** A use of one of a module's policies. */
export interface UseConfiguration {
  /** The policy's name in the module; undefined: the only one that there is. */
  readonly policy: string | undefined;
  readonly settings: PluginConfiguration;
}

/**
 * Reads `{ "config": …, "sluice": { name, route, partialRequests, onError, limits, metrics, holdsHeads, buffers, upstreams } }`. Without a `sluice` key
 * the whole is the policy's configuration, as in a hand-written Envoy configuration, which may lack the host setting
 * that holding needs.
 *
 * @throws SluiceError `CONFIG_REFUSED` for text that is not JSON, and for limits that are no numbers
 */
export function readPluginConfiguration(text: string): PluginConfiguration {
  const value = parse(text);
  if (hasSluice(value) && value.sluice["uses"] !== undefined) {
    throw new SluiceError("CONFIG_REFUSED", "sluice.uses: this module has one policy, which takes no list of uses.");
  }
  return readOne(value);
}

/**
 * Reads what a module of several policies is configured with: `{ "sluice": { uses, limits, metrics, holdsHeads, buffers, upstreams } }`, where
 * `uses` is the list of `{ policy, config, sluice: { name, route, partialRequests, onError, limits } }` that an exchange passes, the first one
 * first. What is not so is the configuration of one use, as {@link readPluginConfiguration} reads it.
 *
 * @throws SluiceError `CONFIG_REFUSED`
 */
export function readUses(text: string): readonly UseConfiguration[] {
  const value = parse(text);
  const host = hasSluice(value) ? value.sluice : {};
  const { uses } = host;
  if (uses === undefined) {
    return [{ policy: undefined, settings: readOne(value) }];
  }
  if (!Array.isArray(uses) || uses.length === 0) {
    throw new SluiceError("CONFIG_REFUSED", "sluice.uses: expected a list with at least one use of a policy.");
  }
  return uses.map((use: unknown, index) => {
    const path = `sluice.uses[${index}]`;
    if (typeof use !== "object" || use === null) {
      throw new SluiceError("CONFIG_REFUSED", `${path}: expected { policy, config, sluice }.`);
    }
    const { policy, config, sluice = {} } = use as { policy?: unknown; config?: unknown; sluice?: Fields };
    if (typeof policy !== "string") {
      throw new SluiceError("CONFIG_REFUSED", `${path}.policy: expected the name of a policy in this module.`);
    }
    return { policy, settings: read(config, { name: policy, ...sluice }, host, `${path}.sluice`) };
  });
}

type Fields = Readonly<Partial<Record<string, unknown>>>;

function hasSluice(value: unknown): value is { config?: unknown; sluice: Fields } {
  return typeof value === "object" && value !== null && "sluice" in value;
}

function readOne(value: unknown): PluginConfiguration {
  return hasSluice(value)
    ? read(value.config, value.sluice, value.sluice, "sluice")
    : { ...read(value, { partialRequests: "allow" }, { holdsHeads: false }, "sluice"), config: value };
}

/**
 * @param sluice of the use
 * @param host what is a fact of the host, or of the module
 * @param path of `sluice`, for errors
 */
function read(config: unknown, sluice: Fields, host: Fields, path: string): PluginConfiguration {
  const limits = (sluice["limits"] ?? {}) as Fields;
  const hostLimits = (host["limits"] ?? {}) as Fields;
  const limit = (name: string, otherwise: number, least: number, most: number): number =>
    whole(`${path}.limits.${name}`, limits[name] ?? otherwise, least, most);
  const memory = whole(
    "sluice.limits.memoryBytes",
    hostLimits["memoryBytes"] ?? defaultMemoryBytes,
    1,
    Number.MAX_SAFE_INTEGER,
  );
  const bodyLimit = limit("bodyBytes", defaultBodyLimit, 0, Number.MAX_SAFE_INTEGER);
  return {
    config: config ?? {},
    name: typeof sluice["name"] === "string" ? sluice["name"] : "policy",
    route: typeof sluice["route"] === "string" ? sluice["route"] : "",
    // Nobody could tell uses apart that have no name.
    metrics: host["metrics"] !== false && typeof sluice["name"] === "string",
    partialRequests: sluice["partialRequests"] === "allow" ? "allow" : "prevent",
    onError: sluice["onError"] === "allow" ? "allow" : "deny",
    bodyLimit,
    // Of a host that does not say what it buffers no more is known than that a gathered body fits.
    setBodyLimit: limit("setBodyBytes", bodyLimit, 0, Number.MAX_SAFE_INTEGER),
    callbackMilliseconds: limit("callbackMilliseconds", defaultCallbackMilliseconds, 1, longestCallback),
    memoryBytes: Math.min(memory, mostMemory),
    canHold: host["holdsHeads"] !== false,
    ownBuffers: host["buffers"] === "own",
    onlyOurs: host["buffers"] === "ours",
    upstreams: new Map(Object.entries((host["upstreams"] ?? {}) as Readonly<Record<string, string>>)),
  };
}

function whole(path: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw new SluiceError(
    "CONFIG_REFUSED",
    `${path}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(value)}.`,
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
