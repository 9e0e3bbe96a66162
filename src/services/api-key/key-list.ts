/** A list of keys, to be looked up by the client's id or by the digest of its key. */
import { SluiceError } from "../../errors.js";
import { hexOf } from "./digests.js";
import { type CheckedRecord, checkedRecord, refused } from "./records.js";

export class KeyList {
  private readonly byId = new Map<string, CheckedRecord>();
  private readonly byDigest = new Map<string, CheckedRecord>();

  /**
   * @param records a list, or a JSON text of one
   * @throws SluiceError `API_KEY_OPTIONS`
   */
  constructor(records: unknown, where: string) {
    const list = typeof records === "string" ? parsed(records, where) : records;
    if (!Array.isArray(list)) {
      throw refused(where, "a list of records");
    }
    list.forEach((each: unknown, index) => {
      const place = `${where}[${index}]`;
      const record = checkedRecord(each, place);
      if (this.byId.has(record.client.clientId)) {
        throw refused(`${place}.clientId`, "an id that no other record has");
      }
      this.byId.set(record.client.clientId, record);
      for (const digest of record.digests) {
        if (this.byDigest.has(digest)) {
          throw refused(`${place}.secretSha256`, "a secret that no other record has");
        }
        this.byDigest.set(digest, record);
      }
    });
  }

  /** The time that a look-up by digest takes tells nothing of other digests: nobody can find a secret for one that he chooses. */
  find(id: string | undefined, digest: Int32Array): CheckedRecord | undefined {
    return id === undefined ? this.byDigest.get(hexOf(digest)) : this.byId.get(id);
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its message quotes the text.
    throw new SluiceError("API_KEY_OPTIONS", `${where}: expected a list of records, or a JSON text of one.`);
  }
}
