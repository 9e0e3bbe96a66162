/** Why an engine does not run a case. */
import type { Engine } from "../engine.js";
import type { Case, CaseFile } from "./case-file.js";
import { waitingTime } from "./waiting.js";

/** What the engine lacks for the case, in words; empty where it runs it. */
export function lacking(engine: Engine, file: CaseFile, testCase: Case): string[] {
  const needs = [...file.needs, ...(testCase.needs ?? [])];
  const { longestWait = Infinity } = engine;
  return [
    ...needs.filter((capability) => !engine.capabilities.has(capability)).map((capability) => `needs ${capability}`),
    ...(testCase.clock?.exact === true && longestWait < Infinity ? ["holds at one time of day only"] : []),
    ...(waitingTime(testCase) > longestWait ? [`waits longer than ${longestWait / 1_000} s`] : []),
  ];
}
