/** Labels of metrics: proxy-wasm knows names only, so labels stand in the name as Graphite writes tags. */
const longest = 100;

/** A label's value as it stands in a metric's name. */
export function metricLabelValue(value: string): string {
  return value.slice(0, longest).replace(/[^\x20-\x3a\x3c-\x7e]/g, "_");
}

/** What Sluice's own metrics begin with: no policy's does. */
export const ownMetricPrefix = "sluice_";
