/** Runs an Envoy as a child process. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { SluiceError } from "../errors.js";
import { envoyConfig, type EnvoySetup } from "./envoy-config.js";

export interface EnvoyOptions {
  /** Path of the binary; see `installEnvoy`. */
  binary: string;
  /** Worker threads, each with its own instance of every policy. Default 1. */
  concurrency?: number;
  /** Envoy's own log level. What policies log is always taken from `info` on. Default `warning`. */
  logLevel?: "trace" | "debug" | "info" | "warning" | "error";
  /** Default 30,000. */
  readyLimitMilliseconds?: number;
}

export interface RunningEnvoy {
  /** Where it listens. */
  port: number;
  adminPort: number;
  /** What it wrote so far, the newest `keptLines`. */
  readonly log: readonly string[];
  /** Stops it: SIGTERM, then SIGKILL after 5 s. Idempotent. */
  close(): Promise<void>;
}

const pollMilliseconds = 20;
const stopLimitMilliseconds = 5_000;
const requestLimitMilliseconds = 2_000;
/** How many lines of its log are kept. */
export const keptLines = 10_000;

/**
 * Starts Envoy and waits until it takes requests.
 *
 * @throws SluiceError `ENVOY_UNAVAILABLE`, with the end of Envoy's log, when it ends or is not ready in time.
 */
export async function startEnvoy(setup: EnvoySetup, options: EnvoyOptions): Promise<RunningEnvoy> {
  return startEnvoyWith(envoyConfig(setup), options);
}

/** The same for a whole bootstrap; `port` is its first listener's. */
export async function startEnvoyWith(bootstrap: object, options: EnvoyOptions): Promise<RunningEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-envoy-"));
  const adminAddress = join(folder, "admin-address");
  await writeFile(join(folder, "envoy.json"), JSON.stringify(bootstrap));
  const child = spawn(options.binary, [
    "--config-path", join(folder, "envoy.json"),
    "--admin-address-path", adminAddress,
    "--concurrency", String(options.concurrency ?? 1),
    "--disable-hot-restart",
    "--log-level", options.logLevel ?? "warning",
    ...(["trace", "debug"].includes(options.logLevel ?? "") ? [] : ["--component-log-level", "wasm:info"]),
    "--log-format", "%l %n %v",
  ], { stdio: ["ignore", "pipe", "pipe"] });
  const log = collectLines(child);
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve(`it ended with ${signal ?? `code ${code}`}`);
    });
    child.once("error", (error) => {
      resolve(error.message);
    });
  });
  const killWithParent = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", killWithParent);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= stop(child, ended).then(async () => {
    process.removeListener("exit", killWithParent);
    await rm(folder, { recursive: true, force: true });
  }));

  const limit = options.readyLimitMilliseconds ?? 30_000;
  let over = false;
  const failed = Promise.race([ended, delay(limit, undefined, { ref: false }).then(() => `it was not ready within ${limit} ms`)]);
  try {
    const ports = await Promise.race([ready(adminAddress, () => over), failed]);
    if (typeof ports !== "string") return { ...ports, log, close };
    throw new SluiceError("ENVOY_UNAVAILABLE", `Envoy did not start: ${ports}.\n${log.slice(-20).join("\n")}`);
  } catch (error) {
    await close();
    throw error;
  } finally {
    over = true;
  }
}

/** Asks the admin interface until Envoy is live, then for the listener's port. */
async function ready(adminAddressFile: string, over: () => boolean): Promise<{ port: number; adminPort: number }> {
  while (!over()) {
    const address = await readFile(adminAddressFile, "utf8").catch(() => "");
    const state = address === "" ? undefined : await get(`http://${address}/ready`);
    if (state?.ok === true) {
      const listeners = (await (await get(`http://${address}/listeners?format=json`))?.json()) as ListenerStatuses;
      return {
        port: listeners.listener_statuses[0]!.local_address.socket_address.port_value,
        adminPort: Number(address.slice(address.lastIndexOf(":") + 1)),
      };
    }
    await delay(pollMilliseconds);
  }
  throw new Error("not ready");
}

interface ListenerStatuses {
  listener_statuses: { local_address: { socket_address: { port_value: number } } }[];
}

async function get(url: string): Promise<Response | undefined> {
  return fetch(url, { signal: AbortSignal.timeout(requestLimitMilliseconds) }).catch(() => undefined);
}

function collectLines(child: ChildProcess): string[] {
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (log.push(line) > keptLines) log.shift();
    });
  }
  return log;
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
  }, stopLimitMilliseconds);
  await ended;
  clearTimeout(timer);
}
