/** The kit for policies that share it: the guest, and what of the kit one of them imports. */
import * as esbuild from "esbuild";
import { kitOptions } from "./bundle-options.js";
import { absoluteSources, outputOf, type SourceShare, sourceShares } from "./bundle-output.js";
import type { Edit } from "./edits.js";
import { kitEntryModule } from "./entry-module.js";
import { kitNames } from "./kit-names.js";
import type { KitExport } from "./kit-stubs.js";
import { asyncHelperEdits } from "./lowering.js";

export interface KitBundle {
  /** CommonJS that exports `modulePolicy`, `createModuleBundle`, and as `kit` the exports by specifier and name. */
  text: string;
  /** What is changed in it. */
  edits: Edit[];
  /** The source map (version 3, JSON): absolute `file:` sources with their contents. */
  map: string;
  sources: SourceShare[];
}

export async function bundleKit(exports: readonly KitExport[]): Promise<KitBundle> {
  const result = await esbuild.build(kitOptions(kitEntryModule(exports)));
  const { code: text, map } = outputOf(result);
  return {
    text,
    edits: [{ start: 0, end: 0, text: '"use strict";' }, ...asyncHelperEdits(text, kitNames(text)).edits],
    map: absoluteSources(map),
    sources: sourceShares(result),
  };
}
