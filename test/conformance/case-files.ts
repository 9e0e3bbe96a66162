/** The files in `cases/`, and the policies that they are about. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCaseFile } from "../../src/cases/read-case-file.js";
import type { CaseFile } from "../../src/cases/runner/case-file.js";

const folder = new URL("./cases/", import.meta.url);

/** Where a policy of this name is: an example, or one of `policies/`. */
export function policyFile(name: string): string {
  const example = fileURLToPath(new URL(`../../examples/${name}/policy.ts`, import.meta.url));
  return existsSync(example) ? example : fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));
}

/** All there are, in order. */
export function caseFileNames(): string[] {
  return readdirSync(folder)
    .map((file) => basename(file, ".yaml"))
    .sort();
}

/** The file that is called as its policy. */
export function readCaseFile(policy: string): CaseFile {
  const content = parseCaseFile(readFileSync(new URL(`${policy}.yaml`, folder), "utf8"), `${policy}.yaml`);
  return { ...content, policy, policyFile: policyFile(policy), locate: policyFile };
}
