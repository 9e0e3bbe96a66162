import { describe, expect, it } from "vitest";
import { MetricType, Status } from "../../abi/constants.js";
import type { InstanceContext, InstanceHostcalls } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import {
  type Counter,
  counter,
  type Gauge,
  gauge,
  type Histogram,
  histogram,
  type Labelled,
  type MetricOptions,
} from "./index.js";

/** What `sluice/metrics` exports, for one context. */
function boundTo(context: InstanceContext) {
  return {
    counter: <const Label extends string = never>(name: string, options?: MetricOptions<Label>) =>
      counter(context, name, options as MetricOptions<Label>) as Counter & Labelled<Counter, Label>,
    gauge: <const Label extends string = never>(name: string, options?: MetricOptions<Label>) =>
      gauge(context, name, options as MetricOptions<Label>) as Gauge & Labelled<Gauge, Label>,
    histogram: <const Label extends string = never>(name: string, options?: MetricOptions<Label>) =>
      histogram(context, name, options as MetricOptions<Label>) as Histogram & Labelled<Histogram, Label>,
  };
}

type Metrics = ReturnType<typeof boundTo>;

/** The metrics of a use named "auth", and what the host is told: the kind and name, then the value. */
function policy(name = "auth") {
  const defined: string[] = [];
  const told: [metric: string, call: string, value: number][] = [];
  const kinds = Object.fromEntries(Object.entries(MetricType).map(([kind, type]) => [type, kind]));
  const tell = (call: string) => (id: number, value: number) => {
    told.push([defined[id - 1] ?? "", call, value]);
    return 0;
  };
  const host = {
    setProperty: (path: readonly string[], declared: Uint8Array) => {
      told.push([new TextDecoder().decode(declared), path.join("."), 0]);
      return Status.NotFound;
    },
    defineMetric: (type: MetricType, metric: string) => defined.push(`${kinds[type] ?? ""} ${metric}`),
    incrementMetric: tell("increment"),
    recordMetric: tell("record"),
  } as unknown as InstanceHostcalls;
  const warnings: string[] = [];
  const metricsOf = (policy: string) => {
    const port = { policy, host, logger: { warn: (message: string) => warnings.push(message) } };
    return boundTo({ [servicePort]: port } as unknown as InstanceContext);
  };
  return { defined, told, warnings, metricsOf, metrics: metricsOf(name) };
}

describe("metrics", () => {
  it("are there from when they are made, with the policy's name", () => {
    const { metrics, defined } = policy();
    metrics.counter("requests.rejected");
    metrics.gauge("calls_waiting");
    metrics.histogram("upload_bytes");
    expect(defined).toEqual([
      "Counter requests.rejected;policy=auth",
      "Gauge calls_waiting;policy=auth",
      "Histogram upload_bytes;policy=auth",
    ]);
  });

  it("count, measure and take values in", () => {
    const { metrics, told } = policy();
    const counter = metrics.counter("c");
    counter.increment();
    counter.increment(3);
    counter.increment(0);
    const gauge = metrics.gauge("g");
    gauge.set(7);
    gauge.add(2);
    gauge.add(-1);
    const histogram = metrics.histogram("h");
    histogram.record(2.5);
    histogram.record(0);
    expect(told.map(([, ...rest]) => rest)).toEqual([
      ["increment", 1],
      ["increment", 3],
      ["record", 7],
      ["increment", 2],
      ["increment", -1],
      ["record", 3],
      ["record", 0],
    ]);
  });

  it("are defined once in a VM, whoever asks for them again", () => {
    const { metrics, metricsOf, defined, told } = policy();
    metrics.counter("c").increment();
    metricsOf("auth").counter("c").increment();
    metricsOf("other").counter("c").increment();
    expect(defined).toEqual(["Counter c;policy=auth", "Counter c;policy=other"]);
    expect(told.map(([metric]) => metric)).toEqual([
      "Counter c;policy=auth",
      "Counter c;policy=auth",
      "Counter c;policy=other",
    ]);
  });

  it("have a series for each combination of their labels' values, in the order of the labels", () => {
    const { metrics, defined } = policy();
    const rejected = metrics.counter("rejected", { labels: ["reason", "method"] });
    expect(defined).toEqual([]);
    for (const reason of ["expired", "unknown", "expired"]) {
      rejected.with({ method: "GET", reason }).increment();
    }
    expect(defined).toEqual([
      "Counter rejected;policy=auth;reason=expired;method=GET",
      "Counter rejected;policy=auth;reason=unknown;method=GET",
    ]);
  });

  it("keep label values readable and names whole", () => {
    const { metrics, defined } = policy("my;policy");
    const series = metrics.gauge("g", { labels: ["a"] });
    for (const a of ["application/json", "10.0.0.1", "a b=c", "x;a=y\n\0", "Zürich", "x".repeat(150), ""]) {
      series.with({ a }).set(1);
    }
    expect(defined.map((name) => name.replace("Gauge g;policy=my_policy;a=", ""))).toEqual([
      "application/json",
      "10.0.0.1",
      "a b=c",
      "x_a=y__",
      "Z_rich",
      "x".repeat(100),
      "",
    ]);
  });

  it("count further series together when there are 200, and warn once", () => {
    const { metrics, defined, told, warnings } = policy();
    const hits = metrics.counter("hits", { labels: ["client"] });
    for (let client = 0; client < 300; client++) {
      hits.with({ client: String(client) }).increment();
    }
    hits.with({ client: "7" }).increment();
    expect(defined).toHaveLength(201);
    expect(told.filter(([metric]) => metric === "Counter hits;policy=auth;client=other")).toHaveLength(100);
    expect(told.at(-1)?.[0]).toBe("Counter hits;policy=auth;client=7");
    expect(warnings).toEqual([expect.stringMatching(/^METRIC_CARDINALITY: the metric hits has 200 series/)]);
  });

  const definitions: readonly [string, (metrics: Metrics) => unknown][] = [
    ["an empty name", (metrics) => metrics.counter("")],
    ["a name with spaces", (metrics) => metrics.counter("requests rejected")],
    ["a name with tags", (metrics) => metrics.gauge("a;b=c")],
    ["a name with an empty part", (metrics) => metrics.histogram("a..b")],
    ["a name that is Sluice's", (metrics) => metrics.counter("sluice_exchanges")],
    ["a name that is none", (metrics) => metrics.counter(1 as unknown as string)],
    ["a label that is none", (metrics) => metrics.counter("a", { labels: ["b.c"] })],
    ["the label policy", (metrics) => metrics.counter("a", { labels: ["policy"] })],
    ["a label twice", (metrics) => metrics.counter("a", { labels: ["b", "b"] })],
    ["labels that are no list", (metrics) => metrics.counter("a", { labels: "b" as unknown as string[] })],
    [
      "no labels at all",
      (metrics) => metrics.counter("a", { labels: ["b"] }).with(undefined as unknown as { b: string }),
    ],
    ["another kind", (metrics) => [metrics.counter("a"), metrics.gauge("a")]],
    ["other labels", (metrics) => [metrics.counter("a"), metrics.counter("a", { labels: ["b"] })]],
    ["a missing label", (metrics) => metrics.counter("a", { labels: ["b"] }).with({} as { b: string })],
    [
      "a label too many",
      (metrics) => metrics.counter("a", { labels: ["b"] }).with({ b: "1", c: "2" } as { b: string }),
    ],
    [
      "a label's value that is no text",
      (metrics) => metrics.counter("a", { labels: ["b"] }).with({ b: 1 } as unknown as { b: string }),
    ],
  ];
  it.each(definitions)("refuse %s", (_what, use) => {
    expect(() => use(policy().metrics)).toThrow(expect.objectContaining({ code: "METRIC_DEFINITION" }));
  });

  const values: readonly [string, (metrics: Metrics) => void][] = [
    [
      "a counter that shrinks",
      (metrics) => {
        metrics.counter("a").increment(-1);
      },
    ],
    [
      "half a request",
      (metrics) => {
        metrics.counter("a").increment(0.5);
      },
    ],
    [
      "a negative gauge",
      (metrics) => {
        metrics.gauge("a").set(-1);
      },
    ],
    [
      "a change that is no number",
      (metrics) => {
        metrics.gauge("a").add(Number.NaN);
      },
    ],
    [
      "a negative value of a histogram",
      (metrics) => {
        metrics.histogram("a").record(-1);
      },
    ],
    [
      "an endless value",
      (metrics) => {
        metrics.histogram("a").record(Infinity);
      },
    ],
  ];
  it.each(values)("refuse %s", (_what, use) => {
    const { metrics, told } = policy();
    expect(() => {
      use(metrics);
    }).toThrow(expect.objectContaining({ code: "METRIC_VALUE" }));
    expect(told).toEqual([]);
  });

  it("that the host refuses are an error", () => {
    const port = { policy: "auth", host: { defineMetric: () => -2 } };
    const context: unknown = { [servicePort]: port };
    expect(() => counter(context as InstanceContext, "a")).toThrow(
      expect.objectContaining({ code: "INTERNAL", message: "The host refuses the metric a;policy=auth (status 2)." }),
    );
  });
});
