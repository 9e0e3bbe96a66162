/** `sluice dev policy.ts`: one policy, no gateway file; a save takes effect at once. */
import { extname } from "node:path";
import type { Logger } from "pino";
import { stopCompiler } from "../compiler/bundle.js";
import { locatePolicy } from "../compiler/locate-policy.js";
import { SluiceError } from "../errors.js";
import { type Gateway, type SingleRoute, startGateway } from "../gateway/index.js";
import { shownPath } from "../source-frame.js";
import { messageOf } from "../thrown.js";
import { type DevArguments, type DevOptions, echoName, readDevOptions } from "./dev-options.js";
import { createDevPolicy, type DevPolicy, isSame, type LoadedPolicy } from "./dev-policy.js";
import { startEchoUpstream } from "./echo-upstream.js";
import { createFileWatcher } from "./file-watcher.js";
import { readableAccessLog, reportsTo } from "./gateway-log.js";
import { inTurn } from "./in-turn.js";
import { createLogger } from "./logger.js";
import { stopSignal } from "./shutdown.js";

/** Whoever writes a policy wants to see what it says. */
const logLevel = "debug";

/** Runs until SIGTERM or SIGINT. Throws what is wrong with the options or the policy at the start. */
export async function dev(use: string, args: DevArguments): Promise<void> {
  const stopped = stopSignal();
  const options = readDevOptions(args);
  if (/\.ya?ml$/.test(use)) {
    throw new SluiceError(
      "USAGE",
      `sluice dev runs one policy, got ${use}: if that is a gateway file, sluice run ${use} runs it.`,
    );
  }
  const { file: path, name } = await locatePolicy(use, process.cwd());
  if (extname(path) === ".wasm") {
    throw new SluiceError(
      "USAGE",
      `sluice dev runs a policy's source, got the module ${use}: name it in a gateway file for sluice run.`,
    );
  }
  const logger = createLogger(logLevel, true);
  const policy = await createDevPolicy(path, options.config);
  const echo = await startEchoUpstream();
  const originOf = (upstream: string) => (upstream === echoName ? echo.url : upstream);
  const route = ({ config }: LoadedPolicy): SingleRoute => ({
    upstream: originOf(options.upstream),
    upstreams: Object.fromEntries(
      Object.entries(options.upstreams).map(([name, upstream]) => [name, originOf(upstream)]),
    ),
    port: options.port,
    logLevel,
    policies: [{ use: path, name, config }],
  });
  try {
    const loaded = await policy.load();
    warn(logger, loaded);
    const gateway = await startGateway(route(loaded), {
      policies: new Map([[path, loaded.compiled]]),
      ...reportsTo(logger),
      ...readableAccessLog(args.verbose),
    });
    const stopWatching = keepCurrent({ path, policy, loaded, route, gateway, logger });
    console.log(greeting(path, options, gateway.url));
    await stopped;
    stopWatching();
    await gateway.close();
  } finally {
    await echo.close();
    await policy.dispose();
    await stopCompiler();
  }
}

interface Running {
  path: string;
  policy: DevPolicy;
  loaded: LoadedPolicy;
  route: (loaded: LoadedPolicy) => SingleRoute;
  gateway: Gateway;
  logger: Logger;
}

/** Takes the policy up again when it, or something that it is made of, was saved. Returns what ends that. */
function keepCurrent({ path, policy, loaded, route, gateway, logger }: Running): () => void {
  let current = loaded;
  let stopped = false;
  const name = shownPath(path);
  const reload = inTurn(async () => {
    const started = performance.now();
    try {
      const next = await policy.load();
      watcher.watch([path, ...next.inputs]);
      if (!isSame(next, current)) {
        await gateway.replace(route(next), new Map([[path, next.compiled]]));
        current = next;
        warn(logger, next);
        logger.info(`${name} was saved: new exchanges run it, after ${(performance.now() - started).toFixed(0)} ms`);
      }
    } catch (error) {
      if (stopped) {
        return;
      }
      logger.error(`${name} was saved with an error, the former code goes on:\n${messageOf(error)}`);
    }
  });
  const watcher = createFileWatcher(reload);
  watcher.watch([path, ...loaded.inputs]);
  // Something may have been saved while the gateway was starting.
  reload();
  return () => {
    stopped = true;
    watcher.close();
  };
}

function warn(logger: Logger, { compiled }: LoadedPolicy): void {
  for (const warning of compiled.warnings) {
    logger.warn(warning);
  }
}

function greeting(path: string, { upstream }: DevOptions, url: string): string {
  return `sluice runs ${shownPath(path)} on ${url} in front of ${upstream === echoName ? "an echo" : upstream}. Try:

  curl -i ${url}/
`;
}
