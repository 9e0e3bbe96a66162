/** `sluice build policy.ts`, `sluice build a.ts b.ts`, `sluice build gateway.yaml` */
import { statSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { type CompiledModule, compileModule } from "../compiler/build-module.js";
import { stopCompiler } from "../compiler/bundle.js";
import { checkTypes } from "../compiler/check-types.js";
import { locatePolicy } from "../compiler/locate-policy.js";
import { assertPolicyFile } from "../compiler/policy-file.js";
import { gatewayPolicies } from "../config/gateway-policies.js";
import { distinctNames, type LocatedPolicy } from "../config/located-policy.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { useBaselineCompiler } from "./baseline-wasm.js";
import { buildNative } from "./build-native.js";
import { sizeTable } from "./size-table.js";
import { libraryFor, type TargetArguments } from "./targets.js";
import { writeWhole } from "./write-whole.js";

/** As they stand on the command line. */
export interface BuildArguments extends TargetArguments {
  output?: string;
  check: boolean;
}

/** Writes the module, or what Envoy runs natively, and its source map. Throws what is wrong with a policy; nothing is written then. */
export async function build(uses: readonly string[], { output, check, ...target }: BuildArguments): Promise<void> {
  useBaselineCompiler();
  const library = await libraryFor(target);
  const { name, policies } = await policiesOf(uses);
  const checked = (): Promise<void> => checkTypes(check ? policies.map(({ file }) => file) : []);
  if (library !== undefined) {
    await buildNative({ name, policies, library, output, checked });
    return;
  }
  const modulePath = resolve(outputFile(output, `${name}.wasm`));
  const { wasm, map, measure, warnings } = await compile(policies, `${basename(modulePath)}.map`);
  await checked();

  await writeWhole(modulePath, wasm);
  await writeWhole(`${modulePath}.map`, map);
  for (const warning of warnings) {
    console.error(`warning: ${warning}`);
  }
  console.log(sizeTable(shownPath(modulePath), await measure()));
}

const gatewayFile = /\.ya?ml$/;

/** What is to be compiled, and what the module is called where nobody says. */
async function policiesOf(uses: readonly string[]): Promise<{ name: string; policies: readonly LocatedPolicy[] }> {
  const [file = ""] = uses;
  if (uses.length === 1 && gatewayFile.test(file)) {
    const sources = (await gatewayPolicies(file, locateFile)).filter((policy) => extname(policy.file) !== ".wasm");
    if (sources.length === 0) {
      throw new SluiceError(
        "USAGE",
        `${file}: all its policies are modules already, so that there is nothing to compile.`,
      );
    }
    return { name: basename(file, extname(file)), policies: named(sources) };
  }
  const gateway = uses.find((use) => gatewayFile.test(use));
  if (gateway !== undefined) {
    throw new SluiceError("USAGE", `${gateway}: a gateway file is compiled by itself: leave out the other policies.`);
  }
  const policies = await Promise.all(uses.map((use) => locatePolicy(use, process.cwd())));
  const twice = uses.find((_, index) => policies.findIndex((policy) => policy.file === policies[index]?.file) < index);
  if (twice !== undefined) {
    throw new SluiceError("USAGE", `${twice}: this policy was named before: name each one once.`);
  }
  return { name: policies.length === 1 ? (policies[0] as LocatedPolicy).name : "policies", policies: named(policies) };
}

/** As {@link locatePolicy}, and there is such a file. */
async function locateFile(use: string, folder: string): Promise<LocatedPolicy> {
  const policy = await locatePolicy(use, folder);
  assertPolicyFile(policy.file);
  return policy;
}

/** With names that no two have. */
function named(policies: readonly LocatedPolicy[]): LocatedPolicy[] {
  return [...distinctNames(policies)].map(([file, name]) => ({ file, name }));
}

/** The module's path. What ends in a slash, or is a folder, gets a file of that name. */
function outputFile(output: string | undefined, name: string): string {
  if (output === undefined) {
    return join("dist", name);
  }
  if (extname(output) === ".wasm") {
    return output;
  }
  if (/[\\/]$/.test(output) || statSync(output, { throwIfNoEntry: false })?.isDirectory() === true) {
    return join(output, name);
  }
  throw new SluiceError(
    "USAGE",
    `--output: expected the path of a module, which ends in .wasm, or of a folder, which ends in /, got ${output}.`,
  );
}

async function compile(policies: readonly LocatedPolicy[], sourceMapName: string): Promise<CompiledModule> {
  try {
    return await compileModule(policies, { sourceMapName });
  } finally {
    await stopCompiler();
  }
}
