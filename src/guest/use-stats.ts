/**
 * What operators see of one use of a policy whatever it does: metrics of the host, named and labelled like those that policies make
 * themselves. `docs/services/metrics.md` says what each of them counts.
 */
import { MetricType } from "../abi/constants.js";
import { metricLabelValue, ownMetricPrefix } from "../abi/metric-label.js";
import type { HostAccess } from "./host-access.js";
import type { Timers } from "./timers.js";

/** Milliseconds after which the host has what an engine has counted by itself. */
const flushAfter = 1_000;

export class UseStats {
  private readonly access: HostAccess | undefined;
  private readonly exchanges: number;
  private readonly breaks: number;
  private readonly cancels: number;
  private readonly failures: number;
  private readonly cutOffs: number;
  private readonly partialRequests: number;
  private readonly times: number;

  /** `access`: undefined where the operator wants no metrics. */
  constructor(access: HostAccess | undefined, policy: string, route: string) {
    this.access = access;
    const labels = `;policy=${metricLabelValue(policy)}${route === "" ? "" : `;route=${metricLabelValue(route)}`}`;
    const define = (type: MetricType, name: string): number =>
      // A host without metrics has none of these either.
      Math.max(access?.calls.defineMetric(type, `${ownMetricPrefix}${name}${labels}`) ?? 0, 0);
    this.exchanges = define(MetricType.Counter, "exchanges");
    this.breaks = define(MetricType.Counter, "breaks");
    this.cancels = define(MetricType.Counter, "cancels");
    this.failures = define(MetricType.Counter, "failures");
    this.cutOffs = define(MetricType.Counter, "cut_offs");
    this.partialRequests = define(MetricType.Counter, "partial_requests");
    this.times = define(MetricType.Histogram, "callback_time_us");
  }

  /** For engines that pass exchanges by themselves. */
  get ofPrepared(): [exchanges: number, breaks: number, times: number] {
    return [this.exchanges, this.breaks, this.times];
  }

  /** The head of a request has come to the policy. */
  exchangeBegins(): void {
    this.add(this.exchanges);
  }

  /** The policy answers in the place of whoever else would. */
  policyAnswers(): void {
    this.add(this.breaks);
  }

  /** A filter that has not decided is ended, for reasons that are not its own. */
  filterCancelled(): void {
    this.add(this.cancels);
  }

  filterFails(): void {
    this.add(this.failures);
  }

  codeCutOff(): void {
    this.add(this.cutOffs);
  }

  requestBrokenOff(): void {
    this.add(this.partialRequests);
  }

  /** undefined: no times are taken. */
  now(): number | undefined {
    return this.times === 0 ? undefined : this.access?.services.microseconds?.();
  }

  codeRan(microseconds: number): void {
    this.access?.calls.recordMetric(this.times, Math.round(microseconds));
  }

  private add(metric: number): void {
    if (metric > 0) {
      this.access?.calls.incrementMetric(metric, 1);
    }
  }
}

/** Where nobody has said yet what is wanted. */
export const noStats = new UseStats(undefined, "", "");

/** The engine has counted something by itself. */
export function flushCountsSoon({ services }: HostAccess, timers: Timers): void {
  timers.schedule(flushAfter, () => {
    services.flushCounts?.();
  });
}
