/** API keys that the configuration lists. */
import type { ApiKeyRecord } from "./api-key.js";
import { checkedList, KeyList, parsedList } from "./key-list.js";
import type { ApiKeySource } from "./source.js";

/**
 * Keys of a list.
 *
 * @param records the list, or a JSON text of one, as an environment variable may hold it
 * @throws SluiceError `API_KEY_OPTIONS`
 */
export function listedKeys(records: readonly ApiKeyRecord[] | string): ApiKeySource {
  const list = new KeyList();
  for (const [index, record] of (typeof records === "string" ? parsedList(records) : checkedList(records)).entries()) {
    list.add(record, index);
  }
  return list;
}
