/** A gateway file with everything that it names, checked. */
import { locatePolicy } from "../compiler/locate-policy.js";
import { type GatewayFile, loadGatewayFile } from "../config/gateway-file.js";
import { SluiceError } from "../errors.js";
import { type LoadedPolicy, loadPolicy } from "../gateway/index.js";

/** Throws what is wrong with the file, or with its policies. Whoever compiles no more then stops the compiler. */
export async function loadGateway(file: string): Promise<GatewayFile<LoadedPolicy>> {
  if (/\.([cm]?[jt]sx?|wasm)$/.test(file)) {
    throw new SluiceError(
      "USAGE",
      `Expected a gateway file (YAML), got ${file}: sluice dev ${file} runs a policy without one.`,
    );
  }
  return loadGatewayFile(file, { locate: locatePolicy, compile: load });
}

async function load(file: string): Promise<LoadedPolicy> {
  const policy = await loadPolicy(file);
  if ("bundle" in policy) {
    policy.bundle();
  }
  return policy;
}
