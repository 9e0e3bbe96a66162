/**
 * Metrics on proxy-wasm's `define_metric`, `increment_metric` and `record_metric`. proxy-wasm knows names only, so labels stand in
 * the name as Graphite writes tags, `<name>;<label>=<value>`, which Envoy's `stats_tags` can take out of it again.
 */
import { MetricType } from "../abi/constants.js";
import type { Hostcalls } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Counter, Gauge, Histogram, Labelled, MetricOptions, Metrics } from "../policy/metrics.js";
import { hideFields } from "../policy/opaque.js";
import { textOf } from "../thrown.js";

/** Series that one VM keeps of one metric with labels. Hosts never forget a series. */
const seriesLimit = 200;
const valueLimit = 100;
const overflow = "other";
const metricName = /^[a-zA-Z][a-zA-Z0-9_]*(\.[a-zA-Z0-9_]+)*$/;
const labelName = /^[a-zA-Z][a-zA-Z0-9_]*$/;

type AnyMetric = Counter | Gauge | Histogram;

/** A metric of a VM, with its series by their names. */
interface Family {
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly series: Map<string, AnyMetric>;
}

/** What a VM has defined. Hosts give a new id each time that a metric is defined, so each series is defined once. */
export class MetricTable {
  private readonly calls: Hostcalls;
  private readonly families = new Map<string, Family>();

  constructor(calls: Hostcalls) {
    this.calls = calls;
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

/** The metrics of one use of a policy: `policy` is a label of all of them. */
export class PolicyMetrics implements Metrics {
  private readonly table: MetricTable;
  private readonly policyLabel: string;
  private readonly warn: (message: string) => void;

  constructor(table: MetricTable, policy: string, warn: (message: string) => void) {
    this.table = table;
    this.policyLabel = `;policy=${clean(policy)}`;
    this.warn = warn;
  }

  counter(name: string): Counter;
  counter<Label extends string>(name: string, options: MetricOptions<Label>): Labelled<Counter, Label>;
  counter(name: string, options?: MetricOptions<string>): Counter | Labelled<Counter, string> {
    return this.metric(MetricType.Counter, name, options) as Counter | Labelled<Counter, string>;
  }

  gauge(name: string): Gauge;
  gauge<Label extends string>(name: string, options: MetricOptions<Label>): Labelled<Gauge, Label>;
  gauge(name: string, options?: MetricOptions<string>): Gauge | Labelled<Gauge, string> {
    return this.metric(MetricType.Gauge, name, options) as Gauge | Labelled<Gauge, string>;
  }

  histogram(name: string): Histogram;
  histogram<Label extends string>(name: string, options: MetricOptions<Label>): Labelled<Histogram, Label>;
  histogram(name: string, options?: MetricOptions<string>): Histogram | Labelled<Histogram, string> {
    return this.metric(MetricType.Histogram, name, options) as Histogram | Labelled<Histogram, string>;
  }

  private metric(
    type: MetricType,
    name: string,
    options: MetricOptions<string> | undefined,
  ): AnyMetric | Labelled<AnyMetric, string> {
    if (typeof name !== "string" || !metricName.test(name)) {
      throw new SluiceError(
        "METRIC_DEFINITION",
        `metrics: expected a name of letters, digits, "_" and ".", got ${JSON.stringify(name)}.`,
      );
    }
    const labels = options?.labels ?? [];
    if (!Array.isArray(labels)) {
      throw new SluiceError(
        "METRIC_DEFINITION",
        `metrics: ${name}: labels: expected a list of names, got ${typeof labels}.`,
      );
    }
    for (const [index, label] of labels.entries()) {
      if (
        typeof label !== "string" ||
        !labelName.test(label) ||
        label === "policy" ||
        labels.indexOf(label) !== index
      ) {
        throw new SluiceError(
          "METRIC_DEFINITION",
          `metrics: ${name}: labels: expected different names of letters, digits and "_", not "policy", got ${JSON.stringify(label)}.`,
        );
      }
    }
    const fullName = name + this.policyLabel;
    const family = this.table.family(fullName, type, labels);
    if (labels.length === 0) {
      return this.table.series(family, fullName);
    }
    return { with: (values) => this.labelled(family, name, values) };
  }

  private labelled(family: Family, name: string, values: Readonly<Record<string, string>>): AnyMetric {
    const { labels, series } = family;
    if (
      Object.keys(values ?? {}).length !== labels.length ||
      labels.some((label) => typeof values[label] !== "string")
    ) {
      throw new SluiceError(
        "METRIC_DEFINITION",
        `metrics: ${name}: with(): expected a string for each of ${labels.join(", ")}, got ${JSON.stringify(values)}.`,
      );
    }
    const seriesName = (valueOf: (label: string) => string): string =>
      labels.reduce((text, label) => `${text};${label}=${valueOf(label)}`, name + this.policyLabel);
    const wanted = seriesName((label) => clean(values[label] as string));
    if (series.size < seriesLimit || series.has(wanted)) {
      return this.table.series(family, wanted);
    }
    const rest = seriesName(() => overflow);
    if (!series.has(rest)) {
      this.warn(
        `METRIC_CARDINALITY: the metric ${name} has ${seriesLimit} series; further ones are counted together as "${overflow}".`,
      );
    }
    return this.table.series(family, rest);
  }
}

/** A label's value as it stands in a name. */
function clean(value: string): string {
  return value.slice(0, valueLimit).replace(/[^\x20-\x3a\x3c-\x7e]/g, "_");
}

abstract class MetricSeries {
  protected readonly calls: Hostcalls;
  protected readonly id: number;

  constructor(calls: Hostcalls, id: number) {
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

hideFields(PolicyMetrics, MetricSeries);
