/** A gateway file with everything that it names, checked. */
import { locatePolicy } from "../compiler/locate-policy.js";
import { loadGatewayFile, type GatewayFile } from "../config/gateway-file.js";
import { loadPolicy, type LoadedPolicy } from "../gateway/index.js";

/** Throws what is wrong with the file, or with its policies. Whoever compiles no more then stops the compiler. */
export async function loadGateway(file: string): Promise<GatewayFile<LoadedPolicy>> {
  return loadGatewayFile(file, { locate: locatePolicy, compile: load });
}

async function load(file: string): Promise<LoadedPolicy> {
  const policy = await loadPolicy(file);
  if ("bundle" in policy) policy.bundle();
  return policy;
}
