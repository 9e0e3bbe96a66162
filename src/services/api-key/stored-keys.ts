/** API keys in a storage. */
import { KitPromise } from "../../policy/kit-promise.js";
import type { Storage } from "../storage/index.js";
import type { ApiKeyRecord } from "./api-key.js";
import { hexOf } from "./digests.js";
import { type CheckedRecord, checkedRecord } from "./records.js";
import type { ApiKeySource } from "./source.js";

/**
 * Keys that other policies put into a storage, each under its client's id; where requests have one key alone, under that key's SHA-256 in
 * lower case. What is put there or removed counts at once, for all workers.
 *
 * @param records a storage that those policies have in common: one with a `shared` name
 */
export function storedKeys(records: Storage<ApiKeyRecord>): ApiKeySource {
  return {
    find(id, digest) {
      const stored = records.get(id ?? hexOf(digest));
      if (stored instanceof KitPromise && stored.state === "fulfilled") {
        return checked(stored.result);
      }
      return stored.then(checked);
    },
  };
}

function checked(record: unknown): CheckedRecord | undefined {
  return record === undefined ? undefined : checkedRecord(record, "stored key");
}
