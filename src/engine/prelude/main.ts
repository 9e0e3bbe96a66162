/**
 * The first code evaluated in a module, after the web APIs that the policy mentions: starts the guest. Its value is a function of
 * the bridge's functions.
 */

import { LogLevel } from "../../abi/constants.js";
import type { EngineServices, GuestEvents, PolicyBundle } from "../../abi/port.js";
import type { StackMappings } from "../../abi/stack-mappings.js";
import { describeError } from "./describe-error.js";
import { guestFunctionNames, nameNatives } from "./natives.js";
import { partServices } from "./part-services.js";
import { setPlatform } from "./platform.js";
import { random } from "./random.js";
import { type Rejections, trackRejections } from "./rejections.js";
import { createStackMapper } from "./stack-mapper.js";

/** What a bundle fills. */
interface BundleModule {
  exports: object;
  stackMappings?: StackMappings;
  /** Called by a bundle of several policies, before the first of them. */
  lockIntrinsics: () => void;
}
type BundleFunction = (module: BundleModule, exports: object) => void;
/** The guest, and its functions; undefined where it has none of that name. */
type Started = [guest: GuestEvents, ...functions: unknown[]];
type Start = (bundle: BundleFunction) => Started;

/** Globals of QuickJS that ES2023 has not, and other engines may not have. */
const notTheLanguages = ["Float16Array", "InternalError", "SuppressedError"];

/**
 * Called by the bridge: defines the globals; answers how to start the guest, how to describe what it throws, and how to keep
 * account of rejected promises.
 */
export function install(
  functions: readonly unknown[],
): [start: Start, describe: (error: unknown) => string, track: Rejections["track"], report: Rejections["report"]] {
  const natives = nameNatives(functions);
  setPlatform(natives);
  for (const name of notTheLanguages) {
    Reflect.deleteProperty(globalThis, name);
  }
  Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true });

  let guest: GuestEvents | undefined;
  let mapStack = (stack: string): string => stack;
  const start: Start = (bundle) => {
    const module: BundleModule = { exports: {}, lockIntrinsics: natives.lockIntrinsics };
    bundle(module, module.exports);
    if (module.stackMappings !== undefined) {
      mapStack = createStackMapper(module.stackMappings);
    }
    const { runMicrotasks, keep, forget, tellWaiting, running, beginPiece, quickenHeads, parseJson } = natives;
    const { setLimits, limitUse, heldBytes, hasRoom, endModule, bypassGuest } = natives;
    const { flushCounts, microseconds, decideLimit, findFresh } = natives;
    const services: EngineServices = {
      runMicrotasks,
      keep,
      forget,
      tellWaiting,
      running,
      beginPiece,
      quickenHeads,
      setLimits,
      limitUse,
      heldBytes,
      hasRoom,
      endModule,
      bypassGuest,
      parseJson,
      flushCounts,
      microseconds,
      decideLimit,
      findFresh,
      mapStack,
      ...partServices?.(natives),
    };
    guest = (module.exports as PolicyBundle).createGuest(natives, services);
    const started = guest;
    // The bridge calls them as methods of the first one.
    return [started, ...guestFunctionNames.map((name) => started[name])];
  };
  const describe = (error: unknown): string => mapStack(describeError(error));
  const { track, report } = trackRejections((reason, promise) => {
    if (guest?.onUnhandled?.(reason, promise, true) !== true) {
      natives.log(LogLevel.Error, `A promise was rejected and nobody handles it: ${describe(reason)}`);
    }
  });
  return [start, describe, track, report];
}
