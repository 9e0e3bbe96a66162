/**
 * The first code evaluated in a module, after the web APIs that the policy mentions: starts the guest. Its value is a function of
 * the bridge's functions.
 */
import type { EngineServices, GuestEvents, PolicyBundle } from "../../abi/port.js";
import { describeError } from "./describe-error.js";
import { guestFunctionNames, hostcallsOf, nameNatives } from "./natives.js";
import { setPlatform } from "./platform.js";
import { random } from "./random.js";

type BundleFunction = (module: { exports: object }, exports: object) => void;
type GuestFunction = (...args: never[]) => unknown;
type Start = (bundle: BundleFunction) => GuestFunction[];

/** Called by the bridge: answers how to start the guest and how to describe what it throws. */
export function install(functions: readonly unknown[]): [start: Start, describe: (error: unknown) => string] {
  const natives = nameNatives(functions);
  setPlatform(natives);
  Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true });

  const start: Start = (bundle) => {
    const module = { exports: {} };
    bundle(module, module.exports);
    const services: EngineServices = { runMicrotasks: natives.runMicrotasks };
    const guest: GuestEvents = (module.exports as PolicyBundle).createGuest(hostcallsOf(natives), services);
    return guestFunctionNames.map((name): GuestFunction => guest[name].bind(guest));
  };
  return [start, describeError];
}
