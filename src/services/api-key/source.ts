/** Where API keys come from. */
import type { CheckedRecord } from "./records.js";

/** Gives the record of a client. A policy has the code of the source that it names. */
export interface ApiKeySource {
  /**
   * The record of a client; undefined: there is none. What it gives is compared with the digest by whoever asks. A promise where it
   * has to wait, rejected, or an error thrown, where nobody knows.
   *
   * @param id undefined: the digest alone says whose it is
   * @internal
   */
  find(id: string | undefined, digest: Int32Array): CheckedRecord | undefined | PromiseLike<CheckedRecord | undefined>;
}
