/** What runs policies: cases are the same for every engine. */
import type { ExchangeLimits } from "../host/exchange.js";
import type { LogRecord } from "../host/log-record.js";
import type { OnError, PartialRequests } from "./runner/case-file.js";
import type { Backend, Client } from "./surroundings.js";

/** One use of a policy in a chain. */
export interface PolicyUse {
  name: string;
  /** Absolute path of its source. */
  file: string;
  config: unknown;
  partialRequests: PartialRequests;
  onError: OnError;
}

/** A chain of policies, and where it leads. */
export interface EngineSetup {
  /** Requests pass them first to last. */
  policies: readonly PolicyUse[];
  /** Origin that everything is forwarded to. */
  upstream: string;
  /** Origins that policies call, by name. */
  services: Readonly<Record<string, string>>;
  /** Names of upstreams that the gateway does not know, though policies may call them. */
  unknownServices: readonly string[];
  /** Those that are not the engine's own. */
  limits: Partial<ExchangeLimits>;
  /** How many instances of every policy there are: which one has an exchange depends on its connection. */
  workers: number;
  /** Milliseconds since the epoch at which its policies start, for engines with a clock of their own; undefined for any time. */
  startsAt: number | undefined;
  /** The gateway has TLS and asks clients for certificates; undefined for plain text. */
  tls: ServerTls | undefined;
}

/** In PEM. */
export interface ServerTls {
  /** Who signs clients' certificates, and the gateway's. */
  ca: string;
  certificate: string;
  key: string;
}

export interface LogLine {
  level: string;
  message: string;
  /** The id of the request that it belongs to, if any. */
  request: string | undefined;
  /** What it tells besides. */
  fields: Readonly<Record<string, unknown>>;
  /** The message, and whatever else the line tells. */
  text: string;
}

/** A line that is JSON, as policies write it. */
export function logLine(level: string, record: LogRecord): LogLine {
  const { msg, request, policy: _policy, route: _route, ...fields } = record;
  return { level, message: msg, request, fields, text: `${msg} ${JSON.stringify(record)}` };
}

/** Running chains, one for each setup. */
export interface RunningEngine {
  /** A client of the chain at this place in the list of setups. */
  client(chain: number): Client;
  /** What the policies of the chain at this place in the list of setups logged so far. */
  log(chain: number): readonly LogLine[];
  /** Lets time pass for the chain at this place in the list of setups. */
  advance(chain: number, milliseconds: number): Promise<void>;
  /** Ends what is in progress and closes every connection. */
  close(): Promise<void>;
}

export interface Engine {
  name: string;
  /** What it can do, in the words of the cases' `needs`. */
  capabilities: ReadonlySet<string>;
  /** Time is the machine's: cases that wait longer than so many milliseconds are skipped. undefined: it jumps to what is due. */
  longestWait: number | undefined;
  /**
   * Slow to start: one start for many setups is worth it. In one start services are called by their origins, or, where there is one
   * setup, by their names.
   */
  shared: boolean;
  /** An upstream or service that chains of this engine can reach. */
  openBackend(name: string): Promise<Backend>;
  /** @throws ConfigRefused when a policy refuses its configuration */
  start(setups: readonly EngineSetup[]): Promise<RunningEngine>;
}

/** The engine does not start, because a policy's schema refuses the policy's configuration. */
export class ConfigRefused extends Error {}
