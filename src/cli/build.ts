/** `sluice build policy.ts` */
import { basename, extname, join, resolve } from "node:path";
import { type CompiledModule, compilePolicy } from "../compiler/build-module.js";
import { stopCompiler } from "../compiler/bundle.js";
import { checkTypes } from "../compiler/check-types.js";
import { locatePolicy } from "../compiler/locate-policy.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { sizeTable } from "./size-table.js";
import { writeWhole } from "./write-whole.js";

/** As they stand on the command line. */
export interface BuildArguments {
  output?: string;
  check: boolean;
}

/** Writes the module and its source map. Throws what is wrong with the policy; nothing is written then. */
export async function build(use: string, { output, check }: BuildArguments): Promise<void> {
  const { file: path, name } = await locatePolicy(use, process.cwd());
  if (output !== undefined && extname(output) !== ".wasm") {
    throw new SluiceError("USAGE", `--output: expected the path of a module, which ends in .wasm, got ${output}.`);
  }
  const modulePath = resolve(output ?? join("dist", `${name}.wasm`));
  const { wasm, map, measure, warnings } = await compile(path, `${basename(modulePath)}.map`);
  if (check) {
    await checkTypes(path);
  }

  await writeWhole(modulePath, wasm);
  await writeWhole(`${modulePath}.map`, map);
  for (const warning of warnings) {
    console.error(`warning: ${warning}`);
  }
  console.log(sizeTable(shownPath(modulePath), await measure()));
}

async function compile(path: string, sourceMapName: string): Promise<CompiledModule> {
  try {
    return await compilePolicy(path, { sourceMapName });
  } finally {
    await stopCompiler();
  }
}
