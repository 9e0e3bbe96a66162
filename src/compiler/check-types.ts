/** Type errors of a policy, told by the TypeScript of the policy's own project. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type TypeScript from "typescript";
import { SluiceError } from "../errors.js";
import { shownPath, sourceFrame } from "../source-frame.js";
import { isKitFile, packageOf, publicEntry } from "./package-paths.js";

/** What a policy's tsconfig.json would extend. */
const policyConfig = fileURLToPath(new URL("../../tsconfig.policy.json", import.meta.url));

/** Without the options that ask for files, or that may stand only beside such. */
const nothingWritten = {
  noEmit: true,
  composite: false,
  incremental: false,
  emitDeclarationOnly: false,
  declarationMap: false,
} as const;

/** A configuration that includes no file but the policy is fine. */
const noInputs = 18003;

/**
 * Checks the policy in `file` (absolute) and what it imports, with the nearest tsconfig.json, or the one that this refers to for
 * the file; as a policy's own would have it where there is none.
 *
 * @throws SluiceError `POLICY_TYPES`, `TYPESCRIPT_MISSING`
 */
export async function checkTypes(file: string): Promise<void> {
  const ts = await loadTypeScript(file);
  const { options, declarations, errors } = readConfig(ts, file);
  const program = ts.createProgram([file, ...declarations], { ...options, ...nothingWritten });
  const problems = [...errors, ...ts.getPreEmitDiagnostics(program)]
    .filter(({ category, code }) => category === ts.DiagnosticCategory.Error && code !== noInputs)
    .filter((diagnostic) => diagnostic.file === undefined || isOwn(diagnostic.file.fileName))
    .map((diagnostic) => describe(ts, diagnostic));
  if (problems.length > 0) {
    throw new SluiceError("POLICY_TYPES", problems.join("\n\n"));
  }
}

async function loadTypeScript(file: string): Promise<typeof TypeScript> {
  let path: string;
  try {
    path = createRequire(file).resolve("typescript");
  } catch (error) {
    throw new SluiceError(
      "TYPESCRIPT_MISSING",
      `${shownPath(file)}: types cannot be checked: there is no package "typescript" here.`,
      { cause: error },
    );
  }
  const { default: typeScript } = (await import(pathToFileURL(path).href)) as { default: typeof TypeScript };
  return typeScript;
}

interface Config {
  options: TypeScript.CompilerOptions;
  /** Files that declare globals and modules. */
  declarations: string[];
  errors: readonly TypeScript.Diagnostic[];
}

function readConfig(ts: typeof TypeScript, file: string): Config {
  const own = ts.findConfigFile(dirname(file), (path) => ts.sys.fileExists(path));
  const errors: TypeScript.Diagnostic[] = [];
  const parse = (path: string) =>
    ts.getParsedCommandLineOfConfigFile(
      path,
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: (diagnostic) => errors.push(diagnostic),
      },
    );
  const nearest = parse(own ?? policyConfig);
  const parsed =
    nearest?.fileNames.includes(file) === false
      ? (nearest.projectReferences
          ?.map((reference) => parse(ts.resolveProjectReferencePath(reference)))
          .find((config) => config?.fileNames.includes(file)) ?? nearest)
      : nearest;
  const paths = { sluice: [publicEntry.replace(/\.js$/, ".d.ts")] };
  return {
    options: { ...optionsOf(parsed), ...(own === undefined && { paths }) },
    declarations: parsed?.fileNames.filter((path) => path.endsWith(".d.ts")) ?? [],
    errors: [...errors, ...(parsed?.errors ?? [])],
  };
}

function optionsOf(parsed: TypeScript.ParsedCommandLine | undefined): TypeScript.CompilerOptions {
  const { tsBuildInfoFile: _written, ...options } = parsed?.options ?? {};
  return options;
}

function isOwn(path: string): boolean {
  return packageOf(path) === undefined && !isKitFile(path);
}

function describe(ts: typeof TypeScript, { file, start, length, code, messageText }: TypeScript.Diagnostic): string {
  const text = `TS${String(code)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  if (file === undefined || start === undefined) {
    return text;
  }
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  const place = `${shownPath(file.fileName)}:${String(line + 1)}:${String(character + 1)}`;
  return `${place}: ${text}\n${sourceFrame(file.text, line + 1, character + 1, length)}`;
}
