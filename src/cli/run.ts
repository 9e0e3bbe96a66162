/** `sluice run gateway.yaml` */
import { stopCompiler } from "../compiler/bundle.js";
import { loadGatewayFile } from "../config/gateway-file.js";
import { loadPolicy, startGateway, type GatewayPolicy } from "../gateway/index.js";
import { assertLoads } from "./assert-loads.js";
import { accessLogTo, reportsTo } from "./gateway-log.js";
import { createLogger } from "./logger.js";
import { stopSignal } from "./shutdown.js";
import { logUnhandledRejections } from "./unhandled-rejections.js";

/** Runs until SIGTERM or SIGINT. Throws what is wrong with the file before anything is started. */
export async function run(file: string): Promise<void> {
  const stopped = stopSignal();
  const { config, policies } = await loadGatewayFile(file, { compile: load });
  await stopCompiler();

  const logger = createLogger(config.log.level, process.stderr.isTTY);
  const mapStack = (stack: string) => [...policies.values()].reduce((mapped, policy) => policy.mapStack(mapped), stack);
  const ignoreRejections = logUnhandledRejections(logger, mapStack);
  const accessLog = logger.isLevelEnabled("info") ? accessLogTo(logger) : undefined;
  const gateway = await startGateway(config, { policies, ...reportsTo(logger), ...(accessLog && { accessLog }) });
  console.log(`sluice listens on ${gateway.url}`);

  logger.info(`stopping on ${await stopped}`);
  await gateway.close();
  ignoreRejections();
}

async function load(file: string): Promise<GatewayPolicy> {
  const policy = await loadPolicy(file);
  if ("bundle" in policy) {
    assertLoads(file, policy);
  }
  return policy;
}
