/** What esbuild is asked for. */
import { resolve } from "node:path";
import type * as esbuild from "esbuild";
import { globalThisAliases } from "./available-globals.js";
import { entryModule, entryWithoutKit } from "./entry-module.js";
import { entryNamespace } from "./kit-names.js";
import { kitGlobals, kitNamespace, kitStub } from "./kit-stubs.js";
import { loweredSyntax } from "./lowering.js";
import { guestGlobals } from "./package-paths.js";
import { type Replacements, resolveImports, sharedKit } from "./resolve-imports.js";

/** At the root, so that every path esbuild reports is the absolute one without its first slash. */
export const workingDirectory = resolve("/");

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

const commonOptions = {
  entryPoints: [entryNamespace],
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
  define: definitions,
  charset: "utf8",
  legalComments: "none",
  logLevel: "silent",
} satisfies esbuild.BuildOptions;

/** For the policy in `file` (absolute), with all that drives it. */
export function policyOptions(file: string, replacements: Replacements = {}) {
  return {
    ...commonOptions,
    inject: [guestGlobals],
    plugins: [
      entryPlugin(file, entryModule(file)),
      importsPlugin((build) => {
        resolveImports(build, replacements);
      }),
    ],
  } satisfies esbuild.BuildOptions;
}

/** For the same policy without the kit. */
export function optionsWithoutKit(file: string, replacements: Replacements = {}) {
  return {
    ...commonOptions,
    inject: [`${kitNamespace}:${kitGlobals}`],
    plugins: [
      entryPlugin(file, entryWithoutKit(file)),
      importsPlugin((build) => {
        resolveImports(build, replacements, sharedKit);
        build.onLoad({ filter: /.*/, namespace: kitNamespace }, async ({ path }) => ({
          contents: await kitStub(path),
          resolveDir: workingDirectory,
        }));
      }),
    ],
  } satisfies esbuild.BuildOptions;
}

/** For the kit alone; `entry` says what of it. */
export function kitOptions(entry: string) {
  return {
    ...commonOptions,
    inject: [guestGlobals],
    plugins: [entryPlugin("kit", entry)],
  } satisfies esbuild.BuildOptions;
}

/** @param path by which esbuild's errors know it */
function entryPlugin(path: string, contents: string): esbuild.Plugin {
  return {
    name: "entry",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${entryNamespace}$`) }, () => ({ path, namespace: entryNamespace }));
      build.onLoad({ filter: /.*/, namespace: entryNamespace }, () => ({ contents, resolveDir: workingDirectory }));
    },
  };
}

function importsPlugin(setup: (build: esbuild.PluginBuild) => void): esbuild.Plugin {
  return { name: "imports", setup };
}
