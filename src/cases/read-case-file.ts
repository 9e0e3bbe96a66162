/** Reads a file of cases; all that is wrong with its form is told at once. */
import { didYouMean } from "../config/did-you-mean.js";
import { byPlace, type ConfigPath, type FileProblem, formatProblems } from "../config/problems.js";
import { readSource } from "../config/read-source.js";
import { validateContent } from "../config/validate.js";
import { parseYamlSource } from "../config/yaml-source.js";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { caseFileSchema } from "./case-schema.js";
import type { CaseFileContent, Step } from "./runner/case-file.js";

/**
 * What the file (absolute path) says.
 *
 * @throws SluiceError `CASE_FILE`
 */
export async function readCaseFile(file: string): Promise<CaseFileContent> {
  let text: string;
  try {
    text = await readSource(file);
  } catch (error) {
    throw new SluiceError("CASE_FILE", (error as Error).message, { cause: error });
  }
  return parseCaseFile(text, shownPath(file));
}

/**
 * The same of a text.
 *
 * @param name What messages call it.
 * @throws SluiceError `CASE_FILE`
 */
export function parseCaseFile(text: string, name: string): CaseFileContent {
  const source = parseYamlSource(text);
  if (source.value === undefined) {
    throw new SluiceError("CASE_FILE", formatProblems(name, source.problems));
  }
  const { content, problems } = validateContent(source, caseFileSchema);
  if (content === undefined) {
    throw new SluiceError("CASE_FILE", formatProblems(name, problems.sort(byPlace)));
  }
  const written = content as unknown as Omit<CaseFileContent, "lines">;
  const checked = { ...written, lines: written.cases.map((_, index) => source.locate(["cases", index]).line) };
  const unknown = unknownServices(checked).map((problem) => ({ ...problem, ...source.locate(problem.path, true) }));
  if (unknown.length > 0) {
    throw new SluiceError("CASE_FILE", formatProblems(name, unknown));
  }
  return checked;
}

/** Steps that speak of a service that the file does not have: it would never be asked. */
function unknownServices({ cases, services }: CaseFileContent): FileProblem[] {
  const known = services.map(({ name }) => name);
  return cases.flatMap(({ steps }, caseIndex) =>
    steps.flatMap((step, stepIndex) =>
      namedIn(step)
        .filter(({ name, path }) => !known.includes(name) && !(name === "upstream" && path.includes("backends")))
        .map(({ name, path }) => ({
          path: ["cases", caseIndex, "steps", stepIndex, ...path, name],
          message: `there is no service "${name}"${didYouMean(name, known) || "; services lists what policies call"}`,
        })),
    ),
  );
}

/** Names of backends, and where in the step they stand. */
function namedIn(step: Step): { name: string; path: ConfigPath }[] {
  const names = (path: ConfigPath, part: object | undefined) => Object.keys(part ?? {}).map((name) => ({ name, path }));
  if ("parallel" in step) {
    return names(["parallel", "backends"], step.parallel.backends);
  }
  return [...names(["backends"], step.backends), ...names(["expect", "services"], step.expect?.services)];
}
