/**
 * The first code evaluated in a module: gives QuickJS what policies expect of a platform, then starts the guest.
 * Its value is a function of the bridge's functions.
 */
import type { EngineServices, GuestEvents, PolicyBundle } from "../../abi/port.js";
import { AbortController, AbortSignal } from "./abort.js";
import type { StackMappings } from "../../abi/stack-mappings.js";
import { describeError } from "./describe-error.js";
import { guestFunctionNames, hostcallsOf, nameNatives } from "./natives.js";
import { createStackMapper } from "./stack-mapper.js";
import { textCoding } from "./text-coding.js";

/** What a bundle fills. */
interface BundleModule {
  exports: object;
  stackMappings?: StackMappings;
}
type BundleFunction = (module: BundleModule, exports: object) => void;
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

  let mapStack = (stack: string): string => stack;
  const start: Start = (bundle) => {
    const module: BundleModule = { exports: {} };
    bundle(module, module.exports);
    if (module.stackMappings !== undefined) mapStack = createStackMapper(module.stackMappings);
    const services: EngineServices = { runMicrotasks: natives.runMicrotasks, mapStack };
    const guest: GuestEvents = (module.exports as PolicyBundle).createGuest(hostcallsOf(natives), services);
    return guestFunctionNames.map((name): GuestFunction => guest[name].bind(guest));
  };
  return [start, (error) => mapStack(describeError(error))];
}
