/** What Envoy writes, line by line. */
import type { PolicyPrefixes } from "./policy-prefixes.js";

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

/** Components that write what policies do. */
export const policyComponents = ["wasm", "dynamic_modules"];

/** For Envoy's `--log-format`: one line of JSON for each entry, whatever is in it. */
export const envoyLogFormat = '{"level":"%l","component":"%n","message":"%j"}';

/** Reads a line of Envoy's standard error. What is not of the format above is somebody's word about a disaster. */
export function readEnvoyLine(line: string, prefixes: PolicyPrefixes): EnvoyLine {
  const entry = parse(line);
  if (entry === undefined) {
    return { level: "error", component: "envoy", message: line };
  }
  const { component, message } = entry;
  const found = policyComponents.includes(component)
    ? prefixes.find(([prefix]) => message.startsWith(prefix))
    : undefined;
  if (found === undefined) {
    return entry;
  }
  const [prefix, name] = found;
  return { ...entry, policy: { name, line: message.slice(prefix.length) } };
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
