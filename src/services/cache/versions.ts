/**
 * The versions of the keys of a shared cache, for all workers of a process. A few keys of shared data stand for all keys: a version is the
 * number that the host gives each time that one of them is set, so that nobody has to be asked before it is changed.
 */

import type { SharedData } from "../../policy/service.js";
import { type Buckets, openBuckets } from "../../state/buckets.js";

const parts = 64;
const nothing = new Uint8Array(0);

export class Versions {
  private readonly buckets: Buckets;

  /** @throws SluiceError `STATE_UNAVAILABLE` */
  constructor(data: SharedData, name: string) {
    this.buckets = openBuckets(data, name, "cache-1", [parts]);
  }

  of(key: string): number {
    return this.buckets.read(this.partOf(key))[1];
  }

  /** Whatever was kept of the key before does not count any more. */
  change(key: string): void {
    this.buckets.write(this.partOf(key), nothing, 0);
  }

  changeAll(): void {
    for (let part = 0; part < parts; part++) {
      this.buckets.write(part, nothing, 0);
    }
  }

  private partOf(key: string): number {
    return this.buckets.indexOf(this.buckets.hashOf(key));
  }
}
