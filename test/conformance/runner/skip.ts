/** Why a case is not run. */
import type { Engine } from "../engine.js";
import { skips } from "../skips.js";
import type { Case, CaseFile } from "./case-file.js";

/** undefined: it is run. */
export function skipReason(engine: Engine, file: CaseFile, testCase: Case): string | undefined {
  const missing = [...file.needs, ...(testCase.needs ?? [])].filter((capability) => !engine.capabilities.has(capability));
  if (missing.length > 0) return `no ${missing.join(", ")}`;
  if (testCase.clock?.exact === true && !engine.capabilities.has("time-control")) return "no time-control";
  return skips[engine.name]?.[file.policy]?.[testCase.name];
}

/** Entries of the skip list that skip nothing. */
export function uselessSkips(engine: Engine, files: readonly CaseFile[]): string[] {
  return Object.entries(skips[engine.name] ?? {}).flatMap(([policy, cases]) => {
    const file = files.find((candidate) => candidate.policy === policy);
    return Object.entries(cases)
      .filter(([name, reason]) => {
        const testCase = file?.cases.find((candidate) => candidate.name === name);
        return file === undefined || testCase === undefined || skipReason(engine, file, testCase) !== reason;
      })
      .map(([name]) => `${policy}: ${name}`);
  });
}
