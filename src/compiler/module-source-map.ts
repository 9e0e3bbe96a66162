import { fileURLToPath } from "node:url";
import { moduleFilename } from "./module-code.js";
import { portableName } from "./package-paths.js";

interface SourceMap {
  sources: string[];
  sourcesContent: (string | null)[];
}

/** The source map of a bundle as it lies beside the module: the same on every machine, sources with their contents. */
export function moduleSourceMap(map: string, policyFolder: string): string {
  const { sources, sourcesContent, ...rest } = JSON.parse(map) as SourceMap;
  const isFile = sources.map((source) => source.startsWith("file:"));
  return `${JSON.stringify({
    ...rest,
    file: moduleFilename,
    // The module that joins policy and guest is no file, and names both by where they lie on this machine.
    sources: sources.map((source, index) =>
      isFile[index] === true ? portableName(fileURLToPath(source), policyFolder) : "sluice/entry",
    ),
    sourcesContent: sourcesContent.map((content, index) => (isFile[index] === true ? content : null)),
  })}\n`;
}
