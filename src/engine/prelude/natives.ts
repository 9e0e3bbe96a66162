/** The bridge's functions by name, and the guest's functions in the order in which the bridge keeps them. */
import type { GuestEvents, Hostcalls } from "../../abi/port.js";

/** The order of `hostcallAt` and then `platformFunctionAt` in `src/engine/bridge`. */
const nativeNames = [
  "log",
  "getLogLevel",
  "getCurrentTimeMilliseconds",
  "setTickPeriodMilliseconds",
  "setEffectiveContext",
  "getHeaderMapPairs",
  "getHeaderMapValue",
  "setHeaderMapPairs",
  "replaceHeaderMapValue",
  "addHeaderMapValue",
  "removeHeaderMapValue",
  "getBufferBytes",
  "setBufferBytes",
  "continueStream",
  "closeStream",
  "sendLocalResponse",
  "httpCall",
  "getStatus",
  "getProperty",
  "setProperty",
  "encodeUtf8",
  "decodeUtf8",
  "random",
  "runMicrotasks",
  "randomBytes",
  "sha256Blocks",
] as const;

/** The order of `Event` in `src/engine/bridge/guest.ts`. */
export const guestFunctionNames = [
  "onContextCreate",
  "onVmStart",
  "onConfigure",
  "onTick",
  "onRequestHeaders",
  "onRequestBody",
  "onRequestTrailers",
  "onResponseHeaders",
  "onResponseBody",
  "onResponseTrailers",
  "onHttpCallResponse",
  "onLog",
  "onDone",
  "onDelete",
] as const satisfies readonly (keyof GuestEvents)[];

/** What the platform's web APIs are built on. */
export interface PlatformFunctions {
  readonly encodeUtf8: (text: string) => Uint8Array;
  /** undefined: ill-formed, and that is fatal. */
  readonly decodeUtf8: (bytes: Uint8Array, fatal: boolean) => string | undefined;
  /** From 0 to 1; undefined while the policy is loaded. */
  readonly random: () => number | undefined;
  /** Runs the promise jobs that are due. */
  readonly runMicrotasks: () => void;
  /** Fills all bytes from the host's secure source; false while the policy is loaded. */
  readonly randomBytes: (target: Uint8Array) => boolean;
  /** Takes whole blocks into the state: eight 32-bit words, and so are the 64 constants. All are given as bytes. */
  readonly sha256Blocks: (state: Uint8Array, blocks: Uint8Array, constants: Uint8Array) => void;
}

type Natives = Hostcalls & PlatformFunctions;

/** Names the bridge's functions. */
export function nameNatives(functions: readonly unknown[]): Natives {
  const natives: Record<string, unknown> = {};
  nativeNames.forEach((name, index) => {
    natives[name] = functions[index];
  });
  return natives as unknown as Natives;
}

/** `Hostcalls` for the guest. */
export function hostcallsOf(natives: Natives): Hostcalls {
  const { encodeUtf8: _e, decodeUtf8: _d, random: _r, runMicrotasks: _j, randomBytes: _b, sha256Blocks: _s, ...hostcalls } = natives;
  return hostcalls;
}
