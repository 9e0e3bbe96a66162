import { fileURLToPath } from "node:url";
import type { Engine } from "../../src/cases/engine.js";
import { readProjectFile } from "../../src/cases/project-file.js";
import { type CaseOutcome, runCases } from "../../src/cases/run-cases.js";

/** What becomes of a template's cases on an engine, but for those that pass; fails where there are none. */
export async function templateFailures(template: string, engine: Engine): Promise<CaseOutcome[]> {
  const file = await readProjectFile(
    fileURLToPath(new URL(`../../templates/${template}/policy.cases.yaml`, import.meta.url)),
  );
  const outcomes: CaseOutcome[] = [];
  await runCases(engine, file, (outcome) => outcomes.push(outcome));
  if (outcomes.length < 2) {
    throw new Error(`${template} has ${outcomes.length} cases`);
  }
  return outcomes.filter(({ lacking, problems }) => lacking.length > 0 || problems.length > 0);
}
