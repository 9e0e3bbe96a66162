/** Files of a test that stand in for what its policies import. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Replacements } from "../compiler/resolve-imports.js";
import { didYouMean } from "../config/did-you-mean.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";

/** By the specifier of a service or a package: the path (from the working directory) or the URL of the file that stands in for it. */
export type ReplacedImports = Readonly<Record<string, string | URL>>;

/** With absolute paths. @throws SluiceError TEST_OPTIONS */
export function replacementFiles(replace: ReplacedImports): Replacements {
  if (typeof replace !== "object" || replace === null || Array.isArray(replace)) {
    throw refused("", `expected an object of specifiers and files, got ${JSON.stringify(replace)}`);
  }
  return Object.fromEntries(
    Object.entries(replace).map(([specifier, source]) => {
      if (specifier === "sluice") {
        throw refused(specifier, "the kit itself cannot be replaced; its services can: sluice/upstream …");
      }
      if (/^[./]/.test(specifier) || specifier.startsWith("file:")) {
        throw refused(
          specifier,
          "expected what a service or a package is imported by, such as sluice/upstream, got a path",
        );
      }
      if (typeof source !== "string" && !(source instanceof URL)) {
        throw refused(specifier, `expected the path or URL of a file, got ${JSON.stringify(source)}`);
      }
      const file = fileOf(source);
      if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
        throw refused(specifier, `there is no file ${shownPath(file)}; paths are seen from the working directory`);
      }
      return [specifier, file];
    }),
  );
}

/**
 * Refuses what no policy of the test imports: the test would run without what it wants to replace.
 *
 * @param imported by what the policies import packages
 * @throws SluiceError TEST_OPTIONS
 */
export function assertReplaced(replacements: Replacements, imported: readonly string[]): void {
  const unused = Object.keys(replacements).find((specifier) => !imported.includes(specifier));
  if (unused !== undefined) {
    const list = [...new Set(imported)].sort().join(", ");
    throw refused(
      unused,
      `no policy of this test imports it${didYouMean(unused, imported) || "."} Their sources import ${list || "nothing"}`,
    );
  }
}

function fileOf(source: string | URL): string {
  return source instanceof URL || source.startsWith("file:") ? fileURLToPath(source) : resolve(source);
}

function refused(specifier: string, problem: string): SluiceError {
  const what = specifier === "" ? "replace" : `replace["${specifier}"]`;
  return new SluiceError("TEST_OPTIONS", `testGateway: ${what}: ${problem}.`);
}
