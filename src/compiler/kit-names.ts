/**
 * What a bundle calls the kit's own functions and classes. The text of packages may have the same names: other copies of esbuild's and
 * TypeScript's helpers, a `definePolicy` of their own. No name at a bundle's top level is declared a second time further in, since
 * esbuild numbers such names; so whoever knows the right one finds the kit's, and nobody else's.
 */
import { SluiceError } from "../errors.js";

/** esbuild's namespace of the module that is the entry of every bundle. */
export const entryNamespace = "sluice-entry";

/** What the entry exports besides the bundle's own functions, for the compiler to find it. */
export const namedByEntry = ["definePolicy", "Flow", "Response", "KeptAnswer", "sluiceAsync"] as const;

export type KitNames = Readonly<Record<(typeof namedByEntry)[number], string>>;

/** The length of what stands in front of all modules: esbuild's own helpers. The entry's exports come behind them. */
export function helpersEnd(code: string): number {
  const end = code.indexOf(`\n// ${entryNamespace}:`);
  if (end < 0) {
    throw new SluiceError("INTERNAL", "The compiler did not find the bundle's entry in esbuild's output.");
  }
  return end + 1;
}

/** Reads them in what the entry exports. */
export function kitNames(code: string): KitNames {
  const start = helpersEnd(code);
  const exported = code.slice(start, code.indexOf("});", start));
  return Object.fromEntries(
    namedByEntry.map((name) => {
      const local = new RegExp(`^ +${name}: \\(\\) => ([\\w$]+),?$`, "m").exec(exported)?.[1];
      if (local === undefined) {
        throw new SluiceError("INTERNAL", `The compiler did not find the kit's "${name}" in esbuild's output.`);
      }
      return [name, local];
    }),
  ) as unknown as KitNames;
}
