/** Policies as modules, each compiled once in a process. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { compilePolicy } from "../../compiler/build-module.js";
import { oncePerFile } from "./once-per-file.js";

/** The module of the policy in a file (absolute path); a policy that is a module already stays what it is. */
export const compiledModule = oncePerFile(
  async (file): Promise<Uint8Array> => (extname(file) === ".wasm" ? readFile(file) : (await compilePolicy(file)).wasm),
);
