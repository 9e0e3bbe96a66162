import { MetricType, Status } from "../../abi/constants.js";

interface Metric {
  readonly type: MetricType;
  value: number;
}

/**
 * proxy-wasm's metrics, by type and name. Values are whole numbers, exact up to 2^53. A histogram's samples are taken and
 * not kept: proxy-wasm has no way to read them.
 */
export class Metrics {
  readonly #ids = new Map<string, number>();
  readonly #metrics = new Map<number, Metric>();

  /** The metric's id; undefined for an unknown type. */
  define(type: MetricType, name: string): number | undefined {
    if (type !== MetricType.Counter && type !== MetricType.Gauge && type !== MetricType.Histogram) {
      return undefined;
    }
    const key = `${type}:${name}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#ids.size + 1;
      this.#ids.set(key, id);
      this.#metrics.set(id, { type, value: 0 });
    }
    return id;
  }

  /** Sets a gauge, adds to a counter, as Envoy does it. */
  record(id: number, value: number): Status {
    const metric = this.#metrics.get(id);
    if (metric === undefined) {
      return Status.NotFound;
    }
    if (metric.type === MetricType.Counter) {
      metric.value += value;
    } else if (metric.type === MetricType.Gauge) {
      metric.value = value;
    }
    return Status.Ok;
  }

  /** `BadArgument` for a histogram, and for a counter that would not grow. A gauge never goes below 0. */
  increment(id: number, offset: number): Status {
    const metric = this.#metrics.get(id);
    if (metric === undefined) {
      return Status.NotFound;
    }
    if (metric.type === MetricType.Histogram || (metric.type === MetricType.Counter && offset <= 0)) {
      return Status.BadArgument;
    }
    metric.value = Math.max(0, metric.value + offset);
    return Status.Ok;
  }

  /** Counters and gauges by their names, with their values. */
  values(): Map<string, number> {
    const values = new Map<string, number>();
    for (const [key, id] of this.#ids) {
      const value = this.get(id);
      if (value !== undefined) {
        values.set(key.slice(key.indexOf(":") + 1), value);
      }
    }
    return values;
  }

  /** undefined for a histogram and an unknown metric. */
  get(id: number): number | undefined {
    const metric = this.#metrics.get(id);
    return metric === undefined || metric.type === MetricType.Histogram ? undefined : metric.value;
  }
}
