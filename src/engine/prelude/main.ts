/**
 * The first code evaluated in a module: gives QuickJS what policies expect of a platform, then starts the guest.
 * Its value is a function of the bridge's functions.
 */
import type { EngineServices, GuestEvents, PolicyBundle } from "../../abi/port.js";
import { AbortController, AbortSignal } from "./abort.js";
import { describeError } from "./describe-error.js";
import { guestFunctionNames, nameNatives } from "./natives.js";
import { trackRejections, type Rejections } from "./rejections.js";
import { textCoding } from "./text-coding.js";

type BundleFunction = (module: { exports: object }, exports: object) => void;
/** The guest, and its functions; undefined where it has none of that name. */
type Started = [guest: GuestEvents, ...functions: unknown[]];
type Start = (bundle: BundleFunction) => Started;

/**
 * Called by the bridge: defines the globals; answers how to start the guest, how to describe what it throws, and how to keep
 * account of rejected promises.
 */
export function install(
  functions: readonly unknown[],
): [start: Start, describe: (error: unknown) => string, track: Rejections["track"], report: Rejections["report"]] {
  const natives = nameNatives(functions);
  const globals = {
    ...textCoding(natives),
    AbortController,
    AbortSignal,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  // QuickJS's generator was seeded at the build.
  Object.defineProperty(Math, "random", { value: natives.random, writable: true, configurable: true });

  const start: Start = (bundle) => {
    const module = { exports: {} };
    bundle(module, module.exports);
    const { runMicrotasks, keep, running, setLimits } = natives;
    const services: EngineServices = { runMicrotasks, keep, running, setLimits };
    const guest = (module.exports as PolicyBundle).createGuest(natives, services);
    return [guest, ...guestFunctionNames.map((name) => guest[name])];
  };
  const { track, report } = trackRejections(natives.log);
  return [start, describeError, track, report];
}
