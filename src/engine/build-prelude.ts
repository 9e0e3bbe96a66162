/** Bundles the prelude: what is evaluated in every module before its policy. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { guestFunctionNames, hostcallNames } from "./bridge-tables.js";
import { type WebApiPart, webApiParts } from "./web-api-parts.js";

/** `.ts` while the package runs from its sources, `.js` once it is built. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const prelude = (file: string): string => fileURLToPath(new URL(`./prelude/${file}${extension}`, import.meta.url));

/** By their entry modules: most policies have the same. */
const preludes = new Map<string, Promise<string>>();

/** The parts that a bundle in which these names occur calls for. */
export function partsFor(names: ReadonlySet<string>): readonly WebApiPart[] {
  const has = (name: string): boolean => names.has(name);
  return webApiParts.filter((part) => part.names.some(has) && (part.where?.some(has) ?? true));
}

/** A source text whose value is the prelude's `install`; of the web APIs it has those that are named, and what they need. */
export function buildPrelude(names: ReadonlySet<string>): Promise<string> {
  const parts = partsFor(names);
  const entry = [
    ...parts.flatMap(({ file }) => (file === undefined ? [] : [`import ${JSON.stringify(prelude(`web/${file}`))};`])),
    `export { install } from ${JSON.stringify(prelude("main"))};`,
  ].join("\n");
  const text = preludes.get(entry) ?? bundlePrelude(entry, parts);
  preludes.set(entry, text);
  return text;
}

/** Twice: what only code needed that a constant leaves out is not known to be unused before that is gone. */
async function bundlePrelude(entry: string, parts: readonly WebApiPart[]): Promise<string> {
  const text = await bundle(entry, {
    format: "esm",
    define: {
      HOSTCALL_NAMES: JSON.stringify(hostcallNames),
      GUEST_FUNCTION_NAMES: JSON.stringify(guestFunctionNames),
      HAS_SUBTLE: String(parts.some(({ names }) => names.includes("subtle"))),
    },
  });
  const shaken = await bundle(text, { format: "iife", globalName: "prelude", minifyWhitespace: true });
  return `(() => {${shaken}\nreturn prelude.install;})()`;
}

async function bundle(contents: string, options: esbuild.BuildOptions): Promise<string> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: dirname(prelude("main")) },
    bundle: true,
    write: false,
    target: "es2023",
    minifySyntax: true,
    legalComments: "none",
    logLevel: "silent",
    ...options,
  });
  return outputFiles![0]!.text;
}
