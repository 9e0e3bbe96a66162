/** Types, as TypeScript's native compiler sees them, which takes a tenth of the time of the one in JavaScript. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Tsc, type TypeProblem } from "../../src/compiler/tsc.js";

const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));
const manifest = createRequire(import.meta.url).resolve("typescript-native/package.json");
const tsc = new Tsc(join(dirname(manifest), "bin/tsc"));

/** What is wrong in a project, without the numbers of the errors. It writes what it emits where its configuration says. */
export async function typeProblems(configFile: string): Promise<TypeProblem[]> {
  return (await tsc.problems(configFile)).map(({ place, text }) => ({ place, text: text.replace(/^TS\d+: /, "") }));
}

/** The same of these files alone, in the world of `configFile`: all paths are absolute. */
export async function typeProblemsIn(
  configFile: string,
  files: readonly string[],
  compilerOptions: object = {},
): Promise<TypeProblem[]> {
  const globals = (await tsc.resolved(configFile)).files.filter((name) => name.endsWith(".d.ts"));
  // Below this project, so that types of packages are found.
  const folder = await mkdtemp(join(cache, "types-"));
  try {
    const config = join(folder, "tsconfig.json");
    const own = { extends: configFile, compilerOptions, files: [...globals, ...files], include: [] };
    await writeFile(config, JSON.stringify(own));
    return await typeProblems(config);
  } finally {
    await rm(folder, { recursive: true });
  }
}
