/** `sluice run gateway.yaml` on the embedded gateway. */
import { stopCompiler } from "../compiler/bundle.js";
import { startGateway } from "../gateway/index.js";
import { gatewayWarnings, logWarnings } from "./file-warnings.js";
import { accessLogTo, readableAccessLog, reportsTo } from "./gateway-log.js";
import { loadGateway } from "./load-gateway.js";
import { createLogger } from "./logger.js";
import { stopSignal } from "./shutdown.js";

/** As they stand on the command line. */
export interface RunArguments {
  verbose: boolean;
}

/** Runs until SIGTERM or SIGINT. Throws what is wrong with the file before anything is started. */
export async function run(file: string, { verbose }: RunArguments): Promise<void> {
  const stopped = stopSignal();
  const loaded = await loadGateway(file);
  const { config, policies } = loaded;
  await stopCompiler();

  const logger = createLogger(config.log.level, process.stderr.isTTY);
  logWarnings(logger, file, gatewayWarnings(loaded));
  for (const warning of [...policies.values()].flatMap((policy) => ("warnings" in policy ? policy.warnings : []))) {
    logger.warn(warning);
  }
  const exchanges = process.stderr.isTTY ? readableAccessLog(verbose) : { accessLog: accessLogTo(logger) };
  const gateway = await startGateway(config, {
    policies,
    ...reportsTo(logger),
    ...(logger.isLevelEnabled("info") && exchanges),
  });
  console.log(`sluice listens on ${gateway.url}`);

  logger.info(`stopping on ${await stopped}`);
  await gateway.close();
}
