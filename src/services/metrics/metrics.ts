/** Counters, gauges and histograms: what operators see of a policy. */

/** Something that only grows: requests, bytes. */
export interface Counter {
  /**
   * Adds to it.
   *
   * @param amount a whole number from 0 on; default 1
   * @throws SluiceError `METRIC_VALUE`
   */
  increment(amount?: number): void;
}

/** Something that goes up and down: calls in progress. Every worker of a gateway changes the same one; it is never below 0. */
export interface Gauge {
  /**
   * Sets it, whatever other workers have set.
   *
   * @param value a whole number from 0 on
   * @throws SluiceError `METRIC_VALUE`
   */
  set(value: number): void;
  /**
   * Adds to it; negative amounts take away. Take away no more than was added: hosts differ in what is below 0.
   *
   * @param amount a whole number
   * @throws SluiceError `METRIC_VALUE`
   */
  add(amount: number): void;
}

/** How values are spread: times, sizes. */
export interface Histogram {
  /**
   * Takes a value in.
   *
   * @param value a number from 0 on, rounded to a whole one; choose the unit by that, e.g. milliseconds
   * @throws SluiceError `METRIC_VALUE`
   */
  record(value: number): void;
}

/** A metric with one series for each combination of its labels' values. */
export interface Labelled<Metric, Label extends string> {
  /**
   * The series of these values. Characters other than printable ASCII, and `;`, become `_`; what is longer than 100 characters
   * is cut. A worker keeps 200 series of a metric: further ones are counted together in the series whose labels are all
   * `other`, and the log warns once (`METRIC_CARDINALITY`). So take no value of which clients have an endless supply.
   *
   * @throws SluiceError `METRIC_DEFINITION` for labels that the metric does not have, or lacks
   */
  with(labels: Readonly<Record<Label, string>>): Metric;
}

/** What a metric is made with. */
export interface MetricOptions<Label extends string> {
  /** Names of labels: letters, digits and `_`, beginning with a letter; not `policy`, which every metric has by itself. */
  readonly labels: readonly Label[];
}
