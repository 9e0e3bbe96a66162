import { Status } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";

interface Entry {
  value: Uint8Array;
  cas: number;
}

/** proxy-wasm's shared data: values by VM id and key, each with a number that changes whenever it is set. */
export class SharedData {
  readonly #vms = new Map<string, Map<string, Entry>>();
  #nextCas = 1;

  /** A copy of the value and its number; undefined where nothing was set. */
  get(vmId: string, key: string): readonly [value: Uint8Array, cas: number] | undefined {
    const entry = this.#vms.get(vmId)?.get(key);
    return entry && [copyBytes(entry.value), entry.cas];
  }

  /** `cas` 0 sets in any case, any other number only over the value that has it. A key that is not there is always set. */
  set(vmId: string, key: string, value: Uint8Array, cas: number): Status {
    let data = this.#vms.get(vmId);
    if (data === undefined) {
      data = new Map();
      this.#vms.set(vmId, data);
    }
    const entry = data.get(key);
    if (entry !== undefined && cas !== 0 && cas !== entry.cas) {
      return Status.CasMismatch;
    }
    data.set(key, { value: copyBytes(value), cas: this.#nextCas });
    // 32 bits, and 0 is no number of a value.
    this.#nextCas = this.#nextCas === 0xffff_ffff ? 1 : this.#nextCas + 1;
    return Status.Ok;
  }
}
