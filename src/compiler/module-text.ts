/** The text that a module is made of: a policy with the kit, or the kit and several policies. */
import { dirname } from "node:path";
import type { TraceMap } from "@jridgewell/trace-mapping";
import type { LocatedPolicy } from "../config/located-policy.js";
import { webApisMentioned } from "../engine/web-apis-mentioned.js";
import { type BundleOptions, bundlePolicy, bundleWithoutKit, type PolicyBundleCode } from "./bundle.js";
import type { SourceShare } from "./bundle-output.js";
import { mapText } from "./edited-map.js";
import { joinMaps } from "./joined-map.js";
import { bundleKit } from "./kit-bundle.js";
import { kitExportsIn, kitFunction } from "./kit-stubs.js";
import { kitCode, type MappedCode, moduleCode } from "./module-code.js";
import { seenLines } from "./seen-lines.js";
import { stackMappings } from "./stack-mappings.js";

/** What stacks inside a module call the text. */
export const moduleFilename = "policy.js";

export interface ModuleText {
  /** CommonJS whose exports have `createGuest`. It sets `module.stackMappings`, with which the prelude maps stacks. */
  readonly code: string;
  /** The source map (version 3, JSON): absolute `file:` sources with their contents. */
  readonly map: string;
  /** The policies, in their order in the text. */
  readonly policies: readonly BundledPolicy[];
  /** Of the kit where it stands by itself; where it does not it is in the policy's. */
  readonly kitSources: readonly SourceShare[];
  /** The names of web APIs that any of it may use. */
  readonly webApis: ReadonlySet<string>;
  /** Whose its lines are; see seen-lines.ts. */
  readonly lines: Uint32Array;
  /** How much of the code is the table for stacks. */
  readonly mappingsBytes: number;
}

export interface BundledPolicy extends LocatedPolicy {
  readonly bundle: PolicyBundleCode;
  /** The number in the map of its first source, and the first line that has to do with it, from 0. */
  readonly firstSource: number;
  readonly firstLine: number;
}

/**
 * @param policies with names that no two share
 * @param takesUses it is configured with a list of uses; several policies have no other way
 * @throws SluiceError what `bundlePolicy` throws
 */
export async function moduleText(
  policies: readonly LocatedPolicy[],
  options: BundleOptions,
  takesUses = policies.length > 1,
): Promise<ModuleText> {
  const [only] = policies;
  if (takesUses || only === undefined) {
    return textOfSeveral(policies, options);
  }
  const bundle = await bundlePolicy(only.file, options);
  const { code, map } = moduleCode(only.file, bundle);
  return withMappings({
    code,
    map,
    policies: [{ ...only, bundle, firstSource: 0, firstLine: 0 }],
    kitSources: [],
    webApis: bundle.output.syntax.webApis(),
  });
}

/**
 * The text of each stands in a function, as that of one alone does in the prelude's, with a `globalThis` of its own. By the stack of what it
 * throws it is known which. What they cannot have each for itself, the language's objects, is read-only before the first one runs.
 */
const run = "sluiceRun";
const kit = "sluiceModule";
const list = "sluicePolicies";
const start = `function ${run}(text) {
  var module = { exports: {} };
  var world = Object.create(Object.getPrototypeOf(globalThis), Object.getOwnPropertyDescriptors(globalThis));
  world.globalThis = world;
  try { text(module, module.exports, world); } catch (error) { throw error instanceof Error ? error : new Error(String(error)); }
  return module.exports;
}
var ${list} = [];
`;
const kitStart = `var ${kit} = ${run}(function (module, exports) {
`;
const kitEnd = `
});
function ${kitFunction}(specifier, name) { return ${kit}.kit[specifier][name]; }
if (module.lockIntrinsics !== undefined) module.lockIntrinsics();
`;

async function textOfSeveral(policies: readonly LocatedPolicy[], options: BundleOptions): Promise<ModuleText> {
  const bundles = await Promise.all(policies.map(({ file }) => bundleWithoutKit(file, options)));
  const texts = bundles.map((bundle, index) => moduleCode((policies[index] as LocatedPolicy).file, bundle));
  const shared = await bundleKit(distinctExports(texts.map((text) => text.code)));
  const kitText = kitCode(shared);

  let code = `${start}${kitStart}`;
  const maps = [{ map: kitText.map, line: linesOf(code) }];
  code += `${kitText.code}${kitEnd}`;
  let firstSource = kitText.map.sources.length;
  const bundled = bundles.map((bundle, index): BundledPolicy => {
    const { name, file } = policies[index] as LocatedPolicy;
    const text = texts[index] as MappedCode;
    const member = { name, file, bundle, firstSource, firstLine: linesOf(code) };
    code += `${list}.push(${kit}.modulePolicy(${JSON.stringify(name)}, ${run}(function (module, exports, globalThis) {\n`;
    maps.push({ map: text.map, line: linesOf(code) });
    firstSource += text.map.sources.length;
    code += `${text.code}\n}).default, ${JSON.stringify(bundle.output.uses)}));\n`;
    return member;
  });
  code += `module.exports = ${kit}.createModuleBundle(${list});\n`;
  return withMappings({
    code,
    map: joinMaps(maps),
    policies: bundled,
    kitSources: shared.sources,
    // What one part declares for itself is the web's in another.
    webApis: new Set(
      [webApisMentioned(kitText.code), ...bundles.map((bundle) => bundle.output.syntax.webApis())].flatMap((names) => [
        ...names,
      ]),
    ),
  });
}

/** The policy that a line, from 0, of a module's text belongs to. */
export function policyAt({ policies }: Pick<ModuleText, "policies">, line: number): BundledPolicy | undefined {
  return policies.findLast(({ firstLine }) => firstLine <= line);
}

/** The policy that a source, by its number in the map, belongs to; that of the kit's is any. */
export function policyOfSource({ policies }: Pick<ModuleText, "policies">, source: number): BundledPolicy {
  return policies.findLast(({ firstSource }) => firstSource <= source) ?? (policies[0] as BundledPolicy);
}

function withMappings(
  text: Omit<ModuleText, "map" | "mappingsBytes" | "lines"> & { readonly map: TraceMap },
): ModuleText {
  const mappings = JSON.stringify(
    stackMappings(text.map, moduleFilename, (source) => dirname(policyOfSource(text, source).file)),
  );
  return {
    ...text,
    map: mapText(text.map),
    code: `${text.code}module.stackMappings = ${mappings};\n`,
    // Where the text of one begins is known by what calls it.
    lines: seenLines(
      text.map,
      text.policies.map(({ firstLine }) => firstLine),
    ),
    mappingsBytes: Buffer.byteLength(mappings),
  };
}

function distinctExports(texts: readonly string[]): ReturnType<typeof kitExportsIn> {
  const all = texts.flatMap(kitExportsIn);
  const byName = new Map(all.map((wanted) => [`${wanted.specifier} ${wanted.name}`, wanted]));
  return [...byName].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, wanted]) => wanted);
}

function linesOf(code: string): number {
  return code.split("\n").length - 1;
}
