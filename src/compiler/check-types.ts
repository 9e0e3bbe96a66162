/** Type errors of policies, told by the TypeScript of their own project. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { SluiceError } from "../errors.js";
import { shownPath, sourceFrame } from "../source-frame.js";
import { isKitFile, packageOf, typeDeclarations } from "./package-paths.js";
import { findTsc, Tsc, type TypeProblem } from "./tsc.js";

/** What a policy's tsconfig.json would extend. */
const policyConfig = fileURLToPath(new URL("../../tsconfig.policy.json", import.meta.url));

/** Without the options that ask for files, and those that may stand only beside such. */
const nothingWritten = {
  noEmit: true,
  composite: false,
  incremental: false,
  tsBuildInfoFile: null,
  emitDeclarationOnly: false,
  declarationMap: false,
  declarationDir: null,
  isolatedDeclarations: false,
} as const;

/** Policies that are one program. */
interface Project {
  tsc: Tsc;
  config: Config;
  policies: string[];
}

interface Config {
  /** Absolute. */
  path: string;
  /** Its files that declare globals and modules. Absolute. */
  declarations: readonly string[];
}

/**
 * Checks the policies in `files` (absolute) and what they import, each with the nearest tsconfig.json, or the one that this refers to
 * for the file; as a policy's own would have it where there is none.
 *
 * @throws SluiceError `POLICY_TYPES`, `TYPESCRIPT_MISSING`
 */
export async function checkTypes(files: readonly string[]): Promise<void> {
  const problems: string[] = [];
  for (const project of await projectsOf(files)) {
    problems.push(...(await problemsOf(project)));
  }
  if (problems.length > 0) {
    throw new SluiceError("POLICY_TYPES", problems.join("\n\n"));
  }
}

async function projectsOf(files: readonly string[]): Promise<Iterable<Project>> {
  const compilers = new Map<string, Tsc>();
  const projects = new Map<string, Project>();
  for (const file of files) {
    const script = findTsc(file);
    const tsc = compilers.get(script) ?? new Tsc(script);
    compilers.set(script, tsc);
    const config = await configOf(file, tsc);
    const key = JSON.stringify([script, config.path]);
    const project = projects.get(key) ?? { tsc, config, policies: [] };
    projects.set(key, project);
    project.policies.push(file);
  }
  return projects.values();
}

async function configOf(file: string, tsc: Tsc): Promise<Config> {
  const nearest = nearestConfig(file) ?? policyConfig;
  const { files, references } = await tsc.resolved(nearest);
  if (!files.includes(file)) {
    for (const path of references) {
      const referred = await tsc.resolved(path);
      if (referred.files.includes(file)) {
        return { path, declarations: referred.files.filter(isDeclaration) };
      }
    }
  }
  return { path: nearest, declarations: files.filter(isDeclaration) };
}

function isDeclaration(file: string): boolean {
  return file.endsWith(".d.ts");
}

function nearestConfig(file: string): string | undefined {
  return foldersAbove(file)
    .map((folder) => join(folder, "tsconfig.json"))
    .find((path) => existsSync(path));
}

/** The nearest one first. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

async function problemsOf({ tsc, config, policies }: Project): Promise<string[]> {
  const folder = await scratchFolder(config.path);
  try {
    const own = join(folder, "tsconfig.json");
    const compilerOptions = {
      ...nothingWritten,
      rootDir: parse(config.path).root,
      ...(config.path === policyConfig && { paths: typeDeclarations }),
    };
    const files = [...policies, ...config.declarations];
    await writeFile(own, JSON.stringify({ extends: config.path, compilerOptions, files, include: [] }));
    return (await tsc.problems(own))
      .map((problem) => (problem.place?.file === own ? { ...problem, place: undefined } : problem))
      .filter(({ place }) => place === undefined || isOwn(place.file))
      .map(describe);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder in which packages are found as they are beside `config`, so that what this names in `types` is; where none can be, any other. */
async function scratchFolder(config: string): Promise<string> {
  const modules = foldersAbove(config)
    .map((folder) => join(folder, "node_modules"))
    .find((path) => existsSync(path));
  if (modules !== undefined) {
    const cache = join(modules, ".cache");
    try {
      await mkdir(cache, { recursive: true });
      return await mkdtemp(join(cache, "sluice-"));
    } catch {
      // Whoever builds may only read there.
    }
  }
  return mkdtemp(join(tmpdir(), "sluice-"));
}

function isOwn(path: string): boolean {
  return packageOf(path) === undefined && !isKitFile(path);
}

function describe({ place, text }: TypeProblem): string {
  if (place === undefined) {
    return text;
  }
  const { file, line, column } = place;
  const source = readFileSync(file, "utf8");
  const word = /^[\w$]+/.exec(source.split(/\r?\n/)[line - 1]?.slice(column - 1) ?? "")?.[0];
  return `${shownPath(file)}:${String(line)}:${String(column)}: ${text}\n${sourceFrame(source, line, column, word?.length)}`;
}
