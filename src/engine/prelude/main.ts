/**
 * The first code evaluated in a module: gives QuickJS what policies expect of a platform, then starts the guest.
 * Its value is a function of the bridge's functions.
 */
import type { EngineServices, GuestEvents, PolicyBundle } from "../../abi/port.js";
import { AbortController, AbortSignal } from "./abort.js";
import { describeError } from "./describe-error.js";
import { guestFunctionNames, hostcallsOf, nameNatives } from "./natives.js";
import { textCoding } from "./text-coding.js";

type BundleFunction = (module: { exports: object }, exports: object) => void;
type GuestFunction = (...args: never[]) => unknown;
type Start = (bundle: BundleFunction) => GuestFunction[];

/** Called by the bridge: defines the globals; answers how to start the guest and how to describe what it throws. */
export function install(functions: readonly unknown[]): [start: Start, describe: (error: unknown) => string] {
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
    const services: EngineServices = { runMicrotasks: natives.runMicrotasks };
    const guest: GuestEvents = (module.exports as PolicyBundle).createGuest(hostcallsOf(natives), services);
    // A guest lacks what its policy has no use for: 0 lets it go on.
    return guestFunctionNames.map((name): GuestFunction => guest[name]?.bind(guest) ?? (() => 0));
  };
  return [start, describeError];
}
