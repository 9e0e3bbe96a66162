/** What runs policies: the suite is the same for every engine. */

/** One use of a policy in a chain. */
export interface PolicyUse {
  name: string;
  /** Absolute path of its source. */
  file: string;
  config: unknown;
  partialRequests: "allow" | "prevent";
}

export interface EngineSetup {
  /** Requests pass them first to last. */
  policies: readonly PolicyUse[];
  /** Origin that everything is forwarded to. */
  upstream: string;
  /** Origins that policies call, by name. */
  services: Readonly<Record<string, string>>;
}

export interface LogLine {
  level: string;
  /** The message, and whatever else the line tells. */
  text: string;
}

/** A line that is JSON, as policies write it. */
export function logLine(level: string, record: { msg: string }): LogLine {
  return { level, text: `${record.msg} ${JSON.stringify(record)}` };
}

/** A running chain of policies behind a socket. */
export interface RunningEngine {
  port: number;
  /** What the policies logged so far. */
  log(): readonly LogLine[];
  /** Ends what is in progress and closes every connection. */
  close(): Promise<void>;
}

export interface Engine {
  name: string;
  /** What it can do, in the words of the cases' `needs`. */
  capabilities: ReadonlySet<string>;
  /** @throws ConfigRefused when a policy refuses its configuration */
  start(setup: EngineSetup): Promise<RunningEngine>;
}

/** The engine does not start, because a policy's schema refuses the policy's configuration. */
export class ConfigRefused extends Error {}
