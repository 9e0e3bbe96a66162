/** A file of cases of a project, with the policy that it is about. */
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { readyPolicy } from "../catalogue/catalogue.js";
import { locatePolicy } from "../compiler/locate-policy.js";
import { readCaseFile } from "./read-case-file.js";
import type { CaseFile } from "./runner/case-file.js";

/** How such files are called: `<name>.cases.yaml`. */
export const caseFileName = /\.cases\.ya?ml$/;

/**
 * Reads the file (absolute path).
 *
 * @throws SluiceError `CASE_FILE`; `POLICY_NOT_FOUND` where `use` names a package or a ready policy that there is not
 */
export async function readProjectFile(file: string): Promise<CaseFile> {
  const content = await readCaseFile(file);
  const folder = dirname(file);
  const { file: policyFile, name: policy } = await locatePolicy(content.use ?? policyBeside(file), folder);
  return { ...content, policy, policyFile, locate: (other) => readyPolicy(other)?.file ?? resolve(folder, other) };
}

/** `members.cases.yaml` is about `members.ts` where there is one, else about `policy.ts`. */
function policyBeside(file: string): string {
  const named = `./${basename(file).replace(caseFileName, "")}.ts`;
  return existsSync(resolve(dirname(file), named)) ? named : "./policy.ts";
}
