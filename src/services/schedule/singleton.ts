/** Work that one worker does at a time: when it was begun last is what all of them know. */
import { type InstancePort, sharedData } from "../../policy/service.js";
import { openBuckets } from "../../state/buckets.js";
import { RecordStore, storeSize } from "../../state/record-store.js";
import { Leases } from "../lock/leases.js";
import { ProcessLocks } from "../lock/process-locks.js";
import type { JobTimes, Work } from "./job.js";

/** Milliseconds after which another worker may begin, when nothing is heard of the one that has. */
const ttl = 5_000;
const layout = "schedule-1";
const name = "every()";
const mostJobs = 32;

/** Its lock and its beginnings are in one store. */
const entries = 2 * mostJobs;
const largestEntry = 16_384;

export class Singleton {
  private readonly port: InstancePort;
  private readonly store: RecordStore;
  private readonly locks: ProcessLocks;
  private readonly lockId: string;
  private readonly beganKey: string;

  constructor(port: InstancePort) {
    const now = (): number => port.now();
    const size = storeSize(entries, entries * largestEntry, largestEntry);
    const number = numberOf(port);
    this.port = port;
    this.store = new RecordStore(name, openBuckets(sharedData(port), "every", layout, size), now);
    this.locks = new ProcessLocks(port, name, new Leases(this.store, now));
    this.lockId = `lock/${number}`;
    this.beganKey = `began/${number}`;
  }

  /** When the next run is to begin. */
  dueAt(times: JobTimes): number {
    const found = this.store.find(this.beganKey);
    if (found !== undefined) {
      const view = new DataView(found.value.buffer, found.value.byteOffset, found.value.length);
      return view.getFloat64(0, true) + times.period + view.getFloat64(8, true) * times.jitter;
    }
    const now = this.port.now();
    if (times.immediately) {
      return now;
    }
    this.began(now, 0);
    return now + times.period;
  }

  /** Does the work, unless another worker does it or has just done it. */
  async run(times: JobTimes, signal: AbortSignal, work: Work): Promise<void> {
    await this.locks.tryLock(this.lockId, { ttl, signal }, async (lost, fence) => {
      const now = this.port.now();
      if (this.dueAt(times) <= now) {
        this.began(now, fence);
        await work(lost, fence);
      }
    });
  }

  private began(now: number, fence: number): void {
    const value = new Uint8Array(16);
    const view = new DataView(value.buffer);
    view.setFloat64(0, now, true);
    view.setFloat64(8, Math.random(), true);
    this.store.change(
      this.beganKey,
      (record) =>
        // Without a lock only the first one of all workers says when it began.
        fence === 0 && record !== undefined ? "leave" : { value, expires: 0, encoding: 1, shape: 0 },
      fence,
    );
  }
}

/** How many of a use of a policy there are, each known by its number. */
const numbers = new WeakMap<InstancePort, number>();

function numberOf(port: InstancePort): number {
  const number = (numbers.get(port) ?? 0) + 1;
  numbers.set(port, number);
  return number;
}
