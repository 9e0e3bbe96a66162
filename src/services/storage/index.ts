/**
 * Storage: values by keys that all workers of a gateway share, in the memory of its process. Each use of a policy has its own; uses that give
 * the same `shared` name have one in common. Its size is fixed when it is made; what has no room is refused, and nothing is dropped for it.
 */
import { SluiceError } from "../../errors.js";
import { type InstanceContext, instancePort, sharedData } from "../../policy/service.js";
import { openBuckets } from "../../state/buckets.js";
import { RecordStore, storeSize } from "../../state/record-store.js";
import { textOf } from "../../thrown.js";
import { BucketStorage } from "./bucket-storage.js";
import { bytesCodec, jsonCodec } from "./codecs.js";
import type { Storage, StorageOptions } from "./storage.js";

export type {
  DeleteOptions,
  KeysOptions,
  KeysPage,
  SetOptions,
  Storage,
  StorageEntry,
  StorageOptions,
  TtlOptions,
} from "./storage.js";

const largestValue = 65_536;
const defaultBytes = 4_194_304;
const layout = "storage-2";

/**
 * A storage. Make it in `configure`: then its memory is there, or known to be missing, before a request comes.
 *
 * @example
 * configure: (context) => ({ visits: storage<number>(context, "visits") }),
 * async onRequest(request, { resources }) {
 *   await resources.visits.increment(request.pathname);
 * }
 * @param name of the storage, in its use of a policy or under the shared name
 * @throws SluiceError `STORAGE_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function storage(
  context: InstanceContext,
  name: string,
  options: StorageOptions & { readonly encoding: "bytes" },
): Storage<Uint8Array>;
export function storage<Value>(
  context: InstanceContext,
  name: string,
  options?: StorageOptions & { readonly encoding?: "json" | undefined },
): Storage<Value>;
export function storage(context: InstanceContext, name: string, options: StorageOptions = {}): Storage<unknown> {
  const port = instancePort(context, "storage()");
  if (typeof name !== "string" || name === "") {
    throw refused("storage()", "a name", name);
  }
  const { shared, shape = 1, encoding = "json" } = options;
  if (shared !== undefined && (typeof shared !== "string" || shared === "")) {
    throw refused(`storage ${name}: shared`, "a name", shared);
  }
  if (encoding !== "json" && encoding !== "bytes") {
    throw refused(`storage ${name}: encoding`, "json or bytes", encoding);
  }
  whole(name, "shape", shape, 0, 4_294_967_295);
  const size = sizeOf(name, options);
  const buckets = openBuckets(sharedData(port, shared), name, layout, size);
  if (size.join() !== buckets.size.join()) {
    port.logger.warn(
      `STATE_SIZE: the storage ${name} was first made with another size, which holds until the process is started anew.`,
    );
  }
  const store = new RecordStore(name, buckets, () => port.now());
  return new BucketStorage(port, store, shape, encoding === "json" ? jsonCodec : bytesCodec);
}

function sizeOf(
  name: string,
  { entries = 1_024, bytes = defaultBytes, valueBytes = Math.min(largestValue, bytes) }: StorageOptions,
): number[] {
  whole(name, "entries", entries, 1, 1_048_576);
  whole(name, "bytes", bytes, 1_024, 268_435_456);
  whole(name, "valueBytes", valueBytes, 1, Math.min(largestValue, bytes));
  return storeSize(entries, bytes, valueBytes);
}

function whole(name: string, what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw refused(`storage ${name}: ${what}`, `a whole number from ${least} to ${most}`, value);
  }
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("STORAGE_OPTIONS", `${what}: expected ${expected}, got ${textOf(got)}.`);
}
