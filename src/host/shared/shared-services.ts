/** What the policies of one gateway share, whichever routes and reloads they belong to. */
import { Metrics } from "./metrics.js";
import { SharedData } from "./shared-data.js";
import { SharedQueues } from "./shared-queues.js";

/** One set for each gateway: it outlives the policies that use it. */
export class SharedServices {
  constructor(
    readonly data = new SharedData(),
    readonly queues = new SharedQueues(),
    readonly metrics = new Metrics(),
  ) {}
}
