/** Several policies in one bundle. */
import * as esbuild from "esbuild";
import { bundlePolicy, packageResolution } from "../../src/compiler/bundle.js";
import { BundleSyntax } from "../../src/compiler/bundle-syntax.js";
import { applyEdits } from "../../src/compiler/edits.js";
import { generatorEdits } from "../../src/compiler/filter-generators.js";
import { entryNamespace, kitNames } from "../../src/compiler/kit-names.js";
import { asyncHelperEdits, loweredSyntax } from "../../src/compiler/lowering.js";
import { guestEntry, guestGlobalObject, guestGlobals, publicEntry } from "../../src/compiler/package-paths.js";
import { definitionsIn } from "../../src/compiler/policy-definitions.js";
import { resolveImports } from "../../src/compiler/resolve-imports.js";

export interface ChainBundle {
  code: string;
  map: string;
}

const bundles = new Map<string, Promise<ChainBundle>>();

/** The names of the policies in it are the files. */
export async function bundleChain(files: readonly string[]): Promise<ChainBundle> {
  const key = files.join("\n");
  let bundle = bundles.get(key);
  if (bundle === undefined) {
    bundle = make(files);
    bundles.set(key, bundle);
  }
  return bundle;
}

async function make(files: readonly string[]): Promise<ChainBundle> {
  const uses = await Promise.all(
    files.map(async (file) => /var sluicePolicyUses=(.*?\});/.exec((await bundlePolicy(file)).code)?.[1] ?? "missing"),
  );
  const entry = `import ${JSON.stringify(guestGlobalObject)};
import { createModuleBundle } from ${JSON.stringify(guestEntry)};
${files.map((file, index) => `import policy${index} from ${JSON.stringify(file)};`).join("\n")}
export const createGuest = createModuleBundle([${files.map((file, index) => `{ name: ${JSON.stringify(file)}, policy: policy${index}, uses: ${uses[index]} }`).join(", ")}]).createGuest;
export const checkConfig = () => [];
export { KeptAnswer, sluiceAsync } from ${JSON.stringify(guestEntry)};
export { definePolicy, Flow, Response } from ${JSON.stringify(publicEntry)};
`;
  const result = await esbuild.build({
    entryPoints: [entryNamespace],
    absWorkingDir: "/",
    outfile: "/policy.js",
    bundle: true,
    write: false,
    metafile: true,
    sourcemap: "external",
    format: "cjs",
    ...packageResolution,
    target: "es2022",
    supported: loweredSyntax,
    inject: [guestGlobals],
    charset: "utf8",
    logLevel: "silent",
    plugins: [
      {
        name: "sluice",
        setup(build) {
          build.onResolve({ filter: new RegExp(`^${entryNamespace}$`) }, () => ({
            path: "chain",
            namespace: entryNamespace,
          }));
          build.onLoad({ filter: /.*/, namespace: entryNamespace }, () => ({ contents: entry, resolveDir: "/" }));
          resolveImports(build, {});
        },
      },
    ],
  });
  const text = result.outputFiles.find(({ path }) => path.endsWith(".js"))?.text ?? "";
  const map = JSON.parse(result.outputFiles.find(({ path }) => path.endsWith(".map"))?.text ?? "") as {
    sources: string[];
  };
  map.sources = map.sources.map((source) => `file:///${source}`);
  const names = kitNames(text);
  const inputs = Object.keys(result.metafile.inputs);
  const syntax = new BundleSyntax(
    text,
    new Map(inputs.map((input) => [input, input.includes("/src/") ? "kit" : "own"])),
  );
  const { edits, asyncHelper } = asyncHelperEdits(text, names);
  const all = [...edits, ...generatorEdits(text, definitionsIn(syntax, names.definePolicy), asyncHelper)];
  return {
    code: `"use strict";${applyEdits(text, all)}`,
    map: JSON.stringify(map),
  };
}
