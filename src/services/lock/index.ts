/**
 * Locks: of all workers of a gateway one at a time does what they protect. A holder that is not heard of any more loses its lock after a time,
 * and the fencing number tells its late effects from those of whoever came after it.
 */
import { SluiceError } from "../../errors.js";
import { type InstanceContext, instancePort, sharedData } from "../../policy/service.js";
import { openBuckets } from "../../state/buckets.js";
import { RecordStore, storeSize } from "../../state/record-store.js";
import { textOf } from "../../thrown.js";
import { Leases } from "./leases.js";
import type { Locks, LocksOptions } from "./locks.js";
import { ProcessLocks } from "./process-locks.js";

export type { HoldOptions, LockedWork, LockOptions, Locks, LocksOptions } from "./locks.js";

const layout = "lock-1";
/** Bytes of a lock with as many workers waiting for it as there are, and those of most. */
const largestLock = 16_384;
const usualLock = 512;
const mostEntries = 1_048_576;

/**
 * Locks by ids. Make them in `configure`: then their memory is there, or known to be missing, before a request comes.
 *
 * @example
 * configure: (context) => ({ accounts: locks(context, "accounts") }),
 * async onRequest(request, { resources, signal }) {
 *   await resources.accounts.withLock(request.pathname, { signal }, async () => { … });
 * }
 * @param name of the locks, in their use of a policy or under the shared name
 * @throws SluiceError `LOCK_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function locks(context: InstanceContext, name: string, options: LocksOptions = {}): Locks {
  const port = instancePort(context, "locks()");
  if (typeof name !== "string" || name === "") {
    throw refused("locks()", "a name", name);
  }
  const { entries = 1_024, shared } = options;
  if (shared !== undefined && (typeof shared !== "string" || shared === "")) {
    throw refused(`locks ${name}: shared`, "a name", shared);
  }
  if (!Number.isSafeInteger(entries) || entries < 1 || entries > mostEntries) {
    throw refused(`locks ${name}: entries`, `a whole number from 1 to ${mostEntries}`, entries);
  }
  const size = storeSize(entries, Math.max(2 * largestLock, entries * usualLock), largestLock);
  const buckets = openBuckets(sharedData(port, shared), name, layout, size);
  if (size.join() !== buckets.size.join()) {
    port.logger.warn(
      `STATE_SIZE: the locks ${name} were first made for another number of entries, which holds until the process is started anew.`,
    );
  }
  const now = (): number => port.now();
  return new ProcessLocks(port, name, new Leases(new RecordStore(name, buckets, now), now));
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("LOCK_OPTIONS", `${what}: expected ${expected}, got ${textOf(got)}.`);
}
