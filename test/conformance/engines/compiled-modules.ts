/** Policies compiled to modules. */
import { fileURLToPath } from "node:url";
import { compilePolicy } from "../../../src/compiler/build-module.js";
import { oncePerFile } from "./once-per-file.js";

export const cacheDir = fileURLToPath(new URL("../../../.cache/", import.meta.url));

export const compiledModule = oncePerFile(async (file) => (await compilePolicy(file, { cacheDir })).wasm);
