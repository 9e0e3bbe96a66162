/**
 * Spike control: requests that come faster than the upstream is to be asked are held, and go on one after the other; or no more of them at the same time
 * than a number. What is counted is that of all workers of a gateway.
 */
import { type InstanceContext, instancePort, sharedData } from "../../policy/service.js";
import { openBuckets } from "../../state/buckets.js";
import { limitTable } from "../../state/limit-table.js";
import { exactTiers } from "../../state/tiers.js";
import { checkedPeriod, checkedQueue, checkName, number } from "./options.js";
import { PermitRecords } from "./permit-records.js";
import { type Concurrency, type ConcurrencyOptions, SharedConcurrency } from "./permits.js";
import { type SpikeControl, type SpikeOptions, TableSpikeControl } from "./turns.js";

export type { Admission, Admitted, Refused } from "./admission.js";
export type { QueueOptions } from "./options.js";
export type { Concurrency, ConcurrencyOptions } from "./permits.js";
export type { SpikeControl, SpikeOptions } from "./turns.js";

const mostRequests = 1_000_000;
const mostEntries = 1_048_576;
const permitLayout = "permits-1";

/**
 * A spike control: make it in `configure`.
 *
 * @example
 * configure: (context) => ({ spikes: spikeControl(context, "orders", { requests: 50, period: "1s" }) }),
 * async onRequest(_request, context) {
 *   const turn = await context.resources.spikes.admit(context);
 *   if (!turn.admitted) {
 *     return turn.response();
 *   }
 * }
 * @param name of it, in its use of a policy or under the shared name
 * @throws SluiceError `SPIKE_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function spikeControl(context: InstanceContext, name: string, options: SpikeOptions): SpikeControl {
  const port = instancePort(context, "spikeControl()");
  checkName("spikeControl()", name);
  const what = `spikeControl ${name}`;
  const { maxQueue, maxWait, shared } = checkedQueue(what, options);
  const { requests, period, burst = 1, entries } = options;
  number(`${what}: requests`, requests, 1, mostRequests);
  number(`${what}: burst`, burst, 1, mostRequests);
  number(`${what}: entries`, entries ?? 1, 1, mostEntries);
  const tier = { algorithm: "gcra", limit: burst, milliseconds: checkedPeriod(what, period) / requests } as const;
  // Places in the queue are times, of which the table has only some.
  const queueTime = exactTiers([tier]).reduce((sum, exact) => sum + maxQueue * exact.period, 0);
  const table = limitTable(port, name, { tiers: [{ ...tier, wait: Math.min(maxWait, queueTime) }], entries, shared });
  return new TableSpikeControl(port, what, table);
}

/**
 * A limit of how many requests there are at the same time: make it in `configure`, and give permits back in `onDone`.
 *
 * @example
 * configure: (context) => ({ orders: concurrency(context, "orders", { limit: 20 }) }),
 * async onRequest(_request, context) {
 *   const permit = await context.resources.orders.acquire(context);
 *   if (!permit.admitted) {
 *     return permit.response();
 *   }
 * },
 * onDone(_exchange, context) {
 *   context.resources.orders.release(context);
 * }
 * @param name of it, in its use of a policy or under the shared name
 * @throws SluiceError `SPIKE_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function concurrency(context: InstanceContext, name: string, options: ConcurrencyOptions): Concurrency {
  const port = instancePort(context, "concurrency()");
  checkName("concurrency()", name);
  const what = `concurrency ${name}`;
  const queue = checkedQueue(what, options);
  number(`${what}: limit`, options.limit, 1, mostRequests);
  const buckets = openBuckets(sharedData(port, queue.shared), name, permitLayout, [1]);
  const records = new PermitRecords(buckets, crypto.getRandomValues(new Uint32Array(2)));
  return new SharedConcurrency(port, records, options.limit, queue);
}
