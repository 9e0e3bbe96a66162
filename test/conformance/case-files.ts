/** The files in `cases/` and the `policy.cases.yaml` of the catalogue, and the policies that they are about. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseCaseFile } from "../../src/cases/read-case-file.js";
import type { Case, CaseFile } from "../../src/cases/runner/case-file.js";

const folder = new URL("./cases/", import.meta.url);
const catalogue = new URL("../../policies/", import.meta.url);

/** Where a policy of this name is: in the catalogue, an example, or one of `policies/`. */
export function policyFile(name: string): string {
  const candidates = [
    new URL(`${name}/policy.ts`, catalogue),
    new URL(`../../examples/${name}/policy.ts`, import.meta.url),
  ];
  return fileURLToPath(candidates.find((url) => existsSync(url)) ?? new URL(`./policies/${name}.ts`, import.meta.url));
}

/** Whether the policy of a case file is one of the catalogue. */
export function isReadyPolicy(name: string): boolean {
  return existsSync(new URL(`${name}/policy.cases.yaml`, catalogue));
}

/** All there are, in order. */
export function caseFileNames(): string[] {
  const inCatalogue = readdirSync(catalogue).filter(isReadyPolicy);
  return [...inCatalogue, ...readdirSync(folder).map((file) => basename(file, ".yaml"))].sort();
}

const known = new Map<string, CaseFile>();

/** The file that is called as its policy; read once in a process. */
export function readCaseFile(policy: string): CaseFile {
  const file = known.get(policy) ?? read(policy);
  known.set(policy, file);
  return file;
}

function read(policy: string): CaseFile {
  const own = new URL(`${policy}.yaml`, folder);
  const file = existsSync(own) ? own : new URL(`${policy}/policy.cases.yaml`, catalogue);
  const content = parseCaseFile(readFileSync(file, "utf8"), basename(fileURLToPath(file)));
  return { ...content, policy, policyFile: policyFile(policy), locate: policyFile };
}

/** Their policies hold back bodies or decide late, which filters of one chain notice of each other, and policies of one filter. */
const waiting = ["ask-then-hold", "deciding", "late-output", "stream-edits"];

/** Whether a case tells policies that are one filter from policies that are a filter each: it has several, or their messages wait. */
export function concernsChains({ policy }: Pick<CaseFile, "policy">, { chain }: Case): boolean {
  return chain !== undefined || waiting.includes(policy);
}

/** The files with such cases. */
export function chainFileNames(): string[] {
  return caseFileNames().filter((name) => {
    const file = readCaseFile(name);
    return file.cases.some((testCase) => concernsChains(file, testCase));
  });
}
