/** Runs a schema over a file's value and puts its issues into words. */
import * as v from "valibot";
import { redactText } from "../redact.js";
import { type ConfigPath, type FileProblem, preview } from "./problems.js";
import { unknownKey } from "./schema-kit.js";
import type { YamlSource } from "./yaml-source.js";

export interface Validated<Content> {
  /** Undefined when there are problems. */
  content: Content | undefined;
  problems: FileProblem[];
}

/** How many are told: one mistake can make any number of them. */
const mostProblems = 100;

/** Checks the form of a file: keys, types, units. */
export function validateContent<Content>(
  source: YamlSource,
  schema: v.GenericSchema<unknown, Content>,
): Validated<Content> {
  const result = v.safeParse(schema, source.value);
  const problems = (result.issues ?? []).slice(0, mostProblems).map((issue) => toProblem(issue, source));
  return { content: result.success ? result.output : undefined, problems };
}

function toProblem(issue: v.BaseIssue<unknown>, source: YamlSource): FileProblem {
  const path: ConfigPath = (issue.path ?? []).map(({ key }) => key as string | number);
  const isKey = issue.path?.at(-1)?.origin === "key" || issue.received === unknownKey;
  return { path, message: wording(issue, source), ...source.locate(path, isKey) };
}

function wording(issue: v.BaseIssue<unknown>, source: YamlSource): string {
  if (issue.message.startsWith(unknownKey)) {
    return issue.message;
  }
  const expected = expectations[issue.expected ?? ""] ?? issue.expected ?? "";
  const last = issue.path?.at(-1);
  if (last?.origin === "key" && issue.input === undefined) {
    return "missing: this key is required";
  }
  const got = issue.type === "raw_check" ? issue.received : preview(concealed(issue.input, source));
  return `expected ${expected}, got ${got}`;
}

function concealed(value: unknown, source: YamlSource): unknown {
  return typeof value === "string" ? redactText(source.conceal(value)) : value;
}

/** Valibot's names in the words of YAML; `unknown` is what a closed object's check for a mapping expects. */
const expectations: Readonly<Record<string, string>> = { unknown: "a mapping", Array: "a list" };
