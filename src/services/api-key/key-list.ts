/** A list of keys, to be looked up by the client's id or by the digest of its key. */
import { SluiceError } from "../../errors.js";
import { hexOf } from "./digests.js";
import { type CheckedRecord, checkedRecord, refused } from "./records.js";

/** What messages call it. */
const place = "keys";

export class KeyList {
  private readonly byId = new Map<string, CheckedRecord>();
  private readonly byDigest = new Map<string, CheckedRecord>();

  /** The time that a look-up by digest takes tells nothing of other digests: nobody can find a secret for one that he chooses. */
  find(id: string | undefined, digest: Int32Array): CheckedRecord | undefined {
    return id === undefined ? this.byDigest.get(hexOf(digest)) : this.byId.get(id);
  }

  /** @throws SluiceError `API_KEY_OPTIONS` */
  add(given: unknown, index: number): void {
    const where = `${place}[${index}]`;
    const record = checkedRecord(given, where);
    if (this.byId.has(record.client.clientId)) {
      throw refused(`${where}.clientId`, "an id that no other record has");
    }
    this.byId.set(record.client.clientId, record);
    for (const { hex } of record.digests) {
      if (this.byDigest.has(hex)) {
        throw refused(`${where}.secretSha256`, "a secret that no other record has");
      }
      this.byDigest.set(hex, record);
    }
  }
}

/**
 * What is to be added to a list.
 * @throws SluiceError `API_KEY_OPTIONS`
 */
export function checkedList(records: unknown): readonly unknown[] {
  if (!Array.isArray(records)) {
    throw refused(place, "a list of records");
  }
  return records;
}

/** The same of a JSON text. */
export function parsedList(text: string): readonly unknown[] {
  let records: unknown;
  try {
    records = JSON.parse(text);
  } catch {
    // Its message quotes the text.
    throw new SluiceError("API_KEY_OPTIONS", `${place}: expected a list of records, or a JSON text of one.`);
  }
  return checkedList(records);
}
