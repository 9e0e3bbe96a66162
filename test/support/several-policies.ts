/** Policies that share a guest, as those of a module do, for hosts that run JavaScript. */
import { type ModuleText, moduleText } from "../../src/compiler/module-text.js";

const texts = new Map<string, Promise<Pick<ModuleText, "code" | "map">>>();

/**
 * CommonJS that exports a `PolicyBundle`. Made once for the same policies: those of the same files or, where `source` says what is in
 * them, of the same sources.
 */
export function severalPolicies(
  policies: readonly { file: string; name: string; source?: string }[],
): Promise<Pick<ModuleText, "code" | "map">> {
  const key = JSON.stringify(policies.map(({ file, name, source }) => [name, source ?? file]));
  const text =
    texts.get(key) ??
    moduleText(policies, {}).then(({ code, map }) => ({
      code: `${code}module.exports = { createGuest: module.exports.createGuest, checkConfig: () => [] };`,
      map,
    }));
  texts.set(key, text);
  return text;
}
