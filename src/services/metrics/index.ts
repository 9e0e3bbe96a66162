/**
 * Metrics for operators: counters, gauges and histograms. proxy-wasm knows names only, so labels stand in the name as Graphite writes
 * tags, `<name>;<label>=<value>`, which Envoy's `stats_tags` can take out of it again. `policy`, the name of the use, is a label of all.
 *
 * A name is made of letters, digits, `_` and, between parts, `.`; it begins with a letter. The same name gives the same metric again, so
 * metrics may be made in `configure` (best: they are then shown from the start) or in a filter.
 */
import { MetricType } from "../../abi/constants.js";
import { metricLabelValue, ownMetricPrefix } from "../../abi/metric-label.js";
import { SluiceError } from "../../errors.js";
import { type InstanceContext, type InstanceHostcalls, type InstancePort, instancePort } from "../../policy/service.js";
import type { Counter, Gauge, Histogram, Labelled, MetricOptions } from "./metrics.js";
import { type AnyMetric, type Family, MetricTable } from "./series.js";

export type { Counter, Gauge, Histogram, Labelled, MetricOptions } from "./metrics.js";

/** Series that one VM keeps of one metric with labels. Hosts never forget a series. */
const seriesLimit = 200;
const overflow = "other";
const metricLabelsProperty = ["sluice", "metric_labels"] as const;
const metricName = /^[a-zA-Z][a-zA-Z0-9_]*(\.[a-zA-Z0-9_]+)*$/;
const labelName = /^[a-zA-Z][a-zA-Z0-9_]*$/;
/** What each VM has defined, for all of its policies. */
const tables = new WeakMap<InstanceHostcalls, MetricTable>();

/**
 * A counter: something that only grows.
 *
 * @example
 * const rejected = counter(context, "requests_rejected", { labels: ["reason"] });
 * rejected.with({ reason: "expired" }).increment();
 * @throws SluiceError `METRIC_DEFINITION` for a name that is none, and where the name stands for a metric of another kind or with other
 *   labels; `SERVICE_CONTEXT`
 */
export function counter(context: InstanceContext, name: string): Counter;
export function counter<const Label extends string>(
  context: InstanceContext,
  name: string,
  options: MetricOptions<Label>,
): Labelled<Counter, Label>;
export function counter(
  context: InstanceContext,
  name: string,
  options?: MetricOptions<string>,
): Counter | Labelled<Counter, string> {
  return metric(context, "counter", MetricType.Counter, name, options) as Counter | Labelled<Counter, string>;
}

/**
 * A gauge: something that goes up and down.
 * @throws SluiceError `METRIC_DEFINITION`, `SERVICE_CONTEXT`, as `counter`
 */
export function gauge(context: InstanceContext, name: string): Gauge;
export function gauge<const Label extends string>(
  context: InstanceContext,
  name: string,
  options: MetricOptions<Label>,
): Labelled<Gauge, Label>;
export function gauge(
  context: InstanceContext,
  name: string,
  options?: MetricOptions<string>,
): Gauge | Labelled<Gauge, string> {
  return metric(context, "gauge", MetricType.Gauge, name, options) as Gauge | Labelled<Gauge, string>;
}

/**
 * A histogram: how values are spread.
 * @throws SluiceError `METRIC_DEFINITION`, `SERVICE_CONTEXT`, as `counter`
 */
export function histogram(context: InstanceContext, name: string): Histogram;
export function histogram<const Label extends string>(
  context: InstanceContext,
  name: string,
  options: MetricOptions<Label>,
): Labelled<Histogram, Label>;
export function histogram(
  context: InstanceContext,
  name: string,
  options?: MetricOptions<string>,
): Histogram | Labelled<Histogram, string> {
  return metric(context, "histogram", MetricType.Histogram, name, options) as Histogram | Labelled<Histogram, string>;
}

function metric(
  context: InstanceContext,
  call: string,
  type: MetricType,
  name: string,
  options: MetricOptions<string> | undefined,
): AnyMetric | Labelled<AnyMetric, string> {
  const port = instancePort(context, `${call}()`);
  if (typeof name !== "string" || !metricName.test(name)) {
    throw refused(`${call}(): expected a name of letters, digits, "_" and ".", got ${JSON.stringify(name)}.`);
  }
  if (name.startsWith(ownMetricPrefix)) {
    throw refused(`${call}(): ${name}: expected a name that does not begin with ${ownMetricPrefix}: Sluice's do.`);
  }
  const labels = options?.labels ?? [];
  if (!Array.isArray(labels)) {
    throw refused(`${call}(): ${name}: labels: expected a list of names, got ${typeof labels}.`);
  }
  for (const [index, label] of labels.entries()) {
    if (typeof label !== "string" || !labelName.test(label) || label === "policy" || labels.indexOf(label) !== index) {
      throw refused(
        `${call}(): ${name}: labels: expected different names of letters, digits and "_", not "policy", got ${JSON.stringify(label)}.`,
      );
    }
  }
  const table = tableOf(port.host);
  const fullName = `${name};policy=${metricLabelValue(port.policy)}`;
  const isNew = !table.has(fullName);
  const family = table.family(fullName, type, labels);
  if (labels.length === 0) {
    return table.series(family, fullName);
  }
  if (isNew) {
    // A host that lets metrics be defined while a policy is configured only has to know their labels by then. Others know no such property.
    const declared = `${type}${fullName};${labels.join(";")}`;
    port.host.setProperty(
      metricLabelsProperty,
      Uint8Array.from(declared, (char) => char.charCodeAt(0)),
    );
  }
  return { with: (values) => labelled(port, table, family, name, fullName, values) };
}

function labelled(
  port: InstancePort,
  table: MetricTable,
  family: Family,
  name: string,
  fullName: string,
  values: Readonly<Record<string, string>>,
): AnyMetric {
  const { labels, series } = family;
  if (Object.keys(values ?? {}).length !== labels.length || labels.some((label) => typeof values[label] !== "string")) {
    throw refused(
      `${name}: with(): expected a string for each of ${labels.join(", ")}, got ${JSON.stringify(values)}.`,
    );
  }
  const seriesName = (valueOf: (label: string) => string): string =>
    labels.reduce((text, label) => `${text};${label}=${valueOf(label)}`, fullName);
  const wanted = seriesName((label) => metricLabelValue(values[label] as string));
  if (series.size < seriesLimit || series.has(wanted)) {
    return table.series(family, wanted);
  }
  const rest = seriesName(() => overflow);
  if (!series.has(rest)) {
    port.logger.warn(
      `METRIC_CARDINALITY: the metric ${name} has ${seriesLimit} series; further ones are counted together as "${overflow}".`,
    );
  }
  return table.series(family, rest);
}

function tableOf(host: InstanceHostcalls): MetricTable {
  let table = tables.get(host);
  if (table === undefined) {
    table = new MetricTable(host);
    tables.set(host, table);
  }
  return table;
}
function refused(message: string): SluiceError {
  return new SluiceError("METRIC_DEFINITION", `metrics: ${message}`);
}
