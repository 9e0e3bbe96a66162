import { fileURLToPath } from "node:url";
import { isKitFile } from "./package-paths.js";

/** A file of the policy or of one of its packages. */
interface WrittenFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/**
 * The policy's own files and those of its packages.
 *
 * @param map The source map (JSON) of the policy's bundle, with the sources in it.
 */
export function writtenFiles(map: string): WrittenFile[] {
  const { sources, sourcesContent } = JSON.parse(map) as { sources: string[]; sourcesContent: string[] };
  return sources.flatMap((source, index) => {
    const path = source.startsWith("file:") ? fileURLToPath(source) : undefined;
    return path === undefined || isKitFile(path) ? [] : [{ path, text: sourcesContent[index] as string }];
  });
}
