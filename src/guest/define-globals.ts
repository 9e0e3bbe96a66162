/**
 * Makes the kit's globals properties of the policy's `globalThis`, too. Imported by bundles only, before the policy: nowhere else is
 * `globalThis` a policy's.
 */
import * as globals from "./globals.js";
import { noCompiler } from "./no-compiler.js";

for (const [name, value] of Object.entries({ ...globals, ...noCompiler })) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
