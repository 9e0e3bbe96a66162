/**
 * Who holds permits: a record for each part of a process that counts for itself, such as a policy in a worker's VM. Each writes its own record only, with what it
 * knows, so nothing is lost when others write at the same time; and says in it when that was. What ends without a word, as a VM does
 * that traps, says so no more, and what it held is free after a while.
 *
 * All are in one bucket, in little endian: an id of two words of 32 bits, permits held, requests waiting, and when it was written.
 */
import type { Buckets } from "../../state/buckets.js";

/** Milliseconds after which a record counts for nothing. */
export const recordLife = 10_000;
/** Milliseconds after which it is written anew, though nothing has changed. */
export const beat = 2_000;

const recordSize = 24;
/** Compare and swap: as often as no number of workers makes necessary. */
const mostTries = 100;

/** What a part of the process knows of itself. */
export interface Own {
  readonly held: number;
  readonly waiting: number;
}

interface Record extends Own {
  readonly low: number;
  readonly high: number;
  readonly at: number;
}

/** What has come of it. */
export interface Change {
  /** How many of those that wait hold a permit now. */
  readonly granted: number;
  /** One more that has come waits, or holds a permit if all before it do. */
  readonly accepted: boolean;
}

export class PermitRecords {
  private readonly buckets: Buckets;
  private readonly low: number;
  private readonly high: number;

  /** @param id of this part of the process: random */
  constructor(buckets: Buckets, [low, high]: Uint32Array) {
    this.buckets = buckets;
    this.low = low as number;
    this.high = high as number;
  }

  /**
   * Gives permits that are free to those that wait, the newcomer last.
   *
   * @param own how it is without the newcomer
   * @param newcomer whether there is one
   * @param limit permits of all together
   * @param maxQueue how many may wait, of all together
   */
  update(own: Own, newcomer: boolean, limit: number, maxQueue: number, now: number): Change {
    for (let tries = 0; tries < mostTries; tries++) {
      const [bytes, cas] = this.buckets.read(0);
      const records = recordsIn(bytes).filter(({ at }) => Math.abs(now - at) < recordLife);
      const others = records.filter((record) => !this.isOwn(record));
      const sum = (of: keyof Own): number => others.reduce((total, record) => total + record[of], 0);
      const waiting = own.waiting + (newcomer ? 1 : 0);
      const granted = Math.min(waiting, Math.max(0, limit - sum("held") - own.held));
      const accepted = newcomer && (granted === waiting || sum("waiting") + waiting - granted <= maxQueue);
      const after = { held: own.held + granted, waiting: waiting - granted - (newcomer && !accepted ? 1 : 0) };
      const before = records.find((record) => this.isOwn(record));
      if (isSame(before, after) && (before === undefined || now - before.at < beat)) {
        return { granted, accepted };
      }
      const written = [...others];
      if (after.held + after.waiting > 0) {
        written.push({ ...after, low: this.low, high: this.high, at: now });
      }
      if (this.buckets.write(0, bytesOf(written), cas)) {
        return { granted, accepted };
      }
    }
    return { granted: 0, accepted: false };
  }

  private isOwn({ low, high }: Record): boolean {
    return low === this.low && high === this.high;
  }
}

function isSame(before: Own | undefined, after: Own): boolean {
  return (before?.held ?? 0) === after.held && (before?.waiting ?? 0) === after.waiting;
}

function recordsIn(bytes: Uint8Array): Record[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / recordSize }, (_, index) => {
    const at = index * recordSize;
    return {
      low: view.getUint32(at, true),
      high: view.getUint32(at + 4, true),
      held: view.getUint32(at + 8, true),
      waiting: view.getUint32(at + 12, true),
      at: view.getFloat64(at + 16, true),
    };
  });
}

function bytesOf(records: readonly Record[]): Uint8Array {
  const bytes = new Uint8Array(records.length * recordSize);
  const view = new DataView(bytes.buffer);
  records.forEach(({ low, high, held, waiting, at }, index) => {
    const start = index * recordSize;
    view.setUint32(start, low, true);
    view.setUint32(start + 4, high, true);
    view.setUint32(start + 8, held, true);
    view.setUint32(start + 12, waiting, true);
    view.setFloat64(start + 16, at, true);
  });
  return bytes;
}
