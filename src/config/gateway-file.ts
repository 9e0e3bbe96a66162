/**
 * Reads a gateway file: YAML, environment variables, form, references, policies and their configurations. All of it is
 * checked before anything starts, and every problem found is reported.
 */
import { dirname, resolve } from "node:path";
import { shownPath } from "../source-frame.js";
import { type LocatedPolicy, policyInFile } from "./located-policy.js";
import { type CheckedPolicy, checkPolicies } from "./policies.js";
import { byPlace, ConfigError, type ConfigPath, formatPath } from "./problems.js";
import { readSource } from "./read-source.js";
import { checkReferences } from "./references.js";
import { resolveConfig } from "./resolve.js";
import { checkRoutes } from "./route-problems.js";
import { gatewayFileSchema } from "./schema.js";
import type { GatewayConfig } from "./types.js";
import { validateContent } from "./validate.js";
import { parseYamlSource } from "./yaml-source.js";

export interface GatewayFileOptions<Policy extends CheckedPolicy> {
  /** Finds the policy that the file calls `use`; `folder` is the file's own, absolute. Default: a path, from there. */
  locate?(use: string, folder: string): Promise<LocatedPolicy>;
  /** Makes the policy in a file (absolute path) ready, once for each file; a SluiceError becomes a problem of the gateway file. */
  compile(file: string): Promise<Policy>;
  /** For `${NAME}` in values. Default `process.env`. */
  environment?: Readonly<Record<string, string | undefined>>;
}

export interface GatewayFile<Policy extends CheckedPolicy> {
  config: GatewayConfig;
  /** The policies by the absolute path of their file. */
  policies: ReadonlyMap<string, Policy>;
  /** Where a key stands in the file, from 1; undefined for one that is not written there. */
  placeOf(path: ConfigPath): { line: number; column: number } | undefined;
}

/**
 * Reads and checks the gateway file at `path`.
 *
 * Throws ConfigError with every problem, or CONFIG_NOT_FOUND.
 */
export async function loadGatewayFile<Policy extends CheckedPolicy>(
  path: string,
  options: GatewayFileOptions<Policy>,
): Promise<GatewayFile<Policy>> {
  const file = resolve(path);
  const shown = shownPath(file);
  const source = parseYamlSource(await readSource(file), options.environment ?? process.env);
  if (source.value === undefined) {
    throw new ConfigError(shown, source.problems);
  }
  const { content, problems } = validateContent(source, gatewayFileSchema);
  const references = [...checkReferences(source), ...checkRoutes(source)];
  const folder = dirname(file);
  const locate = async (use: string) => options.locate?.(use, folder) ?? policyInFile(resolve(folder, use));
  const {
    policies,
    located,
    problems: policyProblems,
  } = await checkPolicies(source, locate, (policy) => options.compile(policy));

  // Where a variable is missing, whatever else is wrong with the value follows from that.
  const missing = new Set(source.problems.map(({ path }) => formatPath(path)));
  const others = [...problems, ...references, ...policyProblems].filter(({ path }) => !missing.has(formatPath(path)));
  const all = [...source.problems, ...others];
  if (content === undefined || all.length > 0) {
    throw new ConfigError(shown, all.sort(byPlace));
  }
  const placeOf = (key: ConfigPath) => (isWritten(source.value, key) ? source.locate(key, true) : undefined);
  return { config: resolveConfig(content, located), policies, placeOf };
}

function isWritten(value: unknown, path: ConfigPath): boolean {
  return (
    path.reduce<unknown>((part, key) => (part as Record<string | number, unknown> | null | undefined)?.[key], value) !==
    undefined
  );
}
