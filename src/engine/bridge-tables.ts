/** The order in which the bridge hands over and keeps functions, and what it does by itself; see `bridge/`. */
import { callbacks, engineEvents } from "../abi/callbacks.js";
import { hostcalls } from "../abi/hostcalls.js";

/** The hostcalls' names, in the order in which the bridge hands its functions to the prelude. */
export const hostcallNames = Object.keys(hostcalls) as readonly (keyof typeof hostcalls)[];

/** The names of the guest's functions, in the order in which the bridge keeps them. */
export const guestFunctionNames = [...(Object.keys(callbacks) as (keyof typeof callbacks)[]), ...engineEvents] as const;

/** Hostcalls of the guest around which the bridge does something by itself. */
export const ownHostcalls: ReadonlySet<string> = new Set(["setEffectiveContext", "continueStream"]);

/** Those that the bridge calls by itself, whatever the guest does. */
export const bridgeHostcalls: ReadonlySet<string> = new Set([
  ...ownHostcalls,
  "sendLocalResponse",
  "closeStream",
  "getCurrentTimeMilliseconds",
  "log",
  "getHeaderMapPairs",
  "getHeaderMapValue",
  "replaceHeaderMapValue",
  "addHeaderMapValue",
  "removeHeaderMapValue",
  "incrementMetric",
  "recordMetric",
]);

/** Those that change a head, of which the bridge may hold what it was. */
export const headChanges: ReadonlySet<string> = new Set([
  "setHeaderMapPairs",
  "replaceHeaderMapValue",
  "addHeaderMapValue",
  "removeHeaderMapValue",
]);

/** Callbacks that the bridge needs whether the guest has them or not. */
export const neededCallbacks: ReadonlySet<string> = new Set(["onContextCreate", "onRequestHeaders", "onDone"]);

/** What the bridge does by itself around a callback; see `bridge/events.c`. */
export const ownCallbacks: ReadonlySet<string> = new Set([...neededCallbacks, "onResponseHeaders", "onLog"]);
