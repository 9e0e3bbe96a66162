/**
 * A policy's source becomes one file of plain JavaScript: the policy, what it imports, and the guest that drives it.
 * Every engine runs this same file.
 */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { CallExpression } from "acorn";
import * as esbuild from "esbuild";
import { SluiceError } from "../errors.js";
import { globalThisAliases } from "./available-globals.js";
import { policyBuildError } from "./bundle-errors.js";
import { BundleSyntax, type Origin } from "./bundle-syntax.js";
import { checkKnownGlobals } from "./check-globals.js";
import { refuseLateEdits } from "./check-late-edits.js";
import { applyEdits, type Edit } from "./edits.js";
import { entryModule, policyUses } from "./entry-module.js";
import { generatorEdits } from "./filter-generators.js";
import { entryNamespace, type KitNames, kitNames } from "./kit-names.js";
import { asyncHelperEdits, loweredSyntax } from "./lowering.js";
import { disabledFile, guestGlobals, isKitFile, isService, packageOf } from "./package-paths.js";
import { definitionsIn } from "./policy-definitions.js";
import { assertPolicyFile } from "./policy-file.js";
import { usesIn } from "./policy-uses.js";
import { type Replacements, resolveImports } from "./resolve-imports.js";

/** What {@link bundlePolicy} makes. */
export interface PolicyBundleCode {
  /** CommonJS that exports a `PolicyBundle` (abi/port.ts); ends with the source map as a comment. */
  code: string;
  /** The source map (version 3, JSON): absolute `file:` sources with their contents. */
  map: string;
  /** What may go wrong at run time, a sentence each. */
  warnings: string[];
  /** Absolute paths of the policy's own files, to be watched: not the kit's, not those of installed packages. */
  inputs: string[];
  /** Every file that went in and how much of `code` came from it. */
  sources: SourceShare[];
  /** By what the policy and its packages import packages, each once: `sluice/metrics`, `jose`. */
  packages: string[];
  /** What `code` was made of. */
  output: BundleOutput;
}

/** esbuild's output, and what is changed in it for every engine. */
export interface BundleOutput {
  syntax: BundleSyntax;
  names: KitNames;
  /** What it calls esbuild's helper for async functions. */
  asyncHelper: string;
  /** The calls of `definePolicy`. */
  definitions: CallExpression[];
  edits: Edit[];
}

export interface BundleOptions {
  /** Default: none. */
  replacements?: Replacements;
}

export interface SourceShare {
  /** Absolute. */
  path: string;
  bytes: number;
}

/** Bundles one policy again and again, for a watcher: what did not change is not read again. */
export interface PolicyBundler {
  /** Bundles the policy as it is on disk now. Errors are those of {@link bundlePolicy}. */
  rebuild(): Promise<PolicyBundleCode>;
  dispose(): Promise<void>;
}

/**
 * Bundles the policy in `file`. Types are not checked.
 *
 * Throws a SluiceError whose message has file, line, column and the source: POLICY_NOT_FOUND, POLICY_SYNTAX,
 * POLICY_IMPORT, POLICY_BUILTIN_IMPORT, POLICY_TOP_LEVEL_AWAIT, POLICY_NO_DEFAULT_EXPORT, POLICY_GLOBAL, LATE_EDIT.
 */
export async function bundlePolicy(file: string, { replacements }: BundleOptions = {}): Promise<PolicyBundleCode> {
  const path = resolve(file);
  return bundleWith(path, () => esbuild.build(buildOptions(path, replacements)));
}

/** A bundler for the policy in `file`; the caller disposes of it. */
export async function createPolicyBundler(file: string): Promise<PolicyBundler> {
  const path = resolve(file);
  const context = await esbuild.context(buildOptions(path));
  return {
    rebuild: () => bundleWith(path, () => context.rebuild()),
    dispose: () => context.dispose(),
  };
}

/** Ends the compiler's process; the next bundle starts another one. */
export async function stopCompiler(): Promise<void> {
  await esbuild.stop();
}

type BuildOptions = ReturnType<typeof buildOptions>;
type BuildResult = esbuild.BuildResult<BuildOptions>;

async function bundleWith(file: string, build: () => Promise<BuildResult>): Promise<PolicyBundleCode> {
  assertPolicyFile(file);
  let result: BuildResult;
  try {
    result = await build();
  } catch (error) {
    throw policyBuildError(file, error);
  }
  const [mapFile, codeFile] = sortOutputs(result.outputFiles);
  const map = absoluteSources(mapFile.text);
  await refuseLateEdits(map);
  const output = bundleOutput(codeFile.text, result);
  const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;
  return {
    code: `${applyEdits(codeFile.text, output.edits)}${comment}\n`,
    map,
    warnings: checkKnownGlobals({ output, map }),
    inputs: Object.keys(result.metafile.inputs)
      .filter((input) => originOf(input) === "own")
      .map(absolute),
    sources: sourceShares(result),
    packages: importedPackages(result),
    output,
  };
}

function bundleOutput(text: string, result: BuildResult): BundleOutput {
  const names = kitNames(text);
  const syntax = new BundleSyntax(
    text,
    new Map(Object.keys(result.metafile.inputs).map((input) => [input, originOf(input)])),
  );
  const definitions = definitionsIn(syntax, names.definePolicy);
  const { edits, asyncHelper } = asyncHelperEdits(text, names);
  const head = `${directive(result)}var ${policyUses}=${JSON.stringify(usesIn(syntax))};`;
  return {
    syntax,
    names,
    asyncHelper,
    definitions,
    edits: [{ start: 0, end: 0, text: head }, ...edits, ...generatorEdits(text, definitions, asyncHelper)],
  };
}

function importedPackages({ metafile }: BuildResult): string[] {
  const specifiers = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.flatMap(({ original }) =>
      original === undefined || original.startsWith(".") || isAbsolute(original) ? [] : [original],
    ),
  );
  return [...new Set(specifiers)].sort();
}

/** Modules of ECMAScript are strict code, which esbuild does not say where it writes none. Others may need what strict code forbids. */
function directive({ metafile }: BuildResult): string {
  return Object.values(metafile.inputs).some(({ format }) => format === "cjs") ? "" : '"use strict";';
}

function sourceShares({ metafile }: BuildResult): SourceShare[] {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .filter(([path]) => isFile(path))
    .map(([path, { bytesInOutput }]) => ({ path: absolute(path), bytes: bytesInOutput }))
    .filter(({ bytes }) => bytes > 0);
}

function buildOptions(file: string, replacements: Replacements = {}) {
  return {
    entryPoints: [entryNamespace],
    // At the root, so that every path esbuild reports is the absolute one without its first slash.
    absWorkingDir: workingDirectory,
    outfile: resolve(workingDirectory, "policy.js"),
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: "external",
    format: "cjs",
    ...packageResolution,
    target: "es2022",
    supported: loweredSyntax,
    inject: [guestGlobals],
    define: definitions,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    plugins: [entryPlugin(file, replacements)],
  } satisfies esbuild.BuildOptions;
}

/**
 * How packages are found, wherever a policy is, or is in, one: by their builds for where there is no Node. A package's own order decides
 * between the conditions; esbuild adds `import` or `require`, by what asks, and `default`. `workerd` and `worker` mean the web's APIs
 * without a page, as policies have them. Only for the platform `browser` does esbuild read the map of that name in a package.json.
 */
export const packageResolution = {
  platform: "browser",
  mainFields: ["browser", "module", "main"],
  conditions: ["workerd", "worker", "browser", "module"],
} as const satisfies esbuild.BuildOptions;

/** Names of other worlds that packages use without asking. */
const definitions = {
  ...Object.fromEntries(globalThisAliases.map((name) => [name, "globalThis"])),
  "process.env.NODE_ENV": '"production"',
};

const workingDirectory = resolve("/");

function entryPlugin(file: string, replacements: Replacements): esbuild.Plugin {
  return {
    name: "sluice",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${entryNamespace}$`) }, () => ({ path: file, namespace: entryNamespace }));
      build.onLoad({ filter: /.*/, namespace: entryNamespace }, () => ({
        contents: entryModule(file),
        resolveDir: workingDirectory,
      }));
      resolveImports(build, replacements);
    },
  };
}

function sortOutputs(files: esbuild.OutputFile[]): [map: esbuild.OutputFile, code: esbuild.OutputFile] {
  const map = files.find(({ path }) => path.endsWith(".map"));
  const code = files.find(({ path }) => path.endsWith(".js"));
  if (map === undefined || code === undefined) {
    throw new SluiceError("INTERNAL", "The compiler got no code from esbuild.");
  }
  return [map, code];
}

/** esbuild writes sources relative to the output; debuggers and stacks need to find the files themselves. */
function absoluteSources(map: string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  parsed.sources = parsed.sources.map((source) =>
    source.startsWith(`${entryNamespace}:`) ? source : pathToFileURL(absolute(source)).href,
  );
  return JSON.stringify(parsed);
}

/** Whose an input is. What is no file counts as the kit's. */
function originOf(input: string): Origin {
  if (!isFile(input) || isKitFile(absolute(input))) {
    return isFile(input) && isService(absolute(input)) ? "service" : "kit";
  }
  return packageOf(absolute(input)) === undefined ? "own" : "package";
}

/** Whether esbuild has read an input from the disk. */
function isFile(input: string): boolean {
  return !input.startsWith(`${entryNamespace}:`) && !input.startsWith(disabledFile);
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(workingDirectory, path);
}
