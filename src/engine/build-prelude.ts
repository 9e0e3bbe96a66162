/** Bundles the prelude: what is evaluated in every module before its policy. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { guestFunctionNames, hostcallNames } from "./bridge-source.js";

/** `.ts` while the package runs from its sources, `.js` once it is built. */
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const entry = fileURLToPath(new URL(`./prelude/main${extension}`, import.meta.url));

/** A source text whose value is the prelude's `install`. */
export async function buildPrelude(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "prelude",
    define: { HOSTCALL_NAMES: JSON.stringify(hostcallNames), GUEST_FUNCTION_NAMES: JSON.stringify(guestFunctionNames) },
    target: "es2023",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "silent",
  });
  return `(() => {${outputFiles[0]!.text}\nreturn prelude.install;})()`;
}
