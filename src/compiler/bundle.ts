/**
 * A policy's source becomes one file of plain JavaScript: the policy, what it imports, and the guest that drives it.
 * Every engine runs this same file. Policies that share a module are bundled each by itself, without the kit, which that has once.
 */
import { isAbsolute, resolve } from "node:path";
import type { CallExpression } from "acorn";
import * as esbuild from "esbuild";
import type { PolicyUses } from "../abi/policy-uses.js";
import { policyBuildError } from "./bundle-errors.js";
import { optionsWithoutKit, policyOptions } from "./bundle-options.js";
import {
  absolute,
  absoluteSources,
  type BuildResult,
  directive,
  isFile,
  originOf,
  outputOf,
  type SourceShare,
  sourceShares,
} from "./bundle-output.js";
import { BundleSyntax } from "./bundle-syntax.js";
import { checkKnownGlobals } from "./check-globals.js";
import { refuseLateEdits } from "./check-late-edits.js";
import { editedMap, mapText } from "./edited-map.js";
import { applyEdits, type Edit } from "./edits.js";
import { policyUses } from "./entry-module.js";
import { generatorEdits } from "./filter-generators.js";
import { type KitNames, kitNames } from "./kit-names.js";
import { asyncHelperEdits } from "./lowering.js";
import { definitionsIn, maySeeResponses } from "./policy-definitions.js";
import { assertPolicyFile } from "./policy-file.js";
import { usesIn } from "./policy-uses.js";
import type { Replacements } from "./resolve-imports.js";

/** What {@link bundlePolicy} makes. Code and map are made when they are asked for: a module takes neither. */
export interface PolicyBundleCode {
  /** CommonJS; ends with the source map as a comment. Exports a `PolicyBundle` (abi/port.ts) or, without the kit, the policy. */
  readonly code: string;
  /** Its source map (version 3, JSON): absolute `file:` sources with their contents. */
  readonly map: string;
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
  /** The source map (version 3, JSON) of its text: absolute `file:` sources with their contents. */
  map: string;
  names: KitNames;
  /** What it calls esbuild's helper for async functions; empty: it has none. */
  asyncHelper: string;
  /** The calls of `definePolicy`. */
  definitions: CallExpression[];
  uses: PolicyUses;
  /** The policy may have `onResponse` or `onDone`. */
  seesResponses: boolean;
  edits: Edit[];
}

export interface BundleOptions {
  /** Default: none. */
  replacements?: Replacements;
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
  return bundleWith(path, () => esbuild.build(policyOptions(path, replacements)));
}

/** The same without the kit: the text finds that by the function around it that kit-stubs.ts tells of. */
export async function bundleWithoutKit(file: string, { replacements }: BundleOptions = {}): Promise<PolicyBundleCode> {
  const path = resolve(file);
  return bundleWith(path, () => esbuild.build(optionsWithoutKit(path, replacements)));
}

/** A bundler for the policy in `file`; the caller disposes of it. */
export async function createPolicyBundler(file: string): Promise<PolicyBundler> {
  const path = resolve(file);
  const context = await esbuild.context(policyOptions(path));
  return {
    rebuild: () => bundleWith(path, () => context.rebuild()),
    dispose: () => context.dispose(),
  };
}

/** Ends the compiler's process; the next bundle starts another one. */
export async function stopCompiler(): Promise<void> {
  await esbuild.stop();
}

async function bundleWith(file: string, build: () => Promise<BuildResult>): Promise<PolicyBundleCode> {
  assertPolicyFile(file);
  let result: BuildResult;
  try {
    result = await build();
  } catch (error) {
    throw policyBuildError(file, error);
  }
  const { code: text, map: builtMap } = outputOf(result);
  const output = bundleOutput(text, absoluteSources(builtMap), result);
  await refuseLateEdits(output.map);
  const warnings = checkKnownGlobals(output);
  let map: string | undefined;
  const editedMapText = () => (map ??= mapText(editedMap(output.map, text, output.edits)));
  return {
    get code() {
      const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(editedMapText()).toString("base64")}`;
      return `${applyEdits(text, output.edits)}${comment}\n`;
    },
    get map() {
      return editedMapText();
    },
    warnings,
    inputs: Object.keys(result.metafile.inputs)
      .filter((input) => originOf(input) === "own")
      .map(absolute),
    sources: sourceShares(result),
    packages: importedPackages(result),
    output,
  };
}

function bundleOutput(text: string, map: string, result: BuildResult): BundleOutput {
  const names = kitNames(text);
  const syntax = new BundleSyntax(
    text,
    new Map(Object.keys(result.metafile.inputs).map((input) => [input, originOf(input)])),
  );
  const definitions = definitionsIn(syntax, names.definePolicy);
  const { edits, asyncHelper } = asyncHelperEdits(text, names);
  const uses = usesIn(syntax);
  // Without the kit nobody in the text asks for them.
  const variables = text.includes(policyUses) ? `var ${policyUses}=${JSON.stringify(uses)};` : "";
  return {
    syntax,
    map,
    names,
    asyncHelper,
    definitions,
    uses,
    seesResponses: maySeeResponses(syntax, definitions),
    edits: [
      { start: 0, end: 0, text: `${directive(result)}${variables}` },
      ...edits,
      ...generatorEdits(text, definitions, asyncHelper),
    ],
  };
}

function importedPackages({ metafile }: BuildResult): string[] {
  const files = Object.entries(metafile.inputs).filter(([input]) => isFile(input));
  const specifiers = files.flatMap(([, { imports }]) =>
    imports.flatMap(({ original }) =>
      original === undefined || original.startsWith(".") || isAbsolute(original) ? [] : [original],
    ),
  );
  return [...new Set(specifiers)].sort();
}
