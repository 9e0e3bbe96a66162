import { fileURLToPath } from "node:url";
import { isKitFile } from "./package-paths.js";

/**
 * The texts of the policy's own files and of its packages.
 *
 * @param map The source map (JSON) of the policy's bundle, with the sources in it.
 */
export function writtenSources(map: string): string[] {
  const { sources, sourcesContent } = JSON.parse(map) as { sources: string[]; sourcesContent: string[] };
  return sourcesContent.filter((_text, index) => {
    const source = sources[index] as string;
    return source.startsWith("file:") && !isKitFile(fileURLToPath(source));
  });
}
