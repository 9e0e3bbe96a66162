/**
 * The decision of a table of limits on the bytes of its buckets. `engine/bridge/limit-table.c` has the same for modules, byte by byte.
 *
 * A bucket is nothing, or its floor and up to 16 entries, all of one size, in little endian: a hash in two words of 32 bits, when it
 * expires, and its tiers' states, numbers of 64 bits. Where an entry comes to a full bucket, one that has expired makes room; without one the least
 * used does, and what it had is taken into the floor, where all begin that are not in the bucket, as long as it counts: any of them
 * may be who had to go.
 */
import { Status } from "../abi/constants.js";
import type { LimitDecision } from "../abi/port.js";
import type { SharedData } from "../policy/shared-data.js";
import { type Hash, keyedHash } from "./keyed-hash.js";
import {
  add,
  algorithms,
  allows,
  beginAtFloor,
  type ExactTier,
  exactTime,
  expiryOf,
  giveBack,
  remainingOf,
  resetOf,
  retryOf,
  roll,
  slotsOf,
  turnOf,
  usedPart,
} from "./tiers.js";

/** Beside the floor. */
const mostInBucket = 16;
/** Compare and swap: as often as no number of workers makes necessary. */
const mostTries = 64;
const headSize = 16;
const [peek, countAll, refund, admit] = [1, 2, 3, 8];
const [contendedBit, countedBit] = [4, 8];
const nobody: Hash = [0, 0];
const encoder = new TextEncoder();

/** The decision over these shared data, at the time that `clock` tells, in milliseconds. */
export function decideIn(data: SharedData, clock: () => number): LimitDecision {
  return (name, parameters, key, amount, mode, since) => {
    const now = exactTime(clock());
    const numbers = new Float64Array(parameters.buffer, parameters.byteOffset, parameters.length / 8);
    const [count = 1, low = 0, high = 0] = numbers;
    const hash = keyedHash(encoder.encode(key), { low, high });
    // The shared data put their own prefix before it.
    const bucketKey = name.slice(data.prefix.length) + String(hash[0] % count);
    const tiers = readTiers(numbers);
    const decision = new Decision(tiers, hash, amount, mode, since, now);
    for (let tries = 0; tries < mostTries; tries++) {
      const [bytes, cas] = data.get(bucketKey) ?? [];
      if (bytes === undefined || cas === undefined) {
        break;
      }
      const results: number[] = [];
      const { bits, written } = decision.of(bytes, results);
      if (written === undefined) {
        return [bits, now, ...results];
      }
      if (data.set(bucketKey, written, cas) === Status.Ok) {
        return [bits | countedBit, now, ...results];
      }
    }
    return [contendedBit, now, ...tiers.flatMap(() => [0, 0, 0])];
  };
}

function readTiers(numbers: Float64Array): ExactTier[] {
  let at = 0;
  return Array.from({ length: numbers[3] as number }, (_, index) => {
    const [algorithm = 0, limit = 0, period = 0, wait = 0] = numbers.subarray(4 + 4 * index);
    const tier = { algorithm: algorithms[algorithm] as (typeof algorithms)[number], limit, period, wait, at };
    at += slotsOf[tier.algorithm];
    return tier;
  });
}

class Decision {
  private readonly tiers: readonly ExactTier[];
  private readonly hash: Hash;
  private readonly amount: number;
  private readonly mode: number;
  private readonly admits: boolean;
  private readonly since: number;
  private readonly now: number;
  private readonly slots: number;
  private readonly size: number;

  constructor(tiers: readonly ExactTier[], hash: Hash, amount: number, mode: number, since: number, now: number) {
    this.tiers = tiers;
    this.hash = hash;
    this.amount = amount;
    this.mode = mode & 7;
    this.admits = (mode & admit) !== 0;
    this.since = since;
    this.now = now;
    this.slots = tiers.reduce((sum, { algorithm }) => sum + slotsOf[algorithm], 0);
    this.size = headSize + 8 * this.slots;
  }

  of(bytes: Uint8Array, results: number[]): { bits: number; written: Uint8Array | undefined } {
    const { tiers, amount, mode, now } = this;
    const found = this.find(bytes);
    // Who has to go has left its state at the floor, and may be this one.
    const fromFloor = found < 0 && !this.admits && bytes.length > 0 && this.expiry(bytes, 0) > now;
    const state = new Float64Array(this.slots);
    if (found > 0) {
      this.load(bytes, found, state);
    } else if (fromFloor) {
      this.load(bytes, 0, state);
    }
    for (const tier of tiers) {
      roll(tier, state, now);
      if (fromFloor) {
        beginAtFloor(tier, state, now);
      }
    }
    const allowed = tiers.map((tier) => allows(tier, state, amount, now));
    const all = allowed.every(Boolean);
    const retries = tiers.map((tier, index) => (allowed[index] ? 0 : retryOf(tier, state, amount, now)));
    const changes = amount > 0 && (mode === refund ? found > 0 : mode === countAll || (mode !== peek && all));
    if (changes) {
      for (const tier of tiers) {
        if (mode === refund) {
          giveBack(tier, state, amount, now, this.since);
        } else {
          add(tier, state, amount, now);
        }
      }
    }
    tiers.forEach((tier, index) => {
      const retry = allowed[index] ? turnOf(tier, state, now) : retries[index]!;
      results.push(remainingOf(tier, state, now), resetOf(tier, state, now), retry);
    });
    const bits = (all ? 1 : 0) | (fromFloor ? 2 : 0);
    return { bits, written: changes ? this.store(bytes, found, state) : undefined };
  }

  /** The place of the entry; -1: it is not there. */
  private find(bytes: Uint8Array): number {
    const view = viewOf(bytes);
    for (let place = 1; place * this.size < bytes.length; place++) {
      const at = place * this.size;
      if (view.getUint32(at, true) === this.hash[0] && view.getUint32(at + 4, true) === this.hash[1]) {
        return place;
      }
    }
    return -1;
  }

  private expiry(bytes: Uint8Array, place: number): number {
    return viewOf(bytes).getFloat64(place * this.size + 8, true);
  }

  private load(bytes: Uint8Array, place: number, state: Float64Array): void {
    const view = viewOf(bytes);
    for (let slot = 0; slot < this.slots; slot++) {
      state[slot] = view.getFloat64(place * this.size + headSize + 8 * slot, true);
    }
  }

  private save(bytes: Uint8Array, place: number, [low, high]: Hash, state: Float64Array): void {
    const view = viewOf(bytes);
    const at = place * this.size;
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
    view.setFloat64(at + 8, Math.max(...this.tiers.map((tier) => expiryOf(tier, state))), true);
    for (let slot = 0; slot < this.slots; slot++) {
      view.setFloat64(at + headSize + 8 * slot, state[slot]!, true);
    }
  }

  /** The bucket with that state. */
  private store(bytes: Uint8Array, found: number, state: Float64Array): Uint8Array {
    const count = bytes.length / this.size;
    const place = found > 0 ? found : this.placeFor(bytes, count);
    const written = new Uint8Array(Math.max(bytes.length, (place + 1) * this.size));
    written.set(bytes);
    if (place < count && found < 0 && this.expiry(bytes, place) > this.now) {
      this.lower(written, place);
    }
    this.save(written, place, this.hash, state);
    return written;
  }

  /** Of an entry that comes. */
  private placeFor(bytes: Uint8Array, count: number): number {
    const { now, tiers } = this;
    let least = 1;
    let leastUsed = Number.POSITIVE_INFINITY;
    const state = new Float64Array(this.slots);
    for (let place = 1; place < count; place++) {
      if (this.expiry(bytes, place) <= now) {
        return place;
      }
      this.load(bytes, place, state);
      let used = 0;
      for (const tier of tiers) {
        roll(tier, state, now);
        used = Math.max(used, usedPart(tier, state, now));
      }
      if (used < leastUsed) {
        leastUsed = used;
        least = place;
      }
    }
    return count <= mostInBucket ? Math.max(1, count) : least;
  }

  /** Takes what an entry has into the floor. */
  private lower(bytes: Uint8Array, place: number): void {
    const floor = new Float64Array(this.slots);
    const state = new Float64Array(this.slots);
    this.load(bytes, 0, floor);
    this.load(bytes, place, state);
    for (const tier of this.tiers) {
      roll(tier, floor, this.now);
      roll(tier, state, this.now);
    }
    this.save(
      bytes,
      0,
      nobody,
      floor.map((value, slot) => Math.max(value, state[slot]!)),
    );
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
