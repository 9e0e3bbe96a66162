/** The series of metrics, on proxy-wasm's `define_metric`, `increment_metric` and `record_metric`. */
import { MetricType } from "../../abi/constants.js";
import { SluiceError } from "../../errors.js";
import { hideFields } from "../../policy/opaque.js";
import type { InstanceHostcalls } from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import type { Counter, Gauge, Histogram } from "./metrics.js";

export type AnyMetric = Counter | Gauge | Histogram;

/** A metric of a VM, with its series by their names. */
export interface Family {
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly series: Map<string, AnyMetric>;
}

/** What a VM has defined. Hosts give a new id each time that a metric is defined, so each series is defined once. */
export class MetricTable {
  private readonly calls: InstanceHostcalls;
  private readonly families = new Map<string, Family>();

  constructor(calls: InstanceHostcalls) {
    this.calls = calls;
  }

  has(name: string): boolean {
    return this.families.has(name);
  }

  /** @throws SluiceError `METRIC_DEFINITION` */
  family(name: string, type: MetricType, labels: readonly string[]): Family {
    const known = this.families.get(name);
    if (known === undefined) {
      const family = { type, labels, series: new Map<string, AnyMetric>() };
      this.families.set(name, family);
      return family;
    }
    if (known.type !== type || known.labels.join() !== labels.join()) {
      throw new SluiceError(
        "METRIC_DEFINITION",
        `metrics: "${name.split(";")[0]}" is there already, of another kind or with other labels.`,
      );
    }
    return known;
  }

  series(family: Family, name: string): AnyMetric {
    let metric = family.series.get(name);
    if (metric === undefined) {
      const id = this.calls.defineMetric(family.type, name);
      if (id <= 0) {
        throw new SluiceError("INTERNAL", `The host refuses the metric ${name} (status ${-id}).`);
      }
      metric = new Series[family.type](this.calls, id);
      family.series.set(name, metric);
    }
    return metric;
  }
}

abstract class MetricSeries {
  protected readonly calls: InstanceHostcalls;
  protected readonly id: number;

  constructor(calls: InstanceHostcalls, id: number) {
    this.calls = calls;
    this.id = id;
  }
}

class CounterSeries extends MetricSeries implements Counter {
  increment(amount = 1): void {
    // Hosts refuse to add nothing.
    if (checked(amount, "increment", 0) !== 0) {
      this.calls.incrementMetric(this.id, amount);
    }
  }
}

class GaugeSeries extends MetricSeries implements Gauge {
  set(value: number): void {
    this.calls.recordMetric(this.id, checked(value, "set", 0));
  }

  add(amount: number): void {
    this.calls.incrementMetric(this.id, checked(amount, "add", -Number.MAX_SAFE_INTEGER));
  }
}

class HistogramSeries extends MetricSeries implements Histogram {
  record(value: number): void {
    this.calls.recordMetric(this.id, checked(typeof value === "number" ? Math.round(value) : value, "record", 0));
  }
}

const Series = {
  [MetricType.Counter]: CounterSeries,
  [MetricType.Gauge]: GaugeSeries,
  [MetricType.Histogram]: HistogramSeries,
};

function checked(value: number, call: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) {
    return value;
  }
  throw new SluiceError(
    "METRIC_VALUE",
    `metrics: ${call}(): expected a whole number${least === 0 ? " from 0 on" : ""}, got ${textOf(value)}.`,
  );
}

hideFields(MetricTable, MetricSeries);
