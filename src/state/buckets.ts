/**
 * A fixed number of shared-data keys, each a bucket of entries. Hosts never forget a key, so all of them are made when a policy is configured
 * and none later, whatever clients send.
 */
import { Status } from "../abi/constants.js";
import { SluiceError } from "../errors.js";
import { hideFields } from "../policy/opaque.js";
import type { SharedData } from "../policy/shared-data.js";
import { type Hash, type HashKey, keyedHash } from "./keyed-hash.js";

/** What a table was made with, whoever made it; it holds until the process ends. */
interface Head {
  /** Numbers that say how large it is; the first one is how many buckets there are. */
  readonly size: readonly number[];
  readonly hashKey: HashKey;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

export class Buckets {
  readonly count: number;
  /** What the table was made with: as asked for, or as the first one to make it has asked. */
  readonly size: readonly number[];
  readonly hashKey: HashKey;
  /** What the names of its keys begin with; the bucket's number is the rest. */
  readonly prefix: string;
  private readonly data: SharedData;

  constructor(data: SharedData, prefix: string, { size, hashKey }: Head) {
    this.data = data;
    this.prefix = prefix;
    this.count = size[0] as number;
    this.size = size;
    this.hashKey = hashKey;
  }

  hashOf(key: string): Hash {
    return keyedHash(encoder.encode(key), this.hashKey);
  }

  /** The bucket of a key with that hash. */
  indexOf([low]: Hash): number {
    return low % this.count;
  }

  read(index: number): readonly [bytes: Uint8Array, cas: number] {
    const found = this.data.get(this.prefix + String(index));
    if (found === undefined) {
      throw new SluiceError("STATE_UNAVAILABLE", `The host has lost the shared data of ${this.prefix}${index}.`);
    }
    return found;
  }

  /** false: somebody was faster; nothing is written. */
  write(index: number, bytes: Uint8Array, cas: number): boolean {
    const status = this.data.set(this.prefix + String(index), bytes, cas);
    if (status !== Status.Ok && status !== Status.CasMismatch) {
      throw refused(status);
    }
    return status === Status.Ok;
  }
}

hideFields(Buckets);

/**
 * Makes the buckets of that name, or finds them: of several workers that make them at the same time each key is one's.
 *
 * @param layout of what is in the buckets: what has another layout has other keys
 * @param size how many buckets, and what else says how large the table is
 */
export function openBuckets(data: SharedData, name: string, layout: string, size: readonly number[]): Buckets {
  const prefix = `table/${name.length}:${name}/${layout}/`;
  const headKey = `${prefix}head`;
  const head = data.get(headKey) ?? create(data, [headKey], newHead(size), headKey);
  const buckets = new Buckets(data, prefix, readHead(head[0]));
  const readyKey = `${prefix}ready`;
  if (data.get(readyKey) === undefined) {
    const keys = Array.from({ length: buckets.count }, (_, index) => prefix + String(index));
    create(data, keys, nothing, keys[0] as string);
    create(data, [readyKey], nothing, readyKey);
  }
  return buckets;
}

/**
 * Gives keys a value that are not there, and leaves all others as they are. proxy-wasm sets what is there only with its own number, or with 0,
 * and what is not there with any number: so a number that no value of these keys can have writes only where there is nothing. Such a
 * number is that of a value just written under a key of its own, since hosts number what is written one after the other.
 *
 * @returns what is under the key `asked` now
 */
function create(data: SharedData, keys: readonly string[], value: Uint8Array, asked: string): [Uint8Array, number] {
  const ticket = "table/ticket";
  data.set(ticket, nothing, 0);
  const number = data.get(ticket)?.[1] ?? 0;
  for (const key of keys) {
    const status = number === 0 ? Status.NotFound : data.set(key, value, number);
    if (status !== Status.Ok && status !== Status.CasMismatch) {
      throw refused(status);
    }
  }
  const found = data.get(asked);
  if (found === undefined) {
    throw refused(Status.NotFound);
  }
  return [...found];
}

function refused(status: Status): SluiceError {
  return new SluiceError("STATE_UNAVAILABLE", `The host does not keep shared data (status ${status}).`);
}

/** With a hash key that nobody outside of the process can know. */
function newHead(size: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + 8 * size.length);
  crypto.getRandomValues(bytes.subarray(0, 8));
  const view = new DataView(bytes.buffer);
  size.forEach((number, index) => {
    view.setFloat64(8 + 8 * index, number, true);
  });
  return bytes;
}

function readHead(bytes: Uint8Array): Head {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    hashKey: { low: view.getUint32(0, true), high: view.getUint32(4, true) },
    size: Array.from({ length: (bytes.length - 8) / 8 }, (_, index) => view.getFloat64(8 + 8 * index, true)),
  };
}
