import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type ModuleText, moduleFilename, policyOfSource } from "./module-text.js";
import { isKitFile, packageOf, portableName } from "./package-paths.js";

interface SourceMap {
  sources: string[];
  sourcesContent: (string | null)[];
}

/**
 * The source map of a module's text as it lies beside the module: the same on every machine, sources with their contents. Where there are
 * several policies, the files of each are under its name.
 */
export function moduleSourceMap(text: ModuleText): string {
  const { sources, sourcesContent, ...rest } = JSON.parse(text.map) as SourceMap;
  const isFile = sources.map((source) => source.startsWith("file:"));
  const nameOf = (path: string, source: number): string => {
    const { file, name } = policyOfSource(text, source);
    const seen = portableName(path, dirname(file));
    return text.policies.length === 1 || isKitFile(path) || packageOf(path) !== undefined ? seen : `${name}/${seen}`;
  };
  return `${JSON.stringify({
    ...rest,
    file: moduleFilename,
    // The module that joins policy and guest is no file, and names both by where they lie on this machine.
    sources: sources.map((source, index) =>
      isFile[index] === true ? nameOf(fileURLToPath(source), index) : "sluice/entry",
    ),
    sourcesContent: sourcesContent.map((content, index) => (isFile[index] === true ? content : null)),
  })}\n`;
}
