/** What Envoy writes, line by line. */

/** A line of Envoy's own log, in which policies' lines are. */
export interface EnvoyLine {
  level: EnvoyLevel;
  /** Envoy's component: `main`, `config`, `wasm` … */
  component: string;
  message: string;
  /** Set for a line that a policy wrote: the name of its use, and what it wrote. */
  policy?: { name: string; line: string };
}

const levels = ["trace", "debug", "info", "warning", "error", "critical"] as const;
export type EnvoyLevel = (typeof levels)[number];

/** For Envoy's `--log-format`: one line of JSON for each entry, whatever is in it. */
export const envoyLogFormat = '{"level":"%l","component":"%n","message":"%j"}';

/**
 * `wasm log <plugin> <root id> <VM id>: <text>`, as Envoy hands on what a module logs: without the plugin while Envoy starts, and
 * without the root id where that is empty. Root ids of policies from source are `<route>/<use>`.
 */
const policyMessage = /^wasm log((?: \S+){1,3}?): (.*)$/s;

/** Reads a line of Envoy's standard error. What is not of the format above is somebody's word about a disaster. */
export function readEnvoyLine(line: string): EnvoyLine {
  const entry = parse(line);
  if (entry === undefined) {
    return { level: "error", component: "envoy", message: line };
  }
  const [, ids, text] = (entry.component === "wasm" ? policyMessage.exec(entry.message) : undefined) ?? [];
  return ids === undefined || text === undefined
    ? entry
    : { ...entry, policy: { name: policyName(ids.trim().split(" ")), line: text } };
}

/** The use's name as a root id has it, or else what comes first; of a VM id (`<number>.<policy>`) the policy's. */
function policyName(ids: readonly string[]): string {
  const use = ids.map((id) => /^[^/]+\/(.+)$/.exec(id)?.[1]).find((name) => name !== undefined);
  return use ?? (ids[0] ?? "").replace(/^\d+\./, "");
}

function parse(line: string): EnvoyLine | undefined {
  if (!line.startsWith('{"level":')) {
    return undefined;
  }
  try {
    const { level, component, message } = JSON.parse(line) as Record<"level" | "component" | "message", unknown>;
    const known = levels.find((name) => name === level);
    return known === undefined ? undefined : { level: known, component: String(component), message: String(message) };
  } catch {
    return undefined;
  }
}
