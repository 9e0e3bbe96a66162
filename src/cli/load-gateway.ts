/** A gateway file with everything that it names, checked. */
import { loadGatewayFile, type GatewayFile } from "../config/gateway-file.js";
import { compilePolicy, type CompiledPolicy } from "../gateway/index.js";
import { assertLoads } from "./assert-loads.js";

/** Throws what is wrong with the file, or with its policies. Whoever compiles no more then stops the compiler. */
export async function loadGateway(file: string): Promise<GatewayFile<CompiledPolicy>> {
  return loadGatewayFile(file, { compile });
}

async function compile(file: string): Promise<CompiledPolicy> {
  const compiled = await compilePolicy(file);
  assertLoads(file, compiled);
  return compiled;
}
