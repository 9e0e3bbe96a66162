/** Random numbers of the host. A snapshot would give the same ones to all instances, so while a policy is loaded there are none. */
import { platform } from "./platform.js";

/** What `Math.random` is: QuickJS's own generator was seeded at the build. */
export function random(): number {
  return platform().random() ?? refuse("Math.random()");
}

/** Fills `target` from the host's secure source; `what` is the API that asks. */
export function fillWithRandom(target: Uint8Array, what: string): void {
  if (!platform().randomBytes(target)) {
    refuse(what);
  }
}

function refuse(what: string): never {
  throw new Error(
    `The policy calls ${what} while it is loaded. Every instance of it would get the same value: move it into configure or a filter. Where a package calls it, load the package by import() there.`,
  );
}
