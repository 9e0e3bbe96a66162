/** What is wrong with a file, and how it is shown. */
import { SluiceError } from "../errors.js";

/** Keys and indices from the file's root. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong with a file. */
export interface FileProblem {
  path: ConfigPath;
  /** What is wrong: with what was expected and what was found. */
  message: string;
  /** Where in the file, from 1. */
  line?: number;
  column?: number;
}

/** A gateway file with problems: all of them. */
export class ConfigError extends SluiceError {
  readonly file: string;
  readonly problems: readonly FileProblem[];
  constructor(file: string, problems: readonly FileProblem[]) {
    super("CONFIG_INVALID", formatProblems(file, problems));
    this.name = "ConfigError";
    this.file = file;
    this.problems = problems;
  }
}

/** For sorting: as they stand in the file. */
export function byPlace(left: FileProblem, right: FileProblem): number {
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}

/** All problems of a file, each with its place. */
export function formatProblems(file: string, problems: readonly FileProblem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${String(problems.length)} problems`;
  return [`${file}: ${count}`, ...problems.map((problem) => formatProblem(file, problem))].join("\n\n");
}

function formatProblem(file: string, { path, message, line, column }: FileProblem): string {
  const place = line === undefined ? file : `${file}:${String(line)}:${String(column ?? 1)}`;
  const where = path.length === 0 ? place : `${place} ${formatPath(path)}`;
  return `${where}\n${message.replace(/^/gm, "  ")}`;
}

/** `routes[0].policies[1].config.realm`; keys that are no names are quoted: `upstreams["my api"]`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") {
      text += `[${String(key)}]`;
    } else if (/^[A-Za-z_$][\w$-]*$/.test(key)) {
      text += text === "" ? key : `.${key}`;
    } else {
      text += `[${JSON.stringify(key)}]`;
    }
  }
  return text;
}

/** The steps of a path that a policy names: `limits.windows[0].size`. */
export function pathSteps(path: string): (string | number)[] {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** A value as a message shows it: short, and no more than needed. */
export function preview(value: unknown): string {
  if (typeof value === "string") {
    return `string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`;
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return `${typeof value} ${String(value)}`;
  }
  if (value === null || value === undefined) {
    return "nothing";
  }
  return Array.isArray(value) ? "a list" : "a mapping";
}
