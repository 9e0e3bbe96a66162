/** Compiles the bridge with AssemblyScript. */
// AssemblyScript's types have a `console` of their own, which stays behind Node's only where those are known first.
/// <reference types="node" />
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { generatedSources } from "./bridge-source.js";

/**
 * The bridge as a module that imports memory and table, its functions from `tableBase` on. Throws with the compiler's messages.
 */
export async function compileBridge(folder: string, tableBase: number): Promise<Uint8Array> {
  const sources = new Map(generatedSources());
  for (const file of await readdir(folder)) {
    sources.set(file, await readFile(join(folder, file), "utf8"));
  }

  // Loading it takes longer than building a module with an engine that is there already.
  const { default: asc } = await import("assemblyscript/asc");
  let wasm: Uint8Array | undefined;
  const messages: string[] = [];
  const { error } = await asc.main(
    [
      "main.ts",
      "--outFile",
      "bridge.wasm",
      "--runtime",
      "stub",
      "--importMemory",
      "--noExportMemory",
      "--importTable",
      "--tableBase",
      String(tableBase),
      "-O3",
      "--noAssert",
      "--use",
      "abort=",
    ],
    {
      readFile: (name) => sources.get(name) ?? null,
      listFiles: () => [],
      stderr: { write: (text) => void messages.push(String(text)) },
      writeFile: (_name, contents) => {
        if (typeof contents !== "string") {
          wasm = contents;
        }
      },
    },
  );
  if (error !== null || wasm === undefined) {
    throw new Error(`The bridge does not compile.\n${messages.join("")}`, { cause: error });
  }
  return wasm;
}
